"""What an editor decides in the queue: stored as feedback with their name, undone, or accepted for many at once."""

from typing import TYPE_CHECKING, Any

from flask import Response, request

from classifier.errors import FieldProblem, InvalidInputError
from classifier.service.desk.pages import go, pages, show
from classifier.service.desk.visits import keeps_texts, section_names, suggestion_store, this_visit
from classifier.service.desk.waiting import (
    MOST_UNDONE,
    QueueView,
    find,
    item_page,
    next_open,
    undoable,
)
from classifier.service.guard.access import require

if TYPE_CHECKING:
    from classifier.feedback.feedback import Feedback
    from classifier.feedback.suggestion import Suggestion

#: Suggestions that are looked through for sure ones, and shown on a page of them.
_LOOKED_THROUGH, _MOST_AT_ONCE = 500, 100
_QUEUE = "/desk/queue"


@pages.post(f"{_QUEUE}/<int:number>")
@require("desk")
def decide(number: int) -> Response:
    """Decide on a suggestion, and go on to the next one."""
    view, store = QueueView.asked(), suggestion_store()
    suggestion = find(number)
    if not store.decide(number, _feedback(suggestion), keep_text=keeps_texts()):
        return item_page(number, refused=True, status=409)
    following = next_open(view, suggestion)
    return _go_on(view, following, [number, *undoable()])


@pages.post(f"{_QUEUE}/undo")
@require("desk")
def undo() -> Response:
    """Open a suggestion again that the reader decided on, and forget what they decided."""
    view, store, visit = QueueView.asked(), suggestion_store(), this_visit()
    try:
        number = int(request.form.get("number", ""))
    except ValueError:
        raise InvalidInputError([FieldProblem("", "no suggestion was named. Fix: go back to the queue")]) from None
    is_own = find(number).decided_by == visit.name
    left = [other for other in undoable() if other != number]
    if not (is_own or visit.may_administer) or not store.reopen(number):
        return item_page(number, refused=True, status=409)
    return _go_on(view, number, left)


@pages.get(f"{_QUEUE}/sure")
@require("desk")
def list_sure() -> Response:
    """List the open suggestions of which the model is sure of every tag."""
    view, (found, has_more) = QueueView.asked(), _sure(QueueView.asked())
    return show("sure.html", view=view, found=found, has_more=has_more, names=section_names())


@pages.post(f"{_QUEUE}/sure")
@require("desk")
def accept_sure() -> Response:
    """Accept the suggestions that are ticked. All others stay open."""
    view, store = QueueView.asked(), suggestion_store()
    accepted: list[int] = []
    missed = 0
    for text in dict.fromkeys(request.form.getlist("accept")[:_MOST_AT_ONCE]):
        suggestion = store.with_id(int(text)) if text.isdecimal() and len(text) < 19 else None
        # the list was ticked beforehand, so nobody is known to have looked at each of its tags
        if suggestion is not None and store.decide(
            suggestion.id, _feedback(suggestion, "accept", is_read=False), keep_text=keeps_texts()
        ):
            accepted.append(suggestion.id)
        else:
            missed += 1
    facts = {"accepted": str(len(accepted)), "missed": str(missed) if missed else ""}
    return go(_QUEUE, view.query | facts | {"done": ",".join(map(str, accepted[::-1][:MOST_UNDONE]))})


def _go_on(view: QueueView, number: int | None, done: list[int]) -> Response:
    parameters = view.query | {"done": ",".join(map(str, done[:MOST_UNDONE]))}
    return go(_QUEUE if number is None else f"{_QUEUE}/{number}", parameters)


def _feedback(suggestion: "Suggestion", action: str | None = None, *, is_read: bool = True) -> "Feedback":
    """Return what the form says about a suggestion, as feedback of the reader.

    With ``is_read``, they looked at each tag that they kept.

    Raises
    ------
    InvalidInputError
        If the form does not say what to do, or names a section that there is not.
    """
    from classifier.feedback.feedback import Feedback

    suggested = [tag.section for tag in suggestion.tags]
    action = action or request.form.get("action", "")
    kept, added = suggested, list[str]()
    if action == "reject":
        kept = []
    elif action == "correct":
        ticked = request.form.getlist("keep")
        kept = [section for section in suggested if section in ticked]
        added = [section for section in dict.fromkeys(request.form.getlist("add")) if section not in suggested]
        if unknown := set(added) - section_names().keys():
            raise InvalidInputError(
                [
                    FieldProblem(
                        "", f"{len(unknown)} of the sections are not in the live model. Fix: load the page again"
                    )
                ]
            )
    elif action != "accept":
        raise InvalidInputError([FieldProblem("", "the form does not say what to do. Fix: load the page again")])
    fields: dict[str, Any] = {
        "article": suggestion.article,
        "source": suggestion.source,
        "revision": suggestion.revision,
        "person": this_visit().name,
        "model": suggestion.model,
        "suggested": suggested,
        "kept": kept,
        "added": added,
        "removed": [section for section in suggested if section not in kept],
        "applied": () if is_read else kept,
        "reviewed": suggested if is_read else (),
        "headline": suggestion.headline,
        "body": suggestion.body,
    }
    return Feedback(**fields)


def _sure(view: QueueView) -> tuple[list["Suggestion"], bool]:
    """Return the first open suggestions with tags, all of them sure, and whether there may be more."""
    order: Any = view.order
    store, cursor = suggestion_store(), None
    found: list[Suggestion] = []
    for _ in range(_LOOKED_THROUGH // _MOST_AT_ONCE):
        page = store.page(view.filter(), order=order, cursor=cursor, limit=_MOST_AT_ONCE)
        found += [s for s in page.suggestions if s.tags and all(tag.decision == "apply" for tag in s.tags)]
        cursor = page.next
        if cursor is None or len(found) >= _MOST_AT_ONCE:
            break
    return found[:_MOST_AT_ONCE], cursor is not None or len(found) > _MOST_AT_ONCE
