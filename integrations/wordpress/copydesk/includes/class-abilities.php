<?php
/**
 * Abilities for assistants, from WordPress 6.9 on: suggest sections, explain one, give feedback.
 *
 * Each checks the right to edit the post, and does what the REST routes of the editors do.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Abilities {

	private const CATEGORY = 'copydesk';

	public static function register_category(): void {
		wp_register_ability_category(
			self::CATEGORY,
			[
				'label'       => 'Copydesk',
				'description' => __( 'Sections of the site for its posts, from the newsroom’s own model.', 'copydesk' ),
			]
		);
	}

	public static function register(): void {
		$section = [ 'type' => 'string', 'pattern' => '^[a-z0-9-]{1,100}$', 'description' => __( 'Id of a section, as the suggestions name it.', 'copydesk' ) ];
		self::add(
			'suggest',
			__( 'Suggest sections for a post', 'copydesk' ),
			__( 'Sends the stored text of a post to the newsroom’s Copydesk service, and returns the suggested sections with their probability and the words for and against each. Nothing is set.', 'copydesk' ),
			[],
			[ 'idempotent' => true ]
		);
		self::add(
			'explain',
			__( 'Explain a section for a post', 'copydesk' ),
			__( 'Sends the stored text of a post to the newsroom’s Copydesk service, and returns the probability of one section and the words for and against it, also if the section is not suggested. Nothing is stored.', 'copydesk' ),
			[ 'section' => $section ],
			[ 'idempotent' => true ]
		);
		self::add(
			'feedback',
			__( 'Accept or reject a suggested section', 'copydesk' ),
			__( 'Accept sets the section on the post; it counts as set by the assistant, so no model learns from it. Reject removes the suggestion, and the section is not suggested again.', 'copydesk' ),
			[
				'section' => $section,
				'verdict' => [ 'type' => 'string', 'enum' => [ 'accept', 'reject' ] ],
			],
			[ 'idempotent' => true ]
		);
	}

	/**
	 * @param string               $name
	 * @param string               $label
	 * @param string               $description
	 * @param array<string, mixed> $properties  Of the input, next to the post.
	 * @param array<string, bool>  $hints
	 */
	private static function add( string $name, string $label, string $description, array $properties, array $hints ): void {
		$properties = [ 'post_id' => [ 'type' => 'integer', 'minimum' => 1 ] ] + $properties;
		wp_register_ability(
			"copydesk/$name",
			[
				'label'               => $label,
				'description'         => $description,
				'category'            => self::CATEGORY,
				'input_schema'        => [ 'type' => 'object', 'properties' => $properties, 'required' => array_keys( $properties ), 'additionalProperties' => false ],
				'output_schema'       => [ 'type' => 'object' ],
				'execute_callback'    => static fn( array $input ): array|\WP_Error => self::answer( $name, $input ),
				'permission_callback' => static fn( mixed $input ): bool => is_array( $input ) && current_user_can( 'edit_post', (int) ( $input['post_id'] ?? 0 ) ),
				'meta'                => [
					'public'       => true,
					'show_in_rest' => true, // before 7.1 `public` does not imply it
					'mcp'          => [ 'public' => true ],
					'annotations'  => [ 'readonly' => false, 'destructive' => false ] + $hints,
				],
			]
		);
	}

	/**
	 * @param string               $name
	 * @param array<string, mixed> $input
	 * @return array<string, mixed>|\WP_Error
	 */
	private static function answer( string $name, array $input ): array|\WP_Error {
		if ( 'explain' === $name ) {
			$answer = Rest::safely( static fn() => self::explain( (int) $input['post_id'], $input['section'] ) );
		} else {
			$answer = Rest::safely( static fn() => self::by_route( $name, $input ) );
		}
		return $answer instanceof \WP_Error ? $answer : (array) $answer->get_data();
	}

	/** @param array<string, mixed> $input */
	private static function by_route( string $name, array $input ): \WP_REST_Response|\WP_Error {
		$post = get_post( (int) $input['post_id'] );
		if ( ! $post ) {
			return new \WP_Error( 'copydesk_no_post', __( 'There is no such post.', 'copydesk' ), [ 'status' => 404 ] );
		}
		$act     = 'suggest' === $name ? 'suggest' : $input['verdict'];
		$request = new \WP_REST_Request( 'POST', '/' . Rest::NAMESPACE . "/posts/$post->ID/$act" );
		if ( 'suggest' === $name ) {
			$terms = get_the_terms( $post, Settings::current()->taxonomy );
			$request->set_body_params( [ 'title' => $post->post_title, 'content' => $post->post_content, 'terms' => is_array( $terms ) ? wp_list_pluck( $terms, 'term_id' ) : [] ] );
		} else {
			$request->set_body_params( [ 'section' => $input['section'] ] );
		}
		$answer = rest_do_request( $request );
		return $answer->is_error() ? $answer->as_error() : $answer;
	}

	private static function explain( int $post_id, string $section ): \WP_REST_Response|\WP_Error {
		$settings = Settings::current();
		$post     = get_post( $post_id );
		if ( ! $settings->is_configured() || ! $post || ! $settings->covers( $post ) ) {
			return new \WP_Error( 'copydesk_no_post', __( 'Copydesk is not set up for this type of content.', 'copydesk' ), [ 'status' => 404 ] );
		}
		try {
			$answer = ( new Service( $settings ) )->tags_below( Article::of( $post )->request( [], [] ) + [ 'only' => [ $section ] ] );
		} catch ( Service_Error $error ) {
			return new \WP_Error( 'copydesk_failed', $error->getMessage(), [ 'status' => $error->temporary ? 503 : 422 ] );
		}
		return new \WP_REST_Response( [ 'model' => $answer['model'], 'outcome' => $answer['outcome'], 'tag' => $answer['tags'][0] ?? null ] );
	}
}
