<?php
/**
 * Feedback: which suggestions editors kept, removed and added. Cron sends it to the service, so that nobody waits for it.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Feedback {

	public const EVENT  = 'copydesk_send_feedback';
	public const DUE    = '_copydesk_feedback_due';
	public const SENT   = '_copydesk_feedback_sent';
	/** Unix time until which nothing is sent, because the service does not accept feedback yet. */
	public const PAUSED = 'copydesk_feedback_paused';

	public const TEXTS_KEPT = 'copydesk_texts_kept';

	private const INTERVAL = 60;
	private const SECONDS  = 20.0;
	/** Posts in one run. */
	private const MOST = 500;
	/** How many revisions of one post are tried in one run. */
	private const MOST_REVISIONS = 20;

	/** Whether the service keeps texts, as it said with the last feedback; null if it has not said so yet. */
	public static function texts_kept(): ?bool {
		$found = get_option( self::TEXTS_KEPT );
		return is_string( $found ) ? 'yes' === $found : null;
	}

	/** Mark a published post after a save or an answer. Cron finds out later whether its feedback is new. */
	public static function note( Settings $settings, \WP_Post $post, Record $record ): void {
		if ( 'off' !== $settings->feedback && 'publish' === $post->post_status && '' !== $record->model() ) {
			// each mark is unique: if one is made while an earlier one is being handled, only the earlier one is removed
			Record::set_meta( $post->ID, self::DUE, [ uniqid( '', true ) ] );
			self::wake( 0 );
		}
	}

	/**
	 * A suggestion that was neither kept nor removed is only in `suggested`.
	 *
	 * @return array<string, mixed> The feedback without its revision.
	 */
	private static function of( \WP_Post $post, Record $record ): array {
		// what another assistant set is no editor's, so it must not count as added; nobody is asked to learn from it
		$others    = array_values( array_intersect( $record->by_assistants(), $record->chosen() ) );
		$suggested = array_values( array_unique( [ ...array_column( $record->tags(), 'section' ), ...$others ] ) );
		$chosen    = $record->chosen();
		return [
			'article'   => Article::id_of( $post ),
			'model'     => $record->model(),
			'suggested' => $suggested,
			'kept'      => array_values( array_intersect( $suggested, $chosen ) ),
			'added'     => array_values( array_diff( $chosen, $suggested ) ),
			'removed'   => array_values( array_intersect( $suggested, $record->rejected ) ),
			'applied'   => array_values( array_intersect( $suggested, $chosen, array_keys( $record->applied ) ) ), // kept, and set by the plugin
			'reviewed'  => array_values( array_diff( array_intersect( $suggested, $chosen, $record->reviewed() ), $others ) ), // a person saw them, and saved
			'published' => get_post_time( 'Y-m-d\TH:i:s\Z', true, $post ),
		];
	}

	public static function wake( int $seconds ): void {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $seconds, self::EVENT );
		}
	}

	/** Send what is due. The next run is scheduled first, so that work is resumed even if PHP is killed or another process holds the lock. */
	public static function run(): void {
		$settings = Settings::current();
		if ( 'off' === $settings->feedback || ! self::due( 1 ) ) {
			return;
		}
		$pause = $settings->is_configured() ? (int) get_option( self::PAUSED, 0 ) - time() : HOUR_IN_SECONDS;
		self::wake( max( self::INTERVAL, $pause ) );
		if ( $pause <= 0 ) {
			Lock::run( 'feedback', static fn() => self::work( $settings ) );
		}
	}

	/** @return int[] Posts that are marked, in the order of their marks. */
	private static function due( int $limit ): array {
		global $wpdb;
		$ids = $wpdb->get_col( $wpdb->prepare( "SELECT post_id FROM $wpdb->postmeta WHERE meta_key = %s ORDER BY meta_id LIMIT %d", self::DUE, $limit ) );
		return array_map( 'intval', $ids );
	}

	private static function work( Settings $settings ): void {
		$until = microtime( true ) + self::SECONDS;
		foreach ( self::due( self::MOST ) as $post_id ) {
			try {
				self::send( $settings, $post_id );
			} catch ( Service_Error $error ) {
				if ( 404 === $error->status ) { // an older service, which has no route for feedback
					update_option( self::PAUSED, time() + HOUR_IN_SECONDS, false );
					return;
				}
				if ( $error->temporary ) {
					return;
				}
				error_log( "Copydesk: the service refused the feedback on post $post_id: " . $error->getMessage() );
				delete_post_meta( $post_id, self::DUE );
			} catch ( \Throwable $error ) { // the mark stays for another try, behind the others
				Fault::report( $error, "sending the feedback on post $post_id" );
				self::mark_again( $post_id );
			}
			if ( microtime( true ) > $until ) {
				return;
			}
		}
	}

	private static function mark_again( int $post_id ): void {
		$mark = wp_slash( (string) wp_json_encode( [ uniqid( '', true ) ] ) );
		$old  = get_post_meta( $post_id, self::DUE );
		add_post_meta( $post_id, self::DUE, $mark ); // first, so that there is a mark at any moment
		foreach ( $old as $value ) {
			delete_post_meta( $post_id, self::DUE, wp_slash( (string) $value ) );
		}
	}

	/** @throws Service_Error When the service has not stored it; the mark then stays. */
	private static function send( Settings $settings, int $post_id ): void {
		$mark = (string) get_post_meta( $post_id, self::DUE, true );
		$post = get_post( $post_id );
		if ( ! $post || 'publish' !== $post->post_status || self::send_new( $settings, $post ) ) {
			delete_post_meta( $post_id, self::DUE, wp_slash( $mark ) );
		}
	}

	/**
	 * Send the feedback on a post if it has changed.
	 *
	 * The service keeps the first feedback of each revision. If it already has other feedback under this revision (because its
	 * answer was lost on the way, or the site was restored from a backup), the next revision number is used.
	 *
	 * @return bool Whether the service has it now; false if each revision that was tried is taken, so that more must be tried later.
	 * @throws Service_Error When the service has not stored it.
	 */
	private static function send_new( Settings $settings, \WP_Post $post ): bool {
		$feedback = self::of( $post, new Record( $post->ID ) );
		$sent     = Record::meta( $post->ID, self::SENT );
		$digest   = md5( (string) wp_json_encode( $feedback ) );
		if ( ( $sent['digest'] ?? '' ) === $digest ) {
			return true;
		}
		$time   = (string) get_post_modified_time( 'Y-m-d\TH:i:s\Z', true, $post );
		$number = ( $sent['time'] ?? '' ) === $time ? 1 + (int) ( $sent['number'] ?? 0 ) : 1; // the sections changed, and the post did not
		for ( $last = $number + self::MOST_REVISIONS; $number < $last; ++$number ) {
			$answer = self::post( $settings, $post, [ 'revision' => 1 === $number ? $time : "$time-$number" ] + $feedback );
			$taken  = ! $answer['stored'] && $answer['differs'];
			if ( isset( $answer['text_kept'] ) ) {
				update_option( self::TEXTS_KEPT, $answer['text_kept'] ? 'yes' : 'no', false );
			}
			Record::set_meta( $post->ID, self::SENT, [ 'digest' => $taken ? '' : $digest, 'time' => $time, 'number' => $number ] );
			if ( ! $taken ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * @param Settings             $settings
	 * @param \WP_Post             $post
	 * @param array<string, mixed> $feedback
	 * @return array{stored: bool, differs: bool, text_kept?: bool}
	 * @throws Service_Error When the service has not taken it.
	 */
	private static function post( Settings $settings, \WP_Post $post, array $feedback ): array {
		$article = 'text' === $settings->feedback ? Article::of( $post ) : null;
		$text    = $article ? array_filter( [ 'headline' => $article->headline, 'body' => $article->body ] ) : [];
		try {
			return ( new Service( $settings ) )->send_feedback( $feedback + $text );
		} catch ( Service_Error $error ) {
			if ( isset( $feedback['reviewed'] ) && in_array( 'reviewed', $error->fields, true ) ) { // an older service
				return self::post( $settings, $post, array_diff_key( $feedback, [ 'reviewed' => 1 ] ) );
			}
			if ( ! $text || $error->temporary ) {
				throw $error;
			}
			error_log( "Copydesk: the feedback on post {$post->ID} is sent without its text: " . $error->getMessage() );
			return ( new Service( $settings ) )->send_feedback( $feedback );
		}
	}
}
