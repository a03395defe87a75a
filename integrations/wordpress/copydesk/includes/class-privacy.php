<?php
/**
 * The text that WordPress offers for the privacy policy of the site.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Privacy {

	public static function describe(): void {
		$paragraphs = [
			__( 'The headline and the text of articles are sent to a service that suggests the sections of the site for them. The newsroom runs this service itself, or has it run for it.', 'copydesk' ),
			__( 'The language of each article, its present sections, its number and the address of the site are sent with it.', 'copydesk' ),
			__( 'The service also receives which sections editors kept, added and removed. It receives neither the names nor the addresses of editors, and nothing about visitors of the site.', 'copydesk' ),
			__( 'With each article the site stores the last answer of the service: sections, probabilities, and up to six words of the article for each section. It is deleted with the article.', 'copydesk' ),
		];
		wp_add_privacy_policy_content( 'Copydesk', implode( '', array_map( static fn( string $text ): string => '<p>' . esc_html( $text ) . '</p>', $paragraphs ) ) );
	}
}
