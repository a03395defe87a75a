<?php
/**
 * Posts that wait until the service answers again, and the last error of each.
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

	/** Ask about the post later. */
	public static function add( int $post_id, string $message ): void {
		if ( ! metadata_exists( 'post', $post_id, Record::WAITING ) ) {
			update_post_meta( $post_id, Record::WAITING, (string) time() );
		}
		Record::set_meta( $post_id, Record::ERROR, [ 'message' => $message, 'at' => time(), 'waiting' => true ] );
		self::wake( self::INTERVAL );
	}

	/** After a temporary error the post waits. After any other, it is not asked about again until it changes. */
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

	/** @return array{count: int, since: int} How many posts are waiting, and since when the first one is (Unix time). */
	public static function waiting(): array {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT COUNT(*) AS n, MIN(meta_value + 0) AS since FROM $wpdb->postmeta WHERE meta_key = %s", Record::WAITING ) );
		return [ 'count' => (int) ( $row->n ?? 0 ), 'since' => (int) ( $row->since ?? 0 ) ];
	}

	/** Work until the time is up or the service fails. The next run is scheduled first, so that a killed PHP process does not end the work. */
	public static function run(): void {
		if ( self::waiting()['count'] > 0 ) {
			self::wake( self::INTERVAL );
			Lock::run( 'retry', [ self::class, 'work' ] );
		}
	}

	/** Ask about the posts that wait, oldest first. */
	public static function work(): void {
		$settings = Settings::current();
		if ( ! $settings->is_configured() ) { // they go on waiting for an address
			return;
		}
		$until = microtime( true ) + self::SECONDS;
		foreach ( self::oldest() as $post_id ) {
			$post = get_post( $post_id );
			if ( ! $post || ! $settings->handles( $post ) ) {
				self::done( $post_id );
				continue;
			}
			Tagger::safely( $post_id, static fn() => ( new Tagger( $settings, new Service( $settings ) ) )->handle( $post, false ) );
			clean_post_cache( $post_id ); // tells page caches that the sections have changed
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
