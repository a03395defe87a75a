/**
 * The list of suggestions in both editors. It asks WordPress, draws the list, and passes accepted suggestions to the editor.
 *
 * An editor is an object with
 *   text()          {title, content} as the editor shows them, saved or not
 *   termIds()       ids of the chosen terms
 *   add( tag )      chooses the tag's term and returns whether that was possible
 */
( function () {
	'use strict';

	const { __, _n, sprintf } = wp.i18n;
	const settings = window.copydeskSettings;
	const path = '/copydesk/v1/posts/' + settings.post;
	const ELSEWHERE = [ 'keydown', 'pointerdown', 'focusin' ];
	const GRACE = 500; // milliseconds in which a key that was meant for the button of before does nothing

	function make( name, attributes, ...children ) {
		const node = document.createElement( name );
		for ( const [ key, value ] of Object.entries( attributes || {} ) ) {
			if ( key === 'onclick' ) {
				node.addEventListener( 'click', value );
			} else if ( value !== undefined ) {
				node.setAttribute( key, value );
			}
		}
		node.append( ...children.filter( ( child ) => child !== null ) );
		return node;
	}

	/** Another program may have answered in place of the plugin, and older versions stored answers unchecked. */
	function checked( state ) {
		const isTag = ( tag ) =>
			typeof tag?.section === 'string' &&
			typeof tag.name === 'string' &&
			( tag.evidence === undefined || ( Array.isArray( tag.evidence ) && tag.evidence.every( Array.isArray ) ) );
		const isWhole =
			[ 'suggestions', 'applied', 'rejected' ].every( ( kind ) => Array.isArray( state?.[ kind ] ) && state[ kind ].every( isTag ) ) &&
			( ! state.error || typeof state.error.message === 'string' );
		if ( ! isWhole ) {
			throw new Error( __( 'WordPress gave an unexpected answer. Reload this page. If that does not help, report it to your administrator.', 'copydesk' ) );
		}
		return state;
	}

	function bytes( text ) {
		return new Blob( [ text ] ).size;
	}

	/** Rounded down, and never 100 %. */
	function percent( tag ) {
		return typeof tag.probability !== 'number' ? '' : Math.min( 99, Math.floor( 100 * tag.probability ) ) + ' %';
	}

	/** The name of the section, and that of its term if it differs. */
	function title( tag ) {
		const term = settings.terms[ tag.term ];
		return term && term !== tag.name ? `${ tag.name } (${ term })` : tag.name;
	}

	/** The words for the tag, and the words against it. */
	function reasons( tag ) {
		const words = ( sign ) => ( tag.evidence || [] ).filter( ( [ , share ] ) => sign * share > 0 ).map( ( [ term ] ) => term ).join( ', ' );
		const parts = [];
		if ( words( 1 ) ) {
			/* translators: %s: words of the text */
			parts.push( sprintf( __( 'for: %s', 'copydesk' ), words( 1 ) ) );
		}
		if ( words( -1 ) ) {
			/* translators: %s: words of the text */
			parts.push( sprintf( __( 'against: %s', 'copydesk' ), words( -1 ) ) );
		}
		return parts.join( '; ' );
	}

	class View {
		constructor( root, editor ) {
			this.root = root;
			this.editor = editor;
			this.state = null;
			this.calls = 0;
			this.last = Promise.resolve();
			this.asking = false;
			this.failure = '';
			this.asked = false;
			this.wentElsewhere = false;
			this.arrived = null;
			this.clicked = '';
			this.onElsewhere = ( event ) => {
				this.wentElsewhere = this.wentElsewhere || ! this.root.contains( event.target );
			};
			for ( const kind of ELSEWHERE ) {
				document.addEventListener( kind, this.onElsewhere, true );
			}
			this.root.addEventListener( 'keydown', ( event ) => this.onKey( event ) );
			this.root.addEventListener( 'click', ( event ) => this.onClick( event ), true );
			this.load();
		}

		/** Stop listening, when the editor takes the view away. */
		end() {
			for ( const kind of ELSEWHERE ) {
				document.removeEventListener( kind, this.onElsewhere, true );
			}
		}

		load() {
			return this.call( { path } );
		}

		/** @param {boolean} quietly Nobody pressed the button, so the focus stays where it is. */
		ask( quietly = false ) {
			if ( this.asking ) {
				return;
			}
			this.wentElsewhere = quietly;
			const { title, content } = this.editor.text();
			if ( bytes( title + content ) > settings.maxBytes ) {
				/* translators: %d: a number of megabytes */
				this.failure = sprintf( __( 'The post is longer than %d MB, which is the most that the service accepts. Shorten it, or split it.', 'copydesk' ), settings.maxBytes / 2 ** 20 );
				this.draw();
				return;
			}
			this.asked = true;
			this.asking = true;
			this.call( { path: path + '/suggest', method: 'POST', data: { title, content, terms: this.editor.termIds() } } ).then( () => {
				this.asking = false;
				this.draw();
				wp.a11y.speak( this.failure || this.outcome() || this.countText() );
				this.focusFirst();
				this.arrived = { target: document.activeElement, at: performance.now() };
			} );
		}

		/** One call after another, so that the last answer is the newest. */
		async call( request ) {
			this.calls++;
			this.failure = '';
			this.draw();
			const answer = this.last.then( () => wp.apiFetch( request ) );
			this.last = answer.catch( () => {} ); // shown below; it must not stop the next call
			try {
				this.state = checked( await answer );
			} catch ( error ) {
				this.failure = error?.message || __( 'WordPress did not answer. Try again.', 'copydesk' );
			}
			this.calls--;
			this.draw();
			return this.state;
		}

		open() {
			const chosen = this.editor.termIds();
			return this.state ? this.state.suggestions.filter( ( tag ) => ! chosen.includes( tag.term ) ) : [];
		}

		accept( tag ) {
			// looked up first, because the editor reports the new term before `add` returns, which draws the list again
			const at = this.items().findIndex( ( item ) => item.dataset.section === tag.section );
			if ( ! this.editor.add( tag ) ) {
				this.failure = __( 'This page does not show the list of terms, so the section cannot be added here. Add it where your site shows them.', 'copydesk' );
			} else {
				/* translators: %s: name of a section */
				wp.a11y.speak( sprintf( __( '%s added', 'copydesk' ), tag.name ) );
			}
			this.draw();
			const left = this.items();
			this.focus( left[ Math.min( at, left.length - 1 ) ] );
		}

		items() {
			return [ ...this.root.querySelectorAll( '.copydesk-item' ) ];
		}

		async reject( tag ) {
			this.wentElsewhere = false;
			await this.call( { path: path + '/reject', method: 'POST', data: { section: tag.section } } );
			/* translators: %s: name of a section */
			wp.a11y.speak( this.failure || sprintf( __( '%s will not be suggested again', 'copydesk' ), tag.name ) );
			this.focusFirst();
		}

		unreject( tag ) {
			this.wentElsewhere = false;
			return this.call( { path: path + '/reject', method: 'DELETE', data: { section: tag.section } } ).then( () => this.focusFirst() );
		}

		/**
		 * Move the focus to the list, unless the editor has gone on to write elsewhere meanwhile. Between two blocks nothing has
		 * the focus for a moment, so it is not enough to look where it is now. A canvas in a frame sends no events to this page,
		 * but has the focus.
		 */
		focusFirst() {
			const focused = document.activeElement;
			const isHere = ! focused || focused === document.body || this.root.contains( focused );
			if ( isHere && ! this.wentElsewhere ) {
				this.focus( this.root.querySelector( '.copydesk-item' ) );
			}
		}

		/** Whether a key comes so soon after the focus moved by itself that it was meant for what had the focus before. */
		isTooSoon( target ) {
			return this.arrived?.target === target && performance.now() < this.arrived.at + GRACE;
		}

		/** A key pressed too soon, and the second half of a double click on the ask button, decide nothing. */
		onClick( event ) {
			const button = event.target.closest( 'button' );
			const isByKey = event.detail === 0;
			const isSecond = event.detail > 1 && this.clicked === 'ask' && button?.dataset.key !== 'ask';
			if ( isSecond || ( isByKey && this.isTooSoon( button ) ) ) {
				event.preventDefault();
				event.stopPropagation();
				return;
			}
			this.clicked = button?.dataset.key || '';
		}

		focus( item ) {
			const target = item?.querySelector( 'button' ) || this.root.querySelector( '.copydesk-ask' );
			target?.focus();
		}

		/** Keys in the list: arrows move, A adds, R rejects. Tab and Enter work as usual. */
		onKey( event ) {
			const item = event.target.closest( '.copydesk-item' );
			if ( ! item || event.ctrlKey || event.metaKey || event.altKey ) {
				return;
			}
			const press = { a: '.copydesk-accept', r: '.copydesk-reject' }[ event.key.toLowerCase() ];
			const next = { ArrowDown: item.nextElementSibling, ArrowUp: item.previousElementSibling }[ event.key ];
			if ( press ) {
				event.preventDefault();
				if ( ! this.isTooSoon( event.target ) ) {
					this.arrived = null; // the click below is this key's
					item.querySelector( press )?.click();
				}
			} else if ( next ) {
				event.preventDefault();
				this.focus( next );
			}
		}

		outcome() {
			if ( ! this.state || ! this.state.model || this.open().length ) {
				return '';
			}
			if ( this.state.outcome === 'no_known_terms' ) {
				return __( 'The model knows none of the words in this text, so it cannot suggest a section.', 'copydesk' );
			}
			return this.state.outcome === 'tagged' || [ 'suggestions', 'applied', 'rejected' ].some( ( kind ) => this.state[ kind ].length )
				? __( 'No further suggestions.', 'copydesk' )
				: __( 'No section fits this text.', 'copydesk' );
		}

		countText() {
			const count = this.open().length;
			/* translators: %d: number of suggestions */
			return sprintf( _n( '%d suggestion', '%d suggestions', count, 'copydesk' ), count );
		}

		draw() {
			const open = this.open();
			const error = this.state?.error;
			const focused = this.root.contains( document.activeElement ) ? document.activeElement.dataset.key : null;
			this.root.setAttribute( 'aria-busy', String( this.calls > 0 ) );
			this.root.replaceChildren(
				...[
					this.failure ? make( 'p', { class: 'copydesk-error', role: 'alert' }, this.failure ) : null,
					error ? this.drawError( error ) : null,
					open.length ? make( 'ul', { class: 'copydesk-list', 'aria-label': __( 'Suggested sections', 'copydesk' ) }, ...open.map( ( tag ) => this.drawOpen( tag ) ) ) : null,
					open.length ? make( 'p', { class: 'copydesk-hint' }, __( 'Keys in the list: A to add, R to reject, arrows to move.', 'copydesk' ) ) : null,
					make( 'p', { class: 'copydesk-outcome', role: 'status' }, this.asking ? __( 'Asking…', 'copydesk' ) : this.outcome() ),
					this.drawDecided( __( 'Set by Copydesk', 'copydesk' ), this.state?.applied, null ),
					this.drawDecided( __( 'Rejected', 'copydesk' ), this.state?.rejected, ( tag ) => this.unreject( tag ) ),
					this.drawAsk(),
				].filter( ( node ) => node !== null )
			);
			if ( focused ) {
				this.root.querySelector( `[data-key="${ CSS.escape( focused ) }"]` )?.focus();
			}
		}

		drawError( error ) {
			const next = error.waiting
				? __( 'Copydesk will suggest sections for this post as soon as the service answers.', 'copydesk' )
				: __( 'Copydesk cannot suggest sections for this post.', 'copydesk' );
			return make( 'p', { class: 'copydesk-error' }, make( 'strong', {}, next ), ' ', error.message );
		}

		drawAsk() {
			const label = this.asked || this.state?.model ? __( 'Ask again', 'copydesk' ) : __( 'Suggest sections', 'copydesk' );
			const button = make( 'button', { type: 'button', class: 'button copydesk-ask', 'data-key': 'ask', onclick: () => this.ask() }, label );
			button.setAttribute( 'aria-disabled', String( this.asking ) ); // a disabled button would lose the focus
			return button;
		}

		drawOpen( tag ) {
			const button = ( kind, label, text, act ) =>
				make( 'button', { type: 'button', class: `button button-small copydesk-${ kind }`, 'aria-label': label, 'data-key': `${ kind }-${ tag.section }`, onclick: act }, text );
			return make(
				'li',
				{ class: 'copydesk-item', 'data-section': tag.section },
				this.drawName( tag ),
				make(
					'span',
					{ class: 'copydesk-buttons' },
					tag.term
						? /* translators: %s: name of a section */ button( 'accept', sprintf( __( 'Add %s', 'copydesk' ), tag.name ), __( 'Add', 'copydesk' ), () => this.accept( tag ) )
						: make( 'em', {}, tag.missing || __( 'This site has no term for this section. An administrator can choose one in the Copydesk settings.', 'copydesk' ) ),
					/* translators: %s: name of a section */
					button( 'reject', sprintf( __( 'Reject %s', 'copydesk' ), tag.name ), __( 'Reject', 'copydesk' ), () => this.reject( tag ) )
				)
			);
		}

		drawName( tag ) {
			const sure = tag.decision === 'apply' ? make( 'span', { class: 'copydesk-sure' }, __( 'sure', 'copydesk' ) ) : null;
			return make(
				'span',
				{ class: 'copydesk-name' },
				make( 'strong', {}, title( tag ) ),
				' ',
				make( 'span', { class: 'copydesk-percent' }, percent( tag ) ),
				' ',
				sure,
				reasons( tag ) ? make( 'span', { class: 'copydesk-why' }, reasons( tag ) ) : null
			);
		}

		drawDecided( title, tags, undo ) {
			if ( ! tags?.length ) {
				return null;
			}
			const items = tags.map( ( tag ) =>
				make(
					'li',
					{},
					undo ? make( 'strong', {}, tag.name ) : this.drawName( tag ),
					' ',
					undo
						? make(
								'button',
								/* translators: %s: name of a section */
								{ type: 'button', class: 'button-link', 'aria-label': sprintf( __( 'Suggest %s again', 'copydesk' ), tag.name ), onclick: () => undo( tag ) },
								__( 'Suggest again', 'copydesk' )
						  )
						: null
				)
			);
			return make( 'div', { class: 'copydesk-decided' }, make( 'h3', {}, title ), make( 'ul', {}, ...items ) );
		}
	}

	window.copydesk = { settings, View, percent };
} )();
