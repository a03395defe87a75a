/**
 * The progress of the bulk list: takes steps while the page is open, and reloads it for the review when no post is queued.
 */
( function () {
	'use strict';

	const { __, sprintf } = wp.i18n;
	const PAUSE = 5000; // milliseconds between attempts while the service fails or another worker holds the lock
	const COUNTS = [ 'queued', 'review', 'accepted', 'done', 'failed' ];
	const root = document.getElementById( 'copydesk-progress' );
	if ( ! root || Number( root.dataset.left ) === 0 ) {
		return;
	}
	const bar = root.querySelector( 'progress' );
	const count = root.querySelector( '#copydesk-count' );
	const notice = root.querySelector( '.notice' );

	/** Another program may have answered in place of the plugin. */
	function checked( state ) {
		if ( ! COUNTS.every( ( name ) => Number.isInteger( state?.[ name ] ) ) ) {
			throw new Error( __( 'WordPress gave an unexpected answer. Trying again.', 'copydesk' ) );
		}
		return state;
	}

	function show( state ) {
		const left = state.queued + state.accepted;
		bar.max = state.queued + state.review + state.accepted + state.done + state.failed;
		bar.value = bar.max - left;
		/* translators: 1: number of posts that are queued, 2: to review, 3: to apply, 4: done, 5: failed */
		const text = __( 'queued: %1$s, to review: %2$s, to apply: %3$s, done: %4$s, failed: %5$s', 'copydesk' );
		count.textContent = sprintf( text, state.queued, state.review, state.accepted, state.done, state.failed );
		notice.hidden = ! state.error;
		notice.querySelector( 'p' ).textContent = typeof state.error === 'string' ? state.error : '';
		return left;
	}

	async function run() {
		let left = 1;
		while ( left > 0 ) {
			let moved = false;
			try {
				const state = checked( await wp.apiFetch( { path: '/copydesk/v1/bulk/step', method: 'POST' } ) );
				left = show( state );
				moved = state.moved === true;
			} catch ( error ) {
				notice.hidden = false;
				notice.querySelector( 'p' ).textContent = error?.message || __( 'WordPress did not answer. Trying again.', 'copydesk' );
			}
			if ( ! moved && left > 0 ) {
				await new Promise( ( resolve ) => setTimeout( resolve, PAUSE ) );
			}
		}
		window.location.reload();
	}

	run();
} )();
