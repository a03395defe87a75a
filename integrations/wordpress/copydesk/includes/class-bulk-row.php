<?php
/**
 * A row of the review list: a post, its sections, and the suggestions with their reasons.
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
		$record = new Record( $post_id );
		printf( '<tr><td><input type="hidden" name="shown[]" value="%d">', (int) $post_id );
		printf( '<a href="%s">%s</a><br><span class="description">%s</span></td>', esc_url( (string) get_edit_post_link( $post_id, 'raw' ) ), esc_html( self::title( $post_id ) ), esc_html( (string) get_the_date( '', $post_id ) ) );
		printf( '<td>%s</td><td>', esc_html( self::terms( $post_id, $vocabulary ) ) );
		foreach ( $record->open_tags() as $tag ) {
			self::show_tag( $post_id, $tag, $vocabulary?->term( $tag['section'] ) );
		}
		echo '</td></tr>';
	}

	/** @param array<string, mixed> $tag */
	private static function show_tag( int $post_id, array $tag, ?\WP_Term $term ): void {
		if ( ! $term ) {
			/* translators: %s: name of a section */
			printf( '<p class="description">%s</p>', esc_html( sprintf( __( '%s: this site has no term for it', 'copydesk' ), $tag['name'] ) ) );
			return;
		}
		$terms = implode( ', ', array_column( array_filter( $tag['evidence'], static fn( array $item ): bool => $item[1] > 0 ), 0 ) );
		printf(
			'<p><label><input type="checkbox" name="sections[%d][]" value="%s" %s> <strong>%s</strong> %s</label><br><span class="copydesk-why">%s</span></p>',
			(int) $post_id,
			esc_attr( $tag['section'] ),
			checked( 'apply', $tag['decision'], false ),
			esc_html( self::name( $tag['name'], $term ) ),
			esc_html( number_format_i18n( min( 99, floor( 100 * $tag['probability'] ) ) ) . ' %' ),
			esc_html( $terms )
		);
	}

	/** The name of the section, and that of its term if it differs. */
	private static function name( string $section, \WP_Term $term ): string {
		$name = html_entity_decode( $term->name, ENT_QUOTES );
		return $name === $section ? $section : "$section ($name)";
	}

	public static function title( int $post_id ): string {
		$title = html_entity_decode( wp_strip_all_tags( get_the_title( $post_id ) ), ENT_QUOTES );
		/* translators: %d: id of a post */
		return '' === $title ? sprintf( __( 'Post %d', 'copydesk' ), $post_id ) : $title;
	}

	private static function terms( int $post_id, ?Vocabulary $vocabulary ): string {
		$terms = $vocabulary ? get_the_terms( $post_id, $vocabulary->taxonomy ) : [];
		return is_array( $terms ) ? html_entity_decode( implode( ', ', wp_list_pluck( $terms, 'name' ) ), ENT_QUOTES ) : '';
	}
}
