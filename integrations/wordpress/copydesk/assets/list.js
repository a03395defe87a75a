/**
 * The buttons of the column “Open suggestions” in the lists of posts.
 */
( function () {
	'use strict';

	const { __, sprintf } = wp.i18n;
	const DONE = {
		/* translators: %s: name of a section */
		accept: __( '%s: added', 'copydesk' ),
		/* translators: %s: name of a section */
		reject: __( '%s: rejected', 'copydesk' ),
	};

	function button( label, act ) {
		const node = document.createElement( 'button' );
		node.type = 'button';
		node.className = 'button-link';
		node.textContent = label;
		node.addEventListener( 'click', act );
		return node;
	}

	function call( item, act, method ) {
		const post = item.closest( '[data-post]' ).dataset.post;
		return wp.apiFetch( { path: `/copydesk/v1/posts/${ post }/${ act }`, method, data: { section: item.dataset.section } } );
	}

	/** Show a failure in the item, which stays as it was. */
	function fail( item, error ) {
		const note = item.querySelector( '.copydesk-error' ) || document.createElement( 'p' );
		note.className = 'copydesk-error';
		note.setAttribute( 'role', 'alert' );
		note.textContent = error?.message || __( 'WordPress did not answer. Try again.', 'copydesk' );
		item.append( note );
	}

	async function decide( item, act ) {
		const before = [ ...item.childNodes ];
		const name = item.querySelector( 'strong' ).textContent;
		item.setAttribute( 'aria-busy', 'true' );
		try {
			await call( item, act, 'POST' );
			const undo = button( __( 'Undo', 'copydesk' ), async () => {
				try {
					await call( item, act, 'DELETE' );
					item.replaceChildren( ...before );
					item.querySelector( `[data-do=${ act }]` ).focus();
				} catch ( error ) {
					fail( item, error );
				}
			} );
			const text = sprintf( DONE[ act ], name );
			item.replaceChildren( text, ' ', undo );
			undo.focus();
			wp.a11y.speak( text );
		} catch ( error ) {
			fail( item, error );
		}
		item.removeAttribute( 'aria-busy' );
	}

	document.addEventListener( 'click', ( event ) => {
		const pressed = event.target.closest( '.copydesk-cell [data-do]' );
		const item = pressed?.closest( '[data-section]' );
		if ( item && item.getAttribute( 'aria-busy' ) !== 'true' ) {
			decide( item, pressed.dataset.do );
		}
	} );
} )();
