<?php
/**
 * The review list on Tools > Copydesk: posts with open suggestions, each with its reasons and an excerpt.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Review_Page {

	private const POSTS_A_PAGE = 25;

	public static function show( Settings $settings ): void {
		self::show_outcome();
		$all = Review_List::count();
		if ( 0 === $all ) {
			return;
		}
		$vocabulary = Vocabulary::stored( $settings );
		$filter     = Review_Filter::current();
		$count      = array_filter( $filter ) ? Review_List::count( $filter ) : $all;
		$after      = absint( wp_unslash( $_GET['after'] ?? 0 ) ); // phpcs:ignore WordPress.Security.NonceVerification -- only chooses the first post of the page
		$ids        = Review_List::page( $filter, self::POSTS_A_PAGE, $after );
		/* translators: %s: number of posts */
		echo '<h2 id="copydesk-review">' . esc_html( sprintf( _n( 'Review: %s post', 'Review: %s posts', $count, 'copydesk' ), number_format_i18n( $count ) ) ) . '</h2>';
		echo '<p>' . esc_html__( 'Nothing has been changed yet. The sections the model is sure of are ticked. Tick any others that fit and untick any that don’t. A post without a tick stays in this list.', 'copydesk' ) . '</p>';
		Review_Filter::show( $filter, $vocabulary );
		if ( ! $ids ) {
			echo '<p>' . esc_html__( 'No post matches this filter.', 'copydesk' ) . '</p>';
			return;
		}
		self::show_rows( $ids, $vocabulary );
		$last = end( $ids );
		if ( count( $ids ) === self::POSTS_A_PAGE && Review_List::page( $filter, 1, $last ) ) {
			printf( ' <a class="button" href="%s">%s</a>', esc_url( add_query_arg( array_filter( [ 'after' => $last ] + $filter ), Bulk_Page::url() ) ), esc_html__( 'Skip these and show the next posts', 'copydesk' ) );
		}
		echo '</p></form>';
		self::show_all_button( $filter );
	}

	/** @param int[] $ids */
	private static function show_rows( array $ids, ?Vocabulary $vocabulary ): void {
		Bulk_Page::open_form( 'accept' );
		printf(
			'<table class="widefat striped copydesk-review"><thead><tr><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>',
			esc_html__( 'Post', 'copydesk' ),
			esc_html__( 'Current sections', 'copydesk' ),
			esc_html__( 'Suggested sections', 'copydesk' )
		);
		_prime_post_caches( $ids );
		foreach ( $ids as $post_id ) {
			Bulk_Row::show( $post_id, $vocabulary );
		}
		echo '</tbody></table><p class="submit">';
		submit_button( __( 'Apply the ticked sections on this page', 'copydesk' ), 'primary', 'accept', false );
	}

	/** @param array{section: string, decision: string, post: int} $filter */
	private static function show_all_button( array $filter ): void {
		$count = 'review' === $filter['decision'] ? 0 : Review_List::count( [ 'decision' => 'apply' ] + $filter );
		if ( 0 === $count ) {
			return;
		}
		Bulk_Page::open_form( 'accept_all' );
		Review_Filter::hidden( $filter );
		/* translators: %s: number of posts */
		submit_button( sprintf( _n( 'Apply the sections the model is sure of to %s post', 'Apply the sections the model is sure of to all %s posts', $count, 'copydesk' ), number_format_i18n( $count ) ), 'secondary', 'all', false );
		echo '</form>';
	}

	/** What the last action did, and the button that undoes it. */
	private static function show_outcome(): void {
		// phpcs:disable WordPress.Security.NonceVerification -- chooses a message
		$batch    = sanitize_key( wp_unslash( $_GET['batch'] ?? '' ) );
		$accepted = absint( wp_unslash( $_GET['accepted'] ?? 0 ) );
		$rejected = absint( wp_unslash( $_GET['rejected'] ?? 0 ) );
		$undone   = isset( $_GET['undone'] ) ? absint( wp_unslash( $_GET['undone'] ) ) : null;
		// phpcs:enable
		if ( null !== $undone ) {
			/* translators: %s: number of posts */
			$text = _n( 'Undone: the suggestions of %s post are open again.', 'Undone: the suggestions of %s posts are open again.', $undone, 'copydesk' );
			printf( '<div class="notice notice-success inline"><p>%s</p></div>', esc_html( sprintf( $text, number_format_i18n( $undone ) ) ) );
		}
		if ( '' === $batch ) {
			return;
		}
		if ( 0 === $accepted + $rejected ) {
			printf( '<div class="notice notice-info inline"><p>%s</p></div>', esc_html__( 'Nothing was ticked, so nothing has changed.', 'copydesk' ) );
			return;
		}
		/* translators: 1: number of posts, 2: number of posts */
		$text = sprintf( __( 'Posts that get the ticked sections: %1$s. Posts whose suggestions were rejected: %2$s.', 'copydesk' ), number_format_i18n( $accepted ), number_format_i18n( $rejected ) );
		printf( '<div class="notice notice-success inline copydesk-outcome-notice"><p>%s</p>', esc_html( $text ) );
		Bulk_Page::open_form( 'undo' );
		printf( '<input type="hidden" name="batch" value="%s">', esc_attr( $batch ) );
		submit_button( __( 'Undo', 'copydesk' ), 'secondary', 'undo', false );
		echo '</form></div>';
	}
}
