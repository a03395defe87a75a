<?php // php network.php WPDIR HOST:PORT  makes the site a network; its constants have to be put into wp-config.php afterwards
[, $folder, $host] = $argv;
$_SERVER['HTTP_HOST']      = $host;
$_SERVER['REQUEST_METHOD'] = 'GET';
define( 'WP_INSTALLING_NETWORK', true );
require "$folder/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/network.php';
wp_set_current_user( 1 );
foreach ( $wpdb->tables( 'ms_global' ) as $name => $table ) {
	$wpdb->$name = $table;
}
install_network();
$outcome = populate_network( 1, $host, 'admin@newsroom.example', 'Network', '/', false );
if ( is_wp_error( $outcome ) ) {
	fwrite( STDERR, $outcome->get_error_message() );
	exit( 1 );
}
