/**
 * The list of suggestions that both editors show: asks WordPress, draws, and hands what is accepted to the editor.
 *
 * An editor is an object with
 *   text()          {title, content} as they stand, saved or not
 *   termIds()       ids of the chosen terms
 *   add( tag )      choose the tag's term; says whether it could
 */
( function () {
	'use strict';

	const { __, _n, sprintf } = wp.i18n;
	const settings = window.copydeskSettings;
	const path = '/copydesk/v1/posts/' + settings.post;

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

	/** Rounded down, and never to certainty. */
	function percent( tag ) {
		return tag.probability === undefined ? '' : Math.min( 99, Math.floor( 100 * tag.probability ) ) + ' %';
	}

	/** The section, and the term that stands for it where that is called otherwise. */
	function title( tag ) {
		const term = settings.terms[ tag.term ];
		return term && term !== tag.name ? `${ tag.name } (${ term })` : tag.name;
	}

	/** The words that speak for the tag, and those against it. */
	function reasons( tag ) {
		const words = ( sign ) => ( tag.evidence || [] ).filter( ( [ , share ] ) => sign * share > 0 ).map( ( [ term ] ) => term ).join( ', ' );
		const parts = [];
		if ( words( 1 ) ) {
			/* translators: %s: words of the text */
			parts.push( sprintf( __( 'for it: %s', 'copydesk' ), words( 1 ) ) );
		}
		if ( words( -1 ) ) {
			/* translators: %s: words of the text */
			parts.push( sprintf( __( 'against it: %s', 'copydesk' ), words( -1 ) ) );
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
			this.root.addEventListener( 'keydown', ( event ) => this.onKey( event ) );
			this.load();
		}

		load() {
			return this.call( { path } );
		}

		ask() {
			if ( this.asking ) {
				return;
			}
			const { title, content } = this.editor.text();
			this.asked = true;
			this.asking = true;
			this.call( { path: path + '/suggest', method: 'POST', data: { title, content, terms: this.editor.termIds() } } ).then( () => {
				this.asking = false;
				this.draw();
				wp.a11y.speak( this.outcome() || this.countText() );
				this.focusFirst();
			} );
		}

		/** One call after the other, so that the last answer is the newest. */
		async call( request ) {
			this.calls++;
			this.failure = '';
			this.draw();
			const answer = this.last.then( () => wp.apiFetch( request ) );
			this.last = answer.catch( () => {} ); // told below; it must not stop the next
			try {
				this.state = await answer;
			} catch ( error ) {
				this.failure = error.message || __( 'WordPress did not answer.', 'copydesk' );
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
			// looked up first: the editor tells of the new term before it returns, and the list is drawn again
			const at = this.items().findIndex( ( item ) => item.dataset.section === tag.section );
			if ( ! this.editor.add( tag ) ) {
				this.failure = __( 'The list of terms is not on this page; choose it there by hand.', 'copydesk' );
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
			await this.call( { path: path + '/reject', method: 'POST', data: { section: tag.section } } );
			/* translators: %s: name of a section */
			wp.a11y.speak( sprintf( __( '%s will not be suggested again', 'copydesk' ), tag.name ) );
			this.focusFirst();
		}

		unreject( tag ) {
			return this.call( { path: path + '/reject', method: 'DELETE', data: { section: tag.section } } ).then( () => this.focusFirst() );
		}

		focusFirst() {
			this.focus( this.root.querySelector( '.copydesk-item' ) );
		}

		focus( item ) {
			const target = item?.querySelector( 'button' ) || this.root.querySelector( '.copydesk-ask' );
			target?.focus();
		}

		/** In the list: arrows move, A adds, R rejects. Tab and Enter work as everywhere. */
		onKey( event ) {
			const item = event.target.closest( '.copydesk-item' );
			if ( ! item || event.ctrlKey || event.metaKey || event.altKey ) {
				return;
			}
			const press = { a: '.copydesk-accept', r: '.copydesk-reject' }[ event.key.toLowerCase() ];
			const next = { ArrowDown: item.nextElementSibling, ArrowUp: item.previousElementSibling }[ event.key ];
			if ( press ) {
				event.preventDefault();
				item.querySelector( press )?.click();
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
				return __( 'Not one word of this text was in the articles that the model learned from.', 'copydesk' );
			}
			return this.state.outcome === 'tagged' || [ 'suggestions', 'applied', 'rejected' ].some( ( kind ) => this.state[ kind ].length )
				? __( 'Nothing further to suggest.', 'copydesk' )
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
					open.length ? make( 'p', { class: 'copydesk-hint' }, __( 'Keys in the list: A adds, R rejects, arrows move.', 'copydesk' ) ) : null,
					make( 'p', { class: 'copydesk-outcome', role: 'status' }, this.asking ? __( 'Asking…', 'copydesk' ) : this.outcome() ),
					this.drawDecided( __( 'Applied by Copydesk', 'copydesk' ), this.state?.applied, null ),
					this.drawDecided( __( 'Not suggested again', 'copydesk' ), this.state?.rejected, ( tag ) => this.unreject( tag ) ),
					this.drawAsk(),
				].filter( ( node ) => node !== null )
			);
			if ( focused ) {
				this.root.querySelector( `[data-key="${ focused }"]` )?.focus();
			}
		}

		drawError( error ) {
			const next = error.waiting
				? __( 'Copydesk has not seen this post yet and will come back to it.', 'copydesk' )
				: __( 'Copydesk could not look at this post.', 'copydesk' );
			return make( 'p', { class: 'copydesk-error' }, make( 'strong', {}, next ), ' ', error.message );
		}

		drawAsk() {
			const label = this.asked || this.state?.model ? __( 'Ask again', 'copydesk' ) : __( 'Suggest sections', 'copydesk' );
			const button = make( 'button', { type: 'button', class: 'button copydesk-ask', 'data-key': 'ask', onclick: () => this.ask() }, label );
			button.setAttribute( 'aria-disabled', String( this.asking ) ); // and not disabled, which would lose the focus
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
						: make( 'em', {}, __( 'No term of this site stands for it.', 'copydesk' ) ),
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

	window.copydesk = { settings, View };
} )();
