"""Articles from editors' feedback: the texts that the service stored, and the sections that stayed."""

import json
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.rows import LeftOut, Place, Reading, Row
from classifier.feedback.feedback import Feedback
from classifier.sections import Sections

_NO_TEXT = (
    "articles whose last feedback has no body, so that there is no text to train on (the text of a kept suggestion is "
    "used only if it is decided on the desk). Fix: send the body with the feedback, to a service with the setting "
    "keep_texts"
)
_UNSEEN = (
    "articles with feedback on which Copydesk set a section that no person is known to have looked at "
    "(--machine-labels keeps them)"
)
_UNTOUCHED = (
    "articles with feedback that keeps, adds or removes no section (--machine-labels keeps them, without a section)"
)
_OTHER_SET = "articles with feedback on models of other sets"
_NO_SET = "articles with feedback that names no model, so that its set of models is unknown"
_UNKNOWN = "articles with feedback whose sections are all missing from the vocabulary"


def read_feedback(address: str, sections: Sections, reading: Reading) -> Iterator[Row | LeftOut]:
    """Yield each article that has feedback, labelled with the sections that the last feedback on it kept and added.

    If no person is known to have looked at each section of an article, some labels would be the model's own answers.
    If the feedback keeps, adds and removes nothing, no person is known to have decided that none applies. Such
    articles are left out, unless ``reading`` wants machine labels.

    Raises
    ------
    FeedbackError
        If the database does not exist or does not answer.
    """
    from classifier.feedback.store import FeedbackStore

    with FeedbackStore.existing(address) as store:
        for entry in store.latest(texts=True):
            yield _row(entry.feedback, Place(Path(store.name), entry.number), sections, reading)


def _row(feedback: Feedback, place: Place, sections: Sections, reading: Reading) -> Row | LeftOut:
    if reading.feedback_models is not None and feedback.model not in reading.feedback_models:
        return LeftOut(place, _OTHER_SET if feedback.model else _NO_SET)
    if not (feedback.body or "").strip():
        return LeftOut(place, _NO_TEXT)
    if not feedback.is_confirmed and not reading.machine_labels:
        return LeftOut(place, _UNSEEN if feedback.kept else _UNTOUCHED)
    if reading.ignore_unknown and feedback.sections and not any(map(sections.get, feedback.sections)):
        return LeftOut(place, _UNKNOWN)
    fields = {
        "id": feedback.article,
        "headline": feedback.headline or "",
        "body": feedback.body,
        "published": feedback.published and feedback.published.isoformat(),
        "sections": list(feedback.sections),
    }
    return Row(place, fields, json.dumps(fields, ensure_ascii=False, allow_nan=False))
