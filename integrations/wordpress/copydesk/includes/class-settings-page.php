<?php
/**
 * Settings > Copydesk, made with WordPress's settings API, for administrators.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Settings_Page {

	public const SLUG  = 'copydesk';
	public const FETCH = 'copydesk_fetch_sections';

	private const RIGHT = 'manage_options';

	public static function url(): string {
		return admin_url( 'options-general.php?page=' . self::SLUG );
	}

	public static function add(): void {
		add_options_page( 'Copydesk', 'Copydesk', self::RIGHT, self::SLUG, Fault::on_page( 'showing the settings', [ self::class, 'show' ] ) );
	}

	/**
	 * @param mixed $links
	 * @return mixed
	 */
	public static function link( mixed $links ): mixed {
		return is_array( $links ) ? [ sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Settings', 'copydesk' ) ), ...$links ] : $links;
	}

	public static function register(): void {
		register_setting( self::SLUG, Settings::OPTION, [ 'type' => 'object', 'sanitize_callback' => [ self::class, 'sanitize' ], 'show_in_rest' => false ] );
		$sections = [
			'service' => [
				__( 'The service', 'copydesk' ),
				[
					'url'     => __( 'Address', 'copydesk' ),
					'key'     => __( 'API key', 'copydesk' ),
					'timeout' => __( 'Timeout in seconds', 'copydesk' ),
					'set'     => __( 'Set of models', 'copydesk' ),
				],
			],
			'posts'   => [
				__( 'Posts', 'copydesk' ),
				[
					'mode'     => __( 'When a post is saved', 'copydesk' ),
					'ahead'    => __( 'Before publishing', 'copydesk' ),
					'types'    => __( 'Post types', 'copydesk' ),
					'statuses' => __( 'Statuses', 'copydesk' ),
					'taxonomy' => __( 'Taxonomy of the sections', 'copydesk' ),
					'language' => __( 'Language', 'copydesk' ),
				],
			],
			'back'    => [ __( 'Feedback', 'copydesk' ), [ 'feedback' => __( 'Feedback from editors', 'copydesk' ) ] ],
		];
		foreach ( $sections as $section => [ $title, $fields ] ) {
			add_settings_section( $section, $title, '__return_empty_string', self::SLUG );
			foreach ( $fields as $field => $label ) {
				$single = in_array( $field, [ 'url', 'key', 'timeout', 'set', 'taxonomy' ], true );
				add_settings_field( $field, $label, [ Settings_Fields::class, $field ], self::SLUG, $section, $single ? [ 'label_for' => "copydesk_$field" ] : [ 'legend' => $label ] );
			}
		}
	}

	/**
	 * Report invalid values and keep the old ones. WordPress may call this twice in a row.
	 *
	 * @return array<string, mixed>
	 */
	public static function sanitize( mixed $given ): array {
		$given = is_array( $given ) ? $given : [];
		$old   = Settings::clean( (array) get_option( Settings::OPTION, [] ) );
		if ( is_multisite() ) { // the form has neither
			$given = [ 'url' => $old['url'], 'key' => $old['key'] ] + $given;
		}
		$url = $given['url'] ?? '';
		if ( ! is_string( $url ) || ( '' !== trim( $url ) && ! Settings::is_address( $url ) ) ) {
			add_settings_error( Settings::OPTION, 'url', self::bad_address() );
			$given['url'] = $old['url'];
		}
		$given['key'] = self::new_key( $given, $old['key'] );
		if ( is_scalar( $given['timeout'] ?? null ) && (float) $given['timeout'] !== Settings::clean( $given )['timeout'] ) {
			/* translators: 1: lowest, 2: highest number of seconds */
			add_settings_error( Settings::OPTION, 'timeout', sprintf( __( 'The timeout must be between %1$s and %2$s seconds. The nearest allowed value was stored.', 'copydesk' ), Settings::MIN_TIMEOUT, Settings::MAX_TIMEOUT ) );
		}
		if ( is_string( $given['set'] ?? null ) && '' !== trim( $given['set'] ) && ! Settings::is_set( trim( $given['set'] ) ) ) {
			add_settings_error( Settings::OPTION, 'set', __( 'The name of the set is not valid. The old one is kept. Fix: enter a name as “copydesk models” lists it: small letters, digits and single hyphens.', 'copydesk' ) );
			$given['set'] = $old['set'];
		}
		$given['set'] = is_string( $given['set'] ?? null ) ? trim( $given['set'] ) : $old['set'];
		// the page sends the choices that were changed, because PHP takes no more than 1,000 fields
		$given['terms'] = ( is_array( $given['terms'] ?? null ) ? $given['terms'] : [] ) + $old['terms'];
		$clean = Settings::clean( $given + [ 'types' => [], 'statuses' => [] ] );
		Section_Terms::report_refused( $given['terms'], $clean['terms'] );
		foreach ( $clean['types'] as $type ) {
			if ( ! is_object_in_taxonomy( $type, $clean['taxonomy'] ) ) {
				/* translators: 1: post type, 2: taxonomy */
				add_settings_error( Settings::OPTION, 'types', sprintf( __( 'The post type %1$s does not use the taxonomy %2$s, so Copydesk ignores its posts.', 'copydesk' ), $type, $clean['taxonomy'] ), 'warning' );
			}
		}
		return $clean;
	}

	public static function bad_address(): string {
		return __( 'The address is not valid. The old one is kept. Fix: enter an address like https://tags.example.org or http://10.0.0.5:8000, without user, query or fragment.', 'copydesk' );
	}

	/** Whether the sections of a post are part of its address, so that a section which is set later can change the address. */
	public static function changes_addresses( Settings $settings ): bool {
		return 'category' === $settings->taxonomy && str_contains( (string) get_option( 'permalink_structure' ), '%category%' );
	}

	public static function changed_addresses(): string {
		/* translators: %1$s: %category%, as WordPress spells it in permalinks */
		return sprintf( __( 'The permalinks of this site contain %1$s. A category that is added to a published post can change the address of the post. Fix: publish with the sections that you want, or choose permalinks without %1$s.', 'copydesk' ), '%category%' );
	}

	public static function exposed_key(): string {
		return __( 'The API key and the text of posts are sent to another machine over plain http, where others can read them. Fix: use an https address.', 'copydesk' );
	}

	/** @param array<string, mixed> $given A form. An empty field keeps the old key, because the page never shows it. */
	public static function new_key( array $given, string $old ): string {
		$new = is_string( $given['key'] ?? null ) ? trim( $given['key'] ) : '';
		return empty( $given['forget_key'] ) ? ( '' === $new ? $old : $new ) : '';
	}

	/** Read the sections again, when an administrator presses the button. */
	public static function fetch_sections(): void {
		if ( ! current_user_can( self::RIGHT ) ) {
			wp_die( esc_html__( 'You are not allowed to change these settings.', 'copydesk' ), '', 403 );
		}
		check_admin_referer( self::FETCH );
		$settings = Settings::current();
		if ( $settings->is_configured() ) {
			try {
				Vocabulary::read( $settings, new Service( $settings ) );
				Queue::wake( 0 );
			} catch ( Service_Error $error ) { // the page shows the failure that the breaker keeps
				error_log( 'Copydesk: the sections could not be read: ' . $error->getMessage() );
			}
		}
		wp_safe_redirect( self::url() . '#copydesk-sections' );
		exit;
	}

	public static function show(): void {
		if ( ! current_user_can( self::RIGHT ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1><form action="options.php" method="post">';
		settings_fields( self::SLUG );
		do_settings_sections( self::SLUG );
		self::show_sections();
		submit_button();
		echo '</form>';
		self::show_fetch_form();
		echo '</div>';
	}

	private static function show_sections(): void {
		$settings = Settings::current();
		echo '<h2 id="copydesk-sections">' . esc_html__( 'Sections', 'copydesk' ) . '</h2>';
		if ( ! $settings->is_configured() ) {
			echo '<p>' . esc_html__( 'The list of sections is read from the service when its address is saved.', 'copydesk' ) . '</p>';
			return;
		}
		$failure = Breaker::failure();
		if ( $failure ) {
			/* translators: 1: how long ago, 2: error */
			printf( '<div class="notice notice-error inline"><p>%s</p></div>', esc_html( sprintf( __( '%1$s ago: %2$s', 'copydesk' ), human_time_diff( $failure['at'] ), $failure['message'] ) ) );
		}
		$vocabulary = Vocabulary::stored( $settings );
		if ( $vocabulary ) {
			self::show_notes( $vocabulary );
			Section_Terms::show( $settings, $vocabulary );
		}
	}

	/** A form of its own, because it must not save the settings. */
	private static function show_fetch_form(): void {
		if ( ! Settings::current()->is_configured() ) {
			return;
		}
		printf( '<form action="%s" method="post"><input type="hidden" name="action" value="%s">', esc_url( admin_url( 'admin-post.php' ) ), esc_attr( self::FETCH ) );
		wp_nonce_field( self::FETCH );
		submit_button( __( 'Read the sections again', 'copydesk' ), 'secondary', 'fetch', true );
		echo '</form>';
	}

	private static function show_notes( Vocabulary $vocabulary ): void {
		$unmatched = $vocabulary->unmatched();
		/* translators: 1: number of sections, 2: version of a model */
		echo '<p>' . esc_html( sprintf( _n( '%1$s section, from the model %2$s.', '%1$s sections, from the model %2$s.', count( $vocabulary->sections ), 'copydesk' ), number_format_i18n( count( $vocabulary->sections ) ), $vocabulary->model ) ) . '</p>';
		if ( $unmatched ) {
			/* translators: %s: names of sections */
			$text = sprintf( __( 'This site has no term for %s. Copydesk does not create terms. Fix: choose a term in the list below, or add one.', 'copydesk' ), implode( ', ', $unmatched ) );
			printf( '<div class="notice notice-warning inline"><p>%s</p></div>', esc_html( $text ) );
		}
	}
}
