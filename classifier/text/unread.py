"""The parts of a page that do not belong to the story, though they hold letters; and exceptions."""

import json
import re
from collections.abc import Collection
from itertools import accumulate

from classifier.text.entities import as_read
from classifier.text.letters import count_letters
from classifier.text.markup import RAW, Markup, closes_itself

#: Elements that hold no text of the story. Of forms and buttons, some are read.
_UNREAD_NAMES = "button datalist form iframe math noscript object script select style svg template textarea title"
UNREAD = frozenset(_UNREAD_NAMES.split())
_PAIRED = (UNREAD | {"label"}) - frozenset(RAW)

#: Names a setting of a block's metadata (WordPress 6.9 and later): false hides the block from readers.
BLOCK_VISIBILITY = "blockVisibility"
_BLOCK_MARK = re.compile(
    r"<!--\s+(?P<end>/?)wp:[a-z][a-z0-9_/-]*\s+(?P<attributes>\{.*\}\s+)?(?P<empty>/?)-->", re.DOTALL
)

_TAG = re.compile(r"<[^<>]*>")
_HEADING = re.compile(r"h[1-6]")
_IS_TITLE = re.compile(
    r"""\srole\s*=\s*["']?tab(?=["'\s/>])"""
    r"""|\sclass\s*=\s*["'][^"']*?(?<![a-z])(?:accordion|faq|tab(?:s|links?)?|toggle-title)(?![a-z])""",
    re.IGNORECASE,
)
#: Buttons for the use of the page, which stand in headings of their own.
_IS_TOOL = re.compile(
    r"""\sclass\s*=\s*["'][^"']*?(?<![a-z])(?:close|comments?|login|menu|nav|print|save|search|share|social|subscribe)(?![a-z])""",
    re.IGNORECASE,
)
_IS_ORNAMENT = re.compile(r"""\saria-hidden\s*=\s*["']?true""", re.IGNORECASE)
#: A heading or a mark holds hardly more tags than this.
_FEW = 8

_LINK_WITHIN_PAGE = re.compile(r"""<a\s.*?href\s*=\s*["']?#""", re.IGNORECASE | re.DOTALL)
_MARK = re.compile(r"\s*(?:\[[\w*†‡§]{1,4}\]|\(?[0-9]{1,3}\)?|[*†‡§]{1,3})\s*")
#: Fewer letters before a number above the line may be a unit, as in “m²”.
_LONGER_THAN_UNITS = 4
_NAMES_FOOTNOTE = re.compile(r"(?<![a-z])(?:data-m?fn|footnotes?|fn|fnref|references?)(?![a-z])", re.IGNORECASE)


