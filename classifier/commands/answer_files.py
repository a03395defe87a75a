"""Files of answers: JSON Lines, CSV or Parquet; written as the answers come, and put in place when all are there."""

import csv
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, Protocol

from classifier.answer import Answer
from classifier.errors import CopydeskError, pip_command, unreadable_as

#: Suffixes of the files that can be written.
SUFFIXES = (".jsonl", ".csv", ".parquet")
_COLUMNS = ("file", "line", "id", "outcome", "tags", "probabilities", "decisions", "reasons", "model")
_SEPARATOR = "|"
#: Rows of a Parquet file that are written at once.
_ROW_GROUP = 10_000


class AnswersFileError(CopydeskError):
    """A file of answers that cannot be written."""

    title = "No file of answers was written"
    slug = "answers-file"


class AnswerWriter(Protocol):
    """Takes one answer after the other."""

    def write(self, file: str, line: int, answer: Answer) -> None:
        """Write the answer for an article at a place in a file."""


@contextmanager
def answers_to(path: Path) -> Iterator[AnswerWriter]:
    """Write answers to a file; the suffix decides the format. Until all are written, an earlier file stays.

    Raises
    ------
    AnswersFileError
        If the file cannot be written, or Parquet needs pyarrow and it is not installed.
    """
    partial = path.with_name(f".{path.name}.{token_hex(4)}.part")
    with unreadable_as(AnswersFileError, f"{path} cannot be written"):
        try:
            with ExitStack() as stack:
                yield _writer(path, partial, stack)
            os.replace(partial, path)  # noqa: PTH105 - as the other files are put in place
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)


def _writer(path: Path, partial: Path, stack: ExitStack) -> AnswerWriter:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return stack.enter_context(_parquet(path, partial))
    is_csv = suffix == ".csv"
    file = stack.enter_context(partial.open("x", encoding="utf-8", newline="" if is_csv else None))
    return _CsvWriter(file) if is_csv else JsonLinesWriter(file)


class JsonLinesWriter:
    """One answer a line, in the form of POST /v1/tags."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def write(self, file: str, line: int, answer: Answer) -> None:  # noqa: ARG002 - only tables name the place
        """Write an answer as JSON."""
        self._out.write(json.dumps(answer.to_json(), ensure_ascii=False, allow_nan=False) + "\n")


class _CsvWriter:
    """One answer a row; several tags are in one cell, with “|” between them."""

    def __init__(self, out: IO[str]) -> None:
        self._rows = csv.writer(out)
        self._rows.writerow(_COLUMNS)

    def write(self, file: str, line: int, answer: Answer) -> None:
        """Write an answer as a row."""
        cells = _cells(file, line, answer)
        lists = {
            name: _SEPARATOR.join("" if item is None else str(item) for item in value)
            for name, value in cells.items()
            if isinstance(value, list)
        }
        self._rows.writerow((cells | lists)[name] for name in _COLUMNS)


class _ParquetWriter:
    """One answer a row; tags, probabilities, decisions and reasons are lists."""

    def __init__(self, pyarrow: Any, file: Any, schema: Any) -> None:
        self._pyarrow, self._file, self._schema = pyarrow, file, schema
        self._rows: list[dict[str, Any]] = []

    def write(self, file: str, line: int, answer: Answer) -> None:
        """Keep an answer until there are enough for a group of rows."""
        self._rows.append(_cells(file, line, answer))
        if len(self._rows) >= _ROW_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write the answers that are kept."""
        if self._rows:
            self._file.write_table(self._pyarrow.Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []


@contextmanager
def _parquet(path: Path, partial: Path) -> Iterator[AnswerWriter]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise AnswersFileError(f"{path}: Parquet needs pyarrow. Fix: run {pip_command('parquet')}") from error
    lists = dict.fromkeys(("tags", "decisions", "reasons"), pyarrow.string()) | {"probabilities": pyarrow.float64()}
    kinds = {name: pyarrow.list_(kind) for name, kind in lists.items()} | {"line": pyarrow.int64()}
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in _COLUMNS])
    with pyarrow.parquet.ParquetWriter(partial, schema) as file:
        writer = _ParquetWriter(pyarrow, file, schema)
        yield writer
        writer.flush()


def _cells(file: str, line: int, answer: Answer) -> dict[str, Any]:
    return {
        "file": file,
        "line": line,
        "id": answer.id,
        "outcome": answer.outcome,
        "tags": [tag.section for tag in answer.tags],
        "probabilities": [tag.probability for tag in answer.tags],
        "decisions": [tag.decision for tag in answer.tags],
        "reasons": [tag.reason for tag in answer.tags],
        "model": answer.model,
    }
