<?php
// Posts zeros with PHP's curl: php curl.php URL BYTES. Prints the status and the type of the answer.
$handle = curl_init( $argv[1] );
curl_setopt_array(
	$handle,
	array(
		CURLOPT_POSTFIELDS     => str_repeat( "\0", (int) $argv[2] ),
		CURLOPT_HTTPHEADER     => array( 'Content-Type: application/json' ),
		CURLOPT_RETURNTRANSFER => true,
	)
);
echo curl_exec( $handle ) === false
	? curl_error( $handle )
	: curl_getinfo( $handle, CURLINFO_RESPONSE_CODE ) . ' ' . curl_getinfo( $handle, CURLINFO_CONTENT_TYPE );
