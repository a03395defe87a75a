/**
 * The panel of the block editor, in the sidebar and before publishing.
 */
( function () {
	'use strict';

	const { createElement, useEffect, useRef, Fragment } = wp.element;
	const { select, dispatch, subscribe } = wp.data;
	const { __ } = wp.i18n;
	const { settings, View } = window.copydesk;
	const from = ( name ) => ( wp.editor && wp.editor[ name ] ) || wp.editPost[ name ]; // the components moved in WordPress 6.6
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
			// the default term, which WordPress gives to posts without one, goes when there is another
			const kept = termIds().filter( ( id ) => id !== settings.defaultTerm || settings.terms[ id ] );
			dispatch( 'core/editor' ).editPost( { [ settings.restBase ]: [ ...new Set( [ ...kept, tag.term ] ) ] } );
			return true;
		},
	};

	/** Update the view after every save except autosaves, and when terms are chosen elsewhere. */
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

	/** Show a failure once, next to the editor's own message that the post is saved. */
	function watchFailures() {
		let saving = false;
		subscribe( () => {
			const store = select( 'core/editor' );
			const now = store.isSavingPost() && ! store.isAutosavingPost();
			if ( saving && ! now ) {
				wp.apiFetch( { path: '/copydesk/v1/posts/' + settings.post } ).then(
					( state ) => {
						const error = state?.error;
						const { createWarningNotice, removeNotice } = dispatch( 'core/notices' );
						removeNotice( 'copydesk' );
						if ( typeof error?.message === 'string' ) {
							const next = error.waiting
								? __( 'The post is saved. Copydesk will suggest sections as soon as the service answers.', 'copydesk' )
								: __( 'The post is saved, but Copydesk cannot suggest sections for it.', 'copydesk' );
							createWarningNotice( `${ next } ${ error.message }`, { id: 'copydesk' } );
						}
					},
					() => {} // the panel shows what went wrong
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
