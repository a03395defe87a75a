"""The queue: the suggestions that wait for an editor, one page or one story at a time."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import Response, request

from classifier.errors import CopydeskError, InvalidInputError, NoSuggestionError
from classifier.request import Choice, TagRequest
from classifier.service.desk.counting import MOST_COUNTED
from classifier.service.desk.excerpts import QueueExcerpt, excerpt_of
from classifier.service.desk.marks import direction_of, language_of
from classifier.service.desk.pages import go, pages, show
from classifier.service.desk.trying import ReadStory, Story, shown_story, story_page
from classifier.service.desk.visits import live_models, section_names, suggestion_store
from classifier.service.guard.access import require
from classifier.tagger import Tagger

if TYPE_CHECKING:
    from classifier.feedback.suggestion import Suggestion, SuggestionFilter

ON_A_PAGE = 25
#: So many decisions can be undone one after the other.
MOST_UNDONE = 20
_QUEUE = "/desk/queue"
_LARGEST_ID = 2**63 - 1  # that a database stores


@dataclass(frozen=True)
class QueueView:
    """What a reader of the queue asked for. An empty text stands for everything."""

    order: str = "oldest"
    state: str = "open"
    section: str = ""
    source: str = ""
    search: str = ""
    most: str = ""

    @classmethod
    def asked(cls) -> "QueueView":
        """Return what the query of the present request asks for; unknown values count as not given."""
        args = request.args
        view = cls(**{name: args.get(name, "")[:200].strip() for name in ("section", "source", "search", "most")})
        view = replace(view, most=view.most if view.most in ("0.5", "0.8", "0.95") else "")
        order, state = args.get("order", ""), args.get("state", "")
        return replace(
            view,
            order=order if order in ("oldest", "newest", "least_sure") else "oldest",
            state=state if state in ("open", "decided", "superseded") else "open",
        )

    @property
    def query(self) -> dict[str, str]:
        """The parameters that ask for the same again."""
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in given.items() if value and value != _DEFAULTS[name]}

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves out any suggestion of its state."""
        return bool(self.section or self.source or self.search or self.most)

    def filter(self) -> "SuggestionFilter":
        """Return the filter for the store."""
        from classifier.feedback.suggestion import SuggestionFilter

        state: Any = self.state
        return SuggestionFilter(
            state=state,
            section=self.section or None,
            source=self.source or None,
            search=self.search or None,
            most=float(self.most) if self.most else None,
        )

    def cursor_after(self, suggestion: "Suggestion") -> str:
        """Return the cursor of the suggestions that follow one."""
        from classifier.feedback.suggestion import write_cursor

        probability = next(
            (tag.probability for tag in suggestion.tags if tag.section == self.section), suggestion.probability
        )
        order: Any = self.order
        return write_cursor(order, (probability, suggestion.id))


_DEFAULTS = {name: field.default for name, field in QueueView.__dataclass_fields__.items()}


@dataclass(frozen=True)
class QueueRow:
    """A suggestion as a page lists it."""

    suggestion: "Suggestion"
    excerpt: QueueExcerpt | None
    language: str
    direction: str


@pages.get(_QUEUE)
@require("desk")
def queue() -> Response:
    """List suggestions."""
    view, store = QueueView.asked(), suggestion_store()
    order: Any = view.order
    try:
        found = store.page(view.filter(), order=order, cursor=request.args.get("cursor") or None, limit=ON_A_PAGE)
    except InvalidInputError:  # a cursor of another list
        return go(_QUEUE, view.query)
    return show(
        "queue.html",
        view=view,
        rows=[_row(suggestion) for suggestion in found.suggestions],
        following=found.next,
        is_first=not request.args.get("cursor"),
        counts=store.count_open(MOST_COUNTED + 1),
        most_counted=MOST_COUNTED,
        names=section_names(),
        done=undoable(),
    )


@pages.get(f"{_QUEUE}/<int:number>")
@require("desk")
def item(number: int) -> Response:
    """Show one suggestion, to decide on it."""
    return item_page(number)


@pages.get("/desk/queue/<int:number>/try")
@require("desk")
def item_in_try(number: int) -> Response:
    """Open the kept text of a suggestion in Try; without a text, the page of the suggestion explains that."""
    suggestion = find(number)
    if not suggestion.body:
        return item_page(number)
    sets, name = live_models(), suggestion.set or ""
    story = Story(
        suggestion.headline or "",
        suggestion.body,
        suggestion.language or "",
        name if name in sets.by_name and not sets.only else "",
    )
    return story_page(story, suggestion.tags[0].section if suggestion.tags else "")


