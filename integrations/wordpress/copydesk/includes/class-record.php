<?php
/**
 * The plugin's record of one post, stored in the post's meta data.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Record {

	/** Each section that the plugin set, with the version of the model. Training reads this from an export and leaves these labels out. */
	public const APPLIED  = '_copydesk_applied';
	/** In place of the version: another assistant set the section. */
	public const ASSISTANT = 'assistant';
	public const REJECTED  = '_copydesk_rejected';
	/** The sections that the post had when it was last looked at, and the answer of the service. */
	public const ANSWER = '_copydesk_answer';
	public const ERROR  = '_copydesk_error';
	/** Unix time since which the post has been waiting for an answer. */
	public const WAITING = '_copydesk_waiting';

	/** @var array<string, string> */
	public array $applied;
	/** @var string[] */
	public array $rejected;
	/** @var array{taxonomy?: string, chosen?: string[], tags?: list<array<string, mixed>>, model?: string, outcome?: string, digest?: string, at?: int, handled?: bool, passed?: string[], reviewed?: string[]} */
	private array $answer;
	/** @var array<string, array<mixed>> The values in the database, by meta key. */
	private array $stored;

	public function __construct( public readonly int $post_id ) {
		$this->applied  = self::meta( $post_id, self::APPLIED );
		$this->rejected = self::meta( $post_id, self::REJECTED );
		$this->answer   = self::meta( $post_id, self::ANSWER );
		$this->stored   = $this->values();
	}

	/** Write the values that have changed. The chosen sections come last, so that after a crash in between the next look finds the same changes again. */
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
	 * Compare the chosen sections with the last look. An editor removed the sections that are gone, and wants the
	 * sections that are back.
	 *
	 * @param Vocabulary    $vocabulary
	 * @param string[]      $chosen Sections that are chosen now.
	 * @param string[]|null $shown  The sections that the editor's form showed as chosen, if known. A form that was opened earlier
	 *                              also removes sections that it never showed, which nobody intended.
	 * @param string[]      $seen   The sections that a person saw as chosen when they saved the post.
	 * @return string[] Sections to put back, because the plugin set them while the form was open.
	 */
	public function look( Vocabulary $vocabulary, array $chosen, ?array $shown = null, array $seen = [] ): array {
		$same    = ( $this->answer['taxonomy'] ?? '' ) === $vocabulary->taxonomy;
		$gone    = $same ? array_diff( $this->chosen(), $chosen ) : [];
		$gone    = array_filter( $gone, static fn( string $section ): bool => null !== $vocabulary->term( $section ) ); // otherwise the site deleted the term
		$unseen  = null === $shown ? [] : array_values( array_diff( array_intersect( $gone, array_keys( $this->applied ) ), $shown ) );
		$removed = array_diff( $gone, $unseen );

		$this->rejected           = array_values( array_unique( array_diff( array_merge( $this->rejected, $removed ), $chosen ) ) );
		$this->applied            = array_diff_key( $this->applied, array_flip( $removed ) );
		$this->note_assistants( $vocabulary, array_values( array_diff( $chosen, $this->chosen() ) ) );
		$this->note_reviewed( $chosen, $seen );
		$this->answer['taxonomy'] = $vocabulary->taxonomy;
		$this->answer['chosen']   = array_values( array_merge( $chosen, $unseen ) );
		return $unseen;
	}

	/** @param string[] $new Sections that the post has now, and did not have at the last look. */
	private function note_assistants( Vocabulary $vocabulary, array $new ): void {
		$theirs = Assistants::among( $this->post_id, array_values( array_diff( $new, array_keys( $this->applied ) ) ), $vocabulary );
		$this->applied = array_fill_keys( $theirs, self::ASSISTANT ) + $this->applied;
	}

	/**
	 * @param string[] $chosen
	 * @param string[] $seen
	 */
	private function note_reviewed( array $chosen, array $seen ): void {
		$reviewed = array_values( array_intersect( $chosen, [ ...$this->reviewed(), ...$seen ] ) );
		if ( $reviewed || isset( $this->answer['reviewed'] ) ) {
			$this->answer['reviewed'] = $reviewed;
		}
	}

	/** @return string[] Sections of the post that a person has looked at. */
	public function reviewed(): array {
		return $this->answer['reviewed'] ?? [];
	}

	/** @return string[] Sections of the post that another assistant chose. */
	public function by_assistants(): array {
		return array_map( 'strval', array_keys( array_intersect( $this->applied, [ self::ASSISTANT ] ) ) );
	}

	/**
	 * Keep an answer. Earlier suggestions that are now chosen or rejected stay in the list, because the service does not repeat
	 * them.
	 *
	 * @param array<string, mixed> $answer As Service checked it.
	 * @param string               $digest Of the text that was sent.
	 */
	public function answered( array $answer, string $digest ): void {
		$new     = array_map( [ self::class, 'short' ], $this->filtered( $answer['tags'] ) );
		$decided = array_diff( [ ...$this->chosen(), ...$this->rejected ], array_column( $new, 'section' ) );
		$kept    = array_filter( $this->tags(), static fn( array $tag ): bool => in_array( $tag['section'], $decided, true ) );

		$this->answer = [
			'tags'    => [ ...$new, ...array_values( $kept ) ],
			'model'   => $answer['model'],
			'outcome' => $answer['outcome'],
			'digest'  => $digest,
			'at'      => time(),
			'handled' => false,
		] + $this->answer;
	}

	/**
	 * @param list<array<string, mixed>> $tags
	 * @return list<array<string, mixed>>
	 */
	private function filtered( array $tags ): array {
		/**
		 * Changes the suggestions for a post before they are stored or used.
		 *
		 * @param list<array<string, mixed>> $tags    Each with section, name, probability, decision (apply or review) and evidence.
		 * @param int                        $post_id
		 */
		$kept  = apply_filters( 'copydesk_suggestions', $tags, $this->post_id );
		$valid = rest_validate_value_from_schema( $kept, [ 'type' => 'array', 'items' => Answer_Schema::TAG ], 'tags' );
		if ( is_wp_error( $valid ) || ! is_array( $kept ) ) {
			throw new \UnexpectedValueException( 'A filter of copydesk_suggestions must return a list of suggestions, each with the keys that it had.' );
		}
		return array_values( $kept );
	}

	public function has_answer_for( Article $article ): bool {
		return in_array( $this->answer['digest'] ?? '', [ $article->digest(), $article->old_digest() ], true );
	}

	public function is_handled(): bool {
		return $this->answer['handled'] ?? false;
	}

	public function handled(): void {
		$this->answer['handled'] = true;
	}

	/**
	 * Record that the model chose these sections, before the post gets them. In the other order, if PHP died in between, an
	 * export would present them as an editor's.
	 *
	 * @param string[] $sections
	 * @param string   $by       The version of the model, or ASSISTANT.
	 */
	public function claim( array $sections, string $by ): void {
		$this->applied = array_fill_keys( $sections, $by ) + $this->applied;
		$this->store( self::APPLIED );
	}

	/** @param string[] $sections Sections that the post has now, whether the model or an editor chose them. */
	public function has_now( array $sections ): void {
		$this->answer['chosen'] = array_values( array_unique( [ ...$this->chosen(), ...$sections ] ) );
	}

	/**
	 * Take sections back that were set: they are open again.
	 *
	 * @param string[] $sections
	 */
	public function take_back( array $sections ): void {
		$this->applied          = array_diff_key( $this->applied, array_flip( $sections ) );
		$this->answer['chosen'] = array_values( array_diff( $this->chosen(), $sections ) );
	}

	/** @return string[] Sections that an editor left unticked in the review list. They stay open in the editors. */
	public function passed(): array {
		return $this->answer['passed'] ?? [];
	}

	/** @param string[] $sections */
	public function pass( array $sections ): void {
		$this->answer['passed'] = array_values( $sections );
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

	/** @return list<array<string, mixed>> All suggestions for the post, whether chosen, rejected or open. */
	public function tags(): array {
		return $this->answer['tags'] ?? [];
	}

	public function model(): string {
		return $this->answer['model'] ?? '';
	}

	public function outcome(): string {
		return $this->answer['outcome'] ?? '';
	}

	/** @return list<array<string, mixed>> The suggestions that are neither chosen nor rejected. */
	public function open_tags(): array {
		$decided = [ ...$this->chosen(), ...$this->rejected ];
		return array_values( array_filter( $this->tags(), static fn( array $tag ): bool => ! in_array( $tag['section'], $decided, true ) ) );
	}

	/**
	 * @param array<string, mixed> $tag
	 * @return array<string, mixed> The tag with its strongest terms, without their places in the text.
	 */
	private static function short( array $tag ): array {
		return [
			'section'     => $tag['section'],
			'name'        => $tag['name'],
			'probability' => round( $tag['probability'], 4 ),
			'decision'    => $tag['decision'],
			'evidence'    => array_map( static fn( array $item ): array => [ $item['term'], round( $item['share'], 3 ) ], $tag['evidence'] ?? [] ),
		];
	}

	/** @return array{message: string, waiting: bool}|null The last error of the post, and whether it waits to be asked about again. */
	public static function error( int $post_id ): ?array {
		$found = self::meta( $post_id, self::ERROR );
		return is_string( $found['message'] ?? null ) ? [ 'message' => $found['message'], 'waiting' => (bool) ( $found['waiting'] ?? false ) ] : null;
	}

	/** @return array<mixed> */
	public static function meta( int $post_id, string $key ): array {
		$found = json_decode( (string) get_post_meta( $post_id, $key, true ), true );
		return is_array( $found ) ? $found : [];
	}

	/** @param array<mixed> $value An empty one deletes the meta. */
	public static function set_meta( int $post_id, string $key, array $value ): void {
		$exists = metadata_exists( 'post', $post_id, $key );
		if ( $value ) {
			$json = wp_slash( (string) wp_json_encode( $value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) );
			$exists ? update_post_meta( $post_id, $key, $json ) : add_post_meta( $post_id, $key, $json ); // which makes no second query
		} elseif ( $exists ) {
			delete_post_meta( $post_id, $key );
		}
	}

	/** An export contains the sections that the model set and that editors rejected, not the work that is still to be done. */
	public static function skip_in_export( mixed $skip, mixed $key ): bool {
		return (bool) $skip || in_array( $key, [ self::ANSWER, self::ERROR, self::WAITING, Feedback::DUE, Feedback::SENT, Assistants::SUGGESTED, Upgrade::OLD_DUE, Upgrade::OLD_SENT ], true );
	}
}
