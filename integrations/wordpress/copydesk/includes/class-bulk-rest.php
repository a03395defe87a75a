<?php
/**
 * REST routes for the progress of the bulk list.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Bulk_Rest {

	public static function register(): void {
		foreach ( [ [ '/bulk', 'GET', 'show' ], [ '/bulk/step', 'POST', 'step' ] ] as [ $path, $method, $callback ] ) {
			register_rest_route(
				Rest::NAMESPACE,
				$path,
				[
					'methods'             => $method,
					'callback'            => static fn() => Rest::safely( [ self::class, $callback ] ),
					'permission_callback' => static fn(): bool => current_user_can( Bulk_Page::RIGHT ),
				]
			);
		}
	}

	/** The number of posts in each state. */
	public static function show(): \WP_REST_Response {
		$state = Bulk_List::counts() + [ 'error' => Breaker::failure()['message'] ?? null ];
		return new \WP_REST_Response( $state, 200, [ 'Cache-Control' => 'no-store' ] );
	}

	/** Take a step while somebody has the page open. WP-Cron takes steps as well, so the page may be closed. */
	public static function step(): \WP_REST_Response {
		$moved = Bulk_Worker::step();
		$shown = self::show();
		$shown->set_data( $shown->get_data() + [ 'moved' => $moved ] );
		return $shown;
	}
}
