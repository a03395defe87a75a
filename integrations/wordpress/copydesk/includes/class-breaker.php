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
		return is_array( $found ) && isset( $found['message'], $found['at'], $found['since'] ) ? $found : null;
	}

	public static function is_open(): bool {
		$failure = self::failure();
		return null !== $failure && time() < $failure['at'] + self::PAUSE;
	}

	public static function trip( string $message ): void {
		$failure = self::failure();
		// autoloaded, so that asking whether it is open costs no query
		update_option( self::OPTION, [ 'message' => $message, 'at' => time(), 'since' => $failure['since'] ?? time() ], true );
	}

	/** Half open: whoever tries first after the pause moves it on, so that others do not wait beside him. */
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
