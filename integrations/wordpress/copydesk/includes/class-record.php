<?php
/**
 * What Copydesk knows of one post, kept in its meta data.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Record {

	/** Section to the version of the model that applied it. `train.py` reads this from an export and leaves these labels out. */
	public const APPLIED  = '_copydesk_applied';
	public const REJECTED = '_copydesk_rejected';
	/** The sections at the last look, and the answer of the service. */
	public const ANSWER = '_copydesk_answer';
	public const ERROR  = '_copydesk_error';
	/** Since when the post waits to be asked about. */
	public const WAITING = '_copydesk_waiting';

	private const MAX_EVIDENCE = 6;

	/** @var array<string, string> */
	public array $applied;
	/** @var string[] */
	public array $rejected;
	/** @var array{taxonomy?: string, chosen?: string[], tags?: list<array<string, mixed>>, model?: string, outcome?: string, digest?: string, at?: int, handled?: bool} */
	private array $answer;
	/** @var array<string, array<mixed>> What the database holds, by meta key. */
	private array $stored;

	public function __construct( public readonly int $post_id ) {
		$this->applied  = self::meta( $post_id, self::APPLIED );
		$this->rejected = self::meta( $post_id, self::REJECTED );
		$this->answer   = self::meta( $post_id, self::ANSWER );
		$this->stored   = $this->values();
	}

	/** Write what has changed; what was chosen comes last, so that a look after a crash in between finds the same again. */
	public function save(): void {
		array_map( [ $this, 'store' ], array_keys( $this->values() ) );
	}

	private function store( string $key ): void {
		$value = $this->values()[ $key ];
		if ( $value !== $this->stored[ $key ] ) {
			self::set_meta( $this->post_id, $key, $value );
			$this->stored[ $key ] = $value;
		}
	}

	/** @return array<string, array<mixed>> By meta key. */
	private function values(): array {
		return [ self::APPLIED => $this->applied, self::REJECTED => $this->rejected, self::ANSWER => $this->answer ];
	}

	public function exists(): bool {
		return [] !== $this->answer;
	}

	/**
	 * Compare what is chosen with the last look: what has gone, an editor took off; what has come back, he wants.
	 *
	 * @param Vocabulary    $vocabulary
	 * @param string[]      $chosen Sections that are chosen now.
	 * @param string[]|null $shown  What the editor's form showed as chosen, where that is known: an old form takes off what it
	 *                              never showed, and nobody meant that.
	 * @return string[] Sections to put back: applied behind the back of an open form.
	 */
	public function look( Vocabulary $vocabulary, array $chosen, ?array $shown = null ): array {
		$same    = ( $this->answer['taxonomy'] ?? '' ) === $vocabulary->taxonomy;
		$gone    = $same ? array_diff( $this->chosen(), $chosen ) : [];
		$gone    = array_filter( $gone, static fn( string $section ): bool => null !== $vocabulary->term( $section ) ); // or the site dropped it
		$unseen  = null === $shown ? [] : array_values( array_diff( array_intersect( $gone, array_keys( $this->applied ) ), $shown ) );
		$removed = array_diff( $gone, $unseen );

		$this->rejected           = array_values( array_unique( array_diff( array_merge( $this->rejected, $removed ), $chosen ) ) );
		$this->applied            = array_diff_key( $this->applied, array_flip( $removed ) );
		$this->answer['taxonomy'] = $vocabulary->taxonomy;
		$this->answer['chosen']   = array_values( array_merge( $chosen, $unseen ) );
		return $unseen;
	}

	/**
	 * Keep an answer. What was suggested before and is chosen or rejected now stays on the list, for the service does not
	 * name it again.
	 *
	 * @param array<string, mixed> $answer
	 * @param string               $digest Of the text that was asked about.
	 */
	public function answered( array $answer, string $digest ): void {
		$new     = array_map( [ self::class, 'short' ], $answer['tags'] );
		$decided = array_diff( [ ...$this->chosen(), ...$this->rejected ], array_column( $new, 'section' ) );
		$kept    = array_filter( $this->tags(), static fn( array $tag ): bool => in_array( $tag['section'], $decided, true ) );

		$this->answer = [
			'tags'    => [ ...$new, ...array_values( $kept ) ],
			'model'   => (string) $answer['model'],
			'outcome' => (string) ( $answer['outcome'] ?? '' ),
			'digest'  => $digest,
			'at'      => time(),
			'handled' => false,
		] + $this->answer;
	}

	public function has_answer_for( string $digest ): bool {
		return ( $this->answer['digest'] ?? '' ) === $digest;
	}

	public function is_handled(): bool {
		return $this->answer['handled'] ?? false;
	}

	public function handled(): void {
		$this->answer['handled'] = true;
	}

	/**
	 * Write down that the model chooses these, before the post gets them: were PHP to die in between the other way round, an
	 * export would give them out as an editor's.
	 *
	 * @param string[] $sections
	 */
	public function claim( array $sections ): void {
		$this->applied = array_fill_keys( $sections, $this->model() ) + $this->applied;
		$this->store( self::APPLIED );
	}

	/** @param string[] $sections The post has them now, whoever chose them. */
	public function has_now( array $sections ): void {
		$this->answer['chosen'] = array_values( array_unique( [ ...$this->chosen(), ...$sections ] ) );
	}

	public function reject( string $section ): void {
		$this->rejected = array_values( array_unique( [ ...$this->rejected, $section ] ) );
	}

	public function unreject( string $section ): void {
		$this->rejected = array_values( array_diff( $this->rejected, [ $section ] ) );
	}

	/** @return string[] */
	public function chosen(): array {
		return $this->answer['chosen'] ?? [];
	}

	/** @return list<array<string, mixed>> Everything suggested for the post, decided or not. */
	public function tags(): array {
		return $this->answer['tags'] ?? [];
	}

	public function model(): string {
		return $this->answer['model'] ?? '';
	}

	public function outcome(): string {
		return $this->answer['outcome'] ?? '';
	}

	/** @return list<array<string, mixed>> The suggestions that nobody has decided on. */
	public function open_tags(): array {
		$decided = [ ...$this->chosen(), ...$this->rejected ];
		return array_values( array_filter( $this->tags(), static fn( array $tag ): bool => ! in_array( $tag['section'], $decided, true ) ) );
	}

	/**
	 * @param array<string, mixed> $tag
	 * @return array<string, mixed> The tag with the terms that speak loudest, and without their places in the text.
	 */
	private static function short( array $tag ): array {
		$evidence = array_slice( (array) ( $tag['evidence'] ?? [] ), 0, self::MAX_EVIDENCE );
		return [
			'section'     => (string) ( $tag['section'] ?? '' ),
			'name'        => (string) ( $tag['name'] ?? '' ),
			'probability' => round( (float) ( $tag['probability'] ?? 0 ), 4 ),
			'decision'    => (string) ( $tag['decision'] ?? '' ),
			'evidence'    => array_map( static fn( array $item ): array => [ (string) ( $item['term'] ?? '' ), round( (float) ( $item['share'] ?? 0 ), 3 ) ], $evidence ),
		];
	}

	/** @return array<mixed> */
	public static function meta( int $post_id, string $key ): array {
		$found = json_decode( (string) get_post_meta( $post_id, $key, true ), true );
		return is_array( $found ) ? $found : [];
	}

	/** @param array<mixed> $value An empty one takes the meta away. */
	public static function set_meta( int $post_id, string $key, array $value ): void {
		$exists = metadata_exists( 'post', $post_id, $key );
		if ( $value ) {
			$json = wp_slash( (string) wp_json_encode( $value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) );
			$exists ? update_post_meta( $post_id, $key, $json ) : add_post_meta( $post_id, $key, $json ); // which looks nothing up again
		} elseif ( $exists ) {
			delete_post_meta( $post_id, $key );
		}
	}

	/** An export takes along what an editor or a model decided, not what is still to do. */
	public static function skip_in_export( mixed $skip, mixed $key ): bool {
		return (bool) $skip || in_array( $key, [ self::ANSWER, self::ERROR, self::WAITING, Decisions::DUE, Decisions::SENT ], true );
	}
}
