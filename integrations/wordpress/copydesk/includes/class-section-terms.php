<?php
/**
 * The list of sections on the settings page: an administrator chooses the term of each. It is in effect at the next save of a post.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Section_Terms {

	public static function enqueue( mixed $page ): void {
		if ( 'settings_page_' . Settings_Page::SLUG === $page ) {
			wp_enqueue_style( 'copydesk', plugins_url( 'assets/copydesk.css', FILE ), [], VERSION );
			wp_enqueue_script( 'copydesk-settings', plugins_url( 'assets/settings.js', FILE ), [], VERSION, true );
		}
	}

	/** Each drop-down has only its own choice; the script fills in the other terms when it is opened, because there may be thousands. */
	public static function show( Settings $settings, Vocabulary $vocabulary ): void {
		printf( '<table class="widefat striped copydesk-sections" data-terms="%s">', esc_attr( (string) wp_json_encode( self::terms( $settings ) ) ) );
		printf( '<thead><tr><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>', esc_html__( 'Section of the service', 'copydesk' ), esc_html__( 'Term on this site', 'copydesk' ) );
		$translations = Translation::all( $settings->taxonomy );
		foreach ( $vocabulary->sections as $id => $section ) {
			$id     = (string) $id;
			$term   = $vocabulary->term( $id );
			$mapped = $settings->terms[ $id ] ?? 0;
			$name   = Settings::OPTION . "[terms][$id]";
			printf( '<tr><td><label for="%1$s">%2$s</label> <code>%3$s</code></td><td><select id="%1$s" name="%4$s">', esc_attr( "copydesk_term_$id" ), esc_html( $section['name'] ), esc_html( $id ), esc_attr( $name ) );
			printf( '<option value="0" %s>%s</option>', selected( 0, $mapped, false ), esc_html( self::automatic( 0 === $mapped ? $term : null ) ) );
			printf( '<option value="%d" %s>%s</option>', (int) Settings::NO_TERM, selected( Settings::NO_TERM, $mapped, false ), esc_html__( 'No term: never set this section', 'copydesk' ) );
			if ( $mapped > 0 ) {
				printf( '<option value="%d" selected>%s</option>', (int) $mapped, esc_html( $term ? self::label( $term ) : __( 'A term that no longer exists', 'copydesk' ) ) );
			}
			printf( '</select>%s', $term ? '' : ' <strong>' . esc_html__( 'none', 'copydesk' ) . '</strong>' );
			$missing = $term ? self::missing( $term, $translations ) : [];
			if ( $missing ) {
				/* translators: %s: language codes such as de, fr */
				printf( '<br><span class="description">%s</span>', esc_html( sprintf( __( 'no translation: %s', 'copydesk' ), implode( ', ', $missing ) ) ) );
			}
			echo '</td></tr>';
		}
		echo '</tbody></table>';
		echo '<noscript><p>' . esc_html__( 'Choosing another term needs JavaScript.', 'copydesk' ) . '</p></noscript>';
		self::show_toml( $settings, $vocabulary );
	}

	/**
	 * @param \WP_Term         $term
	 * @param list<Translation> $translations One for each language of the site.
	 * @return string[] The languages in which the term does not exist.
	 */
	private static function missing( \WP_Term $term, array $translations ): array {
		$lacking = array_filter( $translations, static fn( Translation $translation ): bool => 0 === $translation->of_term( $term->term_id ) );
		return array_map( static fn( Translation $translation ): string => $translation->language, $lacking );
	}

	private static function automatic( ?\WP_Term $term ): string {
		/* translators: %s: name of a term */
		return $term ? sprintf( __( 'By its name: %s', 'copydesk' ), self::label( $term ) ) : __( 'By its name', 'copydesk' );
	}

	private static function label( \WP_Term $term ): string {
		return html_entity_decode( $term->name, ENT_QUOTES ) . ' (' . rawurldecode( $term->slug ) . ')';
	}

	/** @return list<array{int, string}> Id and label of each term. */
	private static function terms( Settings $settings ): array {
		$terms = Translation::in_all_languages( static fn(): mixed => get_terms( [ 'taxonomy' => $settings->taxonomy, 'hide_empty' => false, 'lang' => '', 'update_term_meta_cache' => false ] ) );
		return is_array( $terms ) ? array_map( static fn( \WP_Term $term ): array => [ $term->term_id, self::label( $term ) ], array_values( $terms ) ) : [];
	}

	/** Training knows nothing of this page, so an export needs the same choice in sections.toml. */
	private static function show_toml( Settings $settings, Vocabulary $vocabulary ): void {
		$lines = [];
		foreach ( array_keys( array_filter( $settings->terms, static fn( int $term_id ): bool => $term_id > 0 ) ) as $id ) {
			$term = $vocabulary->term( (string) $id );
			if ( $term ) {
				$lines[] = "# $id\nexternal = {wordpress = \"" . rawurldecode( $term->slug ) . '"}';
			}
		}
		if ( $lines ) {
			printf( '<details><summary>%s</summary><pre>%s</pre></details>', esc_html__( 'To train on an export of this site, add these lines to the sections in sections.toml', 'copydesk' ), esc_html( implode( "\n", $lines ) ) );
		}
	}

	/**
	 * Report the sections that were given a term which another section has.
	 *
	 * @param mixed              $given
	 * @param array<string, int> $clean
	 */
	public static function report_refused( mixed $given, array $clean ): void {
		$given   = array_filter( is_array( $given ) ? $given : [], static fn( mixed $term ): bool => is_numeric( $term ) && (int) $term > 0 );
		$refused = array_diff_key( $given, $clean );
		if ( $refused ) {
			/* translators: %s: ids of sections */
			add_settings_error( Settings::OPTION, 'terms', sprintf( __( 'A term can stand for one section only, so these sections got none of their own: %s. Fix: choose another term for them.', 'copydesk' ), implode( ', ', array_map( 'sanitize_key', array_keys( $refused ) ) ) ) );
		}
	}
}
