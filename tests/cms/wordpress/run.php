<?php // php run.php WPDIR HOST:PORT 'PHP code'  < standard input of the code: runs it inside WordPress as the administrator
[, $folder, $host, $code] = $argv;
$_SERVER['HTTP_HOST']      = $host;
$_SERVER['REQUEST_METHOD'] = 'GET';
require "$folder/wp-load.php";
wp_set_current_user( 1 );
eval( $code );
