<?php
/**
 * The service over HTTP: one request, then a checked answer or a Service_Error. All calls of one object share one time limit.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- a message is escaped where it is shown
final class Service {

	/** The service accepts this many bytes for one article, and its answer to one article is never longer. */
	public const MAX_ARTICLE_BYTES = 4 * MB_IN_BYTES;

	private const FEEDBACK_PATH = '/v1/feedback';

	private ?float $deadline = null;

	/**
	 * @param Settings   $settings
	 * @param float|null $seconds Time limit for all calls together; by default the timeout of the settings.
	 */
	public function __construct( private readonly Settings $settings, private readonly ?float $seconds = null ) {}

	/**
	 * @param array<string, mixed> $article
	 * @return array<string, mixed> The answer of POST /v1/tags, with evidence.
	 * @throws Service_Error When there is no such answer.
	 */
	public function tags( array $article ): array {
		return $this->call( 'POST', '/v1/tags?explain=true', Answer_Schema::TAGS, $article );
	}

	/**
	 * @param array<string, mixed> $article
	 * @return array<string, mixed> The same, with sections below their threshold.
	 * @throws Service_Error When there is no such answer.
	 */
	public function tags_below( array $article ): array {
		return $this->call( 'POST', '/v1/tags?explain=true&all=true', Answer_Schema::TAGS, $article );
	}

	/**
	 * @param list<array<string, mixed>> $articles
	 * @return list<array<string, mixed>> An answer for each article, in order.
	 * @throws Service_Error When there is no such answer.
	 */
	public function tags_of_many( array $articles ): array {
		$results = $this->call( 'POST', '/v1/tags/batch?explain=true', Answer_Schema::BATCH, [ 'articles' => $articles ] )['results'];
		if ( array_column( $results, 'id' ) !== array_column( $articles, 'id' ) ) {
			throw $this->invalid( __( 'the results do not match the articles of the batch', 'copydesk' ) );
		}
		return $results;
	}

	/**
	 * @return array{model: string, sections: list<array<string, mixed>>}
	 * @throws Service_Error When there is no such answer.
	 */
	public function sections(): array {
		$query = '' === $this->settings->set ? [] : [ 'set' => $this->settings->set ];
		$found = [];
		do { // a page has up to 1,000 sections
			$asked  = $query ? '?' . http_build_query( $query, '', '&', PHP_QUERY_RFC3986 ) : '';
			$answer = $this->call( 'GET', "/v1/sections$asked", Answer_Schema::SECTIONS );
			$found  = array_merge( $found, $answer['sections'] );
			$before = $query['cursor'] ?? null;
			$query  = [ ...$query, 'cursor' => $answer['next'] ?? null ];
		} while ( null !== $query['cursor'] && $before !== $query['cursor'] && [] !== $answer['sections'] );
		return [ 'model' => $answer['model'], 'sections' => $found ];
	}

	/**
	 * @param array<string, mixed> $feedback
	 * @return array{stored: bool, differs: bool} Whether the service has stored it now; if not, whether the feedback that it
	 *                                            already had under the same revision differs.
	 * @throws Service_Error When the service has not taken it; the status tells why.
	 */
	public function send_feedback( array $feedback ): array {
		return $this->call( 'POST', self::FEEDBACK_PATH, Answer_Schema::FEEDBACK, $feedback, false );
	}

	/**
	 * @param string                    $method
	 * @param string                    $path
	 * @param array<string, mixed>      $schema   For the answer.
	 * @param array<string, mixed>|null $body
	 * @param bool                      $for_tags Whether a failure means that there are no tags now, so that nobody else waits for them.
	 * @return array<string, mixed>
	 * @throws Service_Error When the answer is not valid JSON with a good status.
	 */
	private function call( string $method, string $path, array $schema, ?array $body = null, bool $for_tags = true ): array {
		$this->deadline ??= microtime( true ) + ( $this->seconds ?? $this->settings->timeout );
		$left             = $this->deadline - microtime( true );
		if ( $left < Settings::MIN_TIMEOUT / 2 ) { // cURL under WordPress never waits less than a second
			throw $this->failed( $this->late(), $for_tags );
		}
		$headers = [ 'Accept' => 'application/json' ];
		if ( '' !== $this->settings->key ) {
			$headers['Authorization'] = 'Bearer ' . $this->settings->key;
		}
		$sent = '';
		if ( null !== $body ) {
			$headers['Content-Type'] = 'application/json';
			$sent                    = self::encode( $body );
		}
		if ( $for_tags ) {
			Breaker::probe();
		}
		$limit = self::MAX_ARTICLE_BYTES + ( isset( $body['articles'] ) ? strlen( $sent ) : 0 );
		// wp_safe_remote_request would refuse the private addresses and ports that such a service has. Redirects are not
		// followed, so that text goes to the configured address and to no other.
		$answer = wp_remote_request(
			$this->settings->url . $path,
			[
				'method'              => $method,
				'timeout'             => $left,
				'redirection'         => 0,
				'headers'             => $headers,
				'body'                => null === $body ? null : $sent,
				'data_format'         => 'body',
				'user-agent'          => 'Copydesk-WordPress/' . VERSION,
				'limit_response_size' => $limit + 1,
			]
		);
		if ( ! is_wp_error( $answer ) && strlen( wp_remote_retrieve_body( $answer ) ) > $limit ) {
			/* translators: %s: a size such as 4 MB */
			$message = sprintf( __( 'The answer of the service is longer than %s, so WordPress did not read it. Fix: check the address in the Copydesk settings.', 'copydesk' ), size_format( $limit ) );
			throw $this->failed( $message, $for_tags );
		}
		return $this->read( $answer, $schema, $for_tags );
	}

	/**
	 * @param array<string, mixed> $body
	 * @throws Service_Error When it is too long; sending it again would not help.
	 */
	private static function encode( array $body ): string {
		$sent = (string) wp_json_encode( $body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE );
		if ( strlen( $sent ) > self::MAX_ARTICLE_BYTES ) {
			/* translators: 1: size of a post, 2: limit, both such as 4 MB */
			$message = sprintf( __( 'The post takes %1$s; the service accepts at most %2$s for one article. Fix: shorten the post, or split it.', 'copydesk' ), size_format( strlen( $sent ), 1 ), size_format( self::MAX_ARTICLE_BYTES ) );
			throw new Service_Error( $message, false, 413 );
		}
		return $sent;
	}

	/**
	 * @param array<string, mixed>|\WP_Error $answer
	 * @param array<string, mixed>           $schema
	 * @param bool                           $for_tags
	 * @return array<string, mixed>
	 * @throws Service_Error When the answer is not valid JSON with a good status.
	 */
	private function read( array|\WP_Error $answer, array $schema, bool $for_tags ): array {
		if ( is_wp_error( $answer ) ) {
			throw $this->failed( $this->unreachable( $answer ), $for_tags );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$json   = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( $status >= 200 && $status < 300 && is_array( $json ) ) {
			$valid = Answer_Schema::check( $json, $schema );
			if ( is_wp_error( $valid ) ) {
				throw $this->invalid( $valid->get_error_message(), $for_tags );
			}
			if ( $for_tags ) {
				Breaker::reset();
			}
			return $valid;
		}
		$errors = is_array( $json ) && is_array( $json['errors'] ?? null ) ? array_filter( $json['errors'], 'is_array' ) : [];
		$fields = array_values( array_filter( array_column( $errors, 'field' ), 'is_string' ) );
		$detail = is_array( $json ) && is_string( $json['detail'] ?? null ) ? $json['detail'] : '';
		if ( in_array( $status, [ 400, 413, 422 ], true ) && '' !== $detail ) { // the service works; this article is at fault
			if ( $for_tags ) {
				Breaker::reset();
			}
			if ( preg_grep( '/(^|\.)language$/', $fields ) ) {
				$detail .= ' ' . __( 'Fix: if the language of the site is not that of its posts, choose “Send no language” in the Copydesk settings.', 'copydesk' );
			}
			throw new Service_Error( $detail, false, $status, $fields );
		}
		throw $this->failed( $this->explain( $status, $detail ), $for_tags, $status );
	}

	private function unreachable( \WP_Error $error ): string {
		$reason = $error->get_error_message();
		if ( str_contains( $reason, 'timed out' ) ) {
			return $this->late();
		}
		if ( 'http_request_not_executed' === $error->get_error_code() ) {
			$reason = __( 'WordPress blocks requests to this host. Fix: add the host to WP_ACCESSIBLE_HOSTS in wp-config.php.', 'copydesk' );
		}
		/* translators: 1: address, 2: reason */
		return sprintf( __( 'The service at %1$s cannot be reached: %2$s', 'copydesk' ), $this->settings->url, $reason );
	}

	private function explain( int $status, string $detail ): string {
		if ( 401 === $status || 403 === $status ) {
			/* translators: %d: HTTP status */
			return sprintf( __( 'The service refused the API key (HTTP %d). Fix: enter a valid key in the Copydesk settings.', 'copydesk' ), $status );
		}
		if ( '' !== $detail ) {
			/* translators: 1: HTTP status, 2: message of the service */
			return sprintf( __( 'The service answered HTTP %1$d: %2$s', 'copydesk' ), $status, $detail );
		}
		/* translators: %d: HTTP status */
		return sprintf( __( 'The service answered HTTP %d without JSON. Fix: check the address in the Copydesk settings.', 'copydesk' ), $status );
	}

	private function late(): string {
		/* translators: 1: address, 2: number of seconds */
		return sprintf( __( 'The service at %1$s did not answer within %2$s s.', 'copydesk' ), $this->settings->url, number_format_i18n( $this->seconds ?? $this->settings->timeout, 1 ) );
	}

	private function invalid( string $fault, bool $for_tags = true ): Service_Error {
		/* translators: %s: the first fault that was found in an answer */
		$message = sprintf( __( 'The service gave an unexpected answer: %s Fix: check that the address in the Copydesk settings belongs to a Copydesk service, and that the service is up to date.', 'copydesk' ), rtrim( $fault, '.' ) . '.' );
		return $this->failed( $message, $for_tags, 200 );
	}

	private function failed( string $message, bool $for_tags = true, int $status = 0 ): Service_Error {
		if ( $for_tags ) {
			Breaker::trip( $message );
		}
		return new Service_Error( $message, true, $status );
	}
}
