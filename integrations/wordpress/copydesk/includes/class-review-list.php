<?php
/**
 * The posts with open suggestions: everyday posts and posts of the archive, in one list. It is kept in the table of Bulk_List.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Review_List {

	/**
	 * Put a post that was saved into the list, or take it out if nothing is open any more.
	 *
	 * Suggestions for a draft are its writer's own business, so only a post with one of the statuses in the settings is listed.
	 */
	public static function update( Settings $settings, \WP_Post $post, Record $record, Vocabulary $vocabulary ): void {
		$open = $settings->handles( $post ) ? self::open( $record, $vocabulary ) : [];
		if ( $open ) {
			self::put( $post->ID, $open );
		} else {
			self::take_out( $post->ID );
		}
	}

	/** @return array<string, string> The decision on each open section that has a term and was not passed over in the list, by section. */
	public static function open( Record $record, Vocabulary $vocabulary ): array {
		$open = array_column( $record->open_tags(), 'decision', 'section' );
		$open = array_diff_key( $open, array_flip( $record->passed() ) );
		return array_filter( $open, static fn( int|string $section ): bool => null !== $vocabulary->term( (string) $section ), ARRAY_FILTER_USE_KEY );
	}

	/** @param array<string, string> $open */
	private static function put( int $post_id, array $open ): void {
		global $wpdb;
		$sql = 'INSERT INTO ' . Bulk_List::table() . " (post_id,state,sections,error,source) VALUES (%d,'review',%s,'','save')
			ON DUPLICATE KEY UPDATE sections = IF(state IN ('queued','accepted'), sections, VALUES(sections)),
			state = IF(state IN ('queued','accepted'), state, 'review')";
		$wpdb->query( $wpdb->prepare( $sql, $post_id, (string) wp_json_encode( $open ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL
	}

	private static function take_out( int $post_id ): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'DELETE FROM ' . Bulk_List::table() . " WHERE post_id = %d AND state = 'review' AND source = 'save'", $post_id ) ); // phpcs:ignore WordPress.DB.PreparedSQL
		Bulk_List::move( $post_id, 'review', 'done' );
	}

	/** A post that is deleted or in the trash needs no sections. */
	public static function forget( mixed $post_id ): void {
		global $wpdb;
		$wpdb->delete( Bulk_List::table(), [ 'post_id' => (int) $post_id ] );
	}

	/** @param array{section?: string, decision?: string, post?: int} $filter As Review_Filter gives it. */
	public static function count( array $filter = [] ): int {
		global $wpdb;
		return (int) $wpdb->get_var( 'SELECT COUNT(*) FROM ' . Bulk_List::table() . self::where( $filter ) ); // phpcs:ignore WordPress.DB.PreparedSQL
	}

	/**
	 * @param array{section?: string, decision?: string, post?: int} $filter
	 * @param int                                                    $limit
	 * @param int                                                    $after  Id of a post.
	 * @return int[] Ids of posts, in order.
	 */
	public static function page( array $filter, int $limit, int $after = 0 ): array {
		global $wpdb;
		$sql = 'SELECT post_id FROM ' . Bulk_List::table() . self::where( $filter ) . ' AND post_id > %d ORDER BY post_id LIMIT %d';
		return array_map( 'intval', $wpdb->get_col( $wpdb->prepare( $sql, $after, $limit ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL
	}

	/** @param array{section?: string, decision?: string, post?: int} $filter */
	private static function where( array $filter ): string {
		global $wpdb;
		$section  = $filter['section'] ?? '';
		$decision = $filter['decision'] ?? '';
		$where    = " WHERE state = 'review'";
		if ( '' !== $section . $decision ) { // as JSON spells a section and its decision
			$json   = ( '' === $section ? '' : "\"$section\"" ) . ':' . ( '' === $decision ? '' : "\"$decision\"" );
			$where .= $wpdb->prepare( ' AND sections LIKE %s', '%' . $wpdb->esc_like( $json ) . '%' );
		}
		if ( ! empty( $filter['post'] ) ) {
			$where .= $wpdb->prepare( ' AND post_id = %d', $filter['post'] );
		}
		return $where; // prepare() has marked each % of the value, and the query takes the marks out again
	}
}
