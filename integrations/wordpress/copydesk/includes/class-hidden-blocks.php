<?php
/**
 * Blocks that an editor hid from readers, which WordPress can do from 6.9 on. Unpublished text must not leave the site.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Hidden_Blocks {

	private const MARK = 'blockVisibility';

	/** The content without hidden blocks and all that is inside them. Blocks that are hidden only on some screens stay. */
	public static function removed( string $content ): string {
		if ( ! str_contains( $content, self::MARK ) ) {
			return $content;
		}
		return serialize_blocks( array_values( array_filter( array_map( [ self::class, 'shown' ], parse_blocks( $content ) ) ) ) );
	}

	/**
	 * @param array<string, mixed> $block As parse_blocks() gives it.
	 * @return array<string, mixed>|null The block without hidden blocks inside it; null if it is hidden itself.
	 */
	private static function shown( array $block ): ?array {
		$metadata = $block['attrs']['metadata'] ?? null;
		if ( is_array( $metadata ) && false === ( $metadata[ self::MARK ] ?? null ) ) {
			return null;
		}
		$inside  = [];
		$content = [];
		$next    = 0;
		foreach ( $block['innerContent'] as $part ) {
			// Each block inside has a null among the pieces of HTML.
			$inner = null === $part ? self::shown( $block['innerBlocks'][ $next++ ] ) : null;
			if ( null !== $part || $inner ) {
				$content[] = $part;
			}
			if ( $inner ) {
				$inside[] = $inner;
			}
		}
		$block['innerBlocks']  = $inside;
		$block['innerContent'] = $content;
		return $block;
	}
}
