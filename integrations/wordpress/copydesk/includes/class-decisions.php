<?php
/**
 * What editors made of the suggestions, sent back to the service from cron: never while somebody waits.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Decisions {

	public const EVENT  = 'copydesk_send_decisions';
	public const DUE    = '_copydesk_decision';
	public const SENT   = '_copydesk_decided';
	/** Unix time until which a service that does not take decisions is left alone. */
	public const PAUSED = 'copydesk_decisions_paused';

	private const INTERVAL = 60;
	private const SECONDS  = 20.0;

	/** A published post was saved, or tagged: what became of its suggestions is due. Cron finds out whether that is anything new. */
	public static function note( Settings $settings, \WP_Post $post, Record $record ): void {
		if ( 'off' !== $settings->decisions && 'publish' === $post->post_status && '' !== $record->model() ) {
			// a mark of its own each time, so that one that is made while the last is dealt with is not taken away with it
			Record::set_meta( $post->ID, self::DUE, [ uniqid( '', true ) ] );
			self::wake( 0 );
		}
	}

	/**
	 * A suggestion that was neither taken nor refused is in none of kept and removed.
	 *
	 * @return array<string, mixed> The decision without its revision.
	 */
	private static function of( \WP_Post $post, Record $record ): array {
		$suggested = array_column( $record->tags(), 'section' );
		$chosen    = $record->chosen();
		return [
			'article'   => Article::of( $post )->id,
			'model'     => $record->model(),
			'suggested' => $suggested,
			'kept'      => array_values( array_intersect( $suggested, $chosen ) ),
			'added'     => array_values( array_diff( $chosen, $suggested ) ),
			'removed'   => array_values( array_intersect( $suggested, $record->rejected ) ),
			'applied'   => array_values( array_intersect( $suggested, $chosen, array_keys( $record->applied ) ) ), // by the machine, of those kept
			'published' => get_post_time( 'Y-m-d\TH:i:s\Z', true, $post ),
		];
	}

	public static function wake( int $seconds ): void {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $seconds, self::EVENT );
		}
	}

	public static function run(): void {
		$settings = Settings::current();
		if ( 'off' === $settings->decisions || ! $settings->is_configured() || time() < (int) get_option( self::PAUSED, 0 ) ) {
			return;
		}
		$again = Lock::run( 'decisions', static fn(): int => self::work( $settings ) );
		if ( $again ) {
			self::wake( $again );
		}
	}

	/** @return int After how many seconds to come back, 0 when all are sent. */
	private static function work( Settings $settings ): int {
		global $wpdb;
		$until = microtime( true ) + self::SECONDS;
		$ids   = $wpdb->get_col( $wpdb->prepare( "SELECT post_id FROM $wpdb->postmeta WHERE meta_key = %s ORDER BY meta_id LIMIT 501", self::DUE ) );
		foreach ( array_slice( $ids, 0, 500 ) as $post_id ) {
			try {
				self::send( $settings, (int) $post_id );
			} catch ( Service_Error $error ) {
				if ( 404 === $error->status ) { // an older service, which knows no decisions
					update_option( self::PAUSED, time() + HOUR_IN_SECONDS, false );
					return HOUR_IN_SECONDS;
				}
				if ( $error->temporary ) {
					return self::INTERVAL;
				}
				error_log( "Copydesk: the decision on post $post_id was refused: " . $error->getMessage() );
				delete_post_meta( (int) $post_id, self::DUE );
			}
			if ( microtime( true ) > $until ) {
				return self::INTERVAL;
			}
		}
		return count( $ids ) > 500 ? self::INTERVAL : 0;
	}

	/** @throws Service_Error When it is not stored; then it stays due. */
	private static function send( Settings $settings, int $post_id ): void {
		$mark = (string) get_post_meta( $post_id, self::DUE, true );
		$post = get_post( $post_id );
		if ( $post && 'publish' === $post->post_status ) {
			self::send_new( $settings, $post );
		}
		delete_post_meta( $post_id, self::DUE, wp_slash( $mark ) );
	}

	/** @throws Service_Error When it is not stored. */
	private static function send_new( Settings $settings, \WP_Post $post ): void {
		$decision = self::of( $post, new Record( $post->ID ) );
		$sent     = Record::meta( $post->ID, self::SENT );
		$digest   = md5( (string) wp_json_encode( $decision ) );
		if ( ( $sent['digest'] ?? '' ) === $digest ) {
			return;
		}
		$time     = (string) get_post_modified_time( 'Y-m-d\TH:i:s\Z', true, $post );
		$number   = ( $sent['time'] ?? '' ) === $time ? 1 + $sent['number'] : 1; // the sections changed, and the post did not
		$decision = [ 'revision' => 1 === $number ? $time : "$time-$number" ] + $decision;
		if ( 'text' === $settings->decisions ) {
			$article   = Article::of( $post );
			$decision += array_filter( [ 'headline' => $article->headline, 'body' => $article->body ] );
		}
		( new Service( $settings ) )->decide( $decision );
		Record::set_meta( $post->ID, self::SENT, [ 'digest' => $digest, 'time' => $time, 'number' => $number ] );
	}
}
