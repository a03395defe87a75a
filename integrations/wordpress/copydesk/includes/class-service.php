<?php
/**
 * The service over HTTP: one request, one answer or a Service_Error. All calls of one object share one time limit.
 *
 * @package Copydesk
 */

declare( strict_types=1 );

namespace Copydesk;

defined( 'ABSPATH' ) || exit;

final class Service {

	private const MAX_ANSWER_BYTES = 64 * MB_IN_BYTES;

	private ?float $deadline = null;

	/**
	 * @param Settings   $settings
	 * @param float|null $seconds What all calls together may take; by default the timeout of the settings.
	 */
	public function __construct( private readonly Settings $settings, private readonly ?float $seconds = null ) {}

	/**
	 * @param array<string, mixed> $article
	 * @return array<string, mixed> What POST /v1/tags answers, with evidence.
	 * @throws Service_Error When there is no such answer.
	 */
	public function tags( array $article ): array {
		$answer = $this->call( 'POST', '/v1/tags?explain=true', $article );
		if ( ! is_string( $answer['model'] ?? null ) || ! is_array( $answer['tags'] ?? null ) ) {
			throw $this->failed( __( 'The service answered with something that is no list of tags; is the address right?', 'copydesk' ) );
		}
		return $answer;
	}

	/**
	 * @param list<array<string, mixed>> $articles
	 * @return list<array<string, mixed>> An answer for each article, in order.
	 * @throws Service_Error When there is no such answer.
	 */
	public function tags_of_many( array $articles ): array {
		$results = $this->call( 'POST', '/v1/tags/batch?explain=true', [ 'articles' => $articles ] )['results'] ?? null;
		if ( ! is_array( $results ) || array_column( $results, 'id' ) !== array_column( $articles, 'id' ) ) {
			throw $this->failed( __( 'The service answered a batch with something that is no list of its results.', 'copydesk' ) );
		}
		return $results;
	}

	/**
	 * @return array{model: string, sections: list<array<string, mixed>>}
	 * @throws Service_Error When there is no such answer.
	 */
	public function sections(): array {
		$answer = $this->call( 'GET', '/v1/sections' );
		if ( ! is_string( $answer['model'] ?? null ) || ! is_array( $answer['sections'] ?? null ) ) {
			throw $this->failed( __( 'The service answered with something that is no list of sections; is the address right?', 'copydesk' ) );
		}
		return $answer;
	}

	/**
	 * @param array<string, mixed> $decision
	 * @throws Service_Error When it was not stored; the status says why.
	 */
	public function decide( array $decision ): void {
		$this->call( 'POST', '/v1/decisions', $decision, false );
	}

	/**
	 * @param string                    $method
	 * @param string                    $path
	 * @param array<string, mixed>|null $body
	 * @param bool                      $for_tags Whether a failure means that tags cannot be had, so that nobody waits again.
	 * @return array<string, mixed>
	 * @throws Service_Error When the answer is not JSON with a good status.
	 */
	private function call( string $method, string $path, ?array $body = null, bool $for_tags = true ): array {
		$this->deadline ??= microtime( true ) + ( $this->seconds ?? $this->settings->timeout );
		$left             = $this->deadline - microtime( true );
		if ( $left < Settings::MIN_TIMEOUT / 2 ) { // cURL under WordPress never waits less than a second
			throw $this->failed( $this->late(), $for_tags );
		}
		if ( $for_tags ) {
			Breaker::probe();
		}
		$headers = [ 'Accept' => 'application/json' ];
		if ( '' !== $this->settings->key ) {
			$headers['Authorization'] = 'Bearer ' . $this->settings->key;
		}
		if ( null !== $body ) {
			$headers['Content-Type'] = 'application/json';
			$body                    = wp_json_encode( $body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE );
		}
		// wp_safe_remote_request would refuse the private addresses and ports that such a service has; nothing is followed
		// elsewhere, so that text goes to the configured address and to no other
		$answer = wp_remote_request(
			$this->settings->url . $path,
			[
				'method'              => $method,
				'timeout'             => $left,
				'redirection'         => 0,
				'headers'             => $headers,
				'body'                => $body,
				'data_format'         => 'body',
				'user-agent'          => 'Copydesk-WordPress/' . VERSION,
				'limit_response_size' => self::MAX_ANSWER_BYTES,
			]
		);
		return $this->read( $answer, $for_tags );
	}

	/**
	 * @param array<string, mixed>|\WP_Error $answer
	 * @param bool                           $for_tags
	 * @return array<string, mixed>
	 * @throws Service_Error When the answer is not JSON with a good status.
	 */
	private function read( array|\WP_Error $answer, bool $for_tags ): array {
		if ( is_wp_error( $answer ) ) {
			$blocked = 'http_request_not_executed' === $answer->get_error_code();
			$reason  = $blocked ? __( 'WordPress may not call it; add its host to WP_ACCESSIBLE_HOSTS in wp-config.php.', 'copydesk' ) : $answer->get_error_message();
			/* translators: 1: address, 2: reason */
			$message = sprintf( __( 'The service at %1$s cannot be reached: %2$s', 'copydesk' ), $this->settings->url, $reason );
			throw $this->failed( str_contains( $reason, 'timed out' ) ? $this->late() : $message, $for_tags );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$json   = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( $status >= 200 && $status < 300 && is_array( $json ) ) {
			if ( $for_tags ) {
				Breaker::reset();
			}
			return $json;
		}
		$fields = array_values( array_filter( array_column( is_array( $json['errors'] ?? null ) ? $json['errors'] : [], 'field' ), 'is_string' ) );
		$detail = is_string( $json['detail'] ?? null ) ? $json['detail'] : '';
		if ( in_array( $status, [ 400, 413, 422 ], true ) && '' !== $detail ) { // the service lives; the fault is the article's
			if ( $for_tags ) {
				Breaker::reset();
			}
			throw new Service_Error( $detail, false, $status, $fields );
		}
		throw $this->failed( $this->explain( $status, $detail ), $for_tags, $status );
	}

	private function explain( int $status, string $detail ): string {
		if ( 401 === $status || 403 === $status ) {
			/* translators: %d: HTTP status */
			return sprintf( __( 'The service refused the key (HTTP %d); mend it in Settings, Copydesk.', 'copydesk' ), $status );
		}
		if ( '' !== $detail ) {
			/* translators: 1: HTTP status, 2: what the service says */
			return sprintf( __( 'The service answered HTTP %1$d: %2$s', 'copydesk' ), $status, $detail );
		}
		/* translators: %d: HTTP status */
		return sprintf( __( 'The service answered HTTP %d without JSON; is the address in Settings, Copydesk right?', 'copydesk' ), $status );
	}

	private function late(): string {
		/* translators: 1: address, 2: number of seconds */
		return sprintf( __( 'The service at %1$s did not answer within %2$s s.', 'copydesk' ), $this->settings->url, number_format_i18n( $this->seconds ?? $this->settings->timeout, 1 ) );
	}

	private function failed( string $message, bool $for_tags = true, int $status = 0 ): Service_Error {
		if ( $for_tags ) {
			Breaker::trip( $message );
		}
		return new Service_Error( $message, true, $status );
	}
}
