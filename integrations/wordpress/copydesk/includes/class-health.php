<?php
/**
 * The Site Health test: whether the service answers, and whether posts are waiting for it.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Health {

	/** A post that has been waiting for this many seconds shows that WP-Cron is not running. */
	private const CRON_IS_LATE = 900;

	/**
	 * @param array<string, array<string, mixed>> $tests
	 * @return array<string, array<string, mixed>>
	 */
	public static function add_test( mixed $tests ): array {
		$tests                      = is_array( $tests ) ? $tests : [];
		$tests['async']['copydesk'] = [
			'label'             => __( 'Copydesk service', 'copydesk' ),
			'test'              => rest_url( Rest::NAMESPACE . '/health' ),
			'has_rest'          => true,
			'async_direct_test' => [ self::class, 'result' ],
		];
		return $tests;
	}

	public static function answer(): \WP_REST_Response {
		return new \WP_REST_Response( self::result(), 200, [ 'Cache-Control' => 'no-store' ] );
	}

	/** @return array<string, mixed> The result in the form that Site Health shows. */
	public static function result(): array {
		try {
			return self::look( Settings::current() );
		} catch ( \Throwable $error ) {
			return self::report( 'critical', __( 'Copydesk does not work', 'copydesk' ), [ Fault::report( $error, 'testing for Site Health' ) ] );
		}
	}

	/** @return array<string, mixed> */
	private static function look( Settings $settings ): array {
		if ( ! $settings->is_configured() ) {
			$note = is_multisite() ? __( 'Fix: the network administrator must enter its address in Network Admin > Settings > Copydesk.', 'copydesk' ) : __( 'Fix: enter its address in Settings > Copydesk.', 'copydesk' );
			return self::report( 'recommended', __( 'Copydesk has no service yet', 'copydesk' ), [ $note ] );
		}
		$waiting = Queue::waiting();
		$notes   = [];
		if ( $waiting['count'] > 0 ) {
			/* translators: 1: number of posts, 2: how long */
			$notes[] = sprintf( _n( '%1$s post has been waiting for suggestions for %2$s.', '%1$s posts are waiting for suggestions, the first for %2$s.', $waiting['count'], 'copydesk' ), number_format_i18n( $waiting['count'] ), human_time_diff( $waiting['since'] ) );
		}
		$failure = Breaker::failure();
		try {
			$vocabulary = Vocabulary::read( $settings, new Service( $settings ) );
		} catch ( Service_Error $error ) {
			if ( $failure ) {
				/* translators: %s: how long */
				$notes[] = sprintf( __( 'It has been failing for %s. Posts are published anyway.', 'copydesk' ), human_time_diff( $failure['since'] ) );
			}
			return self::report( 'critical', __( 'The Copydesk service does not work', 'copydesk' ), [ $error->getMessage(), ...$notes ] );
		}
		if ( $waiting['count'] > 0 && time() - $waiting['since'] > self::CRON_IS_LATE ) {
			$notes[] = __( 'The service answers, so WP-Cron seems not to be running. Fix: have the system call wp-cron.php every minute.', 'copydesk' );
			return self::report( 'recommended', __( 'Posts are waiting for Copydesk and WP-Cron is not running', 'copydesk' ), $notes );
		}
		if ( $settings->exposes_key() ) {
			return self::report( 'recommended', __( 'The Copydesk API key is sent without encryption', 'copydesk' ), [ Settings_Page::exposed_key(), ...$notes ] );
		}
		if ( Settings_Page::changes_addresses( $settings ) ) {
			$notes[] = Settings_Page::changed_addresses();
		}
		$unmatched = $vocabulary->unmatched();
		if ( $unmatched ) {
			/* translators: %s: names of sections */
			$notes[] = sprintf( __( 'These sections have no term on this site, so they are never set: %s. Fix: add terms for them.', 'copydesk' ), implode( ', ', $unmatched ) );
			return self::report( 'recommended', __( 'Some sections have no term on this site', 'copydesk' ), $notes );
		}
		/* translators: 1: version of the model, 2: number of sections */
		$notes[] = sprintf( __( 'Its model is %1$s, with %2$s sections.', 'copydesk' ), $vocabulary->model, number_format_i18n( count( $vocabulary->sections ) ) );
		return self::report( 'good', __( 'The Copydesk service answers', 'copydesk' ), $notes );
	}

	/**
	 * @param string   $status good, recommended or critical.
	 * @param string   $label
	 * @param string[] $notes
	 * @return array<string, mixed>
	 */
	private static function report( string $status, string $label, array $notes ): array {
		return [
			'label'       => $label,
			'status'      => $status,
			'badge'       => [ 'label' => 'Copydesk', 'color' => 'good' === $status ? 'green' : 'orange' ],
			'description' => implode( '', array_map( static fn( string $note ): string => '<p>' . esc_html( $note ) . '</p>', $notes ) ),
			'actions'     => sprintf( '<p><a href="%s">%s</a></p>', esc_url( Settings_Page::url() ), esc_html__( 'Copydesk settings', 'copydesk' ) ),
			'test'        => 'copydesk',
		];
	}
}
