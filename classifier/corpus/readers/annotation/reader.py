"""Exports of annotation tools as labelled articles."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from classifier.corpus.readers.annotation.recipes import OPTIONS, Annotated, NotTextClassificationError, Recipe, Skipped
from classifier.corpus.readers.columns.names import field_of, rank
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.json_objects import read_json_objects
from classifier.corpus.readers.rows import Found, LeftOut, Note, Place, Reject, Row
from classifier.sections import Sections

_FIELDS = ("id", "headline", "body", "published", "language", "url", "source", "story", "translation_of")
_REPEATED = "further annotations of the same text"


def read_annotations(path: Path, recipe: Recipe, to: Context) -> Iterator[Found]:
    """Yield the annotated texts of an export; cancelled, rejected and skipped ones are left out.

    If one text has several annotations in a row each, the first one is read. Notes count the annotations that are not
    read although others of the same text are.
    """
    ids: set[str] = set()
    not_read = Counter[str]()
    for row in read_json_objects(path, to):
        if not isinstance(row, Row):
            yield row
            continue
        try:
            found = recipe.read(row.fields)
        except NotTextClassificationError as error:
            reason = (
                f"not an annotation of {recipe.tool} that labels a whole text: {error}. Fix: export another project"
            )
            yield Reject(row.place, (reason,), row.raw)
            continue
        if isinstance(found, Skipped):
            yield LeftOut(row.place, found.what)
            continue
        not_read.update(found.not_read)
        fields = article_fields(found.fields)
        if (id_ := fields.get("id")) is not None:
            if id_ in ids:
                yield LeftOut(row.place, _REPEATED)
                continue
            ids.add(id_)
        fields["sections"] = _named(found, to.sections)
        yield Row(row.place, fields, row.raw, found.labels_from if found.labels else "", remark=row.remark)
    for what, count in not_read.most_common():
        if count:
            yield Note(Place(path, 1), f"left out ({count:,}): {what}")


def article_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an article in what an annotation tool was given.

    They are found by the names that columns of tables may have. If none is a body, the longest other text is.
    """
    by_field: dict[str, list[str]] = {}
    for name, value in given.items():
        if value is not None and value != "":
            by_field.setdefault(field_of(name) or "", []).append(name)
    chosen = {field: min(names, key=rank) for field, names in by_field.items() if field in _FIELDS}
    fields = {field: given[name] for field, name in chosen.items()}
    if "id" in fields:
        fields["id"] = str(fields["id"])
    if "body" not in fields:
        others = [value for name, value in given.items() if isinstance(value, str) and name not in chosen.values()]
        longest = max(others, key=len, default="")
        if "headline" not in fields or len(longest) > len(str(fields["headline"])):
            fields["body"] = longest
    return fields


def _named(found: Annotated, sections: Sections) -> list[str]:
    """Return the labels; one that is not a section is replaced by the text of its option if that is one."""
    options = found.fields.get(OPTIONS)
    options = options if isinstance(options, Mapping) else {}
    return [_option(label, options.get(label), sections) for label in found.labels]


def _option(label: str, text: object, sections: Sections) -> str:
    if not isinstance(text, str) or not text.strip() or sections.get(label):
        return label
    return text if sections.get(text) or label.isdecimal() else label
