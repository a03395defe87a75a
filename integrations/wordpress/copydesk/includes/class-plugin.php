<?php
/**
 * Every hook of the plugin, its installation, and its deactivation.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Plugin {

	private const INSTALLED = 'copydesk_installed';
	private const EVENTS    = [ Queue::EVENT, Feedback::EVENT, Bulk_Worker::EVENT, Vocabulary::EVENT, Upgrade::OLD_EVENT ];

	public static function boot(): void {
		// the plugin directory would load translations of its own; these come with the plugin
		add_action( 'init', static fn() => load_plugin_textdomain( 'copydesk', false, dirname( plugin_basename( FILE ) ) . '/languages' ), 0, 0 );
		add_action( 'init', Fault::guarded( 'installing', [ self::class, 'install' ] ), 1, 0 );

		// The one hook that fires for the block editor, the classic editor, quick edit, XML-RPC, cron and code alike: after
		// the terms of the post are stored, and before the editor gets an answer.
		add_action( 'wp_after_insert_post', [ Tagger::class, 'on_save' ], 20, 2 );

		add_action( Queue::EVENT, Fault::guarded( 'asking about posts that wait', [ Queue::class, 'run' ] ), 10, 0 );
		add_action( Feedback::EVENT, Fault::guarded( 'sending feedback', [ Feedback::class, 'run' ] ), 10, 0 );
		add_action( Upgrade::OLD_EVENT, Fault::guarded( 'upgrading', [ Upgrade::class, 'run' ] ), 10, 0 );
		add_action( Bulk_Worker::EVENT, Fault::guarded( 'working on the bulk list', [ Bulk_Worker::class, 'on_cron' ] ), 10, 0 );
		add_action( Vocabulary::EVENT, Fault::guarded( 'reading the sections', [ Vocabulary::class, 'on_cron' ] ), 10, 0 );
		add_action( Vocabulary::EVENT, Fault::guarded( 'tidying the list', [ Bulk_List::class, 'tidy' ] ), 10, 0 );
		foreach ( [ 'deleted_post', 'trashed_post' ] as $action ) {
			add_action( $action, Fault::guarded( 'forgetting a post', [ Review_List::class, 'forget' ] ), 10, 1 );
		}
		foreach ( [ 'update_option_', 'add_option_' ] as $action ) {
			add_action( $action . Settings::OPTION, Fault::guarded( 'using new settings', [ self::class, 'on_settings' ] ), 10, 0 );
		}

		add_action( 'rest_api_init', [ Rest::class, 'register' ] );
		add_action( 'rest_api_init', [ Bulk_Rest::class, 'register' ] );
		add_action( 'wp_abilities_api_categories_init', [ Abilities::class, 'register_category' ] );
		add_action( 'wp_abilities_api_init', [ Abilities::class, 'register' ] );
		add_action( 'wp_before_execute_ability', [ Assistants::class, 'on_start' ], 10, 1 );
		add_action( 'wp_after_execute_ability', Fault::guarded( 'noting what an assistant suggested', [ Assistants::class, 'on_end' ] ), 10, 3 );
		add_filter( 'site_status_tests', [ Health::class, 'add_test' ] );
		add_filter( 'wpmu_drop_tables', [ Bulk_List::class, 'drop_with_site' ] );
		add_filter( 'wxr_export_skip_postmeta', [ Record::class, 'skip_in_export' ], 10, 2 );

		add_action( 'enqueue_block_editor_assets', Fault::guarded( 'loading the panel', [ Editor::class, 'enqueue_panel' ] ), 10, 0 );
		if ( is_admin() ) {
			self::boot_admin();
		}
	}

	private static function boot_admin(): void {
		add_action( 'add_meta_boxes', Fault::guarded( 'adding the metabox', [ Editor::class, 'add_metabox' ] ), 10, 2 );
		add_action( 'admin_notices', Fault::guarded( 'showing a notice', [ Editor::class, 'notice' ] ), 10, 0 );
		add_action( 'admin_menu', [ Settings_Page::class, 'add' ] );
		add_action( 'admin_init', [ Settings_Page::class, 'register' ] );
		add_action( 'admin_post_' . Settings_Page::FETCH, [ Settings_Page::class, 'fetch_sections' ] );
		add_action( 'network_admin_menu', [ Network_Page::class, 'add' ] );
		add_action( 'network_admin_edit_' . Network_Page::ACTION, [ Network_Page::class, 'save' ] );
		add_action( 'admin_menu', [ Bulk_Page::class, 'add' ] );
		add_action( 'admin_post_' . Bulk_Page::ACTION, [ Bulk_Actions::class, 'run' ] );
		add_action( 'admin_init', Fault::guarded( 'adding the bulk action', [ Bulk_Actions::class, 'add_to_lists' ] ), 10, 0 );
		add_action( 'admin_init', Fault::guarded( 'adding the column', [ Post_List::class, 'add' ] ), 10, 0 );
		add_action( 'admin_init', Fault::guarded( 'describing what is sent', [ Privacy::class, 'describe' ] ), 10, 0 );
		add_action( 'admin_enqueue_scripts', [ Section_Terms::class, 'enqueue' ] );
		add_filter( 'plugin_action_links_' . plugin_basename( FILE ), [ Settings_Page::class, 'link' ] );
	}

	/** On activation; also on the first request after an update, and on a site that joined a network later, which are not activated. */
	public static function install(): void {
		if ( get_option( self::INSTALLED ) === VERSION ) {
			return;
		}
		Bulk_List::create_table(); // first: it also adds the columns of a new version
		Upgrade::run();
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

	/** New settings may repair a fault: forget the last failure, read the sections, try the posts that wait. */
	public static function on_settings(): void {
		Breaker::reset();
		delete_option( Feedback::PAUSED );
		delete_option( Feedback::TEXTS_KEPT );
		wp_clear_scheduled_hook( Queue::EVENT );
		wp_clear_scheduled_hook( Feedback::EVENT );
		Vocabulary::on_cron();
		Queue::wake( 0 );
		Feedback::wake( 0 );
	}
}
