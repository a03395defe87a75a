<?php
/**
 * Sections that another assistant chose. They are not an editor's, so no model may learn from them.
 *
 * From 6.9 on, assistants act on WordPress through abilities. A section counts as an assistant's if the post got it while an
 * ability was running, or if another ability had suggested it for the post before an editor took it over. A site can name
 * further ones with the filter `copydesk_set_by_assistant`.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Assistants {

	/** Names of terms that other assistants suggested for a post. */
	public const SUGGESTED = '_copydesk_assistant';

	/** The ability of WordPress's own plugin “AI”. */
	private const CLASSIFIERS = [ 'ai/content-classification' ];
	private const MOST_NAMES  = 200;

	private static int $running = 0;

	public static function on_start(): void {
		++self::$running;
	}

	/** An ability that fails ends without this, and then the rest of the request counts as the assistant's, too. */
	public static function on_end( mixed $name, mixed $input, mixed $result ): void {
		self::$running = max( 0, self::$running - 1 );
		$post_id       = is_array( $input ) ? (int) ( $input['post_id'] ?? 0 ) : 0;
		if ( ! in_array( $name, self::CLASSIFIERS, true ) || ! get_post( $post_id ) || ( $input['taxonomy'] ?? 'post_tag' ) !== Settings::current()->taxonomy ) {
			return;
		}
		$suggested = is_array( $result ) && is_array( $result['suggestions'] ?? null ) ? $result['suggestions'] : [];
		$names     = array_filter( array_column( $suggested, 'term' ), 'is_string' );
		if ( $names ) {
			$names = array_unique( [ ...$names, ...Record::meta( $post_id, self::SUGGESTED ) ] );
			Record::set_meta( $post_id, self::SUGGESTED, array_slice( array_values( $names ), 0, self::MOST_NAMES ) );
		}
	}

	public static function are_acting(): bool {
		return self::$running > 0;
	}

	/**
	 * Which of the sections that a post has now, and did not have before, are not an editor's.
	 *
	 * @param int        $post_id
	 * @param string[]   $new
	 * @param Vocabulary $vocabulary
	 * @return string[]
	 */
	public static function among( int $post_id, array $new, Vocabulary $vocabulary ): array {
		if ( ! $new ) {
			return [];
		}
		$names = self::$running > 0 ? [] : Record::meta( $post_id, self::SUGGESTED );
		$found = self::$running > 0 ? $new : array_filter( $new, static fn( string $section ): bool => in_array( self::name( $vocabulary, $section ), $names, true ) );
		/**
		 * Names the sections that an assistant chose, if it acts on the site in another way than through abilities.
		 *
		 * @param string[] $found   Sections that are known to be an assistant's.
		 * @param string[] $new     Sections that the post has now, and did not have before.
		 * @param int      $post_id
		 */
		$found = apply_filters( 'copydesk_set_by_assistant', array_values( $found ), $new, $post_id );
		if ( ! is_array( $found ) ) {
			throw new \UnexpectedValueException( 'A filter of copydesk_set_by_assistant must return an array of section ids.' );
		}
		return array_values( array_intersect( $new, $found ) );
	}

	private static function name( Vocabulary $vocabulary, string $section ): string {
		return html_entity_decode( $vocabulary->term( $section )->name ?? '', ENT_QUOTES );
	}
}
