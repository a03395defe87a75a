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

	/** @var array<string, \WP_Term> */
	private array $terms;

	/**
	 * @param string                                                                                     $taxonomy
	 * @param string                                                                                     $model    The version of the model that the list came from.
	 * @param array<string, array{name: string, aliases: string[], wordpress: string, active: bool}> $sections By id.
	 * @param array<string, int>                                                                         $mapped   Ids of terms that the settings give to sections.
	 */
	private function __construct( public readonly string $taxonomy, public readonly string $model, public readonly array $sections, private readonly array $mapped ) {
		$this->terms = $this->match();
	}

	/** The list as it was last read; null before the first time, or if the stored list is damaged. */
	public static function stored( Settings $settings ): ?self {
		$found    = get_option( self::OPTION );
		$sections = is_array( $found ) ? $found['sections'] ?? null : null;
		$is_whole = is_array( $sections ) && is_string( $found['model'] ?? null ) && array_filter( $sections, [ self::class, 'is_section' ] ) === $sections;
		return $is_whole ? new self( $settings->taxonomy, $found['model'], $sections, $settings->terms ) : null;
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

	public function term( string $section ): ?\WP_Term {
		return $this->terms[ $section ] ?? null;
	}

	/**
	 * @param int[] $term_ids
	 * @return string[] Ids of the sections that these terms stand for.
	 */
	public function sections_of( array $term_ids ): array {
		return array_map( 'strval', array_keys( array_filter( $this->terms, static fn( \WP_Term $term ): bool => in_array( $term->term_id, $term_ids, true ) ) ) );
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

	/** Id of the term that WordPress gives to posts without one, or 0. */
	public function default_term(): int {
		return (int) get_option( 'category' === $this->taxonomy ? 'default_category' : 'default_term_' . $this->taxonomy, 0 );
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
		$terms = get_terms( [ 'taxonomy' => $this->taxonomy, 'hide_empty' => false, 'orderby' => 'term_id', 'order' => 'DESC', $field => array_values( $values ), 'update_term_meta_cache' => false ] );
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
