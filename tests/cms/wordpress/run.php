<?php // runs PHP code inside WordPress as the administrator: the file that router.php calls for /copydesk-run
// (X-Copydesk-Run holds the secret of this site, the body is JSON of the code and its standard input)
[ 'code' => $code, 'stdin' => $stdin ] = json_decode( file_get_contents( 'php://input' ), true );
$stream = tmpfile();
fwrite( $stream, $stdin );
rewind( $stream );
define( 'STDIN', $stream );
set_time_limit( 0 );
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI']    = '/';
unset( $_SERVER['HTTP_X_COPYDESK_RUN'] );
require $_SERVER['DOCUMENT_ROOT'] . '/wp-load.php';
wp_set_current_user( 1 );
eval( $code );
