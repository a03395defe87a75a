<?php
/**
 * Unexpected errors of the plugin itself. They become a message; they never break a page or stop a save.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Fault {

	/**
	 * Log an error and describe it for the screen.
	 *
	 * Both name its class and place only: the message of an unknown error may hold text of a post.
	 *
	 * @param \Throwable $error
	 * @param string     $task What the plugin was doing, for the log.
	 */
	public static function report( \Throwable $error, string $task ): string {
		$where = sprintf( '%s at %s:%d', get_class( $error ), basename( $error->getFile() ), $error->getLine() );
		error_log( "Copydesk: $task failed: $where" );
		/* translators: %s: class and place of an error */
		return sprintf( __( 'Copydesk met an unexpected error (%s). Fix: report this message to your administrator. The PHP error log names the error, too.', 'copydesk' ), $where );
	}

	/**
	 * Make a callback that reports an error instead of throwing it.
	 *
	 * @param string   $task
	 * @param callable $work
	 * @return \Closure Returns what the work returns, or its first argument after an error: a filter passes that on.
	 */
	public static function guarded( string $task, callable $work ): \Closure {
		return static function ( mixed ...$arguments ) use ( $task, $work ): mixed {
			try {
				return $work( ...$arguments );
			} catch ( \Throwable $error ) {
				self::report( $error, $task );
				return $arguments[0] ?? null;
			}
		};
	}

	/**
	 * Make a callback that prints a notice if printing the rest fails.
	 *
	 * @param string   $task
	 * @param callable $show
	 */
	public static function on_page( string $task, callable $show ): \Closure {
		return static function ( mixed ...$arguments ) use ( $task, $show ): void {
			try {
				$show( ...$arguments );
			} catch ( \Throwable $error ) {
				printf( '<div class="notice notice-error inline"><p>%s</p></div>', esc_html( self::report( $error, $task ) ) );
			}
		};
	}
}
