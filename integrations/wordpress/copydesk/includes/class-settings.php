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
	/** Whose language is sent: that of the post or else of the site, or none. */
	public const LANGUAGES = [ 'site', 'none' ];
	/** In `terms`: the section has no term, whatever its name is. */
	public const NO_TERM = -1;
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
		'set'      => '',
		'language' => 'site',
		'ahead'    => false,
		'terms'    => [],
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
	 * @param string   $set      The set of models that is to answer; empty to let the service choose.
	 * @param string   $language One of LANGUAGES.
	 * @param bool     $ahead    Whether the panel before publishing asks by itself.
	 * @param array<string, int> $terms The term of each section that an administrator mapped, or NO_TERM, by section.
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
		public readonly string $set,
		public readonly string $language,
		public readonly bool $ahead,
		public readonly array $terms,
	) {}

	/** Address and key come from COPYDESK_URL and COPYDESK_KEY in wp-config.php if they are defined; on a network, otherwise from the network. */
	public static function current(): self {
		$stored = (array) get_option( self::OPTION, [] );
		$clean  = self::clean( is_multisite() ? Network_Page::stored() + $stored : $stored );
		$url    = defined( 'COPYDESK_URL' ) ? untrailingslashit( (string) COPYDESK_URL ) : $clean['url'];
		$key    = defined( 'COPYDESK_KEY' ) ? (string) COPYDESK_KEY : $clean['key'];
		return new self( ...[ 'url' => $url, 'key' => $key ] + $clean );
	}

	/**
	 * Give every setting a valid value. An invalid one becomes the default.
	 *
	 * @param array<string, mixed> $given
	 * @return array{url: string, key: string, mode: string, statuses: string[], types: string[], taxonomy: string, timeout: float, feedback: string, set: string, language: string, ahead: bool, terms: array<string, int>}
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
			'set'      => self::is_set( $given['set'] ) ? $given['set'] : '',
			'language' => $choice( 'language', self::LANGUAGES ),
			'ahead'    => ! empty( $given['ahead'] ),
			'terms'    => self::clean_terms( $given['terms'] ),
		];
	}

	/** Whether this is the name of a set of models, as the service spells them. */
	public static function is_set( mixed $name ): bool {
		return is_string( $name ) && strlen( $name ) <= 40 && (bool) preg_match( '/^[a-z0-9]+(-[a-z0-9]+)*$/', $name );
	}

	/** @return array<string, int> Without what is automatic, and without a second section for the same term. */
	private static function clean_terms( mixed $given ): array {
		$terms = [];
		foreach ( is_array( $given ) ? $given : [] as $section => $term ) {
			$term = is_numeric( $term ) ? max( self::NO_TERM, (int) $term ) : 0;
			if ( preg_match( '/^[a-z0-9-]{1,100}$/', (string) $section ) && 0 !== $term && ( self::NO_TERM === $term || ! in_array( $term, $terms, true ) ) ) {
				$terms[ (string) $section ] = $term;
			}
		}
		return $terms;
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

	/** Whether the user may set sections. An editor of posts does not always have the right to assign the terms of a custom taxonomy. */
	public function may_assign(): bool {
		$taxonomy = get_taxonomy( $this->taxonomy );
		return $taxonomy && current_user_can( $taxonomy->cap->assign_terms );
	}

	public function covers( \WP_Post $post ): bool {
		return in_array( $post->post_type, $this->types, true ) && is_object_in_taxonomy( $post->post_type, $this->taxonomy );
	}

	public function handles( \WP_Post $post ): bool {
		return $this->is_configured() && $this->covers( $post ) && in_array( $post->post_status, $this->statuses, true );
	}
}
