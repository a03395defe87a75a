<?php
/**
 * Open suggestions in WordPress's own lists of posts: a column with buttons, and a filter.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Post_List {

	private const COLUMN = 'copydesk';
	private const FILTER = 'copydesk';
	private const OPEN   = 'open';

	/** Add both to the lists of all post types in the settings. */
	public static function add(): void {
		$settings = Settings::current();
		if ( ! $settings->is_configured() ) {
			return;
		}
		foreach ( $settings->types as $type ) {
			add_filter( "manage_{$type}_posts_columns", [ self::class, 'column' ] );
			add_action( "manage_{$type}_posts_custom_column", Fault::on_page( 'showing open suggestions', [ self::class, 'cell' ] ), 10, 2 );
		}
		add_action( 'restrict_manage_posts', Fault::on_page( 'showing the filter', [ self::class, 'filter' ] ) );
		add_filter( 'posts_where', Fault::guarded( 'filtering posts', [ self::class, 'where' ] ), 10, 2 );
		add_action( 'admin_enqueue_scripts', [ self::class, 'enqueue' ] );
	}

	public static function enqueue( mixed $page ): void {
		if ( 'edit.php' !== $page || ! in_array( get_current_screen()->post_type ?? '', Settings::current()->types, true ) ) {
			return;
		}
		wp_enqueue_style( 'copydesk', plugins_url( 'assets/copydesk.css', FILE ), [], VERSION );
		wp_enqueue_script( 'copydesk-list', plugins_url( 'assets/list.js', FILE ), [ 'wp-api-fetch', 'wp-i18n', 'wp-a11y' ], VERSION, true );
		wp_set_script_translations( 'copydesk-list', 'copydesk', dirname( FILE ) . '/languages' );
	}

	public static function column( mixed $columns ): mixed {
		return is_array( $columns ) ? $columns + [ self::COLUMN => __( 'Open suggestions', 'copydesk' ) ] : $columns;
	}

	public static function cell( mixed $column, mixed $post_id ): void {
		$post = get_post( (int) $post_id );
		if ( self::COLUMN !== $column || ! $post || ! current_user_can( 'edit_post', $post->ID ) ) {
			return;
		}
		$settings   = Settings::current();
		$vocabulary = Vocabulary::stored_for( $settings, $post );
		$record     = new Record( $post->ID );
		$open       = $vocabulary && $settings->handles( $post ) ? Review_List::open( $record, $vocabulary ) : [];
		if ( ! $open ) {
			echo '<span aria-hidden="true">—</span>';
			return;
		}
		printf( '<ul class="copydesk-cell" data-post="%d">', (int) $post->ID );
		foreach ( $record->open_tags() as $tag ) {
			if ( isset( $open[ $tag['section'] ] ) ) {
				self::show_tag( $tag, $vocabulary->term( $tag['section'] ) );
			}
		}
		echo '</ul>';
	}

	/** @param array<string, mixed> $tag */
	private static function show_tag( array $tag, \WP_Term $term ): void {
		$name = Bulk_Row::name( $tag['name'], $term );
		printf( '<li data-section="%s" title="%s"><strong>%s</strong> <span class="copydesk-percent">%s</span>', esc_attr( $tag['section'] ), esc_attr( Bulk_Row::reasons( $tag ) ), esc_html( $name ), esc_html( Bulk_Row::percent( $tag ) ) );
		if ( 'apply' === $tag['decision'] ) {
			printf( ' <span class="copydesk-sure">%s</span>', esc_html__( 'sure', 'copydesk' ) );
		}
		foreach ( Settings::current()->may_assign() ? [ 'accept', 'reject' ] : [ 'reject' ] as $act ) {
			/* translators: %s: name of a section */
			$label = sprintf( 'accept' === $act ? __( 'Add %s', 'copydesk' ) : __( 'Reject %s', 'copydesk' ), $name );
			printf( ' <button type="button" class="button-link" data-do="%s" aria-label="%s">%s</button>', esc_attr( $act ), esc_attr( $label ), 'accept' === $act ? esc_html__( 'Add', 'copydesk' ) : esc_html__( 'Reject', 'copydesk' ) );
		}
		echo '</li>';
	}

	public static function filter( mixed $type ): void {
		if ( in_array( $type, Settings::current()->types, true ) ) {
			printf( '<label class="screen-reader-text" for="copydesk-filter">%s</label><select id="copydesk-filter" name="%s">', esc_html__( 'Filter by suggestions', 'copydesk' ), esc_attr( self::FILTER ) );
			printf( '<option value="">%s</option>', esc_html__( 'All suggestions', 'copydesk' ) );
			printf( '<option value="%s" %s>%s</option></select>', esc_attr( self::OPEN ), selected( self::is_on(), true, false ), esc_html__( 'Open suggestions', 'copydesk' ) );
		}
	}

	public static function where( mixed $where, mixed $query ): mixed {
		global $wpdb;
		if ( ! is_string( $where ) || ! $query instanceof \WP_Query || ! $query->is_main_query() || ! self::is_on() ) {
			return $where;
		}
		return $where . " AND $wpdb->posts.ID IN ( SELECT post_id FROM " . Bulk_List::table() . " WHERE state = 'review' )";
	}

	private static function is_on(): bool {
		return self::OPEN === sanitize_key( wp_unslash( $_GET[ self::FILTER ] ?? '' ) ); // phpcs:ignore WordPress.Security.NonceVerification -- chooses what is shown
	}
}
