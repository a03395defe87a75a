"""Articles from the decisions of editors: texts that the service was allowed to keep, sections that stayed."""

import json
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.rows import LeftOut, Place, Reading, Row
from classifier.feedback.record import EditorDecision
from classifier.sections import Sections

_NO_TEXT = "decisions without a text (the service keeps texts only with the setting keep_texts)"
_UNTOUCHED = "decisions whose every section was Copydesk's own (--machine-labels would keep them)"
_UNKNOWN = "decisions whose sections are all unknown to the vocabulary"


def read_decisions(address: str, sections: Sections, reading: Reading) -> Iterator[Row | LeftOut]:
    """Yield an article for the last decision on each, labelled with what the editor kept and added.

    Where nobody is known to have looked at what was suggested, the labels would be the model's own answers: those
    articles are left out, unless ``reading`` wants them.

    Raises
    ------
    DecisionsError
        If the database does not exist or does not answer.
    """
    from classifier.feedback.store import DecisionStore

    with DecisionStore.existing(address) as store:
        for item in store.latest(texts=True):
            yield _row(item.decision, Place(Path(store.name), item.number), sections, reading)


def _row(decision: EditorDecision, place: Place, sections: Sections, reading: Reading) -> Row | LeftOut:
    if not (decision.body or "").strip():
        return LeftOut(place, _NO_TEXT)
    if not decision.touched and not reading.machine_labels:
        return LeftOut(place, _UNTOUCHED)
    if reading.ignore_unknown and decision.sections and not any(map(sections.get, decision.sections)):
        return LeftOut(place, _UNKNOWN)
    fields = {
        "id": decision.article,
        "headline": decision.headline or "",
        "body": decision.body,
        "published": decision.published and decision.published.isoformat(),
        "sections": list(decision.sections),
    }
    return Row(place, fields, json.dumps(fields, ensure_ascii=False))
