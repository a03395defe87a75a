<?php
/**
 * Plugin Name:       Copydesk
 * Description:       Suggests the sections of your site for each post, or sets them, using your own Copydesk service. It never blocks publishing.
 * Version:           0.3.0
 * Requires at least: 6.1
 * Requires PHP:      8.1
 * Author:            Copydesk contributors
 * License:           Apache-2.0
 * License URI:       https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:       copydesk
 * Domain Path:       /languages
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.3.0';
const FILE    = __FILE__;

spl_autoload_register(
	static function ( string $name ): void {
		if ( str_starts_with( $name, __NAMESPACE__ . '\\' ) ) {
			$file = 'class-' . strtolower( str_replace( '_', '-', substr( $name, strlen( __NAMESPACE__ ) + 1 ) ) ) . '.php';
			if ( is_file( __DIR__ . '/includes/' . $file ) ) {
				require __DIR__ . '/includes/' . $file;
			}
		}
	}
);

register_activation_hook( __FILE__, [ Plugin::class, 'install' ] );
register_deactivation_hook( __FILE__, [ Plugin::class, 'deactivate' ] );
Plugin::boot();
