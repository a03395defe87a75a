<?php
/**
 * The list of posts for bulk work, in a table of its own. Each post has a state.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Bulk_List {

	/** queued: not asked about yet; review: answered; accepted: sections are to be set; done; failed: its error says why. */
	public const STATES = [ 'queued', 'review', 'accepted', 'done', 'failed' ];

	/** Stands for all sections that the model is sure of. */
	public const SURE = '*';

	public static function table(): string {
		global $wpdb;
		return $wpdb->prefix . 'copydesk_bulk';
	}

	public static function create_table(): void {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta(
			'CREATE TABLE ' . self::table() . " (
			post_id bigint(20) unsigned NOT NULL,
			state varchar(10) NOT NULL,
			sections text NOT NULL,
			error text NOT NULL,
			PRIMARY KEY  (post_id),
			KEY state (state,post_id)
			) {$wpdb->get_charset_collate()};"
		);
	}

	/**
	 * Add posts to the list. A post that is already there is asked about again, unless its sections are about to be set.
	 *
	 * @param int[] $post_ids
	 */
	public static function add( array $post_ids ): void {
		global $wpdb;
		foreach ( array_chunk( array_map( 'absint', $post_ids ), 500 ) as $chunk ) {
			$rows = implode( ',', array_map( static fn( int $id ): string => "($id,'queued','[]','')", $chunk ) );
			// phpcs:ignore WordPress.DB.PreparedSQL -- integers, and the name of our own table
			$wpdb->query( 'INSERT INTO ' . self::table() . " (post_id,state,sections,error) VALUES $rows ON DUPLICATE KEY UPDATE state=IF(state='accepted',state,'queued')" );
		}
	}

	/**
	 * Find posts by type, status and terms.
	 *
	 * @param string[] $types
	 * @param string[] $statuses
	 * @param string   $taxonomy
	 * @param int[]    $without Leave out posts with any of these terms.
	 * @return int[]
	 */
	public static function find( array $types, array $statuses, string $taxonomy, array $without ): array {
		$query = [
			'post_type'        => $types,
			'post_status'      => $statuses,
			'tax_query'        => $without ? [ [ 'taxonomy' => $taxonomy, 'terms' => $without, 'operator' => 'NOT IN', 'include_children' => false ] ] : [],
			'fields'           => 'ids',
			'posts_per_page'   => -1,
			'orderby'          => 'ID',
			'order'            => 'ASC',
			'no_found_rows'    => true,
			'suppress_filters' => true,
		];
		return array_map( 'intval', ( new \WP_Query( $query ) )->posts );
	}

	/** @return array<string, int> How many posts are in each state. */
	public static function counts(): array {
		global $wpdb;
		$rows  = $wpdb->get_results( 'SELECT state, COUNT(*) AS n FROM ' . self::table() . ' GROUP BY state' ); // phpcs:ignore WordPress.DB.PreparedSQL
		$found = array_map( 'intval', array_column( is_array( $rows ) ? $rows : [], 'n', 'state' ) );
		return array_merge( array_fill_keys( self::STATES, 0 ), $found );
	}

	/** @return list<object{post_id: string, sections: string, error: string}> */
	public static function page( string $state, int $limit, int $after = 0 ): array {
		global $wpdb;
		// phpcs:ignore WordPress.DB.PreparedSQL
		return $wpdb->get_results( $wpdb->prepare( 'SELECT post_id, sections, error FROM ' . self::table() . ' WHERE state = %s AND post_id > %d ORDER BY post_id LIMIT %d', $state, $after, $limit ) ) ?: [];
	}

	/**
	 * Change the state of a post, unless another process has changed it.
	 *
	 * @param string[] $sections Sections to set.
	 */
	public static function move( int $post_id, string $from, string $to, array $sections = [], string $error = '' ): bool {
		global $wpdb;
		$values = [ 'state' => $to, 'sections' => (string) wp_json_encode( $sections ), 'error' => $error ];
		return 1 === $wpdb->update( self::table(), $values, [ 'post_id' => $post_id, 'state' => $from ] );
	}

	/** Remove the posts in these states from the list. @param string[] $states */
	public static function clear( array $states ): void {
		global $wpdb;
		foreach ( array_intersect( self::STATES, $states ) as $state ) {
			$wpdb->delete( self::table(), [ 'state' => $state ] );
		}
	}

	public static function has_work(): bool {
		$counts = self::counts();
		return $counts['queued'] + $counts['accepted'] > 0;
	}
}
