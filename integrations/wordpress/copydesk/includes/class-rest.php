<?php
/**
 * REST routes for the panel and the metabox. Browsers talk to WordPress alone; address and key stay on the server.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Rest {

	public const NAMESPACE = 'copydesk/v1';

	public static function register(): void {
		$post    = '/posts/(?P<id>\d+)';
		$section = [ 'section' => [ 'type' => 'string', 'required' => true, 'pattern' => '^[a-z0-9-]{1,100}$' ] ];
		self::route( $post, 'GET', 'show' );
		self::route(
			$post . '/suggest',
			'POST',
			'suggest',
			[
				'title'   => [ 'type' => 'string', 'required' => true ],
				'content' => [ 'type' => 'string', 'required' => true ],
				'terms'   => [ 'type' => 'array', 'required' => true, 'items' => [ 'type' => 'integer' ] ],
			]
		);
		self::route( $post . '/reject', 'POST', 'reject', $section );
		self::route( $post . '/reject', 'DELETE', 'unreject', $section );
		self::route( $post . '/accept', 'POST', 'accept', $section );
		self::route( $post . '/accept', 'DELETE', 'unaccept', $section );
		register_rest_route(
			self::NAMESPACE,
			'/health',
			[
				'methods'             => 'GET',
				'callback'            => [ Health::class, 'answer' ],
				'permission_callback' => static fn(): bool => current_user_can( 'view_site_health_checks' ),
			]
		);
	}

	/** @param array<string, array<string, mixed>> $args */
	private static function route( string $path, string $method, string $callback, array $args = [] ): void {
		register_rest_route(
			self::NAMESPACE,
			$path,
			[
				'methods'             => $method,
				'callback'            => static fn( \WP_REST_Request $request ) => self::safely( static fn() => self::$callback( $request ) ),
				'permission_callback' => static fn( \WP_REST_Request $request ): bool => current_user_can( 'edit_post', (int) $request['id'] ),
				'args'                => $args,
			]
		);
	}

	/**
	 * Answer with a message whatever goes wrong, so that the panel has something to show.
	 *
	 * @param callable(): (\WP_REST_Response|\WP_Error) $answer
	 */
	public static function safely( callable $answer ): \WP_REST_Response|\WP_Error {
		try {
			return $answer();
		} catch ( \Throwable $error ) {
			return new \WP_Error( 'copydesk_fault', Fault::report( $error, 'answering a REST request' ), [ 'status' => 500 ] );
		}
	}

	private static function show( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		$post = self::post( $request );
		return $post instanceof \WP_Post ? self::state( $post ) : $post;
	}

	/** Ask about the text in the editor, saved or not. This is called only when an editor presses the button. */
	private static function suggest( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		$post = self::post( $request );
		if ( ! $post instanceof \WP_Post ) {
			return $post;
		}
		$article = Article::from( $post, $request['title'], $request['content'] );
		if ( $article->is_empty() ) {
			return new \WP_Error( 'copydesk_empty', __( 'The post is empty. Write a headline or some text first.', 'copydesk' ), [ 'status' => 422 ] );
		}
		$settings = Settings::current();
		$record   = new Record( $post->ID );
		try {
			( new Tagger( $settings, new Service( $settings ) ) )->ask( $record, $article, Vocabulary::stored_for( $settings, $post ), array_map( 'intval', $request['terms'] ) );
		} catch ( Service_Error $error ) {
			return new \WP_Error( 'copydesk_failed', $error->getMessage(), [ 'status' => $error->temporary ? 503 : 422 ] );
		}
		$record->save();
		$vocabulary = Vocabulary::stored_for( $settings, $post );
		if ( $vocabulary && $settings->handles( $post ) ) {
			Review_List::update( $settings, $post, $record, $vocabulary );
		}
		return self::state( $post );
	}

	/** Set a section now, for the list of posts. The editors set it when the post is saved. */
	private static function accept( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		return Settings::current()->may_assign() ? self::change(
			$request,
			static function ( Record $record, Vocabulary $vocabulary ) use ( $request ): void {
				$record->look( $vocabulary, Tagger::chosen( $record->post_id, $vocabulary ) );
				$record->unreject( $request['section'] );
				Tagger::apply( $record, $vocabulary, [ $request['section'] ], false );
			}
		) : self::forbidden();
	}

	private static function unaccept( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		return Settings::current()->may_assign() ? self::change(
			$request,
			static function ( Record $record, Vocabulary $vocabulary ) use ( $request ): void {
				if ( in_array( $request['section'], $record->chosen(), true ) ) {
					Tagger::unset_terms( $record->post_id, $vocabulary, [ $request['section'] ] );
					$record->take_back( [ $request['section'] ] );
				}
			}
		) : self::forbidden();
	}

	private static function forbidden(): \WP_Error {
		return new \WP_Error( 'copydesk_forbidden', __( 'You are not allowed to assign the terms of the sections.', 'copydesk' ), [ 'status' => rest_authorization_required_code() ] );
	}

	private static function reject( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		return self::change( $request, static fn( Record $record ) => $record->reject( $request['section'] ) );
	}

	private static function unreject( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		return self::change( $request, static fn( Record $record ) => $record->unreject( $request['section'] ) );
	}

	/** @param callable(Record, Vocabulary): void $change */
	private static function change( \WP_REST_Request $request, callable $change ): \WP_REST_Response|\WP_Error {
		$post = self::post( $request );
		if ( ! $post instanceof \WP_Post ) {
			return $post;
		}
		$vocabulary = Vocabulary::stored_for( Settings::current(), $post );
		if ( ! isset( $vocabulary?->sections[ $request['section'] ] ) ) {
			return new \WP_Error( 'copydesk_unknown_section', __( 'The service has no such section. Reload this page.', 'copydesk' ), [ 'status' => 422 ] );
		}
		$settings = Settings::current();
		$record   = new Record( $post->ID );
		$change( $record, $vocabulary );
		$record->save();
		Review_List::update( $settings, $post, $record, $vocabulary );
		Feedback::note( $settings, $post, $record );
		clean_post_cache( $post->ID );
		return self::state( $post );
	}

	private static function post( \WP_REST_Request $request ): \WP_Post|\WP_Error {
		$settings = Settings::current();
		$post     = get_post( (int) $request['id'] );
		if ( ! $settings->is_configured() ) {
			return new \WP_Error( 'copydesk_not_configured', __( 'No service is set. Fix: an administrator must enter its address in the Copydesk settings.', 'copydesk' ), [ 'status' => 409 ] );
		}
		return $post && $settings->covers( $post ) ? $post : new \WP_Error( 'copydesk_no_post', __( 'Copydesk is not set up for this type of content.', 'copydesk' ), [ 'status' => 404 ] );
	}

	private static function state( \WP_Post $post ): \WP_REST_Response {
		$vocabulary = Vocabulary::stored_for( Settings::current(), $post );
		$record     = new Record( $post->ID );
		$named      = static function ( array $sections ) use ( $vocabulary, $record ): array {
			$tags = array_column( $record->tags(), null, 'section' );
			return array_map(
				static fn( string $id ): array => [
					'section' => $id,
					'name'    => $vocabulary?->sections[ $id ]['name'] ?? $id,
					'term'    => $vocabulary?->term( $id )?->term_id,
					'missing' => $vocabulary?->term( $id ) ? '' : Left_Out::section( $id, $vocabulary ),
				] + ( $tags[ $id ] ?? [] ),
				array_values( $sections )
			);
		};
		$state      = [
			'suggestions' => $named( array_column( $record->open_tags(), 'section' ) ),
			'applied'     => $named( array_intersect( array_keys( $record->applied ), $record->chosen() ) ),
			'rejected'    => $named( $record->rejected ),
			'outcome'     => $record->outcome(),
			'model'       => $record->model(),
			'error'       => Record::error( $post->ID ),
			'leftOut'     => $vocabulary ? Left_Out::of_post( $record, $vocabulary ) : '',
			'handled'     => $record->is_handled(),
		];
		return new \WP_REST_Response( $state, 200, [ 'Cache-Control' => 'no-store' ] );
	}
}
