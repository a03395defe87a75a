<?php // php install.php WPDIR HOST:PORT < {"categories": [[name, slug], ...]}  ->  JSON: version, application password, categories by slug
[, $folder, $host] = $argv; // no global may be called $wp here: WordPress has one
$given = json_decode( stream_get_contents( STDIN ), true );
$_SERVER['HTTP_HOST']       = $host;
$_SERVER['SERVER_NAME']     = '127.0.0.1';
$_SERVER['REQUEST_URI']     = '/wp-admin/install.php';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
define( 'WP_INSTALLING', true );
require "$folder/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter( 'pre_wp_mail', '__return_false' );
add_filter( 'pre_http_request', fn() => new WP_Error( 'offline', 'offline' ) );
$installed = wp_install( 'Newsroom', 'admin', 'admin@newsroom.example', true, '', 'admin-pass' );
global $wp_rewrite;
update_option( 'permalink_structure', '/%postname%/' );
$wp_rewrite->init();
$wp_rewrite->flush_rules( false );
[$password] = WP_Application_Passwords::create_new_application_password( $installed['user_id'], [ 'name' => 'tests' ] );
// the block editor greets nobody who has been there before
$preferences = [ 'core/edit-post' => [ 'welcomeGuide' => false ], '_modified' => gmdate( 'c' ) ];
update_user_meta( $installed['user_id'], $GLOBALS['wpdb']->get_blog_prefix() . 'persisted_preferences', $preferences );
wp_insert_user( [ 'user_login' => 'author', 'user_pass' => 'author-pass', 'user_email' => 'author@newsroom.example', 'role' => 'author' ] );
[$author] = WP_Application_Passwords::create_new_application_password( get_user_by( 'login', 'author' )->ID, [ 'name' => 'tests' ] );
$categories = [ 'uncategorized' => (int) get_option( 'default_category' ) ];
foreach ( $given['categories'] as [$name, $slug] ) {
	$categories[ $slug ] = wp_insert_term( $name, 'category', [ 'slug' => $slug ] )['term_id'];
}
echo json_encode( [ 'version' => $GLOBALS['wp_version'], 'password' => $password, 'author' => $author, 'categories' => $categories ] );
