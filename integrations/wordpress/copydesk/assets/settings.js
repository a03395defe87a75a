/**
 * The drop-downs of the settings page: fills in all terms when one is opened.
 */
( function () {
	'use strict';

	const table = document.querySelector( '.copydesk-sections' );
	const terms = table ? JSON.parse( table.dataset.terms ) : [];

	function fill( event ) {
		const list = event.target.closest?.( '.copydesk-sections select' );
		if ( ! list || list.dataset.filled ) {
			return;
		}
		list.dataset.filled = 'yes';
		const had = new Set( [ ...list.options ].map( ( option ) => Number( option.value ) ) );
		for ( const [ id, label ] of terms ) {
			if ( ! had.has( id ) ) {
				list.add( new Option( label, id ) );
			}
		}
	}

	/** PHP takes no more than 1,000 fields of a form, so those that nobody changed are not sent. */
	function spare( event ) {
		for ( const list of event.target.querySelectorAll( '.copydesk-sections select' ) ) {
			list.disabled = list.selectedOptions[ 0 ]?.defaultSelected === true;
		}
	}

	document.addEventListener( 'submit', spare );
	for ( const kind of [ 'focusin', 'pointerdown' ] ) {
		document.addEventListener( kind, fill, true );
	}
} )();
