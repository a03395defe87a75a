<?php
/**
 * A row of the review list: a post with an excerpt, its sections, and the suggestions with their reasons.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Bulk_Row {

	public static function show( int $post_id, ?Vocabulary $vocabulary ): void {
		if ( ! current_user_can( 'edit_post', $post_id ) ) {
			return;
		}
		$record     = new Record( $post_id );
		$vocabulary = $vocabulary?->for_post( get_post( $post_id ) );
		$passed = $record->passed();
		$tags   = array_filter( $record->open_tags(), static fn( array $tag ): bool => ! in_array( $tag['section'], $passed, true ) );
		printf( '<tr><td><input type="hidden" name="shown[]" value="%d">', (int) $post_id );
		printf( '<a href="%s">%s</a><br><span class="description">%s</span>', esc_url( (string) get_edit_post_link( $post_id, 'raw' ) ), esc_html( self::title( $post_id ) ), esc_html( self::day_and_status( $post_id ) ) );
		Excerpt::show( $post_id, $tags );
		printf( '</td><td>%s</td><td>', esc_html( self::terms( $post_id, $vocabulary ) ) );
		foreach ( $tags as $tag ) {
			self::show_tag( $post_id, $tag, $vocabulary );
		}
		printf( '<p><label><input type="checkbox" name="none[]" value="%d"> %s</label></p></td></tr>', (int) $post_id, esc_html__( 'None of these fits', 'copydesk' ) );
	}

	/** @param array<string, mixed> $tag */
	private static function show_tag( int $post_id, array $tag, ?Vocabulary $vocabulary ): void {
		$term = $vocabulary?->term( $tag['section'] );
		if ( ! $term ) {
			printf( '<p><strong>%s</strong><br><span class="description">%s</span></p>', esc_html( $tag['name'] ), esc_html( Left_Out::section( $tag['section'], $vocabulary ) ) );
			return;
		}
		printf(
			'<p><label><input type="checkbox" name="sections[%d][]" value="%s" %s> <strong>%s</strong> <span class="copydesk-percent">%s</span></label>',
			(int) $post_id,
			esc_attr( $tag['section'] ),
			checked( 'apply', $tag['decision'], false ),
			esc_html( self::name( $tag['name'], $term ) ),
			esc_html( self::percent( $tag ) )
		);
		if ( 'apply' === $tag['decision'] ) {
			printf( ' <span class="copydesk-sure">%s</span>', esc_html__( 'sure', 'copydesk' ) );
		}
		printf( '<br><span class="copydesk-why">%s</span></p>', esc_html( self::reasons( $tag ) ) );
	}

	/** Rounded down, and never 100 %. @param array<string, mixed> $tag */
	public static function percent( array $tag ): string {
		return number_format_i18n( min( 99, floor( 100 * $tag['probability'] ) ) ) . ' %';
	}

	/** The words for the tag, and the words against it. @param array<string, mixed> $tag */
	public static function reasons( array $tag ): string {
		$words = static fn( int $sign ): string => implode( ', ', array_column( array_filter( $tag['evidence'], static fn( array $item ): bool => $sign * $item[1] > 0 ), 0 ) );
		$parts = [];
		if ( '' !== $words( 1 ) ) {
			/* translators: %s: words of the text */
			$parts[] = sprintf( __( 'for: %s', 'copydesk' ), $words( 1 ) );
		}
		if ( '' !== $words( -1 ) ) {
			/* translators: %s: words of the text */
			$parts[] = sprintf( __( 'against: %s', 'copydesk' ), $words( -1 ) );
		}
		return implode( '; ', $parts );
	}

	/** The name of the section, and that of its term if it differs. */
	public static function name( string $section, \WP_Term $term ): string {
		$name = html_entity_decode( $term->name, ENT_QUOTES );
		return $name === $section ? $section : "$section ($name)";
	}

	public static function title( int $post_id ): string {
		$title = html_entity_decode( wp_strip_all_tags( get_the_title( $post_id ) ), ENT_QUOTES );
		/* translators: %d: id of a post */
		return '' === $title ? sprintf( __( 'Post %d', 'copydesk' ), $post_id ) : $title;
	}

	private static function day_and_status( int $post_id ): string {
		$status = get_post_status_object( (string) get_post_status( $post_id ) );
		return implode( ', ', array_filter( [ (string) get_the_date( '', $post_id ), (string) ( $status->label ?? '' ) ] ) );
	}

	private static function terms( int $post_id, ?Vocabulary $vocabulary ): string {
		$terms = $vocabulary ? get_the_terms( $post_id, $vocabulary->taxonomy ) : [];
		return is_array( $terms ) ? html_entity_decode( implode( ', ', wp_list_pluck( $terms, 'name' ) ), ENT_QUOTES ) : '';
	}
}
