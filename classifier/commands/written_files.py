"""Files that a command writes besides what it prints: put in place when they are whole."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from classifier.errors import CopydeskError, unreadable_as


class OutputFileError(CopydeskError):
    """A file that a command was asked to write, and cannot be written."""

    title = "The file was not written"
    slug = "output-file"


def write_whole(path: Path, text: str) -> None:
    """Write a file; until it is whole, an earlier file of the name stays.

    Raises
    ------
    OutputFileError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{token_hex(4)}.part")
    with unreadable_as(OutputFileError, f"{path} cannot be written"):
        try:
            partial.write_text(text, encoding="utf-8", newline="")
            os.replace(partial, path)  # noqa: PTH105 - as the other files are put in place
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
