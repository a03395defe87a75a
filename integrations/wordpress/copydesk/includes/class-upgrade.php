<?php
/**
 * Takes over the data that earlier versions of the plugin stored. Nothing that is queued may be lost.
 *
 * Version 0.1.0 called feedback `decisions`. Before 0.3.0 the review list did not store which sections are open.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Upgrade {

	/** During an upgrade a PHP process may still run the old code. It schedules this event for each mark that it makes. */
	public const OLD_EVENT  = 'copydesk_send_decisions';
	public const OLD_PAUSED = 'copydesk_decisions_paused';
	public const OLD_DUE    = '_copydesk_decision';
	public const OLD_SENT   = '_copydesk_decided';

	/** Safe to run twice, and at the same time in several processes. */
	public static function run(): void {
		self::rename_meta( self::OLD_SENT, Feedback::SENT ); // first: without it feedback that was sent would be sent again
		$due = self::rename_meta( self::OLD_DUE, Feedback::DUE );
		self::ask_again();
		wp_clear_scheduled_hook( self::OLD_EVENT );
		delete_option( self::OLD_PAUSED );
		if ( $due ) {
			Feedback::wake( 0 );
		}
	}

	/** Have the posts in review asked about again: the filter needs their open sections. */
	private static function ask_again(): void {
		global $wpdb;
		$table = Bulk_List::table();
		$wpdb->query( "UPDATE $table SET state = 'queued' WHERE state = 'review' AND sections = '[]'" ); // phpcs:ignore WordPress.DB.PreparedSQL
		if ( Bulk_List::has_work() ) {
			Bulk_Worker::wake();
		}
	}

	/** @return int The number of posts that had the old key. */
	private static function rename_meta( string $old, string $new ): int {
		global $wpdb;
		$count = (int) $wpdb->query( $wpdb->prepare( "UPDATE $wpdb->postmeta SET meta_key = %s WHERE meta_key = %s", $new, $old ) );
		if ( $count > 0 ) { // a cache may hold the rows under the old key
			wp_cache_supports( 'flush_group' ) ? wp_cache_flush_group( 'post_meta' ) : wp_cache_flush();
		}
		return $count;
	}
}
