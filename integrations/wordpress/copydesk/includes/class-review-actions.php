<?php
/**
 * What the buttons of the review list do. A post on which nothing was decided stays in the list.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.NonceVerification.Missing -- Bulk_Actions::run() has checked the nonce before it calls these
final class Review_Actions {

	private const POSTS_A_STEP = 500;

	/**
	 * Accept the ticked sections of the posts that the page showed, and reject all sections of the posts for which none fits.
	 *
	 * @return array<string, string|int> What the page is to report.
	 */
	public static function accept(): array {
		$shown    = array_map( 'absint', (array) wp_unslash( $_POST['shown'] ?? [] ) );
		$ticked   = map_deep( (array) wp_unslash( $_POST['sections'] ?? [] ), 'sanitize_key' );
		$none     = array_map( 'absint', (array) wp_unslash( $_POST['none'] ?? [] ) );
		$batch    = Bulk_List::new_batch();
		$accepted = 0;
		$rejected = 0;
		foreach ( $shown as $post_id ) {
			if ( ! current_user_can( 'edit_post', $post_id ) ) {
				continue;
			}
			$sections = array_values( (array) ( $ticked[ $post_id ] ?? [] ) );
			if ( in_array( $post_id, $none, true ) ) {
				$rejected += (int) self::reject_all( $post_id, $batch );
			} elseif ( $sections ) {
				$accepted += (int) Bulk_List::move( $post_id, 'review', 'accepted', $sections, '', [ 'batch' => $batch, 'changes' => '' ] );
			}
		}
		return [ 'batch' => $batch, 'accepted' => $accepted, 'rejected' => $rejected ];
	}

	/** @return bool Whether the post was still in review. */
	private static function reject_all( int $post_id, string $batch ): bool {
		$settings   = Settings::current();
		$post       = get_post( $post_id );
		$vocabulary = $post ? Vocabulary::stored_for( $settings, $post ) : null;
		if ( ! $vocabulary ) {
			return false;
		}
		$record = new Record( $post_id );
		$open   = array_map( 'strval', array_keys( Review_List::open( $record, $vocabulary ) ) );
		$undo   = (string) wp_json_encode( [ 'rejected' => $open ] );
		if ( ! Bulk_List::move( $post_id, 'review', 'done', [], '', [ 'batch' => $batch, 'changes' => $undo ] ) ) {
			return false;
		}
		array_map( [ $record, 'reject' ], $open );
		$record->save();
		Feedback::note( $settings, $post, $record );
		return true;
	}

	/**
	 * Accept the sections that the model is sure of, for every post of the list that the user may edit.
	 *
	 * @return array<string, string|int> What the page is to report.
	 */
	public static function accept_all(): array {
		$batch    = Bulk_List::new_batch();
		$accepted = 0;
		$after    = 0;
		do {
			$ids = Review_List::page( [ 'decision' => 'apply' ] + Review_Filter::posted(), self::POSTS_A_STEP, $after );
			_prime_post_caches( $ids, false, false );
			foreach ( $ids as $after ) {
				if ( current_user_can( 'edit_post', $after ) ) {
					$accepted += (int) Bulk_List::move( $after, 'review', 'accepted', [ Bulk_List::SURE ], '', [ 'batch' => $batch, 'changes' => '' ] );
				}
			}
		} while ( $ids );
		return [ 'batch' => $batch, 'accepted' => $accepted, 'rejected' => 0 ];
	}

	/** @return array<string, string|int> What the page is to report. */
	public static function undo(): array {
		$settings   = Settings::current();
		$vocabulary = Vocabulary::stored( $settings );
		$batch      = sanitize_key( wp_unslash( $_POST['batch'] ?? '' ) );
		return [ 'undone' => $vocabulary ? Undo::batch( $settings, $vocabulary, $batch ) : 0 ];
	}
}
