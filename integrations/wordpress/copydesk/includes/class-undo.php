<?php
/**
 * Takes back what was done in the review list or in the list of posts: the suggestions are open again.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Undo {

	/**
	 * Undo an action on several posts, as far as the user may edit them.
	 *
	 * @return int The number of posts whose suggestions are open again.
	 */
	public static function batch( Settings $settings, Vocabulary $vocabulary, string $batch ): int {
		$undone = 0;
		foreach ( Bulk_List::batch( $batch ) as $row ) {
			$post = get_post( (int) $row->post_id );
			if ( ! $post || ! current_user_can( 'edit_post', $post->ID ) ) {
				continue;
			}
			$done = json_decode( (string) $row->changes, true );
			self::post( $settings, $vocabulary, $post, (array) ( $done['set'] ?? [] ), (array) ( $done['rejected'] ?? [] ) );
			$open    = Review_List::open( new Record( $post->ID ), $vocabulary->for_post( $post ) );
			$undone += (int) Bulk_List::move( $post->ID, $row->state, $open ? 'review' : 'done', $open, '', [ 'batch' => '', 'changes' => '' ] );
		}
		return $undone;
	}

	/**
	 * @param Settings   $settings
	 * @param Vocabulary $vocabulary
	 * @param \WP_Post   $post
	 * @param string[]   $set      Sections that the action set.
	 * @param string[]   $rejected Sections that it rejected.
	 */
	public static function post( Settings $settings, Vocabulary $vocabulary, \WP_Post $post, array $set, array $rejected ): void {
		$vocabulary = $vocabulary->for_post( $post );
		$record     = new Record( $post->ID );
		$record->look( $vocabulary, Tagger::chosen( $post->ID, $vocabulary ) ); // what an editor changed since then is theirs
		$set = array_values( array_intersect( $set, $record->chosen() ) );
		if ( $set ) {
			Tagger::unset_terms( $post->ID, $vocabulary, $set );
			$record->take_back( $set );
		}
		foreach ( $rejected as $section ) {
			$record->unreject( $section );
		}
		$record->pass( [] );
		$record->save();
		clean_post_cache( $post->ID );
		Feedback::note( $settings, $post, $record );
	}
}
