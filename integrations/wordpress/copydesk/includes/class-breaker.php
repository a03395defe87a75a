<?php
/**
 * A circuit breaker: after a failure nobody waits for the service again for half a minute.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Breaker {

	public const OPTION = 'copydesk_failure';
	public const PAUSE  = 30;

	/**
	 * @return array{message: string, at: int, since: int}|null The failure that still stands, with Unix times.
	 */
	public static function failure(): ?array {
		$found = get_option( self::OPTION );
		return is_array( $found ) && is_string( $found['message'] ?? null ) && is_int( $found['at'] ?? null ) && is_int( $found['since'] ?? null ) ? $found : null;
	}

	public static function is_open(): bool {
		$failure = self::failure();
		return null !== $failure && time() < $failure['at'] + self::PAUSE;
	}

	public static function trip( string $message ): void {
		$failure = self::failure();
		// autoloaded, so that reading it costs no query
		update_option( self::OPTION, [ 'message' => $message, 'at' => time(), 'since' => $failure['since'] ?? time() ], true );
	}

	/** Half open: the first process to try again after the pause starts a new pause, so that no other process waits too. */
	public static function probe(): void {
		$failure = self::failure();
		if ( null !== $failure ) {
			self::trip( $failure['message'] );
		}
	}

	public static function reset(): void {
		if ( null !== self::failure() ) {
			delete_option( self::OPTION );
		}
	}
}
