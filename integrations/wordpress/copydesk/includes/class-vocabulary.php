<?php
/**
 * Matches the sections of the service with the terms of the site. The vocabulary is closed: the plugin never creates a term.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Vocabulary {

	public const OPTION = 'copydesk_sections';
	public const EVENT  = 'copydesk_read_sections';

	/** @var array<string, \WP_Term> The term of each section, whatever its language. */
	private readonly array $matched;
	/** @var array<string, \WP_Term> The term that is set: on a multilingual site the one in the language of the post. */
	private array $terms;
	/** The language of the post, on a multilingual site. */
	private ?Translation $translation = null;

	/**
	 * @param string                                                                                     $taxonomy
	 * @param string                                                                                     $model    The version of the model that the list came from.
	 * @param array<string, array{name: string, aliases: string[], wordpress: string, active: bool}> $sections By id.
	 * @param array<string, int>                                                                         $mapped   Ids of terms that the settings give to sections.
	 */
	private function __construct( public readonly string $taxonomy, public readonly string $model, public readonly array $sections, private readonly array $mapped ) {
		$this->matched = Translation::in_all_languages( fn(): array => $this->match() );
		$this->terms   = $this->matched;
	}

	/** The list as it was last read; null before the first time, or if the stored list is damaged. */
	public static function stored( Settings $settings ): ?self {
		$found    = get_option( self::OPTION );
		$sections = is_array( $found ) ? $found['sections'] ?? null : null;
		$is_whole = is_array( $sections ) && is_string( $found['model'] ?? null ) && array_filter( $sections, [ self::class, 'is_section' ] ) === $sections;
		return $is_whole ? new self( $settings->taxonomy, $found['model'], $sections, $settings->terms ) : null;
	}

	/** The stored list, with the terms in the language of a post. */
	public static function stored_for( Settings $settings, \WP_Post $post ): ?self {
		return self::stored( $settings )?->for_post( $post );
	}

	private static function is_section( mixed $section ): bool {
		return is_array( $section ) && is_string( $section['name'] ?? null ) && is_array( $section['aliases'] ?? null )
			&& is_string( $section['wordpress'] ?? null ) && is_bool( $section['active'] ?? null );
	}

	/** @throws Service_Error When the list cannot be read; the stored one stays. */
	public static function read( Settings $settings, Service $service ): self {
		$answer   = $service->sections();
		$sections = [];
		foreach ( $answer['sections'] as $section ) {
			$sections[ $section['id'] ] = [
				'name'      => $section['name'],
				'aliases'   => $section['aliases'] ?? [],
				'wordpress' => $section['external']['wordpress'] ?? '',
				'active'    => 'active' === ( $section['status'] ?? 'active' ),
			];
		}
		update_option( self::OPTION, [ 'model' => $answer['model'], 'sections' => $sections, 'at' => time() ], false );
		return new self( $settings->taxonomy, $answer['model'], $sections, $settings->terms );
	}

	/** Daily, and when the settings change. Site Health shows a failure, which the breaker keeps. */
	public static function on_cron(): void {
		$settings = Settings::current();
		if ( $settings->is_configured() ) {
			try {
				self::read( $settings, new Service( $settings ) );
			} catch ( Service_Error $error ) {
				error_log( 'Copydesk: the sections could not be read: ' . $error->getMessage() );
			}
		}
	}

	/** The same sections with the terms in the language of a post. */
	public function for_post( \WP_Post $post ): self {
		$translation = Translation::of( $post, $this->taxonomy );
		if ( ! $translation && ! has_filter( 'copydesk_section_term' ) ) {
			return $this;
		}
		$copy              = clone $this;
		$copy->translation = $translation;
		$copy->terms       = Translation::in_all_languages( static fn(): array => $copy->translated( $post ) );
		return $copy;
	}

	/** @return array<string, \WP_Term> */
	private function translated( \WP_Post $post ): array {
		$ids = [];
		foreach ( array_map( 'strval', array_keys( $this->sections ) ) as $section ) {
			$id = $this->matched[ $section ]->term_id ?? 0;
			/**
			 * Changes the term that is set for a section of a post, for example to the term in the language of the post.
			 *
			 * @param int      $term_id The term that Polylang or WPML names for the language of the post, or else the one on the
			 *                          settings page; 0 if there is none. Return 0 to leave the section out.
			 * @param string   $section Id of the section.
			 * @param \WP_Post $post
			 */
			$id = apply_filters( 'copydesk_section_term', $id && $this->translation ? $this->translation->of_term( $id ) : $id, $section, $post );
			if ( ! is_int( $id ) || $id < 0 ) {
				throw new \UnexpectedValueException( 'A filter of copydesk_section_term must return the id of a term, or 0.' );
			}
			$ids[ $section ] = $id;
		}
		$ids = array_unique( array_filter( $ids ) ); // a term stands for one section only
		_prime_term_caches( array_values( $ids ), false );
		return array_filter( array_map( fn( int $id ): mixed => get_term( $id, $this->taxonomy ), $ids ), static fn( mixed $term ): bool => $term instanceof \WP_Term );
	}

	public function term( string $section ): ?\WP_Term {
		return $this->terms[ $section ] ?? null;
	}

	/** The term of a section that is left out, because it has no translation in the language of the post. */
	public function untranslated( string $section ): ?\WP_Term {
		return isset( $this->terms[ $section ] ) || ! $this->translation ? null : $this->matched[ $section ] ?? null;
	}

	/** The language of the post, as the site's plugin spells it; empty on a site with one language. */
	public function language(): string {
		return $this->translation->language ?? '';
	}

	/**
	 * On a multilingual site a term in another language stands for the same section, because a post may have got it before its
	 * language was set.
	 *
	 * @param int[] $term_ids
	 * @return string[] Ids of the sections that these terms stand for.
	 */
	public function sections_of( array $term_ids ): array {
		if ( $this->translation ) {
			$term_ids = [ ...$term_ids, ...array_map( [ $this->translation, 'of_term' ], $term_ids ) ];
		}
		$has = static fn( array $terms ): array => array_keys( array_filter( $terms, static fn( \WP_Term $term ): bool => in_array( $term->term_id, $term_ids, true ) ) );
		return array_map( 'strval', array_values( array_unique( [ ...$has( $this->terms ), ...$has( $this->matched ) ] ) ) );
	}

	/**
	 * @param string[] $sections
	 * @param int[]    $term_ids
	 * @return int[] Those of the terms that stand for one of the sections.
	 */
	public function terms_of( array $sections, array $term_ids ): array {
		return array_values( array_filter( $term_ids, fn( int $id ): bool => (bool) array_intersect( $this->sections_of( [ $id ] ), $sections ) ) );
	}

	/** @return int[] Ids of all terms that stand for a section, in every language. */
	public function all_term_ids(): array {
		$ids = array_column( array_values( $this->matched ), 'term_id' );
		foreach ( Translation::all( $this->taxonomy ) as $translation ) {
			array_push( $ids, ...array_map( [ $translation, 'of_term' ], array_column( array_values( $this->matched ), 'term_id' ) ) );
		}
		return array_values( array_unique( array_filter( $ids ) ) );
	}

	/** @return array<int, string> The name of each term that stands for a section, without HTML entities, by the term's id. */
	public function term_names(): array {
		return array_column( array_map( static fn( \WP_Term $term ): array => [ $term->term_id, html_entity_decode( $term->name, ENT_QUOTES ) ], $this->terms ), 1, 0 );
	}

	/** @return array<string, string> The name of each section without a term on this site, by its id. */
	public function unmatched(): array {
		$active = array_filter( $this->sections, static fn( array $section ): bool => $section['active'] );
		return array_map( static fn( array $section ): string => $section['name'], array_diff_key( $active, $this->terms ) );
	}

	/** @return int[] Ids of the terms that WordPress gives to posts without one: none, or one, or first the one in the language of the post. */
	public function default_terms(): array {
		$id = (int) get_option( 'category' === $this->taxonomy ? 'default_category' : 'default_term_' . $this->taxonomy, 0 );
		return array_values( array_unique( array_filter( [ $id && $this->translation ? $this->translation->of_term( $id ) : 0, $id ] ) ) );
	}

	/** @return int[] */
	public function term_ids( int $post_id ): array {
		$found = get_the_terms( $post_id, $this->taxonomy );
		return is_array( $found ) ? array_map( static fn( \WP_Term $term ): int => $term->term_id, $found ) : [];
	}

	/**
	 * Find the term of each section: first the term that the settings give to it, then by the slug in external.wordpress; by id, name or alias as a slug; by name or alias as a name.
	 * Training matches the sections of an export by the same rule.
	 *
	 * @return array<string, \WP_Term>
	 */
	private function match(): array {
		if ( ! $this->sections || ! taxonomy_exists( $this->taxonomy ) ) {
			return [];
		}
		$names = [];
		$slugs = [];
		foreach ( $this->sections as $id => $section ) {
			$slugs[] = $section['wordpress'];
			array_push( $slugs, $id, $section['name'], ...$section['aliases'] );
			array_push( $names, $id, $section['name'], ...$section['aliases'] );
		}
		$by_slug = $this->find( 'slug', array_filter( $slugs ) );
		$by_name = $this->find( 'name', $names );
		$found   = [];
		$taken   = [];
		$claim   = static function ( string $id, ?\WP_Term $term ) use ( &$found, &$taken ): void {
			if ( $term && ! isset( $found[ $id ] ) && ! isset( $taken[ $term->term_id ] ) ) {
				$found[ $id ]             = $term;
				$taken[ $term->term_id ] = true;
			}
		};
		foreach ( $this->mapped as $id => $term_id ) {
			$term = isset( $this->sections[ $id ] ) && $term_id > 0 ? get_term( $term_id, $this->taxonomy ) : null;
			$claim( $id, $term instanceof \WP_Term ? $term : null );
		}
		$automatic = array_diff_key( $this->sections, array_filter( $this->mapped, static fn( int $term_id ): bool => Settings::NO_TERM === $term_id ) );
		foreach ( $automatic as $id => $section ) {
			$claim( (string) $id, $by_slug[ self::key( $section['wordpress'] ) ] ?? null );
		}
		foreach ( [ $by_slug, $by_name ] as $terms ) {
			foreach ( $automatic as $id => $section ) {
				foreach ( [ $id, $section['name'], ...$section['aliases'] ] as $spelling ) {
					$claim( (string) $id, $terms[ self::key( $spelling ) ] ?? null );
				}
			}
		}
		return $found;
	}

	/**
	 * @param string   $field  slug or name.
	 * @param string[] $values
	 * @return array<string, \WP_Term> By the value of the field, as `key` spells it.
	 */
	private function find( string $field, array $values ): array {
		$terms = get_terms( [ 'taxonomy' => $this->taxonomy, 'hide_empty' => false, 'lang' => '', 'orderby' => 'term_id', 'order' => 'DESC', $field => array_values( $values ), 'update_term_meta_cache' => false ] );
		$found = [];
		foreach ( is_array( $terms ) ? $terms : [] as $term ) {
			$found[ self::key( 'slug' === $field ? rawurldecode( $term->slug ) : $term->name ) ] = $term; // of several, the oldest wins
		}
		return $found;
	}

	private static function key( string $spelling ): string {
		$text = html_entity_decode( $spelling, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return mb_strtolower( trim( (string) preg_replace( '/\s+/u', ' ', $text ) ) );
	}
}
