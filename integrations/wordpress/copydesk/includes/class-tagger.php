<?php
/**
 * Handles a post when it is saved: looks at its sections, asks the service, sets sections. The post is saved whatever goes wrong.
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

	/** Work on a post. An error of the plugin must not stop a newsroom's story, so it goes to the log and to the post. */
	public static function safely( int $post_id, callable $work ): void {
		try {
			$work();
		} catch ( \Throwable $error ) {
			Queue::failed( $post_id, new Service_Error( Fault::report( $error, "handling post $post_id" ), false ) );
		}
	}

	/**
	 * Look, ask and apply for a post whose status is one of those in the settings.
	 *
	 * @param \WP_Post $post
	 * @param bool     $waits Whether a person is waiting; then a service that has just failed is not tried again.
	 */
	public function handle( \WP_Post $post, bool $waits = true ): void {
		$article = Article::of( $post );
		if ( $article->is_empty() ) {
			return;
		}
		$record     = new Record( $post->ID );
		$vocabulary = Vocabulary::stored_for( $this->settings, $post );
		if ( $vocabulary ) {
			$this->look( $record, $vocabulary );
		}
		if ( ! $record->has_answer_for( $article ) ) {
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

	/** Use an answer: set the sections in mode `apply`, and mark the post for feedback. */
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
		Review_List::update( $this->settings, $post, $record, $vocabulary );
		Feedback::note( $this->settings, $post, $record );
	}

	/** A draft is not sent anywhere, but the sections that its editor removes are remembered. */
	private function look_only( \WP_Post $post ): void {
		$record     = new Record( $post->ID );
		$vocabulary = Vocabulary::stored_for( $this->settings, $post );
		if ( $vocabulary ) {
			$this->look( $record, $vocabulary );
			$record->save();
			Review_List::update( $this->settings, $post, $record, $vocabulary );
		}
	}

	private function look( Record $record, Vocabulary $vocabulary ): void {
		$shown  = Editor::shown_in_form( $record->post_id );
		$seen   = $shown ?? $vocabulary->sections_of( Editor::seen_terms() );
		$unseen = $record->look( $vocabulary, self::chosen( $record->post_id, $vocabulary ), $shown, $seen );
		if ( $unseen ) {
			self::set_terms( $record->post_id, $vocabulary, $unseen );
		}
	}

	/**
	 * Ask about a text. If the list of sections is missing or out of date, read it and ask once more, within the same time limit.
	 *
	 * @throws Service_Error When there is no answer.
	 */
	public function ask( Record $record, Article $article, ?Vocabulary $vocabulary, ?array $term_ids = null ): Vocabulary {
		$stale        = null === $vocabulary;
		$post         = get_post( $record->post_id );
		$read         = fn(): Vocabulary => Vocabulary::read( $this->settings, $this->service )->for_post( $post );
		$vocabulary ??= $read();
		try {
			$answer = $this->service->tags( self::request( $record, $article, $vocabulary, $term_ids ) );
		} catch ( Service_Error $error ) {
			if ( $stale || ! $error->names_unknown_section() ) {
				throw $error;
			}
			$vocabulary = $read();
			$answer     = $this->service->tags( self::request( $record, $article, $vocabulary, $term_ids ) );
		}
		if ( $answer['model'] !== $vocabulary->model ) { // another model may know other sections
			$vocabulary = $read();
		}
		if ( null === $term_ids ) {
			$record->look( $vocabulary, self::chosen( $record->post_id, $vocabulary ) );
		}
		$record->answered( $answer, $article->digest() );
		return $vocabulary;
	}

	/**
	 * @param int[]|null $term_ids Terms that an editor has chosen but not saved; null for those that are saved.
	 * @return array<string, mixed>
	 */
	public static function request( Record $record, Article $article, Vocabulary $vocabulary, ?array $term_ids = null ): array {
		$known    = array_keys( $vocabulary->sections );
		$chosen   = null === $term_ids ? self::chosen( $record->post_id, $vocabulary ) : $vocabulary->sections_of( $term_ids );
		$removed  = null === $term_ids ? [] : array_diff( $record->chosen(), $chosen );
		$rejected = array_diff( [ ...$record->rejected, ...$removed ], $chosen );
		return $article->request( $chosen, array_intersect( $rejected, $known ) );
	}

	/**
	 * Add sections to a post. Sections without a term are left out; the panel and the settings page name them.
	 *
	 * @param string[] $sections
	 * @param bool     $by_machine False if a person selected them.
	 */
	public static function apply( Record $record, Vocabulary $vocabulary, array $sections, bool $by_machine ): void {
		$sections = array_values( array_filter( $sections, static fn( string $section ): bool => null !== $vocabulary->term( $section ) ) );
		if ( ! $sections ) {
			return;
		}
		if ( $by_machine || Assistants::are_acting() ) {
			$record->claim( $sections, $by_machine ? $record->model() : Record::ASSISTANT );
		}
		self::set_terms( $record->post_id, $vocabulary, $sections );
		$record->has_now( $sections );
	}

	/** @return string[] The sections of a post. The default term does not count if it has no other, because WordPress chose it. */
	public static function chosen( int $post_id, Vocabulary $vocabulary ): array {
		$ids = $vocabulary->term_ids( $post_id );
		return array_diff( $ids, $vocabulary->default_terms() ) ? $vocabulary->sections_of( $ids ) : [];
	}

	/** @param string[] $sections Sections that have a term. */
	private static function set_terms( int $post_id, Vocabulary $vocabulary, array $sections ): void {
		$have    = $vocabulary->term_ids( $post_id );
		$default = $vocabulary->default_terms();
		if ( ! array_diff( $have, $default ) || ! $vocabulary->sections_of( $default ) ) {
			$have = array_diff( $have, $default );
		}
		$add = array_map( static fn( string $section ): int => $vocabulary->term( $section )->term_id, $sections );
		wp_set_object_terms( $post_id, array_values( array_unique( [ ...$have, ...$add ] ) ), $vocabulary->taxonomy );
	}

	/** @param string[] $sections Sections that have a term. A post that has no term left gets the default term, as WordPress does. */
	public static function unset_terms( int $post_id, Vocabulary $vocabulary, array $sections ): void {
		$have = $vocabulary->term_ids( $post_id );
		$left = array_values( array_diff( $have, $vocabulary->terms_of( $sections, $have ) ) );
		$left = $left ? $left : array_slice( $vocabulary->default_terms(), 0, 1 );
		wp_set_object_terms( $post_id, $left, $vocabulary->taxonomy );
	}
}
