"""Recipes: how an annotation tool writes one annotated text, and which keys its exports are known by."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from classifier.article import ALIASES

Fields = Mapping[str, Any]
#: Where `Annotated.fields` keep the texts of options that labels name by number.
OPTIONS = "_options"


@dataclass(frozen=True, slots=True)
class Annotated:
    """An annotated text.

    Parameters
    ----------
    fields : mapping
        The text and what else the tool was given, by the names that it has there.
    labels : list of str
        Its labels; empty if the annotator gave none.
    labels_from : str
        The key where they were found.
    not_read : mapping of str to int
        How many annotations of the text are not read although others are, by kind, in the plural.
    """

    fields: Fields
    labels: list[str]
    labels_from: str
    not_read: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A text without a usable annotation; ``what`` names its kind, in the plural."""

    what: str


class NotTextClassificationError(ValueError):
    """The annotation does not give labels to a whole text."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one tool writes an annotated text.

    Parameters
    ----------
    tool : str
    keys : tuple of tuples of str
        The file is the tool's if its start has every key of one of these groups.
    read : callable
        Takes an object of the export. Raises NotTextClassificationError.
    """

    tool: str
    keys: tuple[tuple[str, ...], ...]
    read: Callable[[Fields], Annotated | Skipped]

    @property
    def pattern(self) -> "re.Pattern[bytes]":
        """A pattern that matches the start of a file that has the keys."""
        groups = ("".join(rf'(?=.*"{re.escape(name)}"\s*:)' for name in group) for group in self.keys)
        return re.compile("|".join(groups).encode(), re.DOTALL)

    def confirms(self, head: bytes) -> bool:
        """Return whether a file that the pattern matches is the tool's: the first of several lines has the keys."""
        try:
            first = json.loads(head.partition(b"\n")[0])
        except (ValueError, RecursionError):
            return True  # a list, or an object over several lines
        return not isinstance(first, dict) or any(first.keys() >= set(group) for group in self.keys)


def texts(value: Any) -> list[str]:
    """Return the labels in a value: a text, a number, or a list of these; anything else is not a label."""
    if isinstance(value, list | tuple):
        return [label for entry in value for label in texts(entry)]
    if isinstance(value, bool) or value is None or value == "":
        return []
    return [str(value)] if isinstance(value, str | int) else []


def majority(opinions: Iterable[Iterable[str]]) -> list[str]:
    """Return the labels that at least half of the annotators gave, in the order in which they first occur."""
    given = [list(dict.fromkeys(labels)) for labels in opinions]
    counts = Counter(label for labels in given for label in labels)
    return [label for label, count in counts.items() if 2 * count >= len(given)]


#: Ends the kind of annotations that are not read although their text is.
_NEXT_TO_OTHERS = ", next to others of the text"


def _label_studio(task: Fields) -> Annotated | Skipped:
    annotations = [entry for entry in _list(task.get("annotations") or task.get("completions")) if _is_map(entry)]
    if not annotations:
        return Skipped("tasks of Label Studio without an annotation")
    done = [entry for entry in annotations if not (entry.get("was_cancelled") or entry.get("skipped"))]
    if not done:
        return Skipped("tasks of Label Studio whose annotations were all cancelled")
    not_read = Counter({f"cancelled annotations of Label Studio{_NEXT_TO_OTHERS}": len(annotations) - len(done)})
    fitting = [entry for entry in done if not _is_of_other_kind(entry)]
    if not fitting:
        return Skipped("tasks of Label Studio whose annotations have neither choices nor taxonomies")
    not_read[f"annotations of Label Studio with neither choices nor taxonomies{_NEXT_TO_OTHERS}"] = len(done) - len(
        fitting
    )
    agreed = [entry for entry in fitting if entry.get("ground_truth")]
    opinions = [list(_choices(entry)) for entry in agreed[:1] or fitting]
    data = task.get("data")
    fields = dict(data) if _is_map(data) else {"text": data}
    return Annotated({"id": task.get("id"), **fields}, majority(opinions), "annotations", not_read)


def _is_of_other_kind(annotation: Fields) -> bool:
    """Return whether an annotation has results, such as a rating, but none that gives labels or marks a part."""
    values = [result.get("value") for result in _list(annotation.get("result")) if _is_map(result)]
    return bool(values) and not any(
        _is_map(value) and not {"choices", "taxonomy", "start"}.isdisjoint(value) for value in values
    )


def _choices(annotation: Fields) -> Iterator[str]:
    for result in _list(annotation.get("result")):
        value = result.get("value") if _is_map(result) else None
        if not _is_map(value):
            continue
        if "choices" in value:
            yield from texts(value["choices"])
        elif "taxonomy" in value:  # each choice is the path to it
            yield from (label for path in _list(value["taxonomy"]) for label in texts(path)[-1:])
        elif "start" in value and result.get("type") != "choices":
            raise NotTextClassificationError("it marks parts of a text")


