<?php
/**
 * The form that each answer of the service must have before any of it is used.
 *
 * WordPress's own JSON Schema checker does the work. The schemas list the fields that the plugin reads; an answer
 * may have others.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Answer_Schema {

	/** Evidence beyond this is never shown, so it is dropped before the check. */
	public const MAX_EVIDENCE = 6;

	private const MODEL   = [ 'type' => 'string', 'minLength' => 1, 'maxLength' => 200 ];
	private const SECTION = [ 'type' => 'string', 'pattern' => '^[a-z0-9-]{1,100}$' ];
	private const NAME    = [ 'type' => 'string', 'minLength' => 1, 'maxLength' => 1000 ];
	private const TERM    = [
		'type'       => 'object',
		'required'   => [ 'term', 'share' ],
		'properties' => [
			'term'  => [ 'type' => 'string' ],
			'share' => [ 'type' => 'number', 'minimum' => -1e6, 'maximum' => 1e6 ],
		],
	];
	public const TAG     = [
		'type'       => 'object',
		'required'   => [ 'section', 'name', 'probability', 'decision' ],
		'properties' => [
			'section'     => self::SECTION,
			'name'        => self::NAME,
			'probability' => [ 'type' => 'number', 'minimum' => 0, 'maximum' => 1 ],
			'decision'    => [ 'type' => 'string', 'enum' => [ 'apply', 'review', 'below' ] ],
			'evidence'    => [ 'type' => 'array', 'items' => self::TERM ],
		],
	];

	/** POST /v1/tags. */
	public const TAGS = [
		'type'       => 'object',
		'required'   => [ 'model', 'outcome', 'tags' ],
		'properties' => [
			'model'   => self::MODEL,
			'outcome' => [ 'type' => 'string' ],
			'tags'    => [ 'type' => 'array', 'items' => self::TAG ],
		],
	];

	/** POST /v1/tags/batch. */
	public const BATCH = [
		'type'       => 'object',
		'required'   => [ 'results' ],
		'properties' => [ 'results' => [ 'type' => 'array', 'items' => self::TAGS ] ],
	];

	/** GET /v1/sections. */
	public const SECTIONS = [
		'type'       => 'object',
		'required'   => [ 'model', 'sections' ],
		'properties' => [
			'next'     => [ 'type' => 'string' ],
			'model'    => self::MODEL,
			'sections' => [
				'type'  => 'array',
				'items' => [
					'type'       => 'object',
					'required'   => [ 'id', 'name' ],
					'properties' => [
						'id'       => self::SECTION,
						'name'     => self::NAME,
						'aliases'  => [ 'type' => 'array', 'items' => [ 'type' => 'string' ] ],
						'external' => [
							'type'       => 'object',
							'properties' => [ 'wordpress' => [ 'type' => 'string' ] ],
						],
						'status'   => [ 'type' => 'string' ],
					],
				],
			],
		],
	];

	/** POST /v1/feedback. */
	public const FEEDBACK = [
		'type'       => 'object',
		'required'   => [ 'stored', 'differs' ],
		'properties' => [
			'stored'  => [ 'type' => 'boolean' ],
			'differs' => [ 'type' => 'boolean' ],
			'text_kept' => [ 'type' => 'boolean' ],
		],
	];

	/**
	 * Check an answer and give its values their types.
	 *
	 * @param array<mixed>         $answer
	 * @param array<string, mixed> $schema One of the schemas above.
	 * @return array<string, mixed>|\WP_Error The error names the field, never its value.
	 */
	public static function check( array $answer, array $schema ): array|\WP_Error {
		$answer = self::without_places( $answer );
		$valid  = rest_validate_value_from_schema( $answer, $schema, 'answer' );
		return is_wp_error( $valid ) ? $valid : rest_sanitize_value_from_schema( $answer, $schema, 'answer' );
	}

	/**
	 * Long articles have thousands of terms with their places in the text; neither is shown.
	 *
	 * @param array<mixed> $answer
	 * @return array<mixed>
	 */
	private static function without_places( array $answer ): array {
		unset( $answer['text'] );
		if ( is_array( $answer['results'] ?? null ) ) {
			$answer['results'] = array_map( static fn( mixed $result ): mixed => is_array( $result ) ? self::without_places( $result ) : $result, $answer['results'] );
		}
		foreach ( is_array( $answer['tags'] ?? null ) ? $answer['tags'] : [] as $number => $tag ) {
			if ( is_array( $tag ) && is_array( $tag['evidence'] ?? null ) ) {
				$answer['tags'][ $number ]['evidence'] = array_slice( $tag['evidence'], 0, self::MAX_EVIDENCE );
			}
		}
		return $answer;
	}
}
