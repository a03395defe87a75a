"""An article as content management systems send it: blocks, classic editor, wire text, and a whole page.

Every form holds the words of the article once and in their order, so all forms of an article have the same terms. A
page has other words around them, in its head, its navigation and its lists of other stories.
"""

import json
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

Form = Callable[[str], str]

_SENTENCE = re.compile(r".+?(?:[.!?\u0964][\"\u201d\u2019]?(?:\s+|\Z)|[\u3002\uff01\uff1f]|\Z)", re.DOTALL)
_SENTENCES_A_PARAGRAPH = 2
_FIGURE, _LIST, _HEADING = 1, 5, 7  # the paragraphs that have one
_WORDS_FOR_MARKS = 12
_WIRE_COLUMNS = 66
_SITE = "https://news.example.org"
_THEME = f"{_SITE}/wp-content/themes/news"
_PHOTO = f"{_SITE}/wp-content/uploads/2023/11/patrol-boat"
_LINK = f"{_SITE}/2023/11/14/what-the-agreement-says/"


@dataclass(frozen=True)
class Part:
    """A part of an article: a ``paragraph``, ``heading``, ``caption`` or ``list``, and its text or the list's items."""

    kind: str
    texts: tuple[str, ...]


def as_ascii(article: str) -> str:
    """Return an article as benchmarks like it and nobody sends it: no mark-up, and no character beyond ASCII."""
    decomposed = unicodedata.normalize("NFKD", article.translate(_PLAIN))
    return decomposed.encode("ascii", "ignore").decode()


def as_blocks(article: str) -> str:
    """Return an article as the block editor of WordPress stores it.

    Parameters
    ----------
    article : str
        Plain text, with an empty line between paragraphs.
    """
    return "\n\n".join(_block(part, number) for number, part in enumerate(parts_of(article))) + "\n"


def as_classic(article: str) -> str:
    """Return an article as the classic editor of WordPress stores it, pasted from a word processor."""
    return "\r\n\r\n".join(_classic(part, number) for number, part in enumerate(parts_of(article)))


def as_wire(article: str) -> str:
    """Return an article as a wire service sends it: lines of one width, and two spaces after each sentence."""
    paragraphs = []
    for paragraph in article.split("\n\n"):
        text = "  ".join(sentence.strip() for sentence in _SENTENCE.findall(paragraph))
        wrapper = textwrap.TextWrapper(
            _WIRE_COLUMNS, initial_indent="    ", break_long_words=False, break_on_hyphens=False
        )
        paragraphs.append(wrapper.fill(text))
    return " \n\n".join(paragraphs) + "\n"


def as_page(article: str) -> str:
    """Return an article as the page of a site: with scripts, styles and navigation, which add about 26 kB."""
    title = escape(next(iter(_SENTENCE.findall(article)), "")[:60])
    story = "\n".join(_in_page(part, number) for number, part in enumerate(parts_of(article)))
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en-US" class="no-js">',
            *_head(title),
            '<body class="post-template-default single single-post postid-4712 single-format-standard">',
            *_navigation(),
            '<main id="content" class="site-content"><article id="post-4712" class="post type-post status-publish">',
            f'<div class="entry-content clear" itemprop="text">\n{story}\n</div>',
            "</article></main>",
            *_around(),
            "</body>",
            "</html>",
            "",
        ]
    )


#: The forms by the name that tables give them.
FORMS: Mapping[str, Form] = {
    "clean ASCII": as_ascii,
    "block HTML": as_blocks,
    "classic HTML": as_classic,
    "wire text": as_wire,
    "30 kB page": as_page,
}


def parts_of(article: str) -> Iterator[Part]:
    """Yield the parts of an article: short paragraphs, and a figure, a list and a heading made of its own sentences."""
    sentences = [sentence for paragraph in article.split("\n\n") for sentence in _SENTENCE.findall(f"{paragraph}\n")]
    starts = range(0, len(sentences), _SENTENCES_A_PARAGRAPH)
    for number, start in enumerate(starts):
        here = tuple(sentence.strip() for sentence in sentences[start : start + _SENTENCES_A_PARAGRAPH])
        if number == _LIST:
            yield Part("list", here)
        elif number in (_FIGURE, _HEADING) and len(here) > 1:
            yield Part("caption" if number == _FIGURE else "heading", here[:1])
            yield Part("paragraph", here[1:])
        else:
            text = "".join(sentences[start : start + _SENTENCES_A_PARAGRAPH])
            yield Part("paragraph", (" ".join(text.split()),))


