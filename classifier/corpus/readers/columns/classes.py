"""Names of numbered classes: labels of many data sets are 0, 1, 2 ..., and a file next to them names each."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.errors import CorpusError, shown, unreadable_as

_MAX_BYTES = 5_000_000
_NUMBERED = re.compile(r"\s*(\d+)(?:\t|\s*[,;:=]\s*|\s+)(.*\S)\s*")
_NUMBER = re.compile(r"(\d+)(?:\.0+)?")


class ClassNames:
    """The name of each number.

    ``is_numbered`` is true if the file itself gives the numbers. If not, they are counted from 0, and whether the
    articles do the same is checked: see `check_first`.
    """

    def __init__(self, path: Path, names: Mapping[int, str], *, is_numbered: bool) -> None:
        self._path = path
        self._names = names
        self._is_numbered = is_numbered
        self._used: set[int] = set()

    @classmethod
    def load(cls, path: Path) -> "ClassNames":
        """Read a file with a name a line, with a number and a name a line, or with JSON.

        JSON may be a list of names, an object of names by number, or the description of a data set of Hugging Face
        that holds such a list as ``names``.

        Raises
        ------
        CorpusError
            If the file cannot be read or holds no names.
        """
        with unreadable_as(CorpusError, f"{path} cannot be read"):
            if path.stat().st_size > _MAX_BYTES:
                raise CorpusError(f"{path} has more than {_MAX_BYTES:,} bytes. Fix: give a file with one name a line")
            text = path.read_text(encoding="utf-8-sig")
        if text.lstrip()[:1] in ("[", "{"):
            return cls._of_json(path, text)
        lines = [line for line in text.splitlines() if line.strip()]
        numbered = [_NUMBERED.fullmatch(line) for line in lines]
        if lines and all(numbered):
            found = {int(match[1]): match[2] for match in numbered if match}
            return cls(path, found, is_numbered=True)
        return cls._checked(path, dict(enumerate(line.strip() for line in lines)), is_numbered=False)

    @classmethod
    def _of_json(cls, path: Path, text: str) -> "ClassNames":
        try:
            names = next(_names_in(json.loads(text)), None)
        except (ValueError, RecursionError):
            names = None
        if isinstance(names, list):
            # the numbers of a ClassLabel are defined as the places in its list
            return cls._checked(path, dict(enumerate(without_numbers(names))), is_numbered=True)
        return cls._checked(path, names or {}, is_numbered=True)

    @classmethod
    def _checked(cls, path: Path, names: Mapping[int, str], *, is_numbered: bool) -> "ClassNames":
        if not names:
            raise CorpusError(
                f"{path} holds no names of classes. Fix: write one name a line, or the number, a tab and the name"
            )
        return cls(path, names, is_numbered=is_numbered)

    def name(self, label: str) -> str:
        """Return the name of a number; any other label is returned as it is.

        Raises
        ------
        CorpusError
            If the file has no name for a number: then its numbers may not be those of the articles at all.
        """
        found = _NUMBER.fullmatch(label)
        if not found:
            return label
        number = int(found[1])
        if number not in self._names:
            lowest, highest = min(self._names), max(self._names)
            raise CorpusError(
                f"the label {shown(label)} has no name in {self._path}, which has names for {lowest} to {highest}. "
                "Fix: write each name with its number: the number, a tab, the name"
            )
        self._used.add(number)
        return self._names[number]

    def check_first(self) -> None:
        """Check that the articles count from 0, as a file of names without numbers is counted.

        Raises
        ------
        CorpusError
            If no article has class 0.
        """
        if self._used and not self._is_numbered and 0 not in self._used:
            raise CorpusError(
                f"{self._path} does not number its names, and no article has the label 0, so the numbers may begin at "
                "1. Fix: write each name with its number: the number, a tab, the name"
            )


def classes_of_columns(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Return the names of numbered classes that Hugging Face keeps with the columns of a table, by column.

    Parameters
    ----------
    metadata : mapping, optional
        Of the schema of Arrow.
    """
    try:
        found = json.loads((metadata or {}).get(b"huggingface", b"{}"))
        features = found["info"]["features"].items()
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return {}  # the numbers are labels then, as in a file without such a description
    classes = ((column, _class_label(feature)) for column, feature in features)
    return {column.strip(): without_numbers(names) for column, names in classes if names}


def _class_label(feature: Any) -> list[str] | None:
    """Return the names of a ClassLabel, or of a list of them."""
    if isinstance(feature, list) and len(feature) == 1:
        return _class_label(feature[0])
    if not isinstance(feature, dict):
        return None
    if feature.get("_type") == "ClassLabel":
        names = feature.get("names")
        return names if _are_names(names) else None
    return _class_label(feature["feature"]) if isinstance(feature.get("feature"), dict) else None


def named_classes(cell: Any, names: Sequence[str]) -> Any:
    """Return the names of the numbers in a cell; a number without a name stays, and -1 means that there is no label."""
    if isinstance(cell, list):
        return [name for number in cell if (name := named_classes(number, names)) is not None]
    if not isinstance(cell, int) or isinstance(cell, bool):
        return cell
    if cell == -1:
        return None
    return names[cell] if 0 <= cell < len(names) else cell


def without_numbers(names: Sequence[str]) -> list[str]:
    """Return names without the numbers before them, as in “0: sport”, if all have theirs and each another."""
    found = [_NUMBERED.fullmatch(name) for name in names]
    numbers = sorted(int(match[1]) for match in found if match)
    if len(numbers) != len(names) or numbers not in ([*range(len(names))], [*range(1, len(names) + 1)]):
        return list(names)
    return [match[2] for match in found if match]


def _names_in(data: Any) -> Iterator[list[str] | dict[int, str]]:
    """Yield every list or table of names in JSON, the outermost first."""
    if _are_names(data):
        yield data
    elif isinstance(data, dict) and data and all(key.isdecimal() for key in data) and _are_names(list(data.values())):
        yield {int(key): name for key, name in data.items()}
    elif isinstance(data, dict) and data and all(_is_number(number) for number in data.values()):
        yield {int(number): name for name, number in data.items()}  # label2id of a model
    else:
        inner: Iterable[Any] = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        for value in inner:
            yield from _names_in(value)


def _are_names(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and all(isinstance(name, str) for name in data)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
