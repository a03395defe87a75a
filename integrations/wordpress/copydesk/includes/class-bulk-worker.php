<?php
/**
 * Works through the bulk list step by step. The open page and WP-Cron both take steps, but only one step runs at a time.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Bulk_Worker {

	public const EVENT = 'copydesk_bulk';

	private const POSTS_A_STEP = 25;
	/** Half of what the service accepts in one request. A longer post is sent alone. */
	private const BYTES_A_STEP = 2 * MB_IN_BYTES;
	private const TIMEOUT      = 15.0;
	private const SECONDS      = 20.0;
	private const INTERVAL     = 60;

	public static function wake( int $seconds = 0 ): void {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $seconds, self::EVENT );
		}
	}

	/** The next run is scheduled first, so that a killed PHP process does not end the work. */
	public static function on_cron(): void {
		if ( ! Bulk_List::has_work() ) {
			return;
		}
		self::wake( self::INTERVAL );
		$until = microtime( true ) + self::SECONDS;
		do {
			$moved = self::step();
		} while ( $moved && microtime( true ) < $until );
		if ( $moved ) {
			wp_clear_scheduled_hook( self::EVENT );
			self::wake();
		}
	}

	/** Take one step, unless another process is taking one or the service has just failed. @return bool Whether any post moved on. */
	public static function step(): bool {
		return (bool) Lock::run( 'bulk', static fn(): bool => self::apply() || self::ask() );
	}

	private static function apply(): bool {
		$settings   = Settings::current();
		$rows       = Bulk_List::page( 'accepted', self::POSTS_A_STEP );
		$vocabulary = $rows ? self::vocabulary( $settings, new Service( $settings, self::TIMEOUT ) ) : null;
		if ( ! $vocabulary ) {
			return false;
		}
		foreach ( $rows as $row ) {
			$post_id = (int) $row->post_id;
			Tagger::safely(
				$post_id,
				static function () use ( $settings, $vocabulary, $row, $post_id ): void {
					$post = get_post( $post_id );
					if ( ! $post ) {
						Review_List::forget( $post_id );
						return;
					}
					self::apply_to( $settings, $vocabulary, $post, (array) json_decode( $row->sections, true ) );
				}
			);
			// after an unexpected error it is still accepted; it must not hold up the others
			Bulk_List::move( $post_id, 'accepted', 'failed', [], __( 'The sections were not set. The post shows the error.', 'copydesk' ) );
		}
		return true;
	}

	/** The stored list of sections; if there is none, the list of the service; null if the service fails, which the page then shows. */
	private static function vocabulary( Settings $settings, Service $service ): ?Vocabulary {
		$stored = Vocabulary::stored( $settings );
		if ( $stored || ! $settings->is_configured() || Breaker::is_open() ) {
			return $stored;
		}
		try {
			return Vocabulary::read( $settings, $service );
		} catch ( Service_Error ) {
			return null;
		}
	}

	/**
	 * Set sections, and note them in the list, so that they can be taken back.
	 *
	 * @param Settings   $settings
	 * @param Vocabulary $vocabulary
	 * @param \WP_Post   $post
	 * @param string[]   $sections   The sections that were ticked in the list.
	 */
	private static function apply_to( Settings $settings, Vocabulary $vocabulary, \WP_Post $post, array $sections ): void {
		$vocabulary = $vocabulary->for_post( $post );
		$record     = new Record( $post->ID );
		$record->look( $vocabulary, Tagger::chosen( $post->ID, $vocabulary ) ); // an editor may have changed them meanwhile
		$sure = [ Bulk_List::SURE ] === $sections;
		$open = array_filter( $record->open_tags(), static fn( array $tag ): bool => $sure ? 'apply' === $tag['decision'] : in_array( $tag['section'], $sections, true ) );
		// a section that the list itself had ticked counts as set by the model, one that a person ticked as an editor's
		foreach ( [ true, false ] as $by_machine ) {
			$these = array_filter( $open, static fn( array $tag ): bool => ( 'apply' === $tag['decision'] ) === $by_machine );
			Tagger::apply( $record, $vocabulary, array_column( $these, 'section' ), $by_machine );
		}
		$record->handled();
		if ( ! $sure ) { // an editor saw the others and left them unticked
			$record->pass( [ ...$record->passed(), ...array_column( $record->open_tags(), 'section' ) ] );
		}
		$record->save();
		Queue::done( $post->ID );
		Feedback::note( $settings, $post, $record );
		clean_post_cache( $post->ID );
		$left = Review_List::open( $record, $vocabulary ); // nobody has seen these yet
		$undo = [ 'changes' => (string) wp_json_encode( [ 'set' => array_values( array_column( $open, 'section' ) ) ] ) ];
		Bulk_List::move( $post->ID, 'accepted', $left ? 'review' : 'done', $left, '', $undo );
	}

	private static function ask(): bool {
		$settings = Settings::current();
		$rows     = $settings->is_configured() && ! Breaker::is_open() ? Bulk_List::page( 'queued', self::POSTS_A_STEP ) : [];
		if ( ! $rows ) {
			return false;
		}
		$service    = new Service( $settings, self::TIMEOUT );
		$vocabulary = self::vocabulary( $settings, $service );
		if ( ! $vocabulary ) {
			return false;
		}
		$batch = self::batch( $settings, $vocabulary, $rows );
		if ( ! $batch ) {
			return true;
		}
		try {
			$answers = $service->tags_of_many( array_column( $batch, 'request' ) );
			if ( $answers[0]['model'] !== $vocabulary->model ) {
				$vocabulary = Vocabulary::read( $settings, $service );
			}
		} catch ( Service_Error $error ) {
			return ( ! $error->temporary || $error->is_invalid_answer() ) && self::one_by_one( $settings, $batch );
		}
		foreach ( $batch as $number => $item ) {
			self::safely( $item['record']->post_id, static fn() => self::keep( $vocabulary->for_post( get_post( $item['record']->post_id ) ), $item, $answers[ $number ] ) );
		}
		return true;
	}

	/**
	 * @param list<object{post_id: string}> $rows
	 * @return list<array{article: Article, record: Record, request: array<string, mixed>}> As many as fit into one request.
	 */
	private static function batch( Settings $settings, Vocabulary $vocabulary, array $rows ): array {
		$batch = [];
		$bytes = 0;
		_prime_post_caches( array_map( static fn( object $row ): int => (int) $row->post_id, $rows ) );
		foreach ( $rows as $row ) {
			$post_id = (int) $row->post_id;
			$item    = null;
			self::safely(
				$post_id,
				static function () use ( $settings, $vocabulary, $post_id, &$item ): void {
					$item = self::item( $settings, $vocabulary, $post_id );
				}
			);
			if ( ! $item ) {
				continue;
			}
			$bytes += strlen( $item['article']->headline . $item['article']->body );
			if ( $batch && $bytes > self::BYTES_A_STEP ) {
				break;
			}
			$batch[] = $item;
		}
		return $batch;
	}

	/** @return array{article: Article, record: Record, request: array<string, mixed>}|null Null if there is no text to send. */
	private static function item( Settings $settings, Vocabulary $vocabulary, int $post_id ): ?array {
		$post    = get_post( $post_id );
		$article = $post && $settings->covers( $post ) ? Article::of( $post ) : null;
		if ( ! $article || $article->is_empty() ) {
			Bulk_List::move( $post_id, 'queued', 'failed', [], __( 'The post has no text.', 'copydesk' ) );
			return null;
		}
		$vocabulary = $vocabulary->for_post( $post );
		$record     = new Record( $post_id );
		$record->look( $vocabulary, Tagger::chosen( $post_id, $vocabulary ) );
		return [ 'article' => $article, 'record' => $record, 'request' => Tagger::request( $record, $article, $vocabulary ) ];
	}

	/** Run work on a queued post. After an unexpected error the post fails, so that it does not hold up the others. */
	private static function safely( int $post_id, callable $work ): void {
		try {
			$work();
		} catch ( Service_Error $error ) {
			throw $error;
		} catch ( \Throwable $error ) {
			Bulk_List::move( $post_id, 'queued', 'failed', [], Fault::report( $error, "asking about post $post_id" ) );
		}
	}

	/**
	 * @param Vocabulary                                                                    $vocabulary
	 * @param array{article: Article, record: Record, request: array<string, mixed>} $item
	 * @param array<string, mixed>|null                                                     $answer Null if the record has it already.
	 */
	private static function keep( Vocabulary $vocabulary, array $item, ?array $answer = null ): void {
		$record = $item['record'];
		if ( $answer ) {
			$record->answered( $answer, $item['article']->digest() );
		}
		$record->handled(); // sections are set from the list, whatever the mode
		$record->save();
		Queue::done( $record->post_id );
		$open = Review_List::open( $record, $vocabulary );
		Bulk_List::move( $record->post_id, 'queued', $open ? 'review' : 'done', $open );
	}

	/**
	 * Find the article because of which the service refused a whole batch, or gave an invalid answer.
	 *
	 * @param list<array{article: Article, record: Record, request: array<string, mixed>}> $batch
	 * @return bool Whether any post moved on.
	 */
	private static function one_by_one( Settings $settings, array $batch ): bool {
		$moved   = false;
		$invalid = [];
		foreach ( $batch as $item ) {
			$post_id = $item['record']->post_id;
			try {
				self::safely(
					$post_id,
					static function () use ( $settings, $item ): void {
						$tagger = new Tagger( $settings, new Service( $settings ) );
						$stored = Vocabulary::stored_for( $settings, get_post( $item['record']->post_id ) );
						self::keep( $tagger->ask( $item['record'], $item['article'], $stored ), $item );
					}
				);
				$moved = true;
			} catch ( Service_Error $error ) {
				if ( $error->is_invalid_answer() && count( $invalid ) < 3 ) {
					$invalid[ $post_id ] = $error->getMessage();
				} elseif ( $error->temporary ) {
					break;
				} else {
					$moved = Bulk_List::move( $post_id, 'queued', 'failed', [], $error->getMessage() ) || $moved;
				}
			}
		}
		foreach ( $moved ? $invalid : [] as $post_id => $message ) { // the service answers for other posts, so these are at fault
			Bulk_List::move( $post_id, 'queued', 'failed', [], $message );
		}
		return $moved;
	}
}