def _block(part: Part, number: int) -> str:
    text = _marked(part.texts[0], number)
    match part.kind:
        case "caption":
            settings = '{"id":4711,"sizeSlug":"large","linkDestination":"none"}'
            image = f'<img src="{_PHOTO}-1024x683.jpg" alt="" class="wp-image-4711"/>'
            caption = f'<figcaption class="wp-element-caption">{text}</figcaption>'
            figure = f'<figure class="wp-block-image size-large">{image}{caption}</figure>'
            return f"<!-- wp:image {settings} -->\n{figure}\n<!-- /wp:image -->"
        case "heading":
            return (
                f'<!-- wp:heading -->\n<h2 class="wp-block-heading">{escape(part.texts[0])}</h2>\n<!-- /wp:heading -->'
            )
        case "list":
            items = [f"<!-- wp:list-item -->\n<li>{_text(item)}</li>\n<!-- /wp:list-item -->" for item in part.texts]
            return f'<!-- wp:list -->\n<ul class="wp-block-list">{"".join(items)}</ul>\n<!-- /wp:list -->'
        case _:
            return f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->"


def _classic(part: Part, number: int) -> str:
    text = _with_typographic_entities(_marked(part.texts[0], number))
    match part.kind:
        case "caption":
            image = (
                f'<img class="size-large wp-image-4711" src="{_PHOTO}-1024x683.jpg" alt="" width="1024" height="683" />'
            )
            return f'[caption id="attachment_4711" align="aligncenter" width="1024"]{image} {text}[/caption]'
        case "heading":
            return f"<h3><b>{_with_typographic_entities(_text(part.texts[0]))}</b></h3>"
        case "list":
            items = [f" \t<li>{_with_typographic_entities(_text(item))}</li>" for item in part.texts]
            return "\r\n".join(["<ul>", *items, "</ul>"])
        case _ if number % 8 == 3:
            return f'<p style="text-align: justify;"><span style="font-weight: 400;">{text}</span></p>'
        case _ if number % 8 == 2:
            return f"{text}<br />\r\n&nbsp;"
        case _:
            return text


def _in_page(part: Part, number: int) -> str:
    text = _with_typographic_entities(_marked(part.texts[0], number))
    match part.kind:
        case "caption":
            sizes = ", ".join(f"{_PHOTO}-{width}x{width * 2 // 3}.jpg {width}w" for width in (300, 768, 1024, 1536))
            image = (
                f'<img loading="lazy" decoding="async" width="1024" height="683" src="{_PHOTO}-1024x683.jpg" alt="" '
                f'class="wp-image-4711" srcset="{sizes}" sizes="(max-width: 1024px) 100vw, 1024px" />'
            )
            return f'<figure class="wp-block-image size-large">{image}<figcaption>{text}</figcaption></figure>'
        case "heading":
            return f'<h2 class="wp-block-heading">{_text(part.texts[0])}</h2>'
        case "list":
            return "\n".join(["<ul>", *(f"<li>{_text(item)}</li>" for item in part.texts), "</ul>"])
        case _:
            return f"<p>{text}</p>"


