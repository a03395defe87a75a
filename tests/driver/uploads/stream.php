<?php
// Posts zeros with file_get_contents: php stream.php URL BYTES. Prints the status and the type of the answer.
$options = array(
	'method'        => 'POST',
	'header'        => 'Content-Type: application/json',
	'content'       => str_repeat( "\0", (int) $argv[2] ),
	'ignore_errors' => true,
);
$answer  = @file_get_contents( $argv[1], false, stream_context_create( array( 'http' => $options ) ) );
if ( $answer === false ) {
	echo 'no answer';
} else {
	$type = preg_grep( '/^content-type:/i', $http_response_header );
	echo explode( ' ', $http_response_header[0] )[1], ' ', trim( explode( ':', reset( $type ) )[1] );
}
