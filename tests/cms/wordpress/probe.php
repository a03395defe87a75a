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
// a site's own choice of suggestions
add_filter(
	'copydesk_suggestions',
	fn( $tags, $post ) => match ( get_post( $post )->post_excerpt ) {
		'none'  => [],
		'spoil' => [ 'Terrorism' ],
		default => $tags,
	},
	10,
	2
);
// a site on which authors may not file their posts
add_action(
	'init',
	function () {
		if ( get_option( 'test_strict' ) ) {
			get_taxonomy( 'category' )->cap->assign_terms = 'manage_categories';
		}
	},
	99
);
// WordPress stores only the languages that it has files of
add_filter( 'locale', fn( $locale ) => get_option( 'test_locale' ) ?: $locale );
// an assistant, where WordPress has abilities
add_action( 'wp_abilities_api_categories_init', fn() => wp_register_ability_category( 'tests', [ 'label' => 'Tests', 'description' => 'Tests' ] ) );
add_action(
	'wp_abilities_api_init',
	function () {
		$common = [
			'category'            => 'tests',
			'label'               => 'Test',
			'description'         => 'Test',
			'permission_callback' => '__return_true',
			'input_schema'        => [ 'type' => 'object' ],
			'meta'                => [ 'show_in_rest' => true ],
		];
		$suggest = fn( $input ) => [ 'suggestions' => [ [ 'term' => 'Oceania', 'confidence' => 0.9, 'is_new' => false ] ] ];
		wp_register_ability( 'ai/content-classification', [ 'execute_callback' => $suggest ] + $common );
		$file = fn( $input ) => [ 'id' => wp_insert_post( $input['post'] ) ];
		wp_register_ability( 'tests/file', [ 'execute_callback' => $file ] + $common );
	}
);
add_filter( 'use_block_editor_for_post', fn( $use ) => $use && ! isset( $_REQUEST['classic'] ) && ! isset( $_COOKIE['classic'] ) );
