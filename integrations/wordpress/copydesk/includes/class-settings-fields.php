<?php
/**
 * The fields of the settings page.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Settings_Fields {

	public static function url(): void {
		if ( self::is_fixed( 'COPYDESK_URL' ) ) {
			return;
		}
		printf( '<input type="url" class="regular-text code" id="copydesk_url" name="%s" value="%s" placeholder="https://tags.example.org">', esc_attr( self::name( 'url' ) ), esc_attr( self::settings()->url ) );
		self::help( __( 'The address of your own Copydesk service. The text of posts goes there and nowhere else. Use https if the service is on another machine.', 'copydesk' ) );
		if ( self::settings()->exposes_key() ) {
			printf( '<div class="notice notice-warning inline"><p>%s</p></div>', esc_html( Settings_Page::exposed_key() ) );
		}
	}

	public static function key(): void {
		if ( self::is_fixed( 'COPYDESK_KEY' ) ) {
			return;
		}
		$stored = '' !== self::settings()->key;
		printf(
			'<input type="password" class="regular-text code" id="copydesk_key" name="%s" value="" autocomplete="new-password" placeholder="%s">',
			esc_attr( self::name( 'key' ) ),
			esc_attr( $stored ? __( 'stored; leave empty to keep it', 'copydesk' ) : '' )
		);
		if ( $stored ) {
			printf( '<p><label><input type="checkbox" name="%s" value="1"> %s</label></p>', esc_attr( self::name( 'forget_key' ) ), esc_html__( 'Delete the stored key', 'copydesk' ) );
		}
		self::help( __( 'Leave this empty if the service needs no key. You can set it in wp-config.php instead: define( \'COPYDESK_KEY\', \'…\' );', 'copydesk' ) );
	}

	public static function timeout(): void {
		printf(
			'<input type="number" class="small-text" id="copydesk_timeout" name="%s" value="%s" min="%s" max="%s" step="0.5">',
			esc_attr( self::name( 'timeout' ) ),
			esc_attr( (string) self::settings()->timeout ),
			esc_attr( (string) Settings::MIN_TIMEOUT ),
			esc_attr( (string) Settings::MAX_TIMEOUT )
		);
		self::help( __( 'The longest time that saving a post may wait for the service. For half a minute after a failure, saving does not wait at all; the post gets its suggestions later.', 'copydesk' ) );
	}

	public static function set(): void {
		printf( '<input type="text" class="regular-text code" id="copydesk_set" name="%s" value="%s" maxlength="40">', esc_attr( self::name( 'set' ) ), esc_attr( self::settings()->set ) );
		self::help( __( 'Leave this empty unless the service has several sets of models, such as one for each site. Without a set, the language of the post decides.', 'copydesk' ) );
	}

	public static function ahead(): void {
		printf( '<label><input type="checkbox" name="%s" value="1" %s> %s</label>', esc_attr( self::name( 'ahead' ) ), checked( self::settings()->ahead, true, false ), esc_html__( 'Ask for suggestions when the panel before publishing opens', 'copydesk' ) );
		self::help( __( 'The text of the draft is then sent without anybody pressing the button.', 'copydesk' ) );
	}

	/** @param array{legend: string} $args */
	public static function language( array $args ): void {
		self::radios(
			'language',
			[
				/* translators: %s: a locale such as en_US */
				'site' => sprintf( __( 'Send the language of the post, as Polylang or WPML name it, or else that of the site (%s)', 'copydesk' ), get_locale() ),
				'none' => __( 'Send no language', 'copydesk' ),
			],
			self::settings()->language,
			$args['legend']
		);
		self::help( __( 'The service refuses a post in a language that its model was not trained on.', 'copydesk' ) );
	}

	/** @param array{legend: string} $args */
	public static function mode( array $args ): void {
		self::radios(
			'mode',
			[
				'suggest' => __( 'Suggest: nothing changes until an editor accepts a suggestion', 'copydesk' ),
				'apply'   => __( 'Apply: set the sections the model is sure of, and suggest the others', 'copydesk' ),
			],
			self::settings()->mode,
			$args['legend']
		);
		if ( Settings_Page::changes_addresses( self::settings() ) ) {
			printf( '<div class="notice notice-warning inline"><p>%s</p></div>', esc_html( Settings_Page::changed_addresses() ) );
		}
	}

	/** @param array{legend: string} $args */
	public static function types( array $args ): void {
		$labels = array_map( static fn( \WP_Post_Type $type ): string => $type->labels->name, get_post_types( [ 'show_ui' => true, 'public' => true ], 'objects' ) );
		self::checkboxes( 'types', array_diff_key( $labels, [ 'attachment' => 1 ] ), self::settings()->types, $args['legend'] );
	}

	/** @param array{legend: string} $args */
	public static function statuses( array $args ): void {
		$labels = array_map( static fn( string $status ): string => get_post_status_object( $status )->label, array_combine( Settings::STATUSES, Settings::STATUSES ) );
		self::checkboxes( 'statuses', $labels, self::settings()->statuses, $args['legend'] );
		self::help( __( 'A post is sent when it is saved with one of these statuses. A draft is sent only when its editor asks for suggestions.', 'copydesk' ) );
	}

	public static function taxonomy(): void {
		printf( '<select id="copydesk_taxonomy" name="%s">', esc_attr( self::name( 'taxonomy' ) ) );
		foreach ( get_taxonomies( [ 'show_ui' => true, 'public' => true ], 'objects' ) as $taxonomy ) {
			printf( '<option value="%s" %s>%s</option>', esc_attr( $taxonomy->name ), selected( $taxonomy->name, self::settings()->taxonomy, false ), esc_html( $taxonomy->labels->name ) );
		}
		echo '</select>';
	}

	/** @param array{legend: string} $args */
	public static function feedback( array $args ): void {
		self::radios(
			'feedback',
			[
				'off'      => __( 'Send no feedback', 'copydesk' ),
				'sections' => __( 'Send the sections that editors kept, removed and added, without the text', 'copydesk' ),
				'text'     => __( 'Send the text of the post as well, so that the next model can learn from it', 'copydesk' ),
			],
			self::settings()->feedback,
			$args['legend']
		);
		$kept = Feedback::texts_kept();
		if ( null === $kept ) {
			self::help( __( 'Whether the service keeps texts is shown here after it has received its first feedback.', 'copydesk' ) );
		} elseif ( $kept ) {
			self::help( __( 'The service keeps the texts that it receives (keep_texts is on).', 'copydesk' ) );
		} else {
			self::help( __( 'The service does not keep the texts that it receives, so the next model cannot learn from them. Fix: set keep_texts = true in its copydesk.toml.', 'copydesk' ) );
		}
		self::help( __( 'Feedback is sent for published posts only, and only to the service above.', 'copydesk' ) );
	}

	private static function settings(): Settings {
		return Settings::current();
	}

	private static function name( string $field ): string {
		return Settings::OPTION . "[$field]";
	}

	/** Whether the value cannot be changed on this page; then print why. */
	private static function is_fixed( string $constant ): bool {
		if ( defined( $constant ) ) {
			/* translators: %s: name of a constant */
			self::help( sprintf( __( 'Set as %s in wp-config.php.', 'copydesk' ), $constant ) );
		} elseif ( is_multisite() && ! is_network_admin() ) {
			self::help( __( 'The network administrator sets this for all sites, in Network Admin > Settings > Copydesk.', 'copydesk' ) );
		} else {
			return false;
		}
		return true;
	}

	private static function help( string $text ): void {
		printf( '<p class="description">%s</p>', esc_html( $text ) );
	}

	/** @param array<string, string> $options */
	private static function radios( string $field, array $options, string $chosen, string $legend ): void {
		self::options( 'radio', self::name( $field ), $options, [ $chosen ], $legend );
	}

	/**
	 * @param array<string, string> $options
	 * @param string[]              $chosen
	 */
	private static function checkboxes( string $field, array $options, array $chosen, string $legend ): void {
		self::options( 'checkbox', self::name( $field ) . '[]', $options, $chosen, $legend );
	}

	/**
	 * @param array<string, string> $options
	 * @param string[]              $chosen
	 */
	private static function options( string $kind, string $name, array $options, array $chosen, string $legend ): void {
		printf( '<fieldset><legend class="screen-reader-text">%s</legend>', esc_html( $legend ) );
		foreach ( $options as $value => $label ) {
			printf( '<label><input type="%s" name="%s" value="%s" %s> %s</label><br>', esc_attr( $kind ), esc_attr( $name ), esc_attr( $value ), checked( in_array( $value, $chosen, true ), true, false ), esc_html( $label ) );
		}
		echo '</fieldset>';
	}
}
