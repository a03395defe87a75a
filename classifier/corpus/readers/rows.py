"""What every reader yields: a row with its place and its raw text, or a reject with the reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a line in it, counted from 1."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Row:
    """One article as a file gives it: field names as in `Article` or its aliases, and the row's text, whole."""

    place: Place
    fields: dict[str, Any]
    raw: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be used, why, and its text, whole."""

    place: Place
    reasons: tuple[str, ...]
    raw: str

    def __str__(self) -> str:
        return f"{self.place}: {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A good row that is not to be learned from, such as a draft; ``what`` names its kind, in the plural."""

    place: Place
    what: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read labels.

    Parameters
    ----------
    ignore_unknown : bool
        Drop labels that are no section, and count them, instead of rejecting their rows.
    machine_labels : bool
        Keep articles whose every label Copydesk itself applied, with no editor known to have looked. A model that
        learns from those learns from its own answers.
    """

    ignore_unknown: bool = False
    machine_labels: bool = False


#: A reader takes a file and yields its rows; what it cannot parse it yields as a reject and goes on.
Reader = Callable[[Path], Iterator[Row | Reject | LeftOut]]


def not_utf8(raw: str) -> str | None:
    """Say what is wrong with text that was decoded with ``errors="surrogateescape"``, or return None."""
    try:
        raw.encode("utf-8")
    except UnicodeEncodeError as error:
        byte = ord(raw[error.start]) - 0xDC00
        return f"not UTF-8 (byte 0x{byte:02x} at character {error.start + 1}); save the file as UTF-8"
    return None
