"""What a run over an archive was asked for, and its errors."""

from dataclasses import dataclass, fields
from typing import Any

from classifier.corpus.readers import Reading
from classifier.errors import CopydeskError

#: Rows of a partition, unless the user asks for another number.
PARTITION_ROWS = 10_000


class ArchiveError(CopydeskError):
    """An archive that cannot be tagged, or not into this folder."""

    title = "The archive cannot be tagged"
    slug = "archive"


class InputChangedError(ArchiveError):
    """A file that changed while a run read it."""

    title = "The archive changed while it was tagged"


def encodable(text: str) -> str:
    """Return text that UTF-8 can hold: bytes of a name or a row that are not UTF-8 become escapes of six characters."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


@dataclass(frozen=True)
class TaggingOptions:
    """What decides the output besides the articles and the model.

    Parameters
    ----------
    reading : Reading
        How files are read.
    rows : int
        Rows of a partition.
    explain : bool
        Write the evidence for each tag.
    changed : bool
        Write only the articles whose tags differ from their labels.
    review : bool
        Write the articles that an editor has to look at to a table.
    """

    reading: Reading
    rows: int = PARTITION_ROWS
    explain: bool = False
    changed: bool = False
    review: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the options as JSON values; those of reading only if they are not the default."""
        defaults = Reading()
        reading = {
            field.name: _plain(value)
            for field in fields(Reading)
            if (value := getattr(self.reading, field.name)) != getattr(defaults, field.name)
        }
        return {
            "rows": self.rows,
            "explain": self.explain,
            "changed": self.changed,
            "review": self.review,
            "reading": reading,
        }


def _plain(value: object) -> object:
    if isinstance(value, tuple | frozenset):
        return sorted(value) if isinstance(value, frozenset) else list(value)
    return value if isinstance(value, bool | int | str) else str(value)
