<?php
/**
 * The list of posts that are worked on in bulk, in a table of its own. Each post has a state. Posts that were saved while their
 * suggestions were open are in it, too: see Review_List.
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

	/** Where a post in the list comes from: the page for many posts, or an everyday save. */
	public const FROM_PAGE = 'page';
	public const FROM_SAVE = 'save';

	/** For this long an action of the review list can be undone. */
	private const UNDO_SECONDS = DAY_IN_SECONDS;

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
			source varchar(10) NOT NULL DEFAULT 'page',
			batch varchar(40) NOT NULL DEFAULT '',
			changes text NULL,
			PRIMARY KEY  (post_id),
			KEY state (state,post_id),
			KEY batch (batch)
			) {$wpdb->get_charset_collate()};"
		);
	}

	/** A site that is deleted from its network takes the table along. WordPress has switched to the site. */
	public static function drop_with_site( mixed $tables ): mixed {
		return is_array( $tables ) ? [ ...$tables, self::table() ] : $tables;
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
			$wpdb->query( 'INSERT INTO ' . self::table() . " (post_id,state,sections,error) VALUES $rows ON DUPLICATE KEY UPDATE state=IF(state='accepted',state,'queued'), source='page'" );
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
			'lang'             => '', // all languages of a multilingual site
		];
		return array_map( 'intval', ( new \WP_Query( $query ) )->posts );
	}

	/** @return array<string, int> How many posts of the page are in each state. Everyday posts count while their sections are to be set. */
	public static function counts(): array {
		global $wpdb;
		$rows  = $wpdb->get_results( 'SELECT state, COUNT(*) AS n FROM ' . self::table() . " WHERE source = 'page' OR state = 'accepted' GROUP BY state" ); // phpcs:ignore WordPress.DB.PreparedSQL
		$found = array_map( 'intval', array_column( is_array( $rows ) ? $rows : [], 'n', 'state' ) );
		return array_merge( array_fill_keys( self::STATES, 0 ), $found );
	}

	/** @return list<object{post_id: string, sections: string, error: string, source: string}> */
	public static function page( string $state, int $limit, int $after = 0 ): array {
		global $wpdb;
		// phpcs:ignore WordPress.DB.PreparedSQL
		return $wpdb->get_results( $wpdb->prepare( 'SELECT post_id, sections, error, source FROM ' . self::table() . ' WHERE state = %s AND post_id > %d ORDER BY post_id LIMIT %d', $state, $after, $limit ) ) ?: [];
	}

	/**
	 * Change the state of a post, unless another process has changed it.
	 *
	 * @param int                   $post_id
	 * @param string                $from
	 * @param string                $to
	 * @param array<mixed>          $sections Sections to set; for review, the decision of each open section.
	 * @param string                $error
	 * @param array<string, string> $more     Values of further columns.
	 */
	public static function move( int $post_id, string $from, string $to, array $sections = [], string $error = '', array $more = [] ): bool {
		global $wpdb;
		$values = [ 'state' => $to, 'sections' => (string) wp_json_encode( $sections ), 'error' => $error ] + $more;
		return 1 === $wpdb->update( self::table(), $values, [ 'post_id' => $post_id, 'state' => $from ] );
	}

	/** Remove the posts of the page in these states from the list; everyday posts stay. @param string[] $states */
	public static function clear( array $states ): void {
		global $wpdb;
		foreach ( array_intersect( self::STATES, $states ) as $state ) {
			$wpdb->delete( self::table(), [ 'state' => $state, 'source' => self::FROM_PAGE ] );
		}
	}

	/** The name of an action on several posts, by which it can be undone. It starts with the time. */
	public static function new_batch(): string {
		return time() . '-' . strtolower( wp_generate_password( 12, false ) );
	}

	/** @return list<object{post_id: string, state: string, changes: ?string, source: string}> The posts of an action. */
	public static function batch( string $batch ): array {
		global $wpdb;
		$sql = 'SELECT post_id, state, changes, source FROM ' . self::table() . ' WHERE batch = %s ORDER BY post_id';
		return '' === $batch ? [] : ( $wpdb->get_results( $wpdb->prepare( $sql, $batch ) ) ?: [] ); // phpcs:ignore WordPress.DB.PreparedSQL
	}

	/** Forget everyday posts that are done and can no longer be undone. */
	public static function tidy(): void {
		global $wpdb;
		$sql = 'DELETE FROM ' . self::table() . " WHERE source = 'save' AND state = 'done' AND CAST(batch AS UNSIGNED) < %d";
		$wpdb->query( $wpdb->prepare( $sql, time() - self::UNDO_SECONDS ) ); // phpcs:ignore WordPress.DB.PreparedSQL
	}

	public static function has_work(): bool {
		$counts = self::counts();
		return $counts['queued'] + $counts['accepted'] > 0;
	}
}
