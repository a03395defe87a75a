"""The column “story” of a table: in some it holds the body, in others the name of the story that an article tells."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from classifier.corpus.readers.columns.names import plain

_MAX_LENGTH = 100
#: Sentences of many scripts have no spaces.
_MAX_LENGTH_OTHERWISE = 30
_TEXTS = ("body", "headline", "summary")


def set_story_apart(by_field: dict[str, list[str]], values: Mapping[str, Sequence[Any]], text: str | None) -> None:
    """Take a column “story” for the name of a story, not for the body, if its values are names.

    Parameters
    ----------
    by_field : dict
        The columns of each field; changed in place.
    values : mapping
        The values of each column in the first rows. If “story” has none there, another column must have the texts.
    text : str, optional
        The column that the user named as the text: it is left alone.
    """
    for column in [name for name in by_field.get("body", ()) if is_story(name) and name != text]:
        others = [name for field in _TEXTS for name in by_field.get(field, ()) if name != column and values[name]]
        if others and all(map(names_a_story, values[column])):
            by_field["body"].remove(column)
            by_field.setdefault("story", []).insert(0, column)


def is_story(column: str) -> bool:
    """Return whether a column is called “story”."""
    return plain(column) == "story"


def names_a_story(value: Any) -> bool:
    """Return whether a value may be the name of a story: a number, or a short word without spaces."""
    if isinstance(value, str):
        name = value.strip()
        longest = _MAX_LENGTH if name.isascii() else _MAX_LENGTH_OTHERWISE
        return len(name) <= longest and not any(map(str.isspace, name))
    return isinstance(value, int | float | UUID)
