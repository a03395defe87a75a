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
		match ( sanitize_key( wp_unslash( $_POST['do'] ?? '' ) ) ) {
			'choose'     => self::choose(),
			'accept'     => self::accept(),
			'accept_all' => self::accept_all(),
			'clear'      => Bulk_List::clear( [ 'queued', 'review', 'done', 'failed' ] ),
			default      => wp_die( esc_html__( 'This action is unknown. Reload the page and try again.', 'copydesk' ), '', 400 ),
		};
		if ( Bulk_List::has_work() ) {
			Bulk_Worker::wake();
		}
		wp_safe_redirect( Bulk_Page::url() );
		exit;
	}

	private static function choose(): void {
		$settings   = Settings::current();
		$vocabulary = Vocabulary::stored( $settings );
		$statuses   = array_intersect( Settings::STATUSES, array_map( 'sanitize_key', (array) wp_unslash( $_POST['statuses'] ?? [] ) ) );
		$types      = array_intersect( $settings->types, array_map( 'sanitize_key', (array) wp_unslash( $_POST['types'] ?? [] ) ) );
		if ( $statuses && $types ) {
			$without = ! empty( $_POST['untagged'] ) && $vocabulary ? array_keys( $vocabulary->term_names() ) : [];
			self::enlist( Bulk_List::find( $types, $statuses, $settings->taxonomy, $without ) );
		}
	}

	/** @param int[] $post_ids */
	private static function enlist( array $post_ids ): void {
		foreach ( array_chunk( $post_ids, 500 ) as $chunk ) {
			_prime_post_caches( $chunk, false, false );
			Bulk_List::add( array_filter( $chunk, static fn( int $id ): bool => current_user_can( 'edit_post', $id ) ) );
		}
		Bulk_Worker::wake();
	}

	/** Accept the sections that the model is sure of, for every post in review that the user may edit. */
	private static function accept_all(): void {
		$after = 0;
		do {
			$rows = Bulk_List::page( 'review', 500, $after );
			_prime_post_caches( array_map( static fn( object $row ): int => (int) $row->post_id, $rows ), false, false );
			foreach ( $rows as $row ) {
				$after = (int) $row->post_id;
				if ( current_user_can( 'edit_post', $after ) ) {
					Bulk_List::move( $after, 'review', 'accepted', [ Bulk_List::SURE ] );
				}
			}
		} while ( $rows );
	}

	/** Accept the ticked sections of the posts that the page showed, and no others. */
	private static function accept(): void {
		$shown  = array_map( 'absint', (array) wp_unslash( $_POST['shown'] ?? [] ) );
		$ticked = (array) wp_unslash( $_POST['sections'] ?? [] );
		foreach ( $shown as $post_id ) {
			if ( current_user_can( 'edit_post', $post_id ) ) {
				$sections = array_values( array_map( 'sanitize_key', (array) ( $ticked[ $post_id ] ?? [] ) ) );
				Bulk_List::move( $post_id, 'review', $sections ? 'accepted' : 'done', $sections );
			}
		}
	}
}
