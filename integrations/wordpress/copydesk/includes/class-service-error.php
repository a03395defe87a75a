<?php
/**
 * An error between WordPress and the service, described for an administrator. It never holds text of a post.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Service_Error extends \RuntimeException {

	/**
	 * @param string   $message   For an administrator.
	 * @param bool     $temporary Whether the same request may succeed later, because the post is not at fault.
	 * @param int      $status    HTTP status; 0 if there was no answer.
	 * @param string[] $fields    The fields of the request that the service found wrong.
	 */
	public function __construct( string $message, public readonly bool $temporary, public readonly int $status = 0, public readonly array $fields = [] ) {
		parent::__construct( $message );
	}

	/** Whether the request named a chosen or rejected section that the service does not know: the stored list of sections is out of date. */
	public function names_unknown_section(): bool {
		return 422 === $this->status && (bool) preg_grep( '/(^|\.)(current|rejected)(\.|$)/', $this->fields );
	}

	/** Whether the service answered with a good status, but not in the form that was expected. */
	public function is_invalid_answer(): bool {
		return 200 === $this->status;
	}
}
