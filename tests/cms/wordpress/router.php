<?php // for php -S: files as they are, a folder is its index.php, the rest is WordPress's
$root = $_SERVER['DOCUMENT_ROOT'];
$path = rawurldecode( (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
$file = realpath( $root . $path );
if ( '/copydesk-run' === $path && hash_equals( (string) getenv( 'COPYDESK_RUN' ), (string) ( $_SERVER['HTTP_X_COPYDESK_RUN'] ?? '' ) ) ) {
	require __DIR__ . '/run.php';
	return true;
}
if ( ! $file && preg_match( '#^/[\\w-]+(/wp-admin/.*|/[^/]+\\.php)$#', $path, $found ) ) { // of a site in a folder of a network
	$file = realpath( $root . $found[1] );
	if ( $file && str_starts_with( $file, (string) realpath( $root ) ) ) {
		$file = is_dir( $file ) ? "$file/index.php" : $file;
		$_SERVER['SCRIPT_NAME']     = $_SERVER['PHP_SELF'] = substr( $file, strlen( (string) realpath( $root ) ) );
		$_SERVER['SCRIPT_FILENAME'] = $file;
		chdir( dirname( $file ) );
		require $file;
		return true;
	}
}
if ( $file && str_starts_with( $file, (string) realpath( $root ) ) ) {
	if ( is_file( $file ) ) {
		return false;
	}
	if ( '/' !== $path && is_file( "$file/index.php" ) ) {
		if ( ! str_ends_with( $path, '/' ) ) {
			header( "Location: $path/", true, 301 );
			return true;
		}
		$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = "{$path}index.php";
		$_SERVER['SCRIPT_FILENAME'] = "$file/index.php";
		chdir( $file );
		require "$file/index.php";
		return true;
	}
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
chdir( $root );
require "$root/index.php";
