"""The one way from an article to the text that is trained on, scored and explained."""

from classifier.article import Article
from classifier.terms.encoding import utf8
from classifier.text.boilerplate import split_boilerplate
from classifier.text.byline import BEGINNINGS, COMMA_WITHIN, LONGEST_LINE, split_byline
from classifier.text.clean import clean_with_care
from classifier.text.letters import count_letters, has_fewer_letters
from classifier.text.onepass import start
from classifier.text.page import MAX_HEADER_LENGTH, SENTENCE_ENDS, SIGN_OUTSIDE_NAMES, HeaderNames, header_labels

_MOST_BYTES = 4 * MAX_HEADER_LENGTH
_BYTES_FOR_SIGN = 240
#: The first bytes of characters that have no case and three bytes: Indic, Thai and Tibetan, Han, kana and Hangul.
_CASELESS = frozenset(bytes([first]) for first in (0xE0, *range(0xE3, 0xEA), 0xEB, 0xEC))
_COMMA = ord(",")
_ENDS = frozenset(sign.encode() for sign in SENTENCE_ENDS if sign.isascii())


class PreparedText:
    """The cleaned headline and body as one text; the headline is its first ``headline_length`` characters.

    ``dropped`` counts the letters of the body's text that cleaning left out: small forms, buttons, hidden blocks,
    frames, boilerplate, a header line, writers' names. Letters in tags, comments, scripts, styles, the title of a page
    and shortcodes are not letters of its text.

    The text comes from cleaning as UTF-8 and goes to the kernel so; a string is made only if it is asked for.
    """

    __slots__ = ("_text", "dropped", "headline_length")

    def __init__(self, text: str | bytes, headline_length: int, dropped: int = 0) -> None:
        self._text = text
        self.headline_length = headline_length
        self.dropped = dropped

    @property
    def text(self) -> str:
        """Return the text, and keep it instead of the bytes."""
        text = self._text
        if isinstance(text, bytes):
            self._text = text = text.decode("utf-8", "surrogatepass")
        return text

    @property
    def utf8(self) -> bytes:
        """Return the text as UTF-8."""
        text = self._text
        return text if isinstance(text, bytes) else utf8(text)

    @property
    def dropped_share(self) -> float:
        """Return the share of the letters of the body that cleaning left out, from 0 to 1."""
        return self.dropped / (self.dropped + count_letters(self.text[self.headline_length :])) if self.dropped else 0.0

    @property
    def is_mostly_dropped(self) -> bool:
        """Return whether cleaning left out more than half of the letters of the body."""
        return self.dropped > 0 and has_fewer_letters(self.text[self.headline_length :], self.dropped)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PreparedText):
            return NotImplemented
        return (self.utf8, self.headline_length, self.dropped) == (other.utf8, other.headline_length, other.dropped)

    def __hash__(self) -> int:
        return hash((self.utf8, self.headline_length, self.dropped))

    def __repr__(self) -> str:
        return f"PreparedText({self.text!r}, {self.headline_length}, {self.dropped})"


def prepare(article: Article, header: HeaderNames) -> PreparedText:
    """Clean an article's headline and body; leave out a header line, the names of a by-line and the page's boilerplate.

    A body without a headline that holds only names of sections, or of writers, stays: those names are the article.

    Parameters
    ----------
    article : Article
    header : HeaderNames
        The names of the sections.
    """
    headline, length = b"", 0
    if article.headline:
        data = utf8(article.headline)
        headline, _, _ = start.clean_in_one_pass(data) or clean_with_care(data)
        length = len(headline) if headline.isascii() else len(_text(headline))
    data = utf8(article.body)
    story, dropped, may_hold_boilerplate = start.clean_in_one_pass(data) or clean_with_care(data)
    end = story.find(b"\n")
    first = story if end < 0 else story[:end]
    if may_be_header(first, header.beginnings) and header_labels(line := _text(first), header):
        rest = story[len(first) :].lstrip(b"\n")
        if rest or headline:
            story = rest
            end = story.find(b"\n")
            dropped += count_letters(line)
    comma = story.find(_COMMA, 0, COMMA_WITHIN)
    if (
        story[:3] in BEGINNINGS
        or (comma > 0 and story[comma + 2 : comma + 4].isupper())
        or (0 < end <= LONGEST_LINE and story[end : end + 5].lstrip(b"\n")[:3] in BEGINNINGS)
    ):
        rest, names = split_byline(story)
        if rest or headline:
            story = rest
            dropped += names
    if may_hold_boilerplate:
        text, boilerplate = split_boilerplate(_text(story))
        story = utf8(text)
        dropped += boilerplate
    return PreparedText(headline + b"\n\n" + story if headline and story else headline or story, length, dropped)


def may_be_header(line: bytes, beginnings: frozenset[bytes]) -> bool:
    """Return whether `header_labels` may find labels in a line, given as UTF-8: at once for most first lines."""
    if len(line) > _MOST_BYTES:
        return False
    if line[:1] in _CASELESS:
        beginning = line[:_BYTES_FOR_SIGN].decode(errors="ignore")
        return line[:3] in beginnings or not SIGN_OUTSIDE_NAMES.search(beginning)
    first = line[:2]
    return line[-1:] not in _ENDS or first in beginnings or not first.isascii()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
