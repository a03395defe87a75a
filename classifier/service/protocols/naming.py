"""Finding the sections of a vocabulary that a text names: by name, alias, id or definition.

The rules, which docs/protocols.md states for callers:

- A spelling counts as a whole word, without regard to case; of spellings that overlap, the longest counts. Spellings of
  up to three letters count only with the capitals of the vocabulary ("US", not "us").
- If anything stands in quotation marks, only what is quoted can be a name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from classifier.sections import Section, Sections
from classifier.terms.scripts import HANGUL, is_of_spaced_word, within

_OPENING, _CLOSING = frozenset("'\"`“”„«»‹›‘’‚「『"), frozenset("'\"`“”«»‹›‘’」』")
_QUOTED = re.compile(
    r"\"([^\"]{1,200})\"|`([^`]{1,200})`|[“„]([^“”]{1,200})[“”]|«([^«»]{1,200})»|‹([^‹›]{1,200})›|「([^「」]{1,200})」|"
    r"『([^『』]{1,200})』|[‘‚]((?:[^’]|’(?=\w)){1,200})’(?!\w)|(?<!\w)'(?=\S)((?:[^']|'(?=\w)){1,200})'(?!\w)"
)
_SHORT = 3  # a spelling of up to so many letters may be a word of the language, such as "us"
_START = 3  # characters by which the spellings that may begin at a place are found
_FEWEST_WORDS = 3  # of a definition that counts as a spelling
_MAX_WORDS, _WINDOW, _NEAR = 40, 4, 0.75


#: A negation close before a name: "not about", "isn't really about", "no part of".
_NEGATION = re.compile(r"(?:\b(?:not|no|never|without)|n['’]t)(?:\s+[\w-]+){0,2}\s+[\"'“‘«]?$", re.IGNORECASE)


class Named(NamedTuple):
    """The ids of the sections that a text names, in order, and what it quotes, if only that could be a name.

    ``is_negated`` shows that the first name comes after a negation, in English.
    """

    ids: tuple[str, ...]
    quoted: str | None = None
    is_negated: bool = False


class SectionNames:
    """The spellings by which the sections and groups of a vocabulary can be named.

    Parameters
    ----------
    sections : Sections
    """

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._folded: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        self._groups: dict[str, list[str]] = {}
        for section in sections:
            current = sections.find(section.id).id
            for spelling in (section.name, *section.aliases, section.id):
                self._add(spelling, current)
            definition = section.definition.strip().rstrip(".")
            if definition.count(" ") >= _FEWEST_WORDS - 1:
                self._folded.setdefault(_folded(_plain(definition)), current)
            if section.group and section.status == "active":
                self._groups.setdefault(_folded(_plain(section.group)), []).append(section.id)
        self._lengths = {id(table): _lengths(table) for table in (self._folded, self._exact)}

    def _add(self, spelling: str, current: str) -> None:
        plain = _plain(spelling)
        is_short = len(plain) <= _SHORT and plain.lower() != plain.upper()
        if not is_short:
            self._folded.setdefault(_folded(plain), current)
        elif plain != plain.lower():
            self._exact.setdefault(plain, current)

    def labelled(self, label: str) -> Section | None:
        """Return the section whose id, name or alias a label is; underscores may stand for hyphens or spaces."""
        for tried in (label, label.replace("_", "-"), label.replace("_", " ")):
            if section := self._sections.get(tried):
                return section
        return None

    def group(self, text: str) -> tuple[str, ...]:
        """Return the ids of the sections in the group that a text is the name of, or else none."""
        name = _folded(_plain(text.replace("_", " ")))
        return tuple(next((self._groups[n] for n in _numbers(name) if n in self._groups), []))

    def group_in(self, text: str) -> tuple[str, ...]:
        """Return the ids of the sections in the one group that a text names, or else none."""
        words = [_folded(word) for word in re.findall(r"\w+", _plain(text))]
        most = max((name.count(" ") + 1 for name in self._groups), default=0)
        runs = {" ".join(words[i : i + n]) for n in range(1, most + 1) for i in range(len(words))}
        found = {ids for run in runs if (ids := self.group(run))}
        return found.pop() if len(found) == 1 else ()

    def named(self, text: str) -> Named:
        """Return the sections that a text names."""
        plain = _plain(text)
        if section := self.labelled(plain.rstrip(".?! ")):
            return Named((section.id,))
        found = [*_found(_folded(plain), self._folded, self._lengths[id(self._folded)])]
        if self._exact:
            found += _found(plain, self._exact, self._lengths[id(self._exact)])
        quoted = [item for item in found if _is_quoted(plain, item)]
        if not quoted and (first := _QUOTED.search(plain)):
            return Named((), next(filter(None, first.groups())))
        chosen = sorted(quoted or found)
        is_negated = bool(chosen and _NEGATION.search(plain, 0, chosen[0].start))
        return Named(tuple(dict.fromkeys(item.section for item in chosen)), None, is_negated)

    def hint(self, text: str) -> str:
        """Return what to do if a text names no section, with the nearest one; it begins with “Fix:”."""
        plain = _plain(text)
        words = plain.split()[:_MAX_WORDS]
        windows = [words[i : i + n] for n in range(1, _WINDOW + 1) for i in range(len(words) - n + 1)]
        likeness, label = max((self._near(" ".join(window)) for window in windows), default=(0.0, ""))
        return self._sections.fix(label if likeness >= _NEAR else plain)

    def _near(self, window: str) -> tuple[float, str]:
        label = window.strip(".,;:?!'\"“”‘’()")
        spelling = self._sections.nearest(label) if len(label) > _SHORT else None
        return (SequenceMatcher(None, _folded(label), spelling).ratio(), label) if spelling else (0.0, "")


class _Item(NamedTuple):
    start: int
    end: int
    section: str


def _lengths(table: Iterable[str]) -> dict[str, list[int]]:
    """Return for each beginning of a spelling the lengths of the spellings that begin so, the longest first."""
    found: dict[str, set[int]] = {}
    for spelling in table:
        found.setdefault(spelling[:_START], set()).add(len(spelling))
    return {start: sorted(lengths, reverse=True) for start, lengths in found.items()}


def _found(text: str, table: dict[str, str], lengths: dict[str, list[int]]) -> Iterator[_Item]:
    """Yield the spellings that a text has as whole words; of those that overlap, the one that begins first."""
    past = 0
    for i in range(len(text)):
        if i < past:
            continue
        for n in range(_START, 0, -1):
            start = text[i : i + n]
            if len(start) == n and start in lengths and (item := _at(text, i, lengths[start], table)):
                past = item.end
                yield item
                break


def _at(text: str, i: int, lengths: Iterable[int], table: dict[str, str]) -> _Item | None:
    """Return the longest spelling, out of those of these lengths, that a text has at a place."""
    if i and _is_joined(text[i - 1], text[i]):
        return None
    for length in lengths:
        end = i + length
        section = table.get(text[i:end]) if end <= len(text) else None
        if section is not None and (end == len(text) or not _is_joined(text[end - 1], text[end], is_end=True)):
            return _Item(i, end, section)
    return None


def _is_joined(before: str, after: str, *, is_end: bool = False) -> bool:
    """Return whether two neighbours belong to one word. Korean particles may follow a name without a space."""
    if is_end and within(ord(before), HANGUL) and within(ord(after), HANGUL):
        return False
    return is_of_spaced_word(before) and is_of_spaced_word(after)


def _is_quoted(text: str, item: _Item) -> bool:
    return item.start > 0 and text[item.start - 1] in _OPENING and text[item.end : item.end + 1] in _CLOSING


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _folded(text: str) -> str:
    """Return a text without regard to case, with as many characters as before."""
    return text.replace("İ", "I").lower()


def _numbers(name: str) -> Iterator[str]:
    """Yield a name, and its singular or plural in English."""
    yield name
    yield f"{name}s"
    for ending, single in (("ies", "y"), ("s", "")):
        if name.endswith(ending):
            yield name.removesuffix(ending) + single
