"""News items in ninjs, the IPTC's JSON: their subjects are the labels."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.json_objects import read_json_objects
from classifier.corpus.readers.rows import Found, LeftOut, Row
from classifier.errors import shown
from classifier.ninjs_item import Subject, article_fields, is_ninjs, subjects
from classifier.sections import Sections

_SYSTEM = "iptc"
#: Matches the start of a JSON file that has keys of ninjs.
NINJS = re.compile(
    rb'(?=.*"uri"\s*:\s*")(?=.*(?:"(?:headlines|bodies|body_xhtml|body_text|versioncreated|pubstatus|description_text)"\s*:'
    rb'|:\s*"ninjs"))',
    re.DOTALL | re.IGNORECASE,
)


def read_ninjs(path: Path, to: Context) -> Iterator[Found]:
    """Yield the texts of a file of items; pictures, other media and withdrawn items are left out."""
    for row in read_json_objects(path, to):
        if not isinstance(row, Row):
            yield row
        elif not is_ninjs(row.fields):
            yield LeftOut(row.place, "objects that are not ninjs items")
        elif reason := _left_out(row.fields):
            yield LeftOut(row.place, reason)
        else:
            fields = article_fields(row.fields)
            labels = [_label(subject, to.sections) for subject in subjects(row.fields)]
            fields["sections"] = list(dict.fromkeys(labels))
            yield Row(row.place, fields, row.raw, "subject" if labels else "")


def _left_out(item: Mapping[str, Any]) -> str:
    kind = item.get("type", "text")
    if kind not in ("text", "composite", None):
        return f"ninjs items of the type {shown(str(kind))}"
    status = item.get("pubstatus", item.get("pubStatus"))
    if status in ("canceled", "withheld"):
        return f"ninjs items with the status {shown(status)}"
    return ""


def _label(subject: Subject, sections: Sections) -> str:
    """Return the id of the section that has a code of the subject or one of its names, or else its own label."""
    for code in subject.codes:
        if found := sections.get_external(_SYSTEM, code) or sections.get_external(
            _SYSTEM, code.removeprefix("medtop:")
        ):
            return found.id
    known = (name for name in (*subject.names, *subject.codes) if sections.get(name))
    return next(known, subject.label)
