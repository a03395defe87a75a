<?php
/**
 * The language of a post, so that the service can choose the model, or refuse a post that its model cannot read.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Language {

	/** @return string A locale such as `de_DE` or a code such as `de`; empty if it is not to be sent. */
	public static function of( \WP_Post $post, Settings $settings ): string {
		$known = 'none' === $settings->language ? '' : self::polylang( $post, 'locale' ) ?? self::wpml( $post, [ 'locale', 'language_code' ] ) ?? get_locale();
		/**
		 * Changes the language that is sent with a post.
		 *
		 * @param string   $known A locale, or an empty string to let the service recognise the language.
		 * @param \WP_Post $post
		 */
		$language = apply_filters( 'copydesk_language', $known, $post );
		if ( ! is_string( $language ) ) {
			throw new \UnexpectedValueException( 'A filter of copydesk_language must return a string.' );
		}
		return trim( $language );
	}

	/** By the function that Polylang documents. @param string $field `locale` or `slug`. */
	public static function polylang( \WP_Post $post, string $field ): ?string {
		$found = function_exists( 'pll_get_post_language' ) ? pll_get_post_language( $post->ID, $field ) : null;
		return is_string( $found ) && '' !== $found ? $found : null;
	}

	/** By the filter that WPML documents. Without WPML nothing answers it. @param string[] $fields The first that it gives. */
	public static function wpml( \WP_Post $post, array $fields ): ?string {
		$details = apply_filters( 'wpml_post_language_details', null, $post->ID ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WPML's own
		$given   = is_array( $details ) ? array_map( static fn( string $field ): mixed => $details[ $field ] ?? null, $fields ) : [];
		$found   = array_filter( $given, static fn( mixed $value ): bool => is_string( $value ) && '' !== $value );
		return $found ? reset( $found ) : null;
	}
}
