<?php
/**
 * A post in the form that the service expects.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Article {

	/** The longest headline that the service accepts. The start of a longer one still says what the story is about. */
	private const MAX_HEADLINE = 2000;

	/**
	 * @param string $id       Host and path of the site, and the number of the post, as training reads it from an export.
	 * @param string $headline
	 * @param string $body     As the editor stored it; the service strips blocks, shortcodes and markup.
	 */
	private function __construct( public readonly string $id, public readonly string $headline, public readonly string $body ) {}

	public static function of( \WP_Post $post ): self {
		return self::from( $post->ID, $post->post_title, $post->post_content );
	}

	public static function from( int $post_id, string $title, string $content ): self {
		$site = untrailingslashit( (string) preg_replace( '#^[a-z]+://#i', '', home_url() ) );
		return new self( $site . '/' . $post_id, mb_substr( $title, 0, self::MAX_HEADLINE ), $content );
	}

	public function is_empty(): bool {
		return '' === trim( $this->headline . $this->body );
	}

	/** Changes whenever the text changes. */
	public function digest(): string {
		return md5( $this->headline . "\0" . $this->body );
	}

	/**
	 * @param string[] $current  Sections that are chosen.
	 * @param string[] $rejected Sections that an editor removed or rejected.
	 * @return array<string, mixed>
	 */
	public function request( array $current, array $rejected ): array {
		return [
			'id'       => $this->id,
			'headline' => $this->headline,
			'body'     => $this->body,
			'current'  => array_values( $current ),
			'rejected' => array_values( $rejected ),
		];
	}
}
