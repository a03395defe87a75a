<?php
/**
 * What went wrong between WordPress and the service, in words for an administrator. Never holds text of a post.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Service_Error extends \RuntimeException {

	/**
	 * @param string   $message   For an administrator.
	 * @param bool     $temporary Whether the same request may succeed later: the fault is not the post's.
	 * @param int      $status    HTTP status, 0 where there was no answer.
	 * @param string[] $fields    The fields of the request that the service found wrong.
	 */
	public function __construct( string $message, public readonly bool $temporary, public readonly int $status = 0, public readonly array $fields = [] ) {
		parent::__construct( $message );
	}

	/** Whether the service does not know a section that was named as chosen or rejected: our list of sections is old. */
	public function names_unknown_section(): bool {
		return 422 === $this->status && (bool) preg_grep( '/(^|\.)(current|rejected)(\.|$)/', $this->fields );
	}
}
