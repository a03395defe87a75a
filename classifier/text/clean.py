"""From the source that a CMS stores (HTML, shortcodes, entities) to the text that a reader sees.

Pure functions. Plain text takes a short path: one look at it, and no parsing.
"""

import re
import unicodedata
from itertools import groupby

from selectolax.lexbor import LexborHTMLParser

from classifier.terms.encoding import utf8
from classifier.text.markup import UNREAD, text_between_tags, unescape
from classifier.text.plain import is_plain

_TAG = re.compile(r"<[A-Za-z/!?]")
_BLOCKS = (
    "address|article|aside|blockquote|br|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer"
    "|h[1-6]|header|hgroup|hr|li|listing|main|menu|nav|ol|p|pre|search|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
# Block tags are replaced by line breaks before parsing: the text needs nothing else of them, and the parser takes
# quadratic time over deeply nested blocks. "[^<>]" keeps this linear on tags that never close.
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})(?:[\s/][^<>]*)?>", re.IGNORECASE)
#: The parser could take minutes on longer sources: its time is quadratic in misnested tags and in attributes.
_LONGEST_PARSED = 20_000

_ATTRIBUTE = r"""[\w-]+\s*=\s*(?:"[^"\]]*"|'[^'\]]*'|[^\s"'\[\]]+)"""
_SHORTCODES = re.compile(
    rf"\[(?P<name>[A-Za-z][\w-]*)(?:\s+{_ATTRIBUTE})+\s*/?\]"  # [name attribute="value"]
    r"|\[/[A-Za-z][\w-]*\]"  # [/name]
    r"|\[(?:gallery|caption|wp_caption|audio|video|playlist|embed|toc|contact-form-7)\s*/?\]"
)
#: An opening tag without attributes is a shortcode only if its closing tag follows: "[sic]" and "[2023]" are text.
_PAIRED = re.compile(r"\[(?P<name>[A-Za-z][\w-]*)\](?=[^\[]*\[/(?P=name)\])")

#: Signs outside ASCII in a row. Most signs of such a long run are marks on one letter.
_MANY_SIGNS = re.compile(r"[^\w\s\x00-\x7f]{50,}")
_BARE_URL_LINE = re.compile(r"^[ \t]*https?://\S+[ \t]*$", re.MULTILINE)
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # soft hyphen, zero-width space, word joiner, byte order mark
_ODD_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_BREAK = re.compile("\r\n?|[\v\f\u0085\u2028\u2029]")
_SPACES = re.compile(r"[ \t]{2,}|\t")
_SPACES_AT_BREAK = re.compile(r" *\n *")
_BREAKS = re.compile(r"\n{3,}")


def clean(source: str) -> str:
    """Return the text of ``source``, plain or HTML, as paragraphs.

    - Scripts, styles, forms, HTML comments, WordPress block comments and shortcodes are removed. Text that a shortcode
      encloses stays.
    - Block elements become line breaks.
    - Entities are unescaped, never deleted.
    - Lines with only a URL, soft hyphens and zero-width characters are removed.
    - The result is in Unicode normal form C.
    """
    return source.strip() if is_plain(utf8(source)) else clean_in_full(source)


def clean_in_full(source: str) -> str:
    """Return the same text as `clean`, without first looking whether ``source`` is plain."""
    text = source
    if "[" in text:
        text = _without_shortcodes(text)
    if "<" in text and _TAG.search(text):
        text = _text_of_html(text)
    elif "&" in text:
        text = unescape(text)
    if ":" in text and "://" in text:
        text = _BARE_URL_LINE.sub("", text)
    if not text.isascii():
        text = _regular_characters(text)
    return _regular_spaces(text)


def _without_shortcodes(text: str) -> str:
    if "[/" in text:
        text = _PAIRED.sub("", text)
    return _SHORTCODES.sub("", text)


def _text_of_html(source: str) -> str:
    inline = _BLOCK_TAG.sub("\n", source)
    if len(inline) > _LONGEST_PARSED:
        return text_between_tags(inline)
    tree = LexborHTMLParser(inline)
    tree.strip_tags(list(UNREAD))
    return tree.body.text() if tree.body else ""


def _regular_characters(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    text = _ODD_SPACE.sub(" ", text)
    text = _LINE_BREAK.sub("\n", text)
    if unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", _MANY_SIGNS.sub(_marks_in_order, text))


def _marks_in_order(found: re.Match[str]) -> str:
    """Put the marks of each letter in canonical order: ``normalize`` sorts them by insertion, in quadratic time."""
    parted = "".join(unicodedata.normalize("NFD", sign) for sign in found[0])
    runs = groupby(parted, key=lambda sign: unicodedata.combining(sign) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if marks else run) for marks, run in runs)


def _regular_spaces(text: str) -> str:
    if "\r" in text or "\v" in text or "\f" in text:
        text = _LINE_BREAK.sub("\n", text)
    if "  " in text or "\t" in text:
        text = _SPACES.sub(" ", text)
    if "\n" in text:
        if " \n" in text or "\n " in text:
            text = _SPACES_AT_BREAK.sub("\n", text)
        if "\n\n\n" in text:
            text = _BREAKS.sub("\n\n", text)
    return text.strip()
