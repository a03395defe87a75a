<?php
/**
 * The filter of the review list: by section, by how sure the model is, or one post.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Review_Filter {

	/** @return array{section: string, decision: string, post: int} As the address of the page says. */
	public static function current(): array {
		return self::of( wp_unslash( $_GET ) ); // phpcs:ignore WordPress.Security.NonceVerification -- chooses what is shown
	}

	/** @return array{section: string, decision: string, post: int} As a form of the page says. Bulk_Actions has checked its nonce. */
	public static function posted(): array {
		return self::of( wp_unslash( $_POST ) ); // phpcs:ignore WordPress.Security.NonceVerification
	}

	/**
	 * @param array<mixed> $given
	 * @return array{section: string, decision: string, post: int}
	 */
	private static function of( array $given ): array {
		$text = static fn( string $name ): string => is_string( $given[ $name ] ?? null ) ? sanitize_key( $given[ $name ] ) : '';
		return [
			'section'  => $text( 'section' ),
			'decision' => in_array( $text( 'decision' ), [ 'apply', 'review' ], true ) ? $text( 'decision' ) : '',
			'post'     => absint( is_scalar( $given['post'] ?? null ) ? $given['post'] : 0 ),
		];
	}

	/** @param array{section: string, decision: string, post: int} $filter */
	public static function show( array $filter, ?Vocabulary $vocabulary ): void {
		printf( '<form action="%s" method="get" class="copydesk-filter"><input type="hidden" name="page" value="%s">', esc_url( admin_url( 'tools.php' ) ), esc_attr( Bulk_Page::SLUG ) );
		$sections = array_map( static fn( array $section ): string => $section['name'], $vocabulary->sections ?? [] );
		self::select( 'section', __( 'Section', 'copydesk' ), [ '' => __( 'All sections', 'copydesk' ) ] + $sections, $filter['section'] );
		$decisions = [
			''       => __( 'Sure and unsure', 'copydesk' ),
			'apply'  => __( 'The model is sure', 'copydesk' ),
			'review' => __( 'The model is unsure', 'copydesk' ),
		];
		self::select( 'decision', __( 'How sure', 'copydesk' ), $decisions, $filter['decision'] );
		submit_button( __( 'Filter', 'copydesk' ), 'secondary', '', false );
		if ( array_filter( $filter ) ) {
			printf( ' <a href="%s">%s</a>', esc_url( Bulk_Page::url() ), esc_html__( 'Show all', 'copydesk' ) );
		}
		echo '</form>';
	}

	/** @param array<string, string> $options */
	private static function select( string $name, string $label, array $options, string $chosen ): void {
		printf( '<label class="screen-reader-text" for="%1$s">%2$s</label><select id="%1$s" name="%3$s">', esc_attr( "copydesk-$name" ), esc_html( $label ), esc_attr( $name ) );
		foreach ( $options as $value => $text ) {
			printf( '<option value="%s" %s>%s</option>', esc_attr( (string) $value ), selected( (string) $value, $chosen, false ), esc_html( $text ) );
		}
		echo '</select> ';
	}

	/** The filter in a form that acts on all posts that it shows. @param array{section: string, decision: string, post: int} $filter */
	public static function hidden( array $filter ): void {
		foreach ( array_filter( $filter ) as $name => $value ) {
			printf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( (string) $value ) );
		}
	}
}
