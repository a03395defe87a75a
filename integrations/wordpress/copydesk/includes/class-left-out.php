<?php
/**
 * What an editor reads of sections that are left out, because their terms have no translation in the language of the post.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Left_Out {

	/** About all open suggestions of a post that are left out; empty if there are none. */
	public static function of_post( Record $record, Vocabulary $vocabulary ): string {
		$tags  = array_filter( $record->open_tags(), static fn( array $tag ): bool => null !== $vocabulary->untranslated( $tag['section'] ) );
		$names = array_column( $tags, 'name' );
		/* translators: 1: names of sections, 2: a language code such as de */
		$text = _n( 'This section is left out, because its term has no translation in the language of this post (%2$s): %1$s. Fix: translate the term, then add the section here.', 'These sections are left out, because their terms have no translation in the language of this post (%2$s): %1$s. Fix: translate the terms, then add the sections here.', count( $names ), 'copydesk' );
		return $names ? sprintf( $text, implode( ', ', $names ), $vocabulary->language() ) : '';
	}

	/** About one section that has no term for the post. */
	public static function section( string $section, ?Vocabulary $vocabulary ): string {
		$term = $vocabulary?->untranslated( $section );
		if ( ! $term ) {
			return __( 'This site has no term for this section. An administrator can choose one in the Copydesk settings.', 'copydesk' );
		}
		/* translators: 1: name of a term, 2: a language code such as de */
		return sprintf( __( 'The term “%1$s” has no translation in the language of this post (%2$s).', 'copydesk' ), html_entity_decode( $term->name, ENT_QUOTES ), $vocabulary->language() );
	}
}