def _head(title: str) -> Iterator[str]:
    about = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "url": _LINK}
    yield '<head>\n<meta charset="UTF-8" />\n<meta name="viewport" content="width=device-width, initial-scale=1" />'
    yield f'<title>{title} - The Example News</title>\n<link rel="canonical" href="{_LINK}" />'
    for name in ("title", "type", "url", "site_name", "image", "locale"):
        yield f'<meta property="og:{name}" content="{title if name == "title" else _LINK}" />'
    yield f'<script type="application/ld+json" class="yoast-schema-graph">{json.dumps(about, allow_nan=False)}</script>'
    rules = (f".has-palette-{n}-color{{color:var(--wp--preset--color--palette-{n}) !important}}" for n in range(60))
    yield f'<style id="global-styles-inline-css">\n{"".join(rules)}\n</style>'
    for n in range(12):
        yield f"<link rel='stylesheet' id='theme-{n}-css' href='{_THEME}/css/{n}.css' media='all' />"
    settings = json.dumps(
        {f"setting_{n}": {"selector": f"#block-{n} > a", "delay": n * 10} for n in range(70)}, allow_nan=False
    )
    yield f'<script id="theme-js-extra">\n/* <![CDATA[ */\nvar themeSettings = {settings};\n/* ]]> */\n</script>'
    yield "</head>"


def _navigation() -> Iterator[str]:
    yield '<header id="masthead" class="site-header"><nav aria-label="Primary"><ul id="primary-menu" class="menu">'
    for n, name in enumerate(("Home", "World", "Politics", "Business", "Defence", "Opinion", "Culture", "Sport") * 3):
        yield (
            f'<li id="menu-item-{n}" class="menu-item menu-item-type-taxonomy menu-item-{n}">'
            f'<a href="{_SITE}/category/{name.lower()}/">{name}</a></li>'
        )
    yield "</ul></nav></header>"


def _around() -> Iterator[str]:
    yield '<aside class="widget-area" aria-label="More stories"><h2 class="widget-title">More stories</h2><ul>'
    for n in range(14):
        image = f'<img loading="lazy" width="150" height="150" src="{_PHOTO}-{n}-150x150.jpg" alt="" />'
        yield (
            f'<li class="post-card post-card-{n}"><a href="{_SITE}/2023/11/{n + 1:02}/another-story-{n}/" '
            f'rel="bookmark">{image}<span class="post-card-title">Another story of this week</span></a></li>'
        )
    yield '</ul></aside>\n<footer id="colophon" class="site-footer"><p>&copy; 2023 The Example News</p><ul>'
    for name in ("About", "Contact", "Imprint", "Privacy"):
        yield f'<li><a href="{_SITE}/{name.lower()}/">{name}</a></li>'
    yield "</ul></footer>"
    for n in range(8):
        yield f"<script src='{_SITE}/wp-content/plugins/plugin-{n}/dist/frontend.min.js?ver=6.4.{n}' defer></script>"
    code = "".join(f'd.querySelectorAll("#block-{n} > a").forEach(function(e){{e.hidden=!1}});' for n in range(40))
    yield f"<script>(function(d){{{code}}})(document);</script>"


def _marked(text: str, number: int) -> str:
    """Return a text as HTML: in turn with a link, with words in bold, and with words in italics."""
    words = [_text(word) for word in text.split(" ")]
    if len(words) < _WORDS_FOR_MARKS:  # short, or in a script without spaces
        return f"<strong>{_text(text)}</strong>" if number % 3 == 1 else _text(text)
    quarter = len(words) // 4
    if number % 2 == 0:
        words[quarter] = f'<a href="{_LINK}" target="_blank" rel="noreferrer noopener">{words[quarter]}'
        words[quarter + 2] += "</a>"
    if number % 3:
        name = "strong" if number % 3 == 1 else "em"
        words[2 * quarter + 1] = f"<{name}>{words[2 * quarter + 1]}"
        words[2 * quarter + 2] += f"</{name}>"
    if number % 2:
        words[-3:-1] = ["&nbsp;".join(words[-3:-1])]
    return " ".join(words)


def _text(text: str) -> str:
    """Return a text as HTML, with the apostrophes that editors write."""
    return escape(text.replace("'", "\u2019"), quote=False)


def _with_typographic_entities(html: str) -> str:
    """Return HTML with typographic characters as entities, as word processors paste them."""
    return html.translate(_ENTITIES)


_PLAIN = str.maketrans({"\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})
_ENTITIES = str.maketrans(
    {"\u2019": "&rsquo;", "\u201c": "&ldquo;", "\u201d": "&rdquo;", "\u2013": "&ndash;", "\u2014": "&#8212;"}
)