#: Keys of an annotation in Label Studio's short form; what stands between the id and these is labels.
_AFTER_LABELS = ("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "history", "agreement")


def _label_studio_min(record: Fields) -> Annotated | Skipped:
    names = list(record)
    start = names.index("id") + 1 if "id" in names else 0
    end = min((names.index(name) for name in _AFTER_LABELS if name in names), default=len(names))
    keys = [name for name in names[start:end] if not name.startswith("agreement")]
    if not keys:
        return Annotated(record, [], "")
    found = [value.get("choices", value) if _is_map(value := record[key]) else value for key in keys]
    fields = {name: value for name, value in record.items() if name not in keys and name not in _AFTER_LABELS}
    return Annotated(fields, texts(found), ", ".join(keys))


def _prodigy(task: Fields) -> Annotated | Skipped:
    answer = task.get("answer", "accept")
    if answer == "ignore":
        return Skipped("texts that the annotator ignored in Prodigy")
    if answer == "reject":
        return Skipped("texts whose suggestion was rejected in Prodigy, which does not say what they are about")
    if task.get("spans"):
        raise NotTextClassificationError("it marks parts of a text")
    fields = {"text": task.get("text") or task.get("html"), **(_fields_of(task.get("meta")))}
    if "accept" in task:
        options = {str(entry.get("id")): entry.get("text") for entry in _list(task.get("options")) if _is_map(entry)}
        accepted = texts(task["accept"])
        return Annotated({**fields, OPTIONS: options}, accepted, "accept")
    return Annotated(fields, texts(task.get("label")), "label")


def _doccano(row: Fields) -> Annotated | Skipped:
    name = next((name for name in ("label", "labels", "annotations") if name in row), "label")
    labels = _list(row.get(name)) if not isinstance(row.get(name), str) else [row[name]]
    if any(isinstance(label, list) or (_is_map(label) and "start_offset" in label) for label in labels):
        raise NotTextClassificationError("it marks parts of a text")
    found = [label.get("label") if _is_map(label) else label for label in labels]
    fields = {key: value for key, value in row.items() if key not in (name, "Comments", "comments", "meta")}
    return Annotated({**_fields_of(row.get("meta")), **fields}, texts(found), name)


def _argilla(record: Fields) -> Annotated | Skipped:
    if str(record.get("status", "")).lower() == "discarded":
        return Skipped("records that were discarded in Argilla")
    if "fields" in record:
        return _argilla_2(record)
    annotation = record.get("annotation")
    if annotation is None and str(record.get("status", "")).lower() != "validated":
        return Skipped("records of Argilla without an annotation")
    inputs = record.get("inputs")
    fields = dict(inputs) if _is_map(inputs) else {"text": record.get("text")}
    return Annotated({"id": record.get("id"), **fields}, texts(annotation), "annotation")


def _argilla_2(record: Fields) -> Annotated | Skipped:
    responses = record.get("responses")
    by_user: dict[Any, list[str]] = {}
    names = []
    not_read = Counter[str]()
    for question, answers in responses.items() if _is_map(responses) else ():
        for number, answer in enumerate(_list(answers)):
            if not _is_map(answer):
                continue
            if answer.get("status", "submitted") == "submitted":
                labels = texts(answer.get("value"))
                by_user.setdefault(answer.get("user_id", number), []).extend(labels)
                names += [question] if question not in names else []
            else:
                not_read[f"responses of Argilla that were not submitted{_NEXT_TO_OTHERS}"] += 1
    if not by_user:
        return Skipped("records of Argilla without a submitted response")
    fields = {"id": record.get("id"), **_fields_of(record.get("fields"))}
    return Annotated(fields, majority(by_user.values()), ", ".join(names), not_read)


def _spacy(row: Fields) -> Annotated | Skipped:
    cats = row.get("cats")
    if not _is_map(cats):
        return Skipped("texts of spaCy without cats")
    labels = [name for name, score in cats.items() if isinstance(score, int | float) and score >= 0.5]
    fields = {name: value for name, value in row.items() if name not in ("cats", "meta")}
    return Annotated({**_fields_of(row.get("meta")), **fields}, labels, "cats")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_map(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


#: What a tool was given besides the text may be called like a field of an article.
_KNOWN = {name for names in ALIASES.values() for name in names} | {
    "id",
    "url",
    "language",
    "source",
    "story",
    "translation_of",
}


def _fields_of(value: Any) -> dict[str, Any]:
    """Return the entries of an object that are named like fields of an article, but no labels."""
    known = _KNOWN.difference(ALIASES["sections"])
    return {name: entry for name, entry in value.items() if name in known} if isinstance(value, dict) else {}


RECIPES = (
    Recipe("Label Studio", (("annotations", "data"), ("completions", "data")), _label_studio),
    Recipe("Label Studio min", (("annotation_id", "lead_time"),), _label_studio_min),
    Recipe("Prodigy", (("_input_hash",), ("_task_hash",), ("answer", "accept")), _prodigy),
    Recipe(
        "Argilla",
        (("fields", "responses"), ("inputs", "annotation"), ("annotation", "prediction")),
        _argilla,
    ),
    Recipe("spaCy", (("text", "cats"),), _spacy),
    Recipe("doccano", (("label", "Comments"), ("text", "annotation_approver"), ("data", "label")), _doccano),
)
