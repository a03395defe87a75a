<?php
/**
 * The settings as a value that cannot change. Every field is valid, whatever the database holds.
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
	/** Feedback to the service: none, the sections alone, or the sections with the text. */
	public const FEEDBACK = [ 'off', 'sections', 'text' ];
	/** Seconds. Below one second cURL cannot tell a slow name server from a dead one. */
	public const MIN_TIMEOUT = 1.0;
	public const MAX_TIMEOUT = 30.0;

	private const DEFAULTS = [
		'url'      => '',
		'key'      => '',
		'mode'     => 'suggest',
		'statuses' => [ 'publish', 'future' ],
		'types'    => [ 'post' ],
		'taxonomy' => 'category',
		'timeout'  => 3.0,
		'feedback' => 'sections',
	];

	/**
	 * @param string   $url      Address of the service, without a slash at the end.
	 * @param string   $key      API key, or an empty string.
	 * @param string   $mode     One of MODES.
	 * @param string[] $statuses A post is sent when it is saved with one of these.
	 * @param string[] $types    Post types.
	 * @param string   $taxonomy The taxonomy whose terms are the sections.
	 * @param float    $timeout  Seconds that saving a post may wait for the service.
	 * @param string   $feedback One of FEEDBACK.
	 */
	private function __construct(
		public readonly string $url,
		public readonly string $key,
		public readonly string $mode,
		public readonly array $statuses,
		public readonly array $types,
		public readonly string $taxonomy,
		public readonly float $timeout,
		public readonly string $feedback,
	) {}

	/** Address and key come from COPYDESK_URL and COPYDESK_KEY in wp-config.php if they are defined; on a network, otherwise from the network. */
	public static function current(): self {
		$stored = (array) get_option( self::OPTION, [] );
		$clean  = self::clean( is_multisite() ? Network_Page::stored() + $stored : $stored );
		$url    = defined( 'COPYDESK_URL' ) ? untrailingslashit( (string) COPYDESK_URL ) : $clean['url'];
		$key    = defined( 'COPYDESK_KEY' ) ? (string) COPYDESK_KEY : $clean['key'];
		return new self( $url, $key, $clean['mode'], $clean['statuses'], $clean['types'], $clean['taxonomy'], $clean['timeout'], $clean['feedback'] );
	}

	/**
	 * Give every setting a valid value. An invalid one becomes the default.
	 *
	 * @param array<string, mixed> $given
	 * @return array{url: string, key: string, mode: string, statuses: string[], types: string[], taxonomy: string, timeout: float, feedback: string}
	 */
	public static function clean( array $given ): array {
		$given  = array_key_exists( 'decisions', $given ) ? $given + [ 'feedback' => $given['decisions'] ] : $given; // its name until 0.1.0
		$given += self::DEFAULTS;
		$choice = static fn( string $name, array $valid ): string => in_array( $given[ $name ], $valid, true ) ? $given[ $name ] : self::DEFAULTS[ $name ];
		return [
			'url'      => self::is_address( $given['url'] ) ? untrailingslashit( trim( $given['url'] ) ) : '',
			'key'      => is_string( $given['key'] ) ? trim( $given['key'] ) : '',
			'mode'     => $choice( 'mode', self::MODES ),
			'statuses' => array_values( array_intersect( self::STATUSES, array_filter( (array) $given['statuses'], 'is_string' ) ) ),
			'types'    => array_values( array_filter( array_map( 'sanitize_key', array_filter( (array) $given['types'], 'is_string' ) ) ) ),
			'taxonomy' => is_string( $given['taxonomy'] ) ? sanitize_key( $given['taxonomy'] ) : self::DEFAULTS['taxonomy'],
			'timeout'  => is_numeric( $given['timeout'] ) ? min( self::MAX_TIMEOUT, max( self::MIN_TIMEOUT, (float) $given['timeout'] ) ) : self::DEFAULTS['timeout'],
			'feedback' => $choice( 'feedback', self::FEEDBACK ),
		];
	}

	/** Whether this is an http or https address without user, query and fragment. A private host is allowed, because newsrooms run the service themselves. */
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

	/** Whether the API key goes over a network without encryption. */
	public function exposes_key(): bool {
		$parts = wp_parse_url( $this->url );
		if ( '' === $this->key || ! is_array( $parts ) || 'http' !== strtolower( $parts['scheme'] ?? '' ) ) {
			return false;
		}
		$host     = strtolower( rtrim( trim( $parts['host'] ?? '', '[]' ), '.' ) );
		$is_local = 'localhost' === $host || str_ends_with( $host, '.localhost' ) || '::1' === $host
			|| ( false !== filter_var( $host, FILTER_VALIDATE_IP, FILTER_FLAG_IPV4 ) && str_starts_with( $host, '127.' ) );
		return ! $is_local;
	}

	public function covers( \WP_Post $post ): bool {
		return in_array( $post->post_type, $this->types, true ) && is_object_in_taxonomy( $post->post_type, $this->taxonomy );
	}

	public function handles( \WP_Post $post ): bool {
		return $this->is_configured() && $this->covers( $post ) && in_array( $post->post_status, $this->statuses, true );
	}
}
