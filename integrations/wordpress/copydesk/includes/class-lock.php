<?php
/**
 * One worker at a time. The database drops the lock when the connection ends, so a killed PHP leaves none behind.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Lock {

	/**
	 * Run the work unless another process is at it.
	 *
	 * @template T
	 * @param string        $name
	 * @param callable(): T $work
	 * @return T|null Null where another process holds the lock.
	 */
	public static function run( string $name, callable $work ): mixed {
		global $wpdb;
		// names of locks are the server's, not the database's; MySQL allows 64 characters
		$name = 'copydesk_' . $name . '_' . md5( DB_NAME . $wpdb->prefix );
		if ( '1' !== (string) $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', $name ) ) ) {
			return null;
		}
		try {
			return $work();
		} finally {
			$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', $name ) );
		}
	}
}
