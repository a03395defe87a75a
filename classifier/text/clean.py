"""From the source that a CMS stores (HTML, shortcodes, entities) to the text that a reader sees.

Pure functions. Plain text takes a short path: one look at it, and no more. docs/text.md lists the rules.
"""

import re

from classifier.terms.encoding import utf8
from classifier.text.elements import text_of_html
from classifier.text.entities import as_read, unescape
from classifier.text.letters import count_letters
from classifier.text.onepass import start
from classifier.text.onepass.cleaned import CleanedText
from classifier.text.shortcodes import without_shortcodes
from classifier.text.spaces import regular_characters, regular_spaces

_TAG = re.compile(r"<[A-Za-z/!?]")
#: A text that begins and ends so, after its entities are replaced, is HTML that was escaped as a whole.
_BEGINS_AS_HTML = re.compile(
    r"\s*<(?:a|article|b|blockquote|br|div|em|figure|h[1-6]|i|img|ol|p|section|span|strong|table|ul|!--)(?=[\s/>]|--)",
    re.IGNORECASE,
)
_BEGINS_ESCAPED = re.compile(r"\s*&lt;")
_ENDS_AS_HTML = re.compile(r"(?:</[A-Za-z][A-Za-z0-9]*\s*|/|--)>\s*\Z")
_BARE_URL_LINE = re.compile(r"^[ \t]*https?://\S+[ \t]*$", re.MULTILINE)


def clean(source: str) -> str:
    """Return the text of ``source``, plain or HTML, as paragraphs.

    - Scripts, styles, small forms, buttons, HTML comments, hidden blocks and shortcodes are removed. Text that a
      shortcode encloses stays.
    - Block elements become line breaks.
    - Entities are unescaped, never deleted.
    - Lines with only a URL, soft hyphens and word joiners are removed; ligatures become letters.
    - The result is in Unicode normal form C.
    """
    return clean_utf8(utf8(source)).utf8.decode("utf-8", "surrogatepass")


def clean_utf8(data: bytes) -> CleanedText:
    """Return what `clean_and_count` does, of a source given as UTF-8.

    One compiled pass reads what sources consist of. Only those with something rare are read as `clean_and_count` reads
    them, and both ways give the same.
    """
    return start.clean_in_one_pass(data) or clean_with_care(data)


def clean_with_care(data: bytes) -> CleanedText:
    """Return the same as `clean_utf8`, always by the rules as Python states them."""
    text, dropped = clean_and_count(data.decode("utf-8", "surrogatepass"))
    return CleanedText(utf8(text), dropped, may_hold_boilerplate=True)


def clean_in_full(source: str) -> str:
    """Return the same text as `clean`, always by the rules as Python states them."""
    return clean_and_count(source)[0]


def clean_and_count(source: str) -> tuple[str, int]:
    """Return the text of `clean_in_full`, and how many letters of the source's text are not in it.

    Letters in tags, comments, scripts, styles, the title of a page and shortcodes are not letters of the text.
    """
    text, dropped = without_shortcodes(source), 0
    if "<" in text and _TAG.search(text):
        text, dropped = text_of_html(text)
    elif "&" in text:
        text = as_read(text)
        html = unescape(text) if _BEGINS_ESCAPED.match(text) else text
        if _BEGINS_AS_HTML.match(html) and _ENDS_AS_HTML.search(html[-100:]):
            text, dropped = text_of_html(html)
    text = regular_characters(text)
    if ":" in text and "://" in text:
        dropped += sum(map(count_letters, _BARE_URL_LINE.findall(text)))
        text = _BARE_URL_LINE.sub("", text)
    return regular_spaces(text), dropped
