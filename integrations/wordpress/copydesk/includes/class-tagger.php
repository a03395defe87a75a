<?php
/**
 * What happens when a post is saved: look, ask, apply. Whatever goes wrong, the post is saved.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Tagger {

	public function __construct( private readonly Settings $settings, private readonly Service $service ) {}

	public static function on_save( mixed $post_id, mixed $post ): void {
		if ( ! $post instanceof \WP_Post || wp_is_post_revision( $post ) || wp_is_post_autosave( $post ) || ( defined( 'WP_IMPORTING' ) && WP_IMPORTING ) ) {
			return;
		}
		self::safely(
			$post->ID,
			static function () use ( $post ): void {
				$settings = Settings::current();
				if ( $settings->handles( $post ) ) {
					( new self( $settings, new Service( $settings ) ) )->handle( $post );
				} elseif ( $settings->is_configured() && $settings->covers( $post ) && metadata_exists( 'post', $post->ID, Record::ANSWER ) ) {
					( new self( $settings, new Service( $settings ) ) )->look_only( $post );
				}
			}
		);
	}

	/** Run work on a post. A fault of ours must not cost a newsroom its story: it goes to the log and to the post. */
	public static function safely( int $post_id, callable $work ): void {
		try {
			$work();
		} catch ( \Throwable $error ) {
			// the message of an unknown error may hold text of the post, so only its kind and place are told
			$where = sprintf( '%s at %s:%d', get_class( $error ), basename( $error->getFile() ), $error->getLine() );
			error_log( "Copydesk: post $post_id not handled: $where" );
			/* translators: %s: kind and place of an error */
			Queue::failed( $post_id, new Service_Error( sprintf( __( 'Copydesk met an error of its own: %s', 'copydesk' ), $where ), false ) );
		}
	}

	/**
	 * The whole way of a post that is published, or on its way there.
	 *
	 * @param \WP_Post $post
	 * @param bool     $waits Whether a person waits, so that a service that has just failed is not tried again.
	 */
	public function handle( \WP_Post $post, bool $waits = true ): void {
		$article = Article::of( $post );
		if ( $article->is_empty() ) {
			return;
		}
		$record     = new Record( $post->ID );
		$vocabulary = Vocabulary::stored( $this->settings );
		if ( $vocabulary ) {
			$this->look( $record, $vocabulary );
		}
		if ( ! $record->has_answer_for( $article->digest() ) ) {
			if ( $waits && Breaker::is_open() ) {
				Queue::add( $post->ID, (string) ( Breaker::failure()['message'] ?? '' ) );
				$record->save();
				return;
			}
			try {
				$vocabulary = $this->ask( $record, $article, $vocabulary );
			} catch ( Service_Error $error ) {
				Queue::failed( $post->ID, $error );
				$record->save();
				return;
			}
		}
		if ( $vocabulary ) {
			$this->finish( $post, $record, $vocabulary );
		}
	}

	/** An answer is there: apply it where that is wanted, note what the editor decided. */
	public function finish( \WP_Post $post, Record $record, Vocabulary $vocabulary ): void {
		if ( ! $record->is_handled() ) {
			if ( 'apply' === $this->settings->mode ) {
				$sure = array_filter( $record->open_tags(), static fn( array $tag ): bool => 'apply' === $tag['decision'] );
				self::apply( $record, $vocabulary, array_column( $sure, 'section' ), true );
			}
			$record->handled();
		}
		$record->save();
		Queue::done( $post->ID );
		Decisions::note( $this->settings, $post, $record );
	}

	/** A draft is not sent anywhere, but what its editor takes off is remembered. */
	private function look_only( \WP_Post $post ): void {
		$record     = new Record( $post->ID );
		$vocabulary = Vocabulary::stored( $this->settings );
		if ( $vocabulary ) {
			$this->look( $record, $vocabulary );
			$record->save();
		}
	}

	private function look( Record $record, Vocabulary $vocabulary ): void {
		$unseen = $record->look( $vocabulary, self::chosen( $record->post_id, $vocabulary ), Editor::shown_in_form( $record->post_id ) );
		if ( $unseen ) {
			self::set_terms( $record->post_id, $vocabulary, $unseen );
		}
	}

	/**
	 * Ask about a text; where the list of sections is missing or too old, read it again and ask once more, within the time.
	 *
	 * @throws Service_Error When there is no answer.
	 */
	public function ask( Record $record, Article $article, ?Vocabulary $vocabulary, ?array $term_ids = null ): Vocabulary {
		$stale = null === $vocabulary;
		if ( $stale ) {
			$vocabulary = Vocabulary::read( $this->settings, $this->service );
		}
		try {
			$answer = $this->service->tags( self::request( $record, $article, $vocabulary, $term_ids ) );
		} catch ( Service_Error $error ) {
			if ( $stale || ! $error->names_unknown_section() ) {
				throw $error;
			}
			$vocabulary = Vocabulary::read( $this->settings, $this->service );
			$answer     = $this->service->tags( self::request( $record, $article, $vocabulary, $term_ids ) );
		}
		if ( $answer['model'] !== $vocabulary->model ) { // another model may know other sections
			$vocabulary = Vocabulary::read( $this->settings, $this->service );
		}
		if ( null === $term_ids ) {
			$record->look( $vocabulary, self::chosen( $record->post_id, $vocabulary ) );
		}
		$record->answered( $answer, $article->digest() );
		return $vocabulary;
	}

	/**
	 * @param int[]|null $term_ids What an editor has chosen but not saved; null for what is saved.
	 * @return array<string, mixed>
	 */
	public static function request( Record $record, Article $article, Vocabulary $vocabulary, ?array $term_ids = null ): array {
		$known    = array_keys( $vocabulary->sections );
		$chosen   = null === $term_ids ? self::chosen( $record->post_id, $vocabulary ) : $vocabulary->sections_of( $term_ids );
		$taken    = null === $term_ids ? [] : array_diff( $record->chosen(), $chosen );
		$rejected = array_diff( [ ...$record->rejected, ...$taken ], $chosen );
		return $article->request( $chosen, array_intersect( $rejected, $known ) );
	}

	/**
	 * Add sections to a post. Those that WordPress lacks are left out; the panel and the settings page name them.
	 *
	 * @param string[] $sections
	 * @param bool     $by_machine False where a person has ticked them.
	 */
	public static function apply( Record $record, Vocabulary $vocabulary, array $sections, bool $by_machine ): void {
		$sections = array_values( array_filter( $sections, static fn( string $section ): bool => null !== $vocabulary->term( $section ) ) );
		if ( ! $sections ) {
			return;
		}
		if ( $by_machine ) {
			$record->claim( $sections );
		}
		self::set_terms( $record->post_id, $vocabulary, $sections );
		$record->has_now( $sections );
	}

	/** @return string[] The sections of a post, without the default term where it is the only one: WordPress chose that. */
	public static function chosen( int $post_id, Vocabulary $vocabulary ): array {
		$ids = $vocabulary->term_ids( $post_id );
		return [ $vocabulary->default_term() ] === $ids ? [] : $vocabulary->sections_of( $ids );
	}

	/** @param string[] $sections Sections that have a term. */
	private static function set_terms( int $post_id, Vocabulary $vocabulary, array $sections ): void {
		$have    = $vocabulary->term_ids( $post_id );
		$default = $vocabulary->default_term();
		if ( [ $default ] === $have || ! $vocabulary->sections_of( [ $default ] ) ) {
			$have = array_diff( $have, [ $default ] );
		}
		$add = array_map( static fn( string $section ): int => $vocabulary->term( $section )->term_id, $sections );
		wp_set_object_terms( $post_id, array_values( array_unique( [ ...$have, ...$add ] ) ), $vocabulary->taxonomy );
	}
}
