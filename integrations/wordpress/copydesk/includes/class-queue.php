<?php
/**
 * Posts that wait for the service to come back, and what went wrong with each.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Queue {

	public const EVENT = 'copydesk_retry';

	private const INTERVAL = 60;
	private const SECONDS  = 20.0;

	/** Have the post asked about later. */
	public static function add( int $post_id, string $message ): void {
		if ( ! metadata_exists( 'post', $post_id, Record::WAITING ) ) {
			update_post_meta( $post_id, Record::WAITING, (string) time() );
		}
		Record::set_meta( $post_id, Record::ERROR, [ 'message' => $message, 'at' => time(), 'waiting' => true ] );
		self::wake( self::INTERVAL );
	}

	/** What the service cannot help will not be asked again before the post changes; the rest waits. */
	public static function failed( int $post_id, Service_Error $error ): void {
		if ( $error->temporary ) {
			self::add( $post_id, $error->getMessage() );
			return;
		}
		delete_post_meta( $post_id, Record::WAITING );
		Record::set_meta( $post_id, Record::ERROR, [ 'message' => $error->getMessage(), 'at' => time(), 'waiting' => false ] );
	}

	public static function done( int $post_id ): void {
		foreach ( [ Record::WAITING, Record::ERROR ] as $key ) {
			if ( metadata_exists( 'post', $post_id, $key ) ) {
				delete_post_meta( $post_id, $key );
			}
		}
	}

	public static function wake( int $seconds ): void {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $seconds, self::EVENT );
		}
	}

	/** @return array{count: int, since: int} How many posts wait, and since when the first does (Unix time). */
	public static function waiting(): array {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT COUNT(*) AS n, MIN(meta_value + 0) AS since FROM $wpdb->postmeta WHERE meta_key = %s", Record::WAITING ) );
		return [ 'count' => (int) ( $row->n ?? 0 ), 'since' => (int) ( $row->since ?? 0 ) ];
	}

	/** Ask about the posts that wait, oldest first, until the time is up or the service fails; come back for the rest. */
	public static function run(): void {
		Lock::run( 'retry', [ self::class, 'work' ] );
		if ( self::waiting()['count'] > 0 ) {
			self::wake( self::INTERVAL );
		}
	}

	public static function work(): void {
		$settings = Settings::current();
		$until    = microtime( true ) + self::SECONDS;
		foreach ( self::oldest() as $post_id ) {
			$post = get_post( $post_id );
			if ( ! $post || ! $settings->handles( $post ) ) {
				self::done( $post_id );
				continue;
			}
			Tagger::safely( $post_id, static fn() => ( new Tagger( $settings, new Service( $settings ) ) )->handle( $post, false ) );
			clean_post_cache( $post_id ); // page caches know by this that its sections are others now
			if ( Breaker::failure() || microtime( true ) > $until ) {
				return;
			}
		}
	}

	/** @return int[] */
	private static function oldest(): array {
		global $wpdb;
		$ids = $wpdb->get_col( $wpdb->prepare( "SELECT post_id FROM $wpdb->postmeta WHERE meta_key = %s ORDER BY meta_value + 0, post_id LIMIT 500", Record::WAITING ) );
		return array_map( 'intval', $ids );
	}
}
