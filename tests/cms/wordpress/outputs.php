<?php // php outputs.php FILE...: prints FILE:LINE of every output that does not pass through a function that escapes.
// Looks at echo, print and printf, argument by argument: each must be made of literals, numbers, and calls of these functions.
const SAFE = [
	'esc_html', 'esc_attr', 'esc_url', 'esc_html__', 'esc_attr__', 'checked', 'selected', 'int',
];
foreach ( array_slice( $argv, 1 ) as $file ) {
	$tokens = array_values( array_filter( token_get_all( file_get_contents( $file ) ), fn( $t ) => ! is_array( $t ) || ! in_array( $t[0], [ T_WHITESPACE, T_COMMENT, T_DOC_COMMENT ], true ) ) );
	foreach ( $tokens as $i => $token ) {
		$text = is_array( $token ) ? $token[1] : $token;
		if ( is_array( $token ) && in_array( $token[0], [ T_ECHO, T_PRINT, T_OPEN_TAG_WITH_ECHO, T_INLINE_HTML ], true ) || ( 'printf' === $text || 'vprintf' === $text ) && '(' === ( $tokens[ $i + 1 ] ?? '' ) ) {
			foreach ( arguments( $tokens, $i + ( str_contains( $text, 'printf' ) ? 2 : 1 ), str_contains( $text, 'printf' ) ? ')' : ';' ) as [$argument, $line] ) {
				if ( ! is_safe( $argument ) ) {
					echo basename( $file ), ':', $line, ' ', implode( ' ', array_map( fn( $t ) => is_array( $t ) ? $t[1] : $t, $argument ) ), "\n";
				}
			}
		}
	}
}

/** Splits at commas, dots and the branches of ?: on the outermost level; the condition of ?: is not output. */
function arguments( array $tokens, int $from, string $end ): array {
	$found = [];
	$part  = [];
	$line  = 0;
	$depth = 0;
	for ( $i = $from; $i < count( $tokens ); ++$i ) {
		$text = is_array( $tokens[ $i ] ) ? $tokens[ $i ][1] : $tokens[ $i ];
		$line = is_array( $tokens[ $i ] ) ? $tokens[ $i ][2] : $line;
		if ( 0 === $depth && in_array( $text, [ $end, ',', '.', '?', ':' ], true ) ) {
			if ( '?' !== $text ) {
				$found[] = [ $part, $line ];
			}
			$part = [];
			if ( $text === $end ) {
				break;
			}
			continue;
		}
		$depth += (int) in_array( $text, [ '(', '[' ], true ) - (int) in_array( $text, [ ')', ']' ], true );
		$part[] = $tokens[ $i ];
	}
	return $found;
}

function is_safe( array $part ): bool {
	if ( ! $part ) {
		return true;
	}
	[ $kind, $text ] = is_array( $part[0] ) ? $part[0] : [ 0, $part[0] ];
	if ( 1 === count( $part ) ) {
		return in_array( $kind, [ T_CONSTANT_ENCAPSED_STRING, T_LNUMBER ], true );
	}
	return T_INT_CAST === $kind || T_STRING === $kind && in_array( $text, SAFE, true ) && '(' === $part[1] && ')' === end( $part );
}
