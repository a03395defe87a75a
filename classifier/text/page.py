"""What surrounds the story on a dumped page: a header line that gives its labels away, and boilerplate at the end."""

import re
from collections.abc import Sequence
from functools import lru_cache

MAX_HEADER_LENGTH = 500
_SEPARATORS = re.compile(r"[\s,;|/·•>–—-]*")

#: A line that is only one of these starts what follows the story: a comment form, lists of other stories.
_END_MARKERS = (
    "comment here",
    "leave a comment",
    "leave a reply",
    "post a comment",
    "your email address will not be published",
    "back to top button",
    "back to top",
)
#: These end the story only where nothing but short lines (titles of other stories) follows.
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
    """Split a first line that is nothing but section names, run together or separated, from the story.

    Parameters
    ----------
    text : str
        Cleaned text.
    spellings : sequence of str
        Names and aliases of the sections, longest first, as `Sections.spellings`.

    Returns
    -------
    labels : tuple of str
        The spellings found, in order; empty if the first line is an ordinary one.
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
    """Return spellings with their folded forms, those alone, and the length of the longest.

    Empty ones are left out: a line can be cut into them without end.
    """
    names = tuple((name, folded) for name in spellings if (folded := name.casefold()))
    beginnings = tuple(folded for _, folded in names)
    return names, beginnings, max(map(len, beginnings), default=0)


def _names_only(line: str, names: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Cut a line into names from left to right, trying longer names first and going back where that fails."""
    dead: set[int] = set()
    path: list[tuple[int, str]] = []  # (where the name starts, the name)
    position, after = 0, -1  # after: index of the name tried last at this position
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
    """Return the story without the comment form, lists of other stories and buttons that follow it on a page."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    paragraph = 1  # up to here lines are known for the story: a list that would begin before is not looked at again
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped[:2].casefold()[:2] not in _BEGINNINGS:  # nearly every line: no more of it is looked at
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
    """Return the number of the first line that is too long for a title; that of lines where the story ends before."""
    for number in range(start, len(lines)):
        if _ends_story(lines[number].strip().casefold().rstrip(".:* ")):
            break
        if len(lines[number]) > _LONGEST_TITLE:
            return number
    return len(lines)
