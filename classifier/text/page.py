"""The parts of a dumped page around the story: a header line that names its labels, and boilerplate at the end."""

import re
from collections.abc import Sequence
from functools import lru_cache

MAX_HEADER_LENGTH = 500
_SEPARATORS = re.compile(r"[\s,;|/·•>–—-]*")

#: A line with nothing but one of these ends the story: a comment form or a list of other stories follows.
_END_MARKERS = (
    "comment here",
    "leave a comment",
    "leave a reply",
    "post a comment",
    "your email address will not be published",
    "back to top button",
    "back to top",
)
#: These end the story only if nothing but short lines (titles of other stories) follows.
_LIST_MARKERS = (
    "related articles",
    "related posts",
    "related stories",
    "read more",
    "more stories",
    "share this",
)
_LONGEST_TITLE = 160
MARKERS = (*_END_MARKERS, *_LIST_MARKERS)
_BEGINNINGS = frozenset(marker[:2] for marker in MARKERS)


def split_header(text: str, spellings: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Split a first line that consists of section names, run together or separated, from the story.

    Parameters
    ----------
    text : str
        Cleaned text.
    spellings : sequence of str
        Names and aliases of the sections, longest first, as `Sections.spellings` returns them.

    Returns
    -------
    labels : tuple of str
        The spellings found, in order; empty if the first line is not a header line.
    story : str
        The text without that line.
    """
    names, beginnings, longest = _folded(tuple(spellings))
    if not text[:longest].casefold().startswith(beginnings):
        return (), text
    line, _, rest = text.partition("\n")
    if not line or len(line) > MAX_HEADER_LENGTH:
        return (), text
    labels = _names_only(line.casefold(), names)
    return (labels, rest.lstrip("\n")) if labels else ((), text)


@lru_cache(maxsize=16)
def _folded(spellings: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], int]:
    """Return the spellings with their folded forms, the folded forms alone, and the length of the longest.

    Empty spellings are left out: cutting a line into them would never end.
    """
    names = tuple((name, folded) for name in spellings if (folded := name.casefold()))
    beginnings = tuple(folded for _, folded in names)
    return names, beginnings, max(map(len, beginnings), default=0)


def _names_only(line: str, names: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Cut a line into names from left to right: try longer names first, and backtrack if that fails."""
    dead: set[int] = set()
    path: list[tuple[int, str]] = []  # (where the name starts, the name)
    position, after = 0, -1  # after: index of the last name tried at this position
    while position < len(line):
        step = next((i for i in range(after + 1, len(names)) if line.startswith(names[i][1], position)), None)
        if step is not None and position not in dead:
            path.append((position, names[step][0]))
            end = position + len(names[step][1])
            found = _SEPARATORS.match(line, end)
            position, after = found.end() if found else end, -1
            continue
        dead.add(position)
        if not path:
            return ()
        position, name = path.pop()
        after = next(i for i, known in enumerate(names) if known[0] == name)
    return tuple(name for _, name in path)


def without_boilerplate(text: str) -> str:
    """Return the story without the comment form, the lists of other stories and the buttons after it."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    paragraph = 1  # the lines before this one belong to the story: a list marker among them is not checked again
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped[:2].casefold()[:2] not in _BEGINNINGS:  # true of nearly every line
            continue
        words = stripped.casefold().rstrip(".:* ")
        ends = _ends_story(words)
        if number >= paragraph and not ends and words in _LIST_MARKERS:
            paragraph = _next_paragraph(lines, number + 1)
            ends = paragraph == len(lines)
        if number and ends:
            return "\n".join(lines[:number]).rstrip()
    return text


def _ends_story(words: str) -> bool:
    return words in _END_MARKERS or words.startswith("your email address will not be published")


def _next_paragraph(lines: Sequence[str], start: int) -> int:
    """Return the first line that is too long for a title, or the number of lines if the story ends before one."""
    for number in range(start, len(lines)):
        if _ends_story(lines[number].strip().casefold().rstrip(".:* ")):
            break
        if len(lines[number]) > _LONGEST_TITLE:
            return number
    return len(lines)