class PageReader:
    """Reads a page with elements of which some are left out.

    Parameters
    ----------
    markup : Markup
    texts : list of str
        The texts of the markup, with their entities replaced.
    breaks : list of str
        What each tag becomes.

    Attributes
    ----------
    texts, breaks : list of str
        The same without what is not read.
    dropped : int
        How many letters are not read.
    """

    def __init__(self, markup: Markup, texts: list[str], breaks: list[str]) -> None:
        self._tags, self._names = markup.tags, markup.names
        self.texts, self.breaks = list(texts), list(breaks)
        self.dropped = sum(count_letters(_TAG.sub("", as_read(text))) for text in markup.raw_texts.values())
        self._pairs = _pairs(self._tags, self._names, 0, len(self._tags), _PAIRED)
        self._separate_footnotes()
        if any(BLOCK_VISIBILITY in tag for tag in self._tags):
            self._leave_out(self._hidden_blocks())
        self._leave_out(self._elements())
        self._leave_out_options()
        self._leave_out(self._small_forms())

    def _leave_out(self, parts: dict[int, int]) -> None:
        """Leave out parts of the page: the tags and texts after each key, a tag, up to the tag that is its value."""
        start = 0
        for first, last in sorted(parts.items()):
            if first < start:  # within a part that is left out already
                continue
            start = last + 1
            unread = slice(first + 1, last + 1)
            self.dropped += sum(map(count_letters, self.texts[unread]))
            self.texts[unread] = [""] * len(self.texts[unread])
            self.breaks[unread] = [""] * len(self.breaks[unread])

    def _hidden_blocks(self) -> dict[int, int]:
        """Return the blocks that WordPress hides from readers. One that never ends goes on to the end, as there."""
        parts: dict[int, int] = {}
        hidden, depth = -1, 0
        for i, tag in enumerate(self._tags):
            if not tag.startswith("<!--") or not (mark := _BLOCK_MARK.fullmatch(tag)) or mark["empty"]:
                continue
            if hidden >= 0:
                depth += -1 if mark["end"] else 1
                if not depth:
                    parts[hidden], hidden = i, -1
            elif not mark["end"] and BLOCK_VISIBILITY in tag and _hides(mark["attributes"]):
                hidden, depth = i, 1
                self.breaks[i] = "\n"
        return parts if hidden < 0 else parts | {hidden: len(self._tags)}

    def _elements(self) -> dict[int, int]:
        """Return the elements that are not read, and the ornaments in buttons that are; forms are judged later."""
        parts: dict[int, int] = {}
        end_of_form = end_of_title = -1
        for start, end in sorted(self._pairs.items()):
            match self._names[start]:
                case "form":
                    end_of_form = max(end_of_form, end)
                case "label":
                    if start < end_of_form:
                        parts[start] = end
                case "button" if self._is_title(start, end):
                    self.breaks[start] = self.breaks[end] = "\n"
                    if start > end_of_title:
                        parts |= self._ornaments(start, end)
                        end_of_title = end
                case _:
                    parts[start] = end
        return parts

    def _is_title(self, start: int, end: int) -> bool:
        """Return whether a button is the title of an accordion or tab: it is named so, or alone in a heading."""
        if _IS_TITLE.search(self._tags[start]):
            return True
        if _IS_TOOL.search(self._tags[start]):
            return False
        names = self._names
        opened = next((i for i in range(start - 1, max(start - _FEW, -1), -1) if _HEADING.fullmatch(names[i])), None)
        if opened is None:
            return False
        behind = range(end + 1, min(end + _FEW, len(names)))
        closed = next((i for i in behind if names[i] == f"/{names[opened]}"), None)
        if closed is None:
            return False
        beside = self.texts[opened + 1 : start + 1] + self.texts[end + 1 : closed + 1]
        return not "".join(beside).strip()

    def _ornaments(self, start: int, end: int) -> dict[int, int]:
        """Return the elements within a button that are not for everybody, such as a “+”."""
        pairs = _pairs(self._tags, self._names, start + 1, end)
        return {first: last for first, last in pairs.items() if _IS_ORNAMENT.search(self._tags[first])}

    def _leave_out_options(self) -> None:
        """Leave out the options of a list that never ends: the text up to the next tag."""
        for i, name in enumerate(self._names):
            if name == "option":
                self.dropped += count_letters(self.texts[i + 1])
                self.texts[i + 1] = ""

    def _small_forms(self) -> dict[int, int]:
        """Return the forms that hold at most half of the page's text; any other one is the frame of the page."""
        forms = {start: end for start, end in self._pairs.items() if self._names[start] == "form"}
        if not forms:
            return {}
        before = [0, *accumulate(len(text.strip()) for text in self.texts)]
        return {start: end for start, end in forms.items() if 2 * (before[end + 1] - before[start + 1]) <= before[-1]}

    def _separate_footnotes(self) -> None:
        """Put a space before the mark of a footnote; other signs above the line belong to their word, as in “m²”."""
        for i, name in enumerate(self._names):
            if (name == "sup" and self._is_footnote(i)) or (
                name == "a" and _LINK_WITHIN_PAGE.match(self._tags[i]) and _MARK.fullmatch(self._content(i))
            ):
                self.breaks[i] = " "

    def _is_footnote(self, i: int) -> bool:
        content = self._content(i)
        if not _MARK.fullmatch(content):
            return False
        is_link = "a" in self._names[max(i - 1, 0) : i + 2]
        word = self.texts[i][-4:]
        is_number = content.strip().isdigit()
        return (
            is_link
            or not is_number
            or bool(_NAMES_FOOTNOTE.search(self._tags[i]))
            or (len(word) == 4 and word.isalpha())
        )

    def _content(self, i: int) -> str:
        """Return the text of an element of few tags; of a longer one, the beginning."""
        end = f"/{self._names[i]}"
        last = next((k for k in range(i + 1, min(i + _FEW, len(self._names))) if self._names[k] == end), i + 1)
        return "".join(self.texts[i + 1 : last + 1])


def _hides(attributes: str | None) -> bool:
    """Return whether the attributes of a block hide it from every reader. Those of one width of screen do not."""
    try:
        read = json.loads(attributes or "{}")
    except (ValueError, RecursionError):
        return False
    metadata = read.get("metadata")
    return isinstance(metadata, dict) and metadata.get(BLOCK_VISIBILITY) is False


def _pairs(
    tags: list[str], names: list[str], start: int, stop: int, wanted: Collection[str] | None = None
) -> dict[int, int]:
    """Return the end tag of each start tag, by number. An element that is never closed, or closes itself, has none."""
    opened: dict[str, list[int]] = {}
    pairs: dict[int, int] = {}
    for i, name in enumerate(names[start:stop], start):
        if wanted is not None and name not in wanted and name[1:] not in wanted:
            continue
        if name.startswith("/"):
            if opened.get(name[1:]):
                pairs[opened[name[1:]].pop()] = i
        elif not closes_itself(tags[i]):
            opened.setdefault(name, []).append(i)
    return pairs
