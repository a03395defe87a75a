"""Sources as content management systems send them, made of a few sentences, and pieces of them changed at random."""

import random
from collections.abc import Iterator, Sequence

_SENTENCES = (
    "The harbour council voted on Monday to close the old ferry pier before the winter storms arrive.",
    "“We waited for a decade,” said the harbour master, who has kept the tide tables since 1998.",
    "Fishing crews from both banks of the river opposed the plan — it’s the only pier with a crane.",
    "The ministry will pay for a bus; the fare is to stay at €2.40, or about 2 % of a day’s wage.",
    "Señora Íñiguez & her neighbours collected 4,100 signatures in Čakovec, Žilina and Łódź.",
    "Read more about tides and currents in the atlas of the coast, which AT&T’s archive holds.",
    "A survey of the piles [sic] found rot in 17 of 60, says the report (see [The] annex).",
    "ท่าเรือเก่าปิดแล้ว 港口已经关闭。 बंदरगाह बंद है।",
)
_STORIES = tuple(tuple(_SENTENCES[start:] + _SENTENCES[:start]) for start in range(len(_SENTENCES)))


def _blocks(story: Sequence[str]) -> str:
    parts = [
        f"<!-- wp:paragraph -->\n<p>{_marked(text, number)}</p>\n<!-- /wp:paragraph -->"
        for number, text in enumerate(story)
    ]
    parts[2:2] = [
        '<!-- wp:image {"id":471,"sizeSlug":"large"} -->\n<figure class="wp-block-image size-large">'
        '<img src="https://news.example/a-1024x683.jpg" alt="A pier > a boat" class="wp-image-471"/>'
        '<figcaption class="wp-element-caption">The pier</figcaption></figure>\n<!-- /wp:image -->',
        '<!-- wp:heading -->\n<h2 class="wp-block-heading" id="next">What comes next</h2>\n<!-- /wp:heading -->',
        '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>Crane</li>\n<!-- /wp:list-item --></ul>'
        "\n<!-- /wp:list -->",
        '<!-- wp:paragraph -->\n<p>Tides are high, 5<sup>th</sup> in a row. <a href="#next">Next</a></p>\n'
        "<!-- /wp:paragraph -->",
        "<!-- wp:html -->\n<iframe src='https://maps.example/?a=1&amp;b=2' width=\"600\"></iframe>\n<!-- /wp:html -->",
    ]
    return "\n\n".join(parts) + "\n"


def _classic(story: Sequence[str]) -> str:
    parts = [_marked(text, number).replace("’", "&#8217;").replace("—", "&mdash;") for number, text in enumerate(story)]
    parts[1:1] = [
        '[caption id="attachment_4" align="alignleft" width="300"]<img class="size-medium" src="a.jpg" /> The pier'
        "[/caption]",
        "<h3><b>Tides</b></h3>",
        "<ul>\r\n \t<li>Crane</li>\r\n \t<li>Bus</li>\r\n</ul>",
        "[embed]https://video.example/watch?v=3[/embed]",
        'https://social.example/status/1\r\n[gallery ids="1,2"]',
        "[vc_row][vc_column width='1/2']<span style=\"font-weight: 400;\">In a column</span>[/vc_column][/vc_row]",
    ]
    return "\r\n\r\n".join(parts)


def _wire(story: Sequence[str]) -> str:
    paragraphs = ["    " + text.replace(", ", ",\n").replace(". ", ".  ") for text in story]
    return " \n\n\n".join(["South Asia | Opinion", *paragraphs, "Related articles", "A boat", "http://news.example/x"])


def _page(story: Sequence[str]) -> str:
    items = "".join(f"  <li class=menu-item-{n}><a href='/section/{n}/'>Part {n}</a></li>\n" for n in range(9))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n<title>The pier &amp; the storm</title>\n'
        "<style>.a > .b { color: red }</style>\n<script>if (a[0] < b && c[i] > d) { e('</p>'); }</script>\n"
        '<script>\n/* <![CDATA[ */\nvar settings = {"a": [1, 2]};\n/* ]]> */\n</script>\n</head>\n'
        "<body class='single'>\n"
        '<noscript><iframe src="https://t.example/ns" height="0"></iframe></noscript>\n'
        '<div class="x" data-note="a > b"><a href="#content">Skip to content</a></div>\n'
        f"<nav><ul>\n{items}</ul></nav>\n"
        '<form role="search"><label for="s">Search</label><input id="s" />'
        '<button type="submit">Search</button></form>\n'
        f"<main id=content><article>{_blocks(story)}</article></main>\n"
        "<svg viewBox='0 0 9 9'><title>Icon</title><path d='M0 0'/></svg><button class=\"share\">Share</button>\n"
        f"<aside><h3>More stories</h3><ul>{items}</ul></aside>\n<footer>&copy; 2023</footer>\n</body>\n</html>\n"
    )


