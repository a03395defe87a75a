<?php
/**
 * Tools > Copydesk: choose posts, watch the progress, review, apply.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Bulk_Page {

	public const SLUG   = 'copydesk-bulk';
	public const ACTION = 'copydesk_bulk';
	public const RIGHT  = 'edit_others_posts';

	public static function url(): string {
		return admin_url( 'tools.php?page=' . self::SLUG );
	}

	/** Tools > Copydesk, and the same page under the posts, each with the number of posts that have open suggestions. */
	public static function add(): void {
		$settings = Settings::current();
		$bubble   = $settings->is_configured() && current_user_can( self::RIGHT ) ? self::bubble( Review_List::count() ) : '';
		if ( '' !== $bubble && in_array( 'post', $settings->types, true ) ) {
			add_submenu_page( 'edit.php', '', __( 'Suggested sections', 'copydesk' ) . $bubble, self::RIGHT, 'tools.php?page=' . self::SLUG );
		}
		$page = add_management_page( __( 'Copydesk: sections for many posts', 'copydesk' ), 'Copydesk' . $bubble, self::RIGHT, self::SLUG, Fault::on_page( 'showing the bulk page', [ self::class, 'show' ] ) );
		if ( $page ) {
			add_action( "admin_print_scripts-$page", [ self::class, 'enqueue' ] );
		}
	}

	/** The number, as WordPress shows that of comments that wait; nothing for 0. */
	private static function bubble( int $count ): string {
		if ( 0 === $count ) {
			return '';
		}
		/* translators: %s: number of posts */
		$label = sprintf( _n( '%s post with open suggestions', '%s posts with open suggestions', $count, 'copydesk' ), number_format_i18n( $count ) );
		return sprintf( ' <span class="awaiting-mod"><span aria-hidden="true">%s</span><span class="screen-reader-text">%s</span></span>', esc_html( number_format_i18n( $count ) ), esc_html( $label ) );
	}

	public static function enqueue(): void {
		wp_enqueue_style( 'copydesk', plugins_url( 'assets/copydesk.css', FILE ), [], VERSION );
		wp_enqueue_script( 'copydesk-bulk', plugins_url( 'assets/bulk.js', FILE ), [ 'wp-api-fetch', 'wp-i18n', 'wp-a11y' ], VERSION, true );
		wp_set_script_translations( 'copydesk-bulk', 'copydesk', dirname( FILE ) . '/languages' );
	}

	public static function show(): void {
		if ( ! current_user_can( self::RIGHT ) ) {
			return;
		}
		$settings = Settings::current();
		echo '<div class="wrap copydesk"><h1>' . esc_html( get_admin_page_title() ) . '</h1>';
		if ( ! $settings->is_configured() ) {
			printf( '<p>%s <a href="%s">%s</a></p></div>', esc_html__( 'No service is set yet. Enter its address in the settings first.', 'copydesk' ), esc_url( Settings_Page::url() ), esc_html__( 'Settings', 'copydesk' ) );
			return;
		}
		$counts = Bulk_List::counts();
		self::show_progress( $counts );
		Review_Page::show( $settings );
		if ( $counts['failed'] > 0 ) {
			self::show_failed();
		}
		self::show_chooser( $settings );
		if ( array_sum( $counts ) > 0 ) {
			self::open_form( 'clear' );
			submit_button( __( 'Clear this list', 'copydesk' ), 'secondary', 'clear', true );
			echo '<p class="description">' . esc_html__( 'This does not change any post.', 'copydesk' ) . '</p></form>';
		}
		echo '</div>';
	}

	/** @param array<string, int> $counts */
	private static function show_progress( array $counts ): void {
		$total = array_sum( $counts );
		if ( 0 === $total ) {
			return;
		}
		$left = $counts['queued'] + $counts['accepted'];
		printf( '<div id="copydesk-progress" data-total="%d" data-left="%d"><h2>%s</h2>', (int) $total, (int) $left, esc_html__( 'Progress', 'copydesk' ) );
		printf( '<progress max="%d" value="%d" aria-labelledby="copydesk-count"></progress> <span id="copydesk-count" role="status">', (int) $total, (int) ( $total - $left ) );
		/* translators: 1: number of posts that are queued, 2: to review, 3: to apply, 4: done, 5: failed */
		echo esc_html( sprintf( __( 'queued: %1$s, to review: %2$s, to apply: %3$s, done: %4$s, failed: %5$s', 'copydesk' ), ...array_map( 'number_format_i18n', array_values( $counts ) ) ) );
		echo '</span>';
		if ( $left > 0 ) {
			echo '<p>' . esc_html__( 'You can close this page. The work continues in the background.', 'copydesk' ) . '</p>';
		}
		$failure = Breaker::failure();
		printf( '<div class="notice notice-error inline" %s><p>%s</p></div></div>', $failure ? '' : 'hidden', esc_html( $failure['message'] ?? '' ) );
	}

	private static function show_failed(): void {
		echo '<h2>' . esc_html__( 'Failed', 'copydesk' ) . '</h2><ul class="ul-disc">';
		foreach ( Bulk_List::page( 'failed', 100 ) as $row ) {
			printf( '<li><a href="%s">%s</a>: %s</li>', esc_url( (string) get_edit_post_link( (int) $row->post_id, 'raw' ) ), esc_html( Bulk_Row::title( (int) $row->post_id ) ), esc_html( $row->error ) );
		}
		echo '</ul>';
	}

	private static function show_chooser( Settings $settings ): void {
		echo '<h2>' . esc_html__( 'Choose posts', 'copydesk' ) . '</h2>';
		self::open_form( 'choose' );
		$types    = array_combine( $settings->types, array_map( static fn( string $type ): string => get_post_type_object( $type )->labels->name ?? $type, $settings->types ) );
		$statuses = array_map( static fn( string $status ): string => get_post_status_object( $status )->label, array_combine( Settings::STATUSES, Settings::STATUSES ) );
		self::boxes( __( 'Post types', 'copydesk' ), 'types[]', $types, $settings->types );
		self::boxes( __( 'Statuses', 'copydesk' ), 'statuses[]', $statuses, [ 'publish' ] );
		self::boxes( __( 'Filter', 'copydesk' ), 'untagged', [ '1' => __( 'Only posts without a section', 'copydesk' ) ], [ '1' ] );
		submit_button( __( 'Suggest sections for these posts', 'copydesk' ), 'secondary', 'choose', true );
		echo '</form>';
	}

	/**
	 * @param array<int|string, string> $options
	 * @param string[]                  $ticked
	 */
	private static function boxes( string $legend, string $name, array $options, array $ticked ): void {
		printf( '<fieldset class="copydesk-boxes"><legend>%s</legend>', esc_html( $legend ) );
		foreach ( $options as $value => $label ) {
			printf( '<label><input type="checkbox" name="%s" value="%s" %s> %s</label> ', esc_attr( $name ), esc_attr( (string) $value ), checked( in_array( (string) $value, $ticked, true ), true, false ), esc_html( $label ) );
		}
		echo '</fieldset>';
	}

	public static function open_form( string $action ): void {
		printf( '<form action="%s" method="post"><input type="hidden" name="action" value="%s"><input type="hidden" name="do" value="%s">', esc_url( admin_url( 'admin-post.php' ) ), esc_attr( self::ACTION ), esc_attr( $action ) );
		wp_nonce_field( self::ACTION );
	}
}
