<?php
/**
 * The terms of a multilingual site, on which Polylang or WPML keeps one term for each language.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Translation {

	private function __construct( public readonly string $language, private readonly string $taxonomy, private readonly bool $by_polylang ) {}

	/** The language of a post; null if neither plugin knows it, or if the terms of the taxonomy are not translated. */
	public static function of( \WP_Post $post, string $taxonomy ): ?self {
		$polylang = self::polylang_has( $taxonomy ) ? Language::polylang( $post, 'slug' ) : null;
		if ( null !== $polylang ) {
			return new self( $polylang, $taxonomy, true );
		}
		$wpml = self::wpml_has( $taxonomy ) ? Language::wpml( $post, [ 'language_code' ] ) : null;
		return null === $wpml ? null : new self( $wpml, $taxonomy, false );
	}

	/** @return list<self> One for each language of the site; empty if the terms of the taxonomy are not translated. */
	public static function all( string $taxonomy ): array {
		if ( self::polylang_has( $taxonomy ) && function_exists( 'pll_languages_list' ) ) {
			return array_map( static fn( string $language ): self => new self( $language, $taxonomy, true ), array_filter( pll_languages_list(), 'is_string' ) );
		}
		$known = self::wpml_has( $taxonomy ) ? apply_filters( 'wpml_active_languages', null, [ 'skip_missing' => 0 ] ) : null; // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WPML's own
		return is_array( $known ) ? array_map( static fn( int|string $language ): self => new self( (string) $language, $taxonomy, false ), array_keys( $known ) ) : [];
	}

	/** @return int Id of the term in this language, which may be the same term; 0 if it has no translation. */
	public function of_term( int $term_id ): int {
		if ( $this->by_polylang ) {
			return (int) pll_get_term( $term_id, $this->language );
		}
		return (int) apply_filters( 'wpml_object_id', $term_id, $this->taxonomy, false, $this->language ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WPML's own
	}

	private static function polylang_has( string $taxonomy ): bool {
		return function_exists( 'pll_get_term' ) && ( ! function_exists( 'pll_is_translated_taxonomy' ) || pll_is_translated_taxonomy( $taxonomy ) );
	}

	/** Without WPML nothing answers these filters. */
	private static function wpml_has( string $taxonomy ): bool {
		return has_filter( 'wpml_object_id' ) && false !== apply_filters( 'wpml_is_translated_taxonomy', null, $taxonomy ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WPML's own
	}

	/**
	 * Read terms of all languages. Both plugins hide those of other languages than the current one: WPML until it is switched to
	 * all, Polylang unless a query asks for `'lang' => ''`.
	 *
	 * @template T
	 * @param callable(): T $read
	 * @return T
	 */
	public static function in_all_languages( callable $read ): mixed {
		$switches = has_action( 'wpml_switch_language' );
		if ( $switches ) {
			do_action( 'wpml_switch_language', 'all' ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WPML's own
		}
		try {
			return $read();
		} finally {
			if ( $switches ) {
				do_action( 'wpml_switch_language', null ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WPML's own
			}
		}
	}
}
