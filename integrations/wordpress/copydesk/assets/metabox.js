/**
 * The metabox of the classic editor.
 */
( function () {
	'use strict';

	const { settings, View } = window.copydesk;
	const { taxonomy, terms, hierarchical, defaultTerms } = settings;
	const root = document.getElementById( 'copydesk-metabox' );
	const box = `#taxonomy-${ CSS.escape( taxonomy ) }`;
	// found by value, in both tabs, because the ids of the boxes changed in WordPress 6.7
	const boxes = ( id ) => document.querySelectorAll( `${ box } input[type=checkbox][value="${ CSS.escape( id ) }"]` );

	/** Names in the box of a taxonomy without a hierarchy. WordPress keeps no ids there. */
	function names() {
		const field = document.getElementById( `tax-input-${ taxonomy }` );
		return field ? field.value.split( ',' ).map( ( name ) => name.trim().toLowerCase() ) : [];
	}

	function tick( id, on ) {
		const found = boxes( id );
		found.forEach( ( box ) => {
			box.checked = on;
			box.dispatchEvent( new Event( 'change', { bubbles: true } ) );
		} );
		return found.length > 0;
	}

	const editor = {
		text() {
			const rich = window.tinymce && window.tinymce.get( 'content' );
			return {
				title: document.getElementById( 'title' )?.value || '',
				content: ( rich && ! rich.isHidden() ? rich.getContent() : document.getElementById( 'content' )?.value ) || '',
			};
		},
		termIds() {
			if ( hierarchical ) {
				return [ ...document.querySelectorAll( `#${ CSS.escape( taxonomy ) }checklist input:checked` ) ].map( ( box ) => Number( box.value ) );
			}
			const chosen = names();
			return Object.keys( terms )
				.filter( ( id ) => chosen.includes( terms[ id ].toLowerCase() ) )
				.map( Number );
		},
		add( tag ) {
			if ( hierarchical ) {
				defaultTerms.filter( ( id ) => ! terms[ id ] ).forEach( ( id ) => tick( id, false ) );
				return tick( tag.term, true );
			}
			const tags = window.jQuery( `#${ CSS.escape( taxonomy ) }.tagsdiv` );
			if ( ! window.tagBox || ! tags.length ) {
				return false;
			}
			window.tagBox.flushTags( tags, window.jQuery( '<span>' ).text( terms[ tag.term ] ), 1 );
			return true;
		},
	};

	const view = new View( root, editor );
	document.addEventListener( 'change', ( event ) => {
		if ( event.target.closest?.( box ) && ! root.contains( document.activeElement ) ) {
			view.draw();
		}
	} );
} )();
