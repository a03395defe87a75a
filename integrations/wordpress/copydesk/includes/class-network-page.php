<?php
/**
 * Network Admin > Settings > Copydesk. On a network only its administrators choose the service, because the server of the
 * network sends the requests: the administrator of one site must not have it call hosts inside.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Network_Page {

	public const OPTION = 'copydesk_network';
	public const ACTION = 'copydesk_network';

	private const SLUG  = 'copydesk-network';
	private const RIGHT = 'manage_network_options';

	/** @return array{url: mixed, key: mixed} Address and API key as they are stored for the whole network. */
	public static function stored(): array {
		$found = get_site_option( self::OPTION, [] );
		$found = is_array( $found ) ? $found : [];
		return [ 'url' => $found['url'] ?? '', 'key' => $found['key'] ?? '' ];
	}

	public static function url(): string {
		return network_admin_url( 'settings.php?page=' . self::SLUG );
	}

	public static function add(): void {
		add_submenu_page( 'settings.php', 'Copydesk', 'Copydesk', self::RIGHT, self::SLUG, Fault::on_page( 'showing the network settings', [ self::class, 'show' ] ) );
	}

	public static function show(): void {
		if ( ! current_user_can( self::RIGHT ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1>';
		self::show_outcome( sanitize_key( wp_unslash( $_GET['outcome'] ?? '' ) ) ); // phpcs:ignore WordPress.Security.NonceVerification -- chooses a message
		echo '<p>' . esc_html__( 'All sites of this network use this service. Each site chooses its own post types, mode and feedback.', 'copydesk' ) . '</p>';
		printf( '<form action="%s" method="post">', esc_url( network_admin_url( 'edit.php?action=' . self::ACTION ) ) );
		wp_nonce_field( self::ACTION );
		echo '<table class="form-table" role="presentation">';
		foreach ( [ 'url' => __( 'Address', 'copydesk' ), 'key' => __( 'API key', 'copydesk' ) ] as $field => $label ) {
			printf( '<tr><th scope="row"><label for="%s">%s</label></th><td>', esc_attr( "copydesk_$field" ), esc_html( $label ) );
			Settings_Fields::$field();
			echo '</td></tr>';
		}
		echo '</table>';
		submit_button();
		echo '</form></div>';
	}

	private static function show_outcome( string $outcome ): void {
		if ( 'saved' === $outcome ) {
			printf( '<div class="notice notice-success"><p>%s</p></div>', esc_html__( 'Settings saved.', 'copydesk' ) );
		} elseif ( 'address' === $outcome ) {
			printf( '<div class="notice notice-error"><p>%s</p></div>', esc_html( Settings_Page::bad_address() ) );
		}
	}

	public static function save(): void {
		check_admin_referer( self::ACTION );
		if ( ! current_user_can( self::RIGHT ) ) {
			wp_die( esc_html__( 'You are not allowed to change these settings.', 'copydesk' ), '', 403 );
		}
		$given   = (array) wp_unslash( $_POST[ Settings::OPTION ] ?? [] ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- is_address() and clean() check each field
		$old     = Settings::clean( self::stored() );
		$address = is_string( $given['url'] ?? null ) ? trim( $given['url'] ) : $old['url'];
		$valid   = '' === $address || Settings::is_address( $address );
		$new     = Settings::clean( [ 'url' => $valid ? $address : $old['url'], 'key' => Settings_Page::new_key( $given, $old['key'] ) ] );
		update_site_option( self::OPTION, [ 'url' => $new['url'], 'key' => $new['key'] ] );
		wp_safe_redirect( add_query_arg( 'outcome', $valid ? 'saved' : 'address', self::url() ) );
		exit;
	}
}
