<?php
/**
 * The settings as a value that cannot change, whatever the database holds.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Settings {

	public const OPTION   = 'copydesk_settings';
	public const MODES    = [ 'suggest', 'apply' ];
	public const STATUSES = [ 'publish', 'future', 'private', 'pending' ];
	/** What is sent back of editors' decisions: nothing, the sections alone, or the sections with the text. */
	public const DECISIONS = [ 'off', 'sections', 'text' ];
	/** Seconds. Under one second cURL cannot tell a slow name server from a dead one. */
	public const MIN_TIMEOUT = 1.0;
	public const MAX_TIMEOUT = 30.0;

	private const DEFAULTS = [
		'url'       => '',
		'key'       => '',
		'mode'      => 'suggest',
		'statuses'  => [ 'publish', 'future' ],
		'types'     => [ 'post' ],
		'taxonomy'  => 'category',
		'timeout'   => 3.0,
		'decisions' => 'sections',
	];

	/**
	 * @param string   $url       Address of the service, without a slash at its end.
	 * @param string   $key       API key, or nothing.
	 * @param string   $mode      One of MODES.
	 * @param string[] $statuses  Posts are looked at on saving when they have one of these.
	 * @param string[] $types     Post types.
	 * @param string   $taxonomy  Where the sections are terms.
	 * @param float    $timeout   Seconds that a save may wait for the service.
	 * @param string   $decisions One of DECISIONS.
	 */
	private function __construct(
		public readonly string $url,
		public readonly string $key,
		public readonly string $mode,
		public readonly array $statuses,
		public readonly array $types,
		public readonly string $taxonomy,
		public readonly float $timeout,
		public readonly string $decisions,
	) {}

	/** Address and key may stand in wp-config.php instead, as COPYDESK_URL and COPYDESK_KEY. */
	public static function current(): self {
		$clean = self::clean( (array) get_option( self::OPTION, [] ) );
		$url   = defined( 'COPYDESK_URL' ) ? untrailingslashit( (string) COPYDESK_URL ) : $clean['url'];
		$key   = defined( 'COPYDESK_KEY' ) ? (string) COPYDESK_KEY : $clean['key'];
		return new self( $url, $key, $clean['mode'], $clean['statuses'], $clean['types'], $clean['taxonomy'], $clean['timeout'], $clean['decisions'] );
	}

	/**
	 * Give every setting a legal value: what is not one becomes the default.
	 *
	 * @param array<string, mixed> $given
	 * @return array{url: string, key: string, mode: string, statuses: string[], types: string[], taxonomy: string, timeout: float, decisions: string}
	 */
	public static function clean( array $given ): array {
		$given += self::DEFAULTS;
		$choice = static fn( string $name, array $legal ): string => in_array( $given[ $name ], $legal, true ) ? $given[ $name ] : self::DEFAULTS[ $name ];
		return [
			'url'       => self::is_address( $given['url'] ) ? untrailingslashit( trim( $given['url'] ) ) : '',
			'key'       => is_string( $given['key'] ) ? trim( $given['key'] ) : '',
			'mode'      => $choice( 'mode', self::MODES ),
			'statuses'  => array_values( array_intersect( self::STATUSES, (array) $given['statuses'] ) ),
			'types'     => array_values( array_filter( array_map( 'sanitize_key', array_filter( (array) $given['types'], 'is_string' ) ) ) ),
			'taxonomy'  => is_string( $given['taxonomy'] ) ? sanitize_key( $given['taxonomy'] ) : self::DEFAULTS['taxonomy'],
			'timeout'   => is_numeric( $given['timeout'] ) ? min( self::MAX_TIMEOUT, max( self::MIN_TIMEOUT, (float) $given['timeout'] ) ) : self::DEFAULTS['timeout'],
			'decisions' => $choice( 'decisions', self::DECISIONS ),
		];
	}

	/** Whether this is an http or https address, with neither user, query nor fragment. A private host is legal: the service is one's own. */
	public static function is_address( mixed $url ): bool {
		$parts = is_string( $url ) ? wp_parse_url( trim( $url ) ) : false;
		return is_array( $parts )
			&& in_array( strtolower( $parts['scheme'] ?? '' ), [ 'http', 'https' ], true )
			&& '' !== ( $parts['host'] ?? '' )
			&& ! array_intersect_key( $parts, array_flip( [ 'user', 'pass', 'query', 'fragment' ] ) )
			&& esc_url_raw( trim( $url ), [ 'http', 'https' ] ) === trim( $url );
	}

	public function is_configured(): bool {
		return '' !== $this->url;
	}

	public function covers( \WP_Post $post ): bool {
		return in_array( $post->post_type, $this->types, true ) && is_object_in_taxonomy( $post->post_type, $this->taxonomy );
	}

	public function handles( \WP_Post $post ): bool {
		return $this->is_configured() && $this->covers( $post ) && in_array( $post->post_status, $this->statuses, true );
	}
}
