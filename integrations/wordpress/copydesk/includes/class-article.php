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
	 * @param string $body     As the editor stored it, without hidden blocks; the service strips shortcodes and markup.
	 * @param string $language As Language gives it.
	 * @param string $set      The set of models that is to answer; may be empty.
	 */
	private function __construct( public readonly string $id, public readonly string $headline, public readonly string $body, private readonly string $language, private readonly string $set ) {}

	public static function of( \WP_Post $post ): self {
		return self::from( $post, $post->post_title, $post->post_content );
	}

	/** The text may be that of the editor, which is not saved yet. */
	public static function from( \WP_Post $post, string $title, string $content ): self {
		[ $headline, $body ] = self::filtered( $post, $title, Hidden_Blocks::removed( $content ) );
		$settings = Settings::current();
		return new self( self::id_of( $post ), mb_substr( $headline, 0, self::MAX_HEADLINE ), $body, Language::of( $post, $settings ), $settings->set );
	}

	public static function id_of( \WP_Post $post ): string {
		return untrailingslashit( (string) preg_replace( '#^[a-z]+://#i', '', home_url() ) ) . '/' . $post->ID;
	}

	/** @return array{string, string} */
	private static function filtered( \WP_Post $post, string $headline, string $body ): array {
		/**
		 * Changes the text that is sent to the service, for example to add a subtitle that is stored in a custom field.
		 *
		 * @param array{headline: string, body: string} $article Return the same keys. If both texts are empty, the post is not sent.
		 * @param \WP_Post                              $post    As it is stored; the text in the editor may be newer.
		 */
		$sent = apply_filters( 'copydesk_article', [ 'headline' => $headline, 'body' => $body ], $post );
		if ( ! is_array( $sent ) || ! is_string( $sent['headline'] ?? null ) || ! is_string( $sent['body'] ?? null ) ) {
			throw new \UnexpectedValueException( 'A filter of copydesk_article must return an array with the strings “headline” and “body”.' );
		}
		return [ $sent['headline'], $sent['body'] ];
	}

	public function is_empty(): bool {
		return '' === trim( $this->headline . $this->body );
	}

	/** Changes whenever the words change. The settings of a block and the mark of a note are in the content, and are no words. */
	public function digest(): string {
		$words = preg_replace( [ '#<!--\s*/?wp:.*?-->\s*#s', '#</?mark\b[^>]*>#i' ], '', $this->body ) ?? $this->body;
		return md5( $this->headline . "\0" . $words );
	}

	/** The digest as versions before 0.3.0 stored it. */
	public function old_digest(): string {
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
		] + array_filter( [ 'language' => $this->language, 'set' => $this->set ] );
	}
}
