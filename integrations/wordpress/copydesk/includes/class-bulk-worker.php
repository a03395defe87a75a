<?php
/**
 * Goes through the bulk list step by step, from the open page and from WP-Cron alike: one step at a time, whoever takes it.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Bulk_Worker {

	public const EVENT = 'copydesk_bulk';

	private const POSTS_A_STEP = 25;
	/** Half of what the service takes at once, and at least one post. */
	private const BYTES_A_STEP = 2 * MB_IN_BYTES;
	private const TIMEOUT      = 15.0;
	private const SECONDS      = 20.0;
	private const INTERVAL     = 60;

	public static function wake( int $seconds = 0 ): void {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $seconds, self::EVENT );
		}
	}

	public static function on_cron(): void {
		$until = microtime( true ) + self::SECONDS;
		do {
			$moved = self::step();
		} while ( $moved && microtime( true ) < $until );
		if ( Bulk_List::has_work() ) {
			self::wake( $moved ? 0 : self::INTERVAL );
		}
	}

	/** Take one step, unless another process is at it or the service has just failed. @return bool Whether any post moved on. */
	public static function step(): bool {
		return (bool) Lock::run( 'bulk', static fn(): bool => self::apply() || self::ask() );
	}

	private static function apply(): bool {
		$settings   = Settings::current();
		$vocabulary = Vocabulary::stored( $settings );
		$rows       = $vocabulary ? Bulk_List::page( 'accepted', self::POSTS_A_STEP ) : [];
		foreach ( $rows as $row ) {
			$post_id = (int) $row->post_id;
			Tagger::safely(
				$post_id,
				static function () use ( $settings, $vocabulary, $row, $post_id ): void {
					$post = get_post( $post_id );
					if ( $post ) {
						self::apply_to( $settings, $vocabulary, $post, (array) json_decode( $row->sections, true ) );
					}
					Bulk_List::move( $post_id, 'accepted', 'done' );
				}
			);
			// a fault of ours left it where it was: it must not hold up the others
			Bulk_List::move( $post_id, 'accepted', 'failed', [], __( 'Not applied; see the post.', 'copydesk' ) );
		}
		return (bool) $rows;
	}

	/** @param string[] $sections What was ticked in the list. */
	private static function apply_to( Settings $settings, Vocabulary $vocabulary, \WP_Post $post, array $sections ): void {
		$record = new Record( $post->ID );
		$record->look( $vocabulary, Tagger::chosen( $post->ID, $vocabulary ) ); // an editor may have been there meanwhile
		$sure = [ Bulk_List::SURE ] === $sections;
		$open = array_filter( $record->open_tags(), static fn( array $tag ): bool => $sure ? 'apply' === $tag['decision'] : in_array( $tag['section'], $sections, true ) );
		// what the list ticked by itself is the machine's, what a person ticked is a person's
		foreach ( [ true, false ] as $by_machine ) {
			$these = array_filter( $open, static fn( array $tag ): bool => ( 'apply' === $tag['decision'] ) === $by_machine );
			Tagger::apply( $record, $vocabulary, array_column( $these, 'section' ), $by_machine );
		}
		$record->handled();
		$record->save();
		Queue::done( $post->ID );
		Decisions::note( $settings, $post, $record );
		clean_post_cache( $post->ID );
	}

	private static function ask(): bool {
		$settings = Settings::current();
		$rows     = $settings->is_configured() && ! Breaker::is_open() ? Bulk_List::page( 'queued', self::POSTS_A_STEP ) : [];
		if ( ! $rows ) {
			return false;
		}
		$service = new Service( $settings, self::TIMEOUT );
		try {
			$vocabulary = Vocabulary::stored( $settings ) ?? Vocabulary::read( $settings, $service );
		} catch ( Service_Error ) { // the breaker keeps it for the page
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
			return ! $error->temporary && self::one_by_one( $settings, $batch );
		}
		foreach ( $batch as $number => $item ) {
			$item['record']->answered( $answers[ $number ], $item['article']->digest() );
			self::keep( $vocabulary, $item['record'] );
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
			$post    = get_post( (int) $row->post_id );
			$article = $post && $settings->covers( $post ) ? Article::of( $post ) : null;
			if ( ! $article || $article->is_empty() ) {
				Bulk_List::move( (int) $row->post_id, 'queued', 'failed', [], __( 'There is no text to go by.', 'copydesk' ) );
				continue;
			}
			$bytes += strlen( $article->headline . $article->body );
			if ( $batch && $bytes > self::BYTES_A_STEP ) {
				break;
			}
			$record = new Record( $post->ID );
			$record->look( $vocabulary, Tagger::chosen( $post->ID, $vocabulary ) );
			$batch[] = [ 'article' => $article, 'record' => $record, 'request' => Tagger::request( $record, $article, $vocabulary ) ];
		}
		return $batch;
	}

	private static function keep( Vocabulary $vocabulary, Record $record ): void {
		$record->handled(); // the list decides now, not the mode
		$record->save();
		Queue::done( $record->post_id );
		$open = array_filter( $record->open_tags(), static fn( array $tag ): bool => null !== $vocabulary->term( $tag['section'] ) );
		Bulk_List::move( $record->post_id, 'queued', $open ? 'review' : 'done' );
	}

	/**
	 * One bad article has a whole batch refused: find it.
	 *
	 * @param list<array{article: Article, record: Record, request: array<string, mixed>}> $batch
	 * @return bool Whether the service answered to the end.
	 */
	private static function one_by_one( Settings $settings, array $batch ): bool {
		foreach ( $batch as $item ) {
			try {
				$tagger = new Tagger( $settings, new Service( $settings ) );
				self::keep( $tagger->ask( $item['record'], $item['article'], Vocabulary::stored( $settings ) ), $item['record'] );
			} catch ( Service_Error $error ) {
				if ( $error->temporary ) {
					return false;
				}
				Bulk_List::move( $item['record']->post_id, 'queued', 'failed', [], $error->getMessage() );
			}
		}
		return true;
	}
}
