<?php
/**
 * Copydesk in the editors: the panel of the block editor, the metabox of the classic editor, and the notice of a failure.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Editor {

	private const NONCE = 'copydesk_metabox';
	private const SHOWN = 'copydesk_shown';
	/** A header of the block editor's own save: ids of the terms that it showed as chosen. */
	private const SEEN = 'HTTP_X_COPYDESK_SEEN';

	public static function enqueue_panel(): void {
		$screen = get_current_screen();
		$post   = get_post();
		if ( ! $screen || 'post' !== $screen->base || ! $post || ! self::serves( $post ) ) {
			return;
		}
		self::enqueue( 'suggestions', [ 'wp-api-fetch', 'wp-i18n', 'wp-a11y' ], $post );
		self::enqueue( 'panel', [ 'copydesk-suggestions', 'wp-plugins', 'wp-edit-post', 'wp-editor', 'wp-element', 'wp-components', 'wp-data', 'wp-i18n', 'wp-notices', ...( wp_script_is( 'wp-commands', 'registered' ) ? [ 'wp-commands' ] : [] ) ] );
	}

	public static function add_metabox( mixed $type, mixed $post ): void {
		if ( $post instanceof \WP_Post && self::serves( $post ) ) {
			add_meta_box( 'copydesk', __( 'Copydesk: sections', 'copydesk' ), Fault::on_page( 'showing the metabox', [ self::class, 'metabox' ] ), null, 'side', 'high', [ '__back_compat_meta_box' => true ] );
		}
	}

	public static function metabox( \WP_Post $post ): void {
		self::enqueue( 'suggestions', [ 'wp-api-fetch', 'wp-i18n', 'wp-a11y' ], $post );
		self::enqueue( 'metabox', [ 'copydesk-suggestions', 'wp-i18n', 'jquery' ] );
		wp_nonce_field( self::NONCE . $post->ID, self::NONCE, false );
		$vocabulary = Vocabulary::stored_for( Settings::current(), $post );
		$chosen     = $vocabulary ? Tagger::chosen( $post->ID, $vocabulary ) : [];
		printf( '<input type="hidden" name="%s" value="%s">', esc_attr( self::SHOWN ), esc_attr( implode( ',', $chosen ) ) );
		echo '<div id="copydesk-metabox" class="copydesk"></div>';
		echo '<noscript>' . esc_html__( 'Suggestions need JavaScript.', 'copydesk' ) . '</noscript>';
	}

	/** @return string[]|null The sections that the classic editor's form showed as chosen when it was opened; null if no such form was sent. */
	public static function shown_in_form( int $post_id ): ?array {
		if ( ! is_string( $_POST[ self::NONCE ] ?? null ) || ! is_string( $_POST[ self::SHOWN ] ?? null ) || ! wp_verify_nonce( sanitize_key( wp_unslash( $_POST[ self::NONCE ] ) ), self::NONCE . $post_id ) ) {
			return null;
		}
		return array_filter( explode( ',', sanitize_text_field( wp_unslash( $_POST[ self::SHOWN ] ) ) ) );
	}

	/** @return int[] The terms that the block editor showed as chosen when a person saved the post; none in any other save. */
	public static function seen_terms(): array {
		$is_save = defined( 'REST_REQUEST' ) && REST_REQUEST && ! Assistants::are_acting() && is_string( $_SERVER[ self::SEEN ] ?? null );
		return $is_save ? wp_parse_id_list( sanitize_text_field( wp_unslash( $_SERVER[ self::SEEN ] ) ) ) : [];
	}

	/** A failure or open suggestions, on the page of the classic editor. The block editor shows them itself. */
	public static function notice(): void {
		$screen = get_current_screen();
		$post   = get_post();
		if ( ! $screen || 'post' !== $screen->base || $screen->is_block_editor() || ! $post || ! self::serves( $post ) ) {
			return;
		}
		$error = Record::error( $post->ID );
		if ( $error ) {
			$next = $error['waiting'] ? __( 'The post is saved. Copydesk will suggest sections as soon as the service answers.', 'copydesk' ) : __( 'The post is saved, but Copydesk cannot suggest sections for it.', 'copydesk' );
			printf( '<div class="notice notice-warning"><p><strong>%s</strong> %s</p></div>', esc_html( $next ), esc_html( $error['message'] ) );
		}
		$vocabulary = Settings::current()->handles( $post ) ? Vocabulary::stored_for( Settings::current(), $post ) : null;
		$record     = new Record( $post->ID );
		$left_out   = $vocabulary ? Left_Out::of_post( $record, $vocabulary ) : '';
		if ( '' !== $left_out ) {
			printf( '<div class="notice notice-warning is-dismissible"><p>%s</p></div>', esc_html( $left_out ) );
		}
		$open = $vocabulary ? Review_List::open( $record, $vocabulary ) : [];
		if ( $open ) {
			$tags  = array_filter( $record->open_tags(), static fn( array $tag ): bool => isset( $open[ $tag['section'] ] ) );
			$names = array_map( static fn( array $tag ): string => $tag['name'] . ' ' . Bulk_Row::percent( $tag ), $tags );
			/* translators: %s: names of sections, with probabilities */
			printf( '<div class="notice notice-info is-dismissible"><p>%s <a href="#copydesk">%s</a></p></div>', esc_html( sprintf( __( 'Copydesk suggests: %s.', 'copydesk' ), implode( ', ', $names ) ) ), esc_html__( 'Show the suggestions', 'copydesk' ) );
		}
	}

	private static function serves( \WP_Post $post ): bool {
		$settings = Settings::current();
		return $settings->is_configured() && $settings->covers( $post ) && current_user_can( 'edit_post', $post->ID );
	}

	/** @param string[] $needs */
	private static function enqueue( string $name, array $needs, ?\WP_Post $post = null ): void {
		wp_enqueue_style( 'copydesk', plugins_url( 'assets/copydesk.css', FILE ), [], VERSION );
		wp_enqueue_script( "copydesk-$name", plugins_url( "assets/$name.js", FILE ), $needs, VERSION, true );
		wp_set_script_translations( "copydesk-$name", 'copydesk', dirname( FILE ) . '/languages' );
		if ( $post ) {
			wp_add_inline_script( "copydesk-$name", 'window.copydeskSettings = ' . wp_json_encode( self::for_script( $post ), JSON_HEX_TAG | JSON_HEX_AMP ) . ';', 'before' );
		}
	}

	/** @return array<string, mixed> Data for the scripts; neither address nor key of the service. */
	private static function for_script( \WP_Post $post ): array {
		$settings   = Settings::current();
		$taxonomy   = get_taxonomy( $settings->taxonomy );
		$vocabulary = Vocabulary::stored_for( $settings, $post );
		return [
			'post'         => $post->ID,
			'maxBytes'     => Service::MAX_ARTICLE_BYTES,
			'taxonomy'     => $settings->taxonomy,
			'restBase'     => $taxonomy->rest_base ? $taxonomy->rest_base : $taxonomy->name,
			'hierarchical' => (bool) $taxonomy->hierarchical,
			'defaultTerms' => $vocabulary ? $vocabulary->default_terms() : [],
			'terms'        => $vocabulary ? $vocabulary->term_names() : (object) [],
			'route'        => rest_get_route_for_post( $post ),
			'ahead'        => $settings->ahead,
			'reviewPage'   => current_user_can( Bulk_Page::RIGHT ) ? Bulk_Page::url() : '',
		];
	}
}
