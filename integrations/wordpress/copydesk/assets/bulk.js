/**
 * The progress of the bulk list: takes steps while the page is open, and shows the review list when there is nothing left to ask.
 */
( function () {
	'use strict';

	const { __, sprintf } = wp.i18n;
	const PAUSE = 5000; // milliseconds between attempts while the service, or another worker, keeps us waiting
	const root = document.getElementById( 'copydesk-progress' );
	if ( ! root || Number( root.dataset.left ) === 0 ) {
		return;
	}
	const bar = root.querySelector( 'progress' );
	const count = root.querySelector( '#copydesk-count' );
	const notice = root.querySelector( '.notice' );

	function show( state ) {
		const left = state.queued + state.accepted;
		bar.max = state.queued + state.review + state.accepted + state.done + state.failed;
		bar.value = bar.max - left;
		/* translators: 1: number to ask about, 2: to review, 3: to apply, 4: done, 5: failed */
		const text = __( 'to ask about: %1$s, to review: %2$s, to apply: %3$s, done: %4$s, failed: %5$s', 'copydesk' );
		count.textContent = sprintf( text, state.queued, state.review, state.accepted, state.done, state.failed );
		notice.hidden = ! state.error;
		notice.querySelector( 'p' ).textContent = state.error || '';
		return left;
	}

	async function run() {
		let left = 1;
		while ( left > 0 ) {
			let moved = false;
			try {
				const state = await wp.apiFetch( { path: '/copydesk/v1/bulk/step', method: 'POST' } );
				left = show( state );
				moved = state.moved;
			} catch ( error ) {
				notice.hidden = false;
				notice.querySelector( 'p' ).textContent = error.message || __( 'WordPress did not answer; trying again.', 'copydesk' );
			}
			if ( ! moved && left > 0 ) {
				await new Promise( ( resolve ) => setTimeout( resolve, PAUSE ) );
			}
		}
		window.location.reload();
	}

	run();
} )();
