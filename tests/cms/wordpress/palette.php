<?php // php palette.php FILE.png...: rewrites each picture with a palette of its 255 most fitting colours
if ( ! extension_loaded( 'gd' ) ) {
	fwrite( STDERR, "PHP has no gd. Fix: apt-get install php-gd\n" );
	exit( 2 );
}
foreach ( array_slice( $argv, 1 ) as $file ) {
	$picture = imagecreatefrompng( $file );
	$colours = [];
	for ( $y = 0; $y < imagesy( $picture ); ++$y ) {
		for ( $x = 0; $x < imagesx( $picture ); ++$x ) {
			$at             = imagecolorat( $picture, $x, $y ) & 0xffffff;
			$colours[ $at ] = ( $colours[ $at ] ?? 0 ) + 1;
		}
	}
	arsort( $colours );
	$small = imagecreate( imagesx( $picture ), imagesy( $picture ) );
	foreach ( array_slice( array_keys( $colours ), 0, 255 ) as $at ) { // what is left goes to the nearest of these
		imagecolorallocate( $small, $at >> 16, $at >> 8 & 255, $at & 255 );
	}
	imagecopy( $small, $picture, 0, 0, 0, 0, imagesx( $picture ), imagesy( $picture ) );
	imagepng( $small, $file, 9 );
}
