"""Boilerplate around a dumped story: a comment form, lists of other stories, buttons to share it."""

import re
from collections.abc import Sequence
from itertools import accumulate

from classifier.text.letters import count_letters, has_fewer_letters, letters_of_lines

#: A line that holds only one of these ends the story: a comment form or a list of other stories follows.
_END_MARKERS = (
    "comment here",
    "leave a comment",
    "leave a reply",
    "post a comment",
    "your email address will not be published",
    "back to top button",
    "back to top",
)
_OTHERS = ("articles", "content", "coverage", "links", "news", "posts", "reading", "stories", "topics", "videos")
#: These end the story only if a list of other stories follows.
_LIST_MARKERS = (
    *(f"related {what}" for what in _OTHERS),
    *("read more", "read also", "more stories", "more on this story", "more on this topic"),
    *(f"share this{what}" for what in ("", " article", " page", " post", " story")),
)
_LONGEST_TITLE = 160
MARKERS = (*_END_MARKERS, *_LIST_MARKERS)
#: A line break and the first two letters of a marker.
_MAY_BE_MARKER = re.compile(
    "\n[ \t]*(?:"
    + "|".join(sorted({f"[{m[0]}{m[0].upper()}][{m[1]}{m[1].upper()}]" for m in MARKERS}))  # quicker than IGNORECASE
    + ")"
)
#: A full stop of any script, but no ellipsis, which ends teasers.
_FULL_STOP = re.compile(r"(?<![.…])[.։۔।။።。．][\"'”’»)\]]{0,3}\s*\Z")


def without_boilerplate(text: str) -> str:
    """Return the story without the comment form, the lists of other stories and the buttons around it."""
    return split_boilerplate(text)[0]


def split_boilerplate(text: str) -> tuple[str, int]:
    """Return the story as `without_boilerplate` does, and how many letters are not in it.

    - A line that holds only one of `_END_MARKERS` ends the story.
    - A line that holds only one of `_LIST_MARKERS` ends it if a list follows, up to the end or an end marker.
      Otherwise that line is left out, and the story goes on.
    - What follows is not a list if a line is too long for a title, if it has more letters than the story up to there,
      or if most of its letters stand in lines of sentences. Such a line ends with a full stop, or it goes on in the
      next line, which begins with a small letter.
    - The first line always belongs to the story.
    """
    markers: list[int] = []
    number = begin = 0
    end = -1
    for found in _MAY_BE_MARKER.finditer(text):
        number += text.count("\n", begin, found.end())
        begin = found.end()
        line_end = text.find("\n", begin)
        words = text[found.start() + 1 : line_end if line_end >= 0 else len(text)].strip().casefold().rstrip(".:*»›>→ ")
        if words in _END_MARKERS or words.startswith("your email address will not be published"):
            end = number
            break
        if words in _LIST_MARKERS:
            markers.append(number)
    if end < 0 and not markers:
        return text, 0
    lines = text.split("\n")
    end = len(lines) if end < 0 else end
    end, left_out = _end_of_story(lines[:end], markers) if markers else (end, frozenset[int]())
    if end == len(lines) and not left_out:
        return text, 0
    kept = [line for number, line in enumerate(lines[:end]) if number not in left_out] if left_out else lines[:end]
    story = "\n".join(kept)
    while "\n\n\n" in story:
        story = story.replace("\n\n\n", "\n\n")
    unread = [*lines[end:], *(lines[number] for number in left_out)]
    return story.rstrip(), count_letters("".join(unread))


def _end_of_story(lines: Sequence[str], markers: Sequence[int]) -> tuple[int, frozenset[int]]:
    """Return the line that ends the story, and the list markers before it."""
    start = markers[0]
    behind = lines[start:]
    counts = letters_of_lines(behind)
    for marker in markers:
        counts[marker - start] = 0
    letters = [0, *accumulate(counts)]
    in_sentences = [0, *accumulate(n and n * _is_of_sentence(behind, at) for at, n in enumerate(counts))]
    too_long = [0, *accumulate(len(line) > _LONGEST_TITLE for line in behind)]
    before = "".join(lines[:start])
    n_before = -1
    for i, marker in enumerate(markers):
        at = marker - start
        after = letters[-1] - letters[at + 1]
        if i == 1:  # most texts have one marker, and need no count
            n_before = count_letters(before)
        goes_on = (
            too_long[-1] > too_long[at + 1]
            or 2 * (in_sentences[-1] - in_sentences[at + 1]) > after
            or (has_fewer_letters(before, after) if i == 0 else n_before < after - letters[at])
        )
        if not goes_on:
            return marker, frozenset(markers[:i])
    return len(lines), frozenset(markers)


def _is_of_sentence(lines: Sequence[str], number: int) -> bool:
    following = lines[number + 1] if number + 1 < len(lines) else ""
    line = lines[number]
    ends = not line[-1:].isalnum() and _FULL_STOP.search(line[-8:])
    return bool(ends or line[:1].islower() or following[:1].islower())
