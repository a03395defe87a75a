<?php
/**
 * Handles the forms on Tools > Copydesk, and the bulk action in the lists of posts.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Bulk_Actions {

	private const ASK = 'copydesk_ask';

	/** Add the action to the lists of all post types in the settings. */
	public static function add_to_lists(): void {
		$settings = Settings::current();
		if ( ! $settings->is_configured() || ! current_user_can( Bulk_Page::RIGHT ) ) {
			return;
		}
		foreach ( $settings->types as $type ) {
			add_filter( "bulk_actions-edit-$type", [ self::class, 'name' ] );
			add_filter( "handle_bulk_actions-edit-$type", [ self::class, 'from_list' ], 10, 3 );
		}
	}

	/** @return mixed */
	public static function name( mixed $actions ): mixed {
		return is_array( $actions ) ? $actions + [ self::ASK => __( 'Suggest sections with Copydesk', 'copydesk' ) ] : $actions;
	}

	/** WordPress has already checked the nonce of the list. */
	public static function from_list( mixed $back, mixed $action, mixed $post_ids ): mixed {
		if ( self::ASK !== $action || ! is_array( $post_ids ) ) {
			return $back;
		}
		self::enlist( array_map( 'intval', $post_ids ) );
		return Bulk_Page::url();
	}

	/** Handle a form of the page. */
	public static function run(): void {
		if ( ! current_user_can( Bulk_Page::RIGHT ) ) {
			wp_die( esc_html__( 'You are not allowed to edit the posts of others.', 'copydesk' ), '', 403 );
		}
		check_admin_referer( Bulk_Page::ACTION );
		if ( ! Settings::current()->may_assign() ) {
			wp_die( esc_html__( 'You are not allowed to assign the terms of the sections.', 'copydesk' ), '', 403 );
		}
		$outcome = match ( sanitize_key( wp_unslash( $_POST['do'] ?? '' ) ) ) {
			'choose'     => self::choose(),
			'accept'     => Review_Actions::accept(),
			'accept_all' => Review_Actions::accept_all(),
			'undo'       => Review_Actions::undo(),
			'clear'      => self::clear(),
			default      => wp_die( esc_html__( 'This action is unknown. Reload the page and try again.', 'copydesk' ), '', 400 ),
		};
		if ( Bulk_List::has_work() ) {
			Bulk_Worker::wake();
		}
		wp_safe_redirect( add_query_arg( $outcome, Bulk_Page::url() ) );
		exit;
	}

	/** @return array<string, string|int> Nothing for the page to report. */
	private static function clear(): array {
		Bulk_List::clear( [ 'queued', 'review', 'done', 'failed' ] );
		return [];
	}

	/** @return array<string, string|int> Nothing for the page to report. */
	private static function choose(): array {
		// phpcs:disable WordPress.Security.NonceVerification.Missing -- run() has checked the nonce
		$settings   = Settings::current();
		$vocabulary = Vocabulary::stored( $settings );
		$statuses   = array_intersect( Settings::STATUSES, array_map( 'sanitize_key', (array) wp_unslash( $_POST['statuses'] ?? [] ) ) );
		$types      = array_intersect( $settings->types, array_map( 'sanitize_key', (array) wp_unslash( $_POST['types'] ?? [] ) ) );
		if ( $statuses && $types ) {
			$without = ! empty( $_POST['untagged'] ) && $vocabulary ? $vocabulary->all_term_ids() : [];
			self::enlist( Bulk_List::find( $types, $statuses, $settings->taxonomy, $without ) );
		}
		// phpcs:enable
		return [];
	}

	/** @param int[] $post_ids */
	private static function enlist( array $post_ids ): void {
		foreach ( array_chunk( $post_ids, 500 ) as $chunk ) {
			_prime_post_caches( $chunk, false, false );
			Bulk_List::add( array_filter( $chunk, static fn( int $id ): bool => current_user_can( 'edit_post', $id ) ) );
		}
		Bulk_Worker::wake();
	}
}
