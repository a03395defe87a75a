<?php
/**
 * The Site Health test: whether the service answers, and whether posts wait for it.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Health {

	/** Seconds after which a waiting post means that WP-Cron does not run. */
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

	/** @return array<string, mixed> What Site Health shows. */
	public static function result(): array {
		$settings = Settings::current();
		if ( ! $settings->is_configured() ) {
			return self::report( 'recommended', __( 'Copydesk has no service yet', 'copydesk' ), [ __( 'Enter the address of your service in the settings of Copydesk.', 'copydesk' ) ] );
		}
		$waiting = Queue::waiting();
		$notes   = [];
		if ( $waiting['count'] > 0 ) {
			/* translators: 1: number of posts, 2: how long */
			$notes[] = sprintf( _n( '%1$s post waits to be looked at, for %2$s.', '%1$s posts wait to be looked at, the first for %2$s.', $waiting['count'], 'copydesk' ), number_format_i18n( $waiting['count'] ), human_time_diff( $waiting['since'] ) );
		}
		$failure = Breaker::failure();
		try {
			$vocabulary = Vocabulary::read( $settings, new Service( $settings ) );
		} catch ( Service_Error $error ) {
			if ( $failure ) {
				/* translators: %s: how long */
				$notes[] = sprintf( __( 'It has failed for %s. Posts are published all the same.', 'copydesk' ), human_time_diff( $failure['since'] ) );
			}
			return self::report( 'critical', __( 'The Copydesk service does not answer as it should', 'copydesk' ), [ $error->getMessage(), ...$notes ] );
		}
		if ( $waiting['count'] > 0 && time() - $waiting['since'] > self::CRON_IS_LATE ) {
			$notes[] = __( 'The service answers, so WP-Cron seems not to run: have wp-cron.php called every minute.', 'copydesk' );
			return self::report( 'recommended', __( 'Posts wait for Copydesk, and WP-Cron does not come', 'copydesk' ), $notes );
		}
		$unmatched = $vocabulary->unmatched();
		if ( $unmatched ) {
			/* translators: %s: names of sections */
			$notes[] = sprintf( __( 'These sections have no term on this site and are never set: %s.', 'copydesk' ), implode( ', ', $unmatched ) );
			return self::report( 'recommended', __( 'Some sections of Copydesk are missing on this site', 'copydesk' ), $notes );
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
			'actions'     => sprintf( '<p><a href="%s">%s</a></p>', esc_url( Settings_Page::url() ), esc_html__( 'Settings of Copydesk', 'copydesk' ) ),
			'test'        => 'copydesk',
		];
	}
}
