<?php
/**
 * The start of a post in the review list, in which the words that spoke for a section are marked.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Excerpt {

	private const WORDS = 45;
	/** Characters of the content that are read. A long story must not slow the list down. */
	private const READ = 20000;

	/** @param array<int, array<string, mixed>> $tags */
	public static function show( int $post_id, array $tags ): void {
		$content = mb_substr( Hidden_Blocks::removed( (string) get_post_field( 'post_content', $post_id, 'raw' ) ), 0, self::READ );
		$text    = html_entity_decode( wp_trim_words( strip_shortcodes( excerpt_remove_blocks( $content ) ), self::WORDS, '…' ), ENT_QUOTES | ENT_HTML5 );
		if ( '' === $text ) {
			return;
		}
		echo '<p class="copydesk-excerpt">';
		foreach ( self::pieces( $text, self::words( $tags ) ) as $number => $piece ) {
			if ( 1 === $number % 2 ) { // the delimiters
				printf( '<mark>%s</mark>', esc_html( $piece ) );
			} else {
				echo esc_html( $piece );
			}
		}
		echo '</p>';
	}

	/**
	 * @param array<int, array<string, mixed>> $tags
	 * @return string[] The words for any of the tags.
	 */
	private static function words( array $tags ): array {
		$for = array_filter( array_merge( [], ...array_column( $tags, 'evidence' ) ), static fn( array $item ): bool => $item[1] > 0 );
		return array_unique( array_column( $for, 0 ) );
	}

	/**
	 * @param string   $text
	 * @param string[] $words
	 * @return string[] Pieces of the text; every second one is one of the words.
	 */
	private static function pieces( string $text, array $words ): array {
		usort( $words, static fn( string $a, string $b ): int => strlen( $b ) <=> strlen( $a ) );
		$either = implode( '|', array_map( static fn( string $word ): string => preg_quote( $word, '#' ), $words ) );
		$pieces = '' === $either ? false : preg_split( '#(?<![\p{L}\p{N}])(' . $either . ')(?![\p{L}\p{N}])#iu', $text, -1, PREG_SPLIT_DELIM_CAPTURE );
		return false === $pieces ? [ $text ] : $pieces;
	}
}
