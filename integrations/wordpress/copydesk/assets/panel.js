/**
 * The panel of the block editor, in the sidebar and before publishing.
 */
( function () {
	'use strict';

	const { createElement, useEffect, useRef, Fragment } = wp.element;
	const { select, dispatch, subscribe } = wp.data;
	const { __, sprintf } = wp.i18n;
	const { settings, View, percent } = window.copydesk;
	const from = ( name ) => ( wp.editor && wp.editor[ name ] ) || wp.editPost[ name ]; // the components moved in WordPress 6.6
	const SettingPanel = from( 'PluginDocumentSettingPanel' );
	const PrePublishPanel = from( 'PluginPrePublishPanel' );
	const PostPublishPanel = from( 'PluginPostPublishPanel' );
	const PANEL = 'copydesk/copydesk';
	const path = '/copydesk/v1/posts/' + settings.post;
	const termIds = () => select( 'core/editor' ).getEditedPostAttribute( settings.restBase ) || [];

	const editor = {
		text: () => ( {
			title: select( 'core/editor' ).getEditedPostAttribute( 'title' ) || '',
			content: select( 'core/editor' ).getEditedPostContent() || '',
		} ),
		termIds,
		add( tag ) {
			// the default term, which WordPress gives to posts without one, goes when there is another
			const kept = termIds().filter( ( id ) => ! settings.defaultTerms.includes( id ) || settings.terms[ id ] );
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

	function Suggestions( { ahead } ) {
		const root = useRef();
		useEffect( () => {
			const view = new View( root.current, editor );
			const unwatch = watch( view );
			if ( ahead ) {
				view.ask( true );
			}
			return () => {
				unwatch();
				view.end();
			};
		}, [] );
		return createElement( 'div', { ref: root, className: 'copydesk' } );
	}

	/** Tell WordPress which terms the editor showed as chosen when a person saved the post. */
	wp.apiFetch.use( ( options, next ) => {
		const isSave = options.method && options.method !== 'GET' && ( options.path || '' ).split( '?' )[ 0 ] === settings.route;
		return next( isSave ? { ...options, headers: { ...options.headers, 'X-Copydesk-Seen': termIds().join( ',' ) } } : options );
	} );

	/** Open the panel in the sidebar, and move the focus to the first suggestion: somebody asked for it. */
	function showPanel() {
		dispatch( 'core/edit-post' ).openGeneralSidebar( 'edit-post/document' );
		const name = select( 'core/editor' ).isEditorPanelOpened ? 'core/editor' : 'core/edit-post'; // it moved in WordPress 6.5
		if ( ! select( name ).isEditorPanelOpened( PANEL ) ) {
			dispatch( name ).toggleEditorPanelOpened( PANEL );
		}
		setTimeout( () => document.querySelector( '.interface-complementary-area .copydesk button' )?.focus(), 300 );
	}

	/** Tell the editor what is suggested for the post that was just saved. The notice takes no focus. */
	function tellOpen( state ) {
		const chosen = termIds();
		const open = ( state?.suggestions || [] ).filter( ( tag ) => tag.term && ! chosen.includes( tag.term ) );
		const { createInfoNotice, removeNotice } = dispatch( 'core/notices' );
		removeNotice( 'copydesk-open' );
		if ( ! open.length ) {
			return;
		}
		const actions = [ { label: __( 'Show the suggestions', 'copydesk' ), onClick: showPanel } ];
		if ( settings.reviewPage ) {
			actions.push( { label: __( 'Review list', 'copydesk' ), url: `${ settings.reviewPage }&post=${ settings.post }` } );
		}
		const names = open.map( ( tag ) => `${ tag.name } ${ percent( tag ) }` ).join( ', ' );
		/* translators: %s: names of sections, with probabilities */
		createInfoNotice( sprintf( __( 'Copydesk suggests: %s.', 'copydesk' ), names ), { id: 'copydesk-open', actions } );
	}

	/** After a save, show a failure or open suggestions once, next to the editor's own message that the post is saved. */
	function watchSaves() {
		let saving = false;
		subscribe( () => {
			const store = select( 'core/editor' );
			const now = store.isSavingPost() && ! store.isAutosavingPost();
			if ( saving && ! now ) {
				wp.apiFetch( { path } ).then(
					( state ) => {
						const error = state?.error;
						const { createWarningNotice, removeNotice } = dispatch( 'core/notices' );
						removeNotice( 'copydesk' );
						removeNotice( 'copydesk-left-out' );
						if ( state?.handled ) {
							tellOpen( state );
						}
						if ( state?.handled && state.leftOut ) {
							createWarningNotice( state.leftOut, { id: 'copydesk-left-out' } );
						}
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
			createElement( PrePublishPanel, { title: __( 'Suggested sections', 'copydesk' ), initialOpen: true }, createElement( Suggestions, { ahead: settings.ahead } ) ),
			createElement( PostPublishPanel, { title: __( 'Suggested sections', 'copydesk' ), initialOpen: true }, createElement( Suggestions ) )
		);
	}

	wp.plugins.registerPlugin( 'copydesk', { render: Panels, icon: 'tag' } );
	watchSaves();

	if ( wp.commands ) { // from WordPress 6.3 on
		dispatch( 'core/commands' ).registerCommand( {
			name: 'copydesk/suggest',
			label: __( 'Suggest sections for this post', 'copydesk' ),
			callback: ( { close } ) => {
				close();
				showPanel();
				setTimeout( () => document.querySelector( '.interface-complementary-area .copydesk-ask' )?.click(), 350 );
			},
		} );
	}
} )();