def item_page(number: int, *, refused: bool = False, status: int = 200) -> Response:
    """Return the page of a suggestion.

    Parameters
    ----------
    number : int
    refused : bool
        The reader has just decided on it, and somebody else was faster.
    status : int

    Raises
    ------
    NoSuggestionError
        If there is no such suggestion.
    """
    view, store = QueueView.asked(), suggestion_store()
    suggestion = find(number)
    tagger = tagger_of(suggestion)
    story = _read(tagger, suggestion) if tagger else None
    suggested = {tag.section for tag in suggestion.tags}
    row = _row(suggestion)
    newest = store.get(suggestion.source, suggestion.article) if suggestion.state == "superseded" else None
    return show(
        "item.html",
        status,
        view=view,
        row=row,
        suggestion=suggestion,
        story=story,
        others=_others(tagger, story, suggested),
        names=section_names(),
        open_count=store.count_open(MOST_COUNTED + 1).open,
        most_counted=MOST_COUNTED,
        following=next_open(view, suggestion),
        refused=refused,
        newest=newest,
        is_other_model=bool(tagger and tagger.version != suggestion.model),
        done=undoable(),
    )


def find(number: int) -> "Suggestion":
    """Return the suggestion with an id.

    Raises
    ------
    NoSuggestionError
        If there is none, or none any more.
    """
    found = suggestion_store().with_id(number) if number <= _LARGEST_ID else None
    if found is None:
        raise NoSuggestionError("there is no such suggestion any more. Fix: go back to the queue")
    return found


def next_open(view: QueueView, suggestion: "Suggestion") -> int | None:
    """Return the id of the open suggestion that follows one, in the reader's order; None at the end."""
    order: Any = view.order
    wanted = replace(view, state="open").filter()
    found = suggestion_store().page(wanted, order=order, cursor=view.cursor_after(suggestion), limit=1).suggestions
    return found[0].id if found else None


def undoable() -> list[int]:
    """Return the ids of the suggestions that the reader decided last, the last one first."""
    texts = request.args.get("done", "").split(",")
    return [int(text) for text in texts if text.isdecimal() and len(text) < 20][:MOST_UNDONE]


def tagger_of(suggestion: "Suggestion") -> Tagger | None:
    """Return the live tagger of the set that a suggestion is from; None if it has none now."""
    sets = live_models()
    live = sets.by_name.get(suggestion.set) if suggestion.set else sets.only or next(iter(sets.by_name.values()))
    return live.current if live else None


def _row(suggestion: "Suggestion") -> QueueRow:
    terms = [term for tag in suggestion.tags for term in tag.terms]
    excerpt = excerpt_of(suggestion.body, terms) if suggestion.body else None
    text = f"{suggestion.headline or ''} {excerpt.text if excerpt else ' '.join(terms)}"
    tagger = tagger_of(suggestion)
    language = language_of(text, suggestion.language, tagger.languages if tagger else ())
    return QueueRow(suggestion, excerpt, language, direction_of(text))


def _read(tagger: Tagger, suggestion: "Suggestion") -> ReadStory | None:
    """Return the story with the words that the live model finds; None if its text is not kept or cannot be read."""
    if not suggestion.body:
        return None
    try:
        article = TagRequest.read({"headline": suggestion.headline or "", "body": suggestion.body})
        answer = tagger.tag(article, Choice(explain=True, all=True))
    except CopydeskError:
        return None
    first = suggestion.tags[0].section if suggestion.tags else ""
    return shown_story(tagger, answer, request.args.get("show", first), suggestion.language)


def _others(tagger: Tagger | None, story: ReadStory | None, suggested: set[str]) -> list[tuple[str, str, float | None]]:
    """Return the sections that can be added: id, name and probability, the most probable first."""
    if tagger is None:
        return []
    known = {row.tag.section: row.tag.probability for row in story.rows} if story else {}
    listed = [
        (section.id, section.name, known.get(section.id))
        for section in tagger.sections
        if section.id not in suggested and section.status == "active"
    ]
    return sorted(listed, key=lambda each: -(each[2] or 0.0))
