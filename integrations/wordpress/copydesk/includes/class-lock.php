<?php
/**
 * A lock that lets one worker run at a time. The database releases it when the connection ends, so a killed PHP process leaves none behind.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Lock {

	/**
	 * Run the work unless another process is doing it.
	 *
	 * @template T
	 * @param string        $name
	 * @param callable(): T $work
	 * @return T|null Null if another process holds the lock; the caller must then come back later.
	 */
	public static function run( string $name, callable $work ): mixed {
		global $wpdb;
		// lock names belong to the server, not to the database; MySQL allows 64 characters
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
