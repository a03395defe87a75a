"""The text of HTML: tags become line breaks, spaces or nothing, and elements without text of the story are left out."""

import re
from itertools import chain

from classifier.text.entities import as_read
from classifier.text.markup import Markup, read_markup
from classifier.text.unread import BLOCK_VISIBILITY, UNREAD, PageReader

#: Tags of these become line breaks.
_BLOCKS = """
address article aside blockquote br caption center dd details dialog dir div dl dt fieldset figcaption figure
footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p pre search section summary table
tbody td tfoot th thead tr ul
"""
#: Pictures, fields and players stand between words: their tags become spaces. All other tags are within words.
_BOXES = "audio button canvas embed iframe img input math object select svg textarea video"
BREAKS = {
    tag: instead
    for names, instead in ((_BLOCKS, "\n"), (_BOXES, " "))
    for name in names.split()
    for tag in (name, f"/{name}")
}
#: A page with any of these is read with more care.
_SPECIAL = UNREAD | {"option", "sup"}
_LINK_WITHIN_PAGE = re.compile(r"""<a\s[^<>]*?href\s*=\s*["']?#""", re.IGNORECASE)


def text_of_html(source: str) -> tuple[str, int]:
    """Return the text of HTML, and how many letters of the page are not in it.

    Letters in tags, comments, scripts, styles and the page's title do not count.
    """
    if "<![CDATA[" in source:
        source = source.replace("<![CDATA[", "").replace("]]>", "")
    markup = read_markup(source)
    texts = [as_read(text) if "&" in text else text for text in markup.texts]
    breaks = [BREAKS.get(name, "") for name in markup.names]
    dropped = 0
    if _needs_care(source, markup):
        reader = PageReader(markup, texts, breaks)
        texts, breaks, dropped = reader.texts, reader.breaks, reader.dropped
    text = "".join(chain.from_iterable(zip(texts, breaks, strict=False))) + texts[-1]
    return text.replace("\0", ""), dropped


def _needs_care(source: str, markup: Markup) -> bool:
    return (
        not _SPECIAL.isdisjoint(markup.names)
        or BLOCK_VISIBILITY in source
        or (("#" in source) and _LINK_WITHIN_PAGE.search(source) is not None)
    )
