"""What the functions take: paths, frames and vocabularies in; and the words of errors for a notebook."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_type_hints

from classifier.corpus.readers.rows import Source
from classifier.errors import (
    ChecksFailedError,
    CorpusError,
    FieldProblem,
    InvalidInputError,
    SectionsError,
    SettingsError,
)
from classifier.notebook.frames import FrameTable, is_frame
from classifier.notebook.options import TrainOptions

#: An option in a message, and the value after it: a word in quotes, a placeholder, or a word that is not one of these.
_OPTION = re.compile(
    r"--([a-z]+(?:-[a-z]+)*)"
    r"(?: (“[^”]+”|'[^']+'|(?!(?:and|as|if|in|is|one|only|or|that|the|to|which|with)\b)\w[\w.-]*\w))?"
)
#: A command to be typed into a terminal; its options stay as they are.
_COMMAND = re.compile(r"(“copydesk [^”]*”)")


def sources_of(data: Any, argument: str = "data") -> tuple[Source, ...]:
    """Return paths and frames as sources of articles.

    Parameters
    ----------
    data : str, Path, DataFrame, or a list of these
        Paths may be files, folders and globs.
    argument : str
        Its name, for errors.

    Raises
    ------
    InvalidInputError
        If it is something else, or nothing.
    """
    if isinstance(data, str | Path):
        return (Path(data),)
    if isinstance(data, list | tuple):
        frames = sum(1 for item in data if not isinstance(item, str | Path))
        found: list[Source] = []
        for item in data:
            name = "frame" if frames == 1 else f"frame {1 + sum(not isinstance(one, Path) for one in found)}"
            found.append(Path(item) if isinstance(item, str | Path) else _frame(item, name, argument))
        if not found:
            raise InvalidInputError([FieldProblem(argument, "is empty. Fix: give a path or a DataFrame")])
        return tuple(found)
    return (_frame(data, "frame", argument),)


def _frame(data: Any, name: str, argument: str) -> FrameTable:
    if not is_frame(data):
        kind = type(data).__name__
        detail = f"must be a path, a DataFrame, or a list of these, not {kind}. Fix: give one of them"
        raise InvalidInputError([FieldProblem(argument, detail)])
    return FrameTable.of(data, name)


def library_of(sources: Iterable[Source]) -> str | None:
    """Return the library of the first frame among sources, or None if there is none."""
    return next((source.library for source in sources if isinstance(source, FrameTable)), None)


@contextmanager
def python_words() -> Iterator[None]:
    """Name options in errors as Python does: ``skip_bad=True``, not ``--skip-bad``."""
    try:
        yield
    except (ChecksFailedError, CorpusError, SectionsError, SettingsError) as error:
        raise type(error)(in_python_words(str(error))) from error.__cause__


def in_python_words(message: str) -> str:
    """Return a message with the options of commands as arguments of functions."""
    for words, others in _REWORDED.items():
        message = message.replace(words, others)
    parts = _COMMAND.split(message)
    return "".join(part if i % 2 else _OPTION.sub(_argument, part) for i, part in enumerate(parts))


def _argument(match: re.Match[str]) -> str:
    name = _NAMES.get(match[1], match[1].replace("-", "_"))
    hint = _HINTS.get(name)
    if hint is None:
        return match[0]
    if hint is bool:
        return f"{name}={_NEGATED.get(match[1], True)}" + (f" {match[2]}" if match[2] else "")
    value = match[2]
    if value is None:
        return name if match.string[match.end() :].startswith(")") else f"{name}="
    return f"{name}={value}" if value.isupper() or value.isdigit() else f'{name}="{value.strip("“”" + chr(39))}"'


_HINTS: Mapping[str, Any] = {**get_type_hints(TrainOptions), "sections": str, "models": str}
#: The options of commands that have another name here.
_NAMES = {
    "no-promote": "promote",
    "ignore-check": "ignored_checks",
    "taxonomy": "taxonomies",
    "post-type": "post_types",
}
#: What a command does in another way than a function.
_REWORDED = {
    "--skip-bad, which writes the bad rows to a file and": "--skip-bad, which lists the bad rows in the result and",
}
_NEGATED = {"no-promote": False}