def _marked(text: str, number: int) -> str:
    words = text.replace(" & ", " &amp; ").split(" ")
    words[2] = f'<a href="https://news.example/{number}/?a=1&b=2" target="_blank">{words[2]}</a>'
    words[5:6] = [f"<strong>{word}</strong>" for word in words[5:6]]
    return " ".join(words[:-2]) + "&nbsp;" + "&nbsp;".join(words[-2:])


FORMS = {"blocks": _blocks, "classic": _classic, "wire": _wire, "page": _page}
#: Every form of every story.
SOURCES = tuple(form(story) for form in FORMS.values() for story in _STORIES)

#: What is put into pieces.
SIGNS = (
    *"<>&;[]/#-=\"'*1x(): \t\n\r\v\f\0\x1c\u00a0\u200b\u00ad\u2028\u2009\ufeff\u3000\u0301é’—ﬁſßǅ中กΣ𝟗",
    *("\r\n", "  ", "\n\n", "&amp;", "&nbsp;", "&lt;", "&lt;p&gt;", "&#8217;", "&#146;", "&#10;", "&#13;", "&#x27;"),
    *("&copy", "&copy;", "&eacute;", "&shy;", "&thinsp;", "amp;", "nbsp;", "<p>", "</p>", "<br>", "<br/>", "<b>"),
    *(
        "</b>",
        "<h2>",
        "</h2>",
        "<img src='a'>",
        "<a href='x>y'>",
        '<a href="#x">',
        "</a>",
        "<o:p>",
        "</",
        "<P CLASS=a>",
    ),
    *("<!--", "-->", "--!>", "<!-->", "<!doctype html>", "<?xml ?>", "<![CDATA[", "]]>", "<script>", "</script>"),
    *("<script>x</script>", "<style>", "</STYLE >", "<title>", "</title>", "<iframe src=a></iframe>", "<iframe>"),
    *("<textarea></textarea>", "<sup>1</sup>", "<sup>th</sup>", "<sup><a href='#a'>[2]</a></sup>", "<sup>"),
    *("<button>", "</button>", '<button class="tab">', "<form>", "</form>", "<label>", "</label>", "<select>"),
    *("</select>", "<option>", "<svg>", "</svg>", "<noscript>", "</noscript>", "<template/>", "<math>", "</math>"),
    *(
        "https://a.example/b",
        "\nhttp://x.example/ü\n",
        "\nhttp://x.example\n",
        "http",
        "Related articles",
        "\nShare this\n",
    ),
    *("\nLeave a comment\n", "[gallery]", '[caption id="a"]', "[/caption]", "[x_y]", "[/x_y]", "[embed]", "[/embed]"),
    *("[The]", "[sic]", "[[gallery]]", "[youtube=http://y.example/?v=a]", "[vimeo 7]", "[dropcap]", "[quote Ann Lee]"),
    *("[/quote]", "[vc_raw_html]", '[a b="c"]', "[a b=c]", "[a 'b']", "blockVisibility", "--", "]]", "\ud800"),
)


def pieces(seed: int, n: int, sources: Sequence[str] = SOURCES) -> Iterator[str]:
    """Yield pieces of sources, cut at random and changed: signs and other pieces are put in, some letters are taken."""
    choose = random.Random(seed)
    for _ in range(n):
        source = choose.choice(sources)
        start = choose.randrange(len(source))
        piece = source[start : start + choose.choice((20, 60, 200, 600))]
        if choose.random() < 0.5:  # whole tags
            piece = piece[max(piece.find("<"), 0) : piece.rfind(">") + 1] or piece
        for _ in range(choose.choice((0, 1, 1, 2, 3, 5))):
            at, what = choose.randrange(len(piece) + 1), choose.random()
            if what < 0.6:
                piece = piece[:at] + choose.choice(SIGNS) + piece[at:]
            elif what < 0.8:
                piece = piece[:at] + piece[at + choose.randrange(1, 8) :]
            else:
                other = choose.choice(sources)
                cut = choose.randrange(len(other))
                piece = piece[:at] + other[cut : cut + choose.randrange(1, 30)] + piece[at:]
        yield piece
