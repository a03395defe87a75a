/**
 * The panel of the block editor, in the sidebar and before publishing.
 */
( function () {
	'use strict';

	const { createElement, useEffect, useRef, Fragment } = wp.element;
	const { select, dispatch, subscribe } = wp.data;
	const { __ } = wp.i18n;
	const { settings, View } = window.copydesk;
	const from = ( name ) => ( wp.editor && wp.editor[ name ] ) || wp.editPost[ name ]; // they moved in WordPress 6.6
	const SettingPanel = from( 'PluginDocumentSettingPanel' );
	const PrePublishPanel = from( 'PluginPrePublishPanel' );
	const termIds = () => select( 'core/editor' ).getEditedPostAttribute( settings.restBase ) || [];

	const editor = {
		text: () => ( {
			title: select( 'core/editor' ).getEditedPostAttribute( 'title' ) || '',
			content: select( 'core/editor' ).getEditedPostContent() || '',
		} ),
		termIds,
		add( tag ) {
			// what WordPress files a post under that has nothing else goes when there is something
			const kept = termIds().filter( ( id ) => id !== settings.defaultTerm || settings.terms[ id ] );
			dispatch( 'core/editor' ).editPost( { [ settings.restBase ]: [ ...new Set( [ ...kept, tag.term ] ) ] } );
			return true;
		},
	};

	/** Tell the view of every save that is no autosave, and of terms that were chosen elsewhere. */
	function watch( view ) {
		let saving = false;
		let terms = String( termIds() );
		return subscribe( () => {
			const store = select( 'core/editor' );
			const now = store.isSavingPost() && ! store.isAutosavingPost();
			if ( saving && ! now ) {
				view.load();
			}
			saving = now;
			if ( terms !== String( termIds() ) ) {
				terms = String( termIds() );
				view.draw();
			}
		} );
	}

	function Suggestions() {
		const root = useRef();
		useEffect( () => watch( new View( root.current, editor ) ), [] );
		return createElement( 'div', { ref: root, className: 'copydesk' } );
	}

	/** A failure is told once beside the editor's own message that the post is saved. */
	function watchFailures() {
		let saving = false;
		subscribe( () => {
			const store = select( 'core/editor' );
			const now = store.isSavingPost() && ! store.isAutosavingPost();
			if ( saving && ! now ) {
				wp.apiFetch( { path: '/copydesk/v1/posts/' + settings.post } ).then(
					( { error } ) => {
						const { createWarningNotice, removeNotice } = dispatch( 'core/notices' );
						removeNotice( 'copydesk' );
						if ( error ) {
							const next = error.waiting
								? __( 'The post is saved; Copydesk will look at it as soon as it can.', 'copydesk' )
								: __( 'The post is saved, but Copydesk cannot look at it.', 'copydesk' );
							createWarningNotice( `${ next } ${ error.message }`, { id: 'copydesk' } );
						}
					},
					() => {} // the panel says what went wrong
				);
			}
			saving = now;
		} );
	}

	function Panels() {
		return createElement(
			Fragment,
			null,
			createElement( SettingPanel, { name: 'copydesk', title: __( 'Suggested sections', 'copydesk' ) }, createElement( Suggestions ) ),
			createElement( PrePublishPanel, { title: __( 'Suggested sections', 'copydesk' ), initialOpen: true }, createElement( Suggestions ) )
		);
	}

	wp.plugins.registerPlugin( 'copydesk', { render: Panels, icon: 'tag' } );
	watchFailures();
} )();
