<?php
/**
 * Where the plugin meets WordPress: every hook, and what happens when it is switched on and off.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Plugin {

	private const INSTALLED = 'copydesk_installed';
	private const EVENTS    = [ Queue::EVENT, Decisions::EVENT, Bulk_Worker::EVENT, Vocabulary::EVENT ];

	public static function boot(): void {
		// The one hook that fires for the block editor, the classic one, quick edit, XML-RPC, cron and code alike, when
		// the terms of the post are already stored and the answer to the editor is not yet written.
		add_action( 'wp_after_insert_post', [ Tagger::class, 'on_save' ], 20, 2 );

		add_action( Queue::EVENT, [ Queue::class, 'run' ] );
		add_action( Decisions::EVENT, [ Decisions::class, 'run' ] );
		add_action( Bulk_Worker::EVENT, [ Bulk_Worker::class, 'on_cron' ] );
		add_action( Vocabulary::EVENT, [ Vocabulary::class, 'on_cron' ] );
		add_action( 'update_option_' . Settings::OPTION, [ self::class, 'on_settings' ], 10, 0 );
		add_action( 'add_option_' . Settings::OPTION, [ self::class, 'on_settings' ], 10, 0 );

		add_action( 'rest_api_init', [ Rest::class, 'register' ] );
		add_action( 'rest_api_init', [ Bulk_Rest::class, 'register' ] );
		add_filter( 'site_status_tests', [ Health::class, 'add_test' ] );
		add_filter( 'wxr_export_skip_postmeta', [ Record::class, 'skip_in_export' ], 10, 2 );

		add_action( 'enqueue_block_editor_assets', [ Editor::class, 'enqueue_panel' ] );
		if ( is_admin() ) {
			add_action( 'admin_init', [ self::class, 'install' ] );
			add_action( 'add_meta_boxes', [ Editor::class, 'add_metabox' ], 10, 2 );
			add_action( 'admin_notices', [ Editor::class, 'notice' ] );
			add_action( 'admin_menu', [ Settings_Page::class, 'add' ] );
			add_action( 'admin_init', [ Settings_Page::class, 'register' ] );
			add_action( 'admin_post_' . Settings_Page::FETCH, [ Settings_Page::class, 'fetch_sections' ] );
			add_action( 'admin_menu', [ Bulk_Page::class, 'add' ] );
			add_action( 'admin_post_' . Bulk_Page::ACTION, [ Bulk_Actions::class, 'run' ] );
			add_action( 'admin_init', [ Bulk_Actions::class, 'add_to_lists' ] );
			add_filter( 'plugin_action_links_' . plugin_basename( FILE ), [ Settings_Page::class, 'link' ] );
		}
	}

	/** On activation, and where that did not run: after an update, or on a site that joined a network later. */
	public static function install(): void {
		if ( get_option( self::INSTALLED ) === VERSION ) {
			return;
		}
		Bulk_List::create_table();
		if ( ! wp_next_scheduled( Vocabulary::EVENT ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'daily', Vocabulary::EVENT );
		}
		update_option( self::INSTALLED, VERSION, true );
	}

	public static function deactivate(): void {
		foreach ( self::EVENTS as $event ) {
			wp_clear_scheduled_hook( $event );
		}
		delete_option( self::INSTALLED );
	}

	/** New settings may mend what was wrong: forget the last failure, read the sections, try what is waiting. */
	public static function on_settings(): void {
		Breaker::reset();
		delete_option( Decisions::PAUSED );
		wp_clear_scheduled_hook( Queue::EVENT );
		if ( Settings::current()->is_configured() ) {
			Vocabulary::on_cron();
			Queue::wake( 0 );
			Decisions::wake( 0 );
		}
	}
}
