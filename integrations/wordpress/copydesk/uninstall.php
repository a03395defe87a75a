<?php
/**
 * Takes away what the plugin stored, but for what editors and models decided: `_copydesk_applied` and
 * `_copydesk_rejected` stay, so that an export still tells machine labels from an editor's.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/** Clean up one site. */
function uninstall_site(): void {
	global $wpdb;
	foreach ( [ 'copydesk_settings', 'copydesk_failure', 'copydesk_sections', 'copydesk_decisions_paused', 'copydesk_installed' ] as $option ) {
		delete_option( $option );
	}
	foreach ( [ '_copydesk_answer', '_copydesk_error', '_copydesk_waiting', '_copydesk_decision', '_copydesk_decided' ] as $key ) {
		delete_post_meta_by_key( $key );
	}
	foreach ( [ 'copydesk_retry', 'copydesk_send_decisions', 'copydesk_bulk', 'copydesk_read_sections' ] as $event ) {
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
} else {
	uninstall_site();
}
