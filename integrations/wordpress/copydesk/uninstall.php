<?php
/**
 * Removes all data of the plugin, except `_copydesk_applied` and `_copydesk_rejected`: with these, an export still shows
 * which labels the model set and which an editor did.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/** Clean up one site, including names that earlier versions used. */
function uninstall_site(): void {
	global $wpdb;
	foreach ( [ 'copydesk_settings', 'copydesk_failure', 'copydesk_sections', 'copydesk_feedback_paused', 'copydesk_decisions_paused', 'copydesk_installed', 'copydesk_texts_kept' ] as $option ) {
		delete_option( $option );
	}
	foreach ( [ 'answer', 'error', 'waiting', 'feedback_due', 'feedback_sent', 'assistant', 'decision', 'decided' ] as $key ) {
		delete_post_meta_by_key( "_copydesk_$key" );
	}
	foreach ( [ 'copydesk_retry', 'copydesk_send_feedback', 'copydesk_send_decisions', 'copydesk_bulk', 'copydesk_read_sections' ] as $event ) {
		wp_clear_scheduled_hook( $event );
	}
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}copydesk_bulk" );
}

if ( is_multisite() ) {
	foreach ( get_sites( [ 'fields' => 'ids', 'number' => 0 ] ) as $copydesk_site ) {
		switch_to_blog( (int) $copydesk_site );
		uninstall_site();
		restore_current_blog();
	}
	delete_site_option( 'copydesk_network' );
} else {
	uninstall_site();
}
