<?php
/**
 * For the tests, as a must-use plugin: writes down every term that a post is given, and plays the classic editor where asked.
 */
add_action(
	'added_term_relationship',
	fn( $post, $term, $taxonomy ) => 'category' === $taxonomy && file_put_contents( COPYDESK_TEST_LOG, "$post $term\n", FILE_APPEND | LOCK_EX ),
	10,
	3
);
// what a publish costs without the plugin
add_filter( 'option_active_plugins', fn( $plugins ) => isset( $_SERVER['HTTP_X_WITHOUT_COPYDESK'] ) ? array_diff( $plugins, [ 'copydesk/copydesk.php' ] ) : $plugins );
// what a site may add to the text that is sent, or break
add_filter(
	'copydesk_article',
	fn( $article, $post ) => match ( $post->post_excerpt ) {
		'add'   => [ 'body' => "Added by the site.\n\n{$article['body']}" ] + $article,
		'empty' => [ 'headline' => '', 'body' => ' ' ],
		'break' => null,
		default => $article,
	},
	10,
	2
);
add_filter( 'use_block_editor_for_post', fn( $use ) => $use && ! isset( $_REQUEST['classic'] ) && ! isset( $_COOKIE['classic'] ) );
