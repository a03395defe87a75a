"""WordPress exports made up for tests: small ones item by item, and large ones of any size."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.helpers import small_corpus

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.1.9" -->
<rss version="2.0"
	xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:wp="http://wordpress.org/export/1.2/"
>
<channel>
<title>A made-up site</title>
<link>https://news.example</link>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>https://news.example</wp:base_site_url>
<wp:base_blog_url>https://news.example</wp:base_blog_url>
<wp:author><wp:author_login><![CDATA[pia]]></wp:author_login><wp:author_email><![CDATA[pia@news.example]]></wp:author_email></wp:author>
"""
TAIL = "</channel>\n</rss>\n"
COMMENT = """<wp:comment>
<wp:comment_id>1</wp:comment_id>
<wp:comment_author><![CDATA[A Reader]]></wp:comment_author>
<wp:comment_author_email><![CDATA[reader@mail.example]]></wp:comment_author_email>
<wp:comment_author_IP><![CDATA[192.0.2.7]]></wp:comment_author_IP>
<wp:comment_content><![CDATA[I have read worse than this, but not </wp:comment> today.]]></wp:comment_content>
<wp:commentmeta><wp:meta_key>k</wp:meta_key><wp:meta_value><![CDATA[v]]></wp:meta_value></wp:commentmeta>
</wp:comment>
"""


def cdata(text: str) -> str:
    """Write text as WordPress does: what would end the CDATA section is split over two."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def category(nicename: str, name: str | None = None, parent: str = "", number: int = 9) -> str:
    return (
        f"<wp:category><wp:term_id>{number}</wp:term_id><wp:category_nicename>{cdata(nicename)}</wp:category_nicename>"
        f"<wp:category_parent>{cdata(parent)}</wp:category_parent>"
        f"<wp:cat_name>{cdata(nicename.title() if name is None else name)}</wp:cat_name></wp:category>\n"
    )


def post(
    number: int = 1,
    body: str = "<!-- wp:paragraph -->\n<p>Troops held fire.</p>\n<!-- /wp:paragraph -->",
    labels: Iterable[str | tuple[str, str]] = (),
    *,
    title: str = "A headline",
    kind: str = "post",
    status: str = "publish",
    date: str = "2026-11-01 08:30:00",
    date_gmt: str = "2026-11-01 07:30:00",
    meta: Sequence[tuple[str, str]] = (("_pingme", "1"),),
    more: str = COMMENT,
) -> str:
    """Return an item; a label is the nicename of a category, or that and its name."""
    pairs = [(label, label.title()) if isinstance(label, str) else label for label in labels]
    return (
        f"<item>\n<title>{cdata(title)}</title>\n<link>https://news.example/{number}/</link>\n"
        f"<dc:creator>{cdata('pia')}</dc:creator>\n"
        f'<guid isPermaLink="false">https://news.example/?p={number}</guid>\n<description></description>\n'
        f"<content:encoded>{cdata(body)}</content:encoded>\n<excerpt:encoded><![CDATA[]]></excerpt:encoded>\n"
        f"<wp:post_id>{number}</wp:post_id>\n<wp:post_date>{cdata(date)}</wp:post_date>\n"
        f"<wp:post_date_gmt>{cdata(date_gmt)}</wp:post_date_gmt>\n<wp:status>{cdata(status)}</wp:status>\n"
        f"<wp:post_parent>0</wp:post_parent>\n<wp:post_type>{cdata(kind)}</wp:post_type>\n"
        f"<wp:post_password>{cdata('opensesame')}</wp:post_password>\n"
        + "".join(f'<category domain="category" nicename="{slug}">{cdata(name)}</category>\n' for slug, name in pairs)
        + '<category domain="post_tag" nicename="kashmir"><![CDATA[Kashmir]]></category>\n'
        + "".join(
            f"<wp:postmeta><wp:meta_key>{cdata(key)}</wp:meta_key><wp:meta_value>{cdata(value)}</wp:meta_value>"
            "</wp:postmeta>\n"
            for key, value in meta
        )
        + f"{more}</item>\n"
    )


def export(*items: str, head: str = HEAD) -> str:
    return f"{head}{''.join(items)}{TAIL}"


def write_export(path: Path, n_posts: int) -> Path:
    """Write an export of ``n_posts`` published posts of about 3 kB of text each, one comment to every second post."""
    rows = small_corpus(99)
    bodies = [
        "\n\n".join(f"<!-- wp:paragraph -->\n<p>{row['body']}</p>\n<!-- /wp:paragraph -->" for _ in range(4))
        for row in rows
    ]
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for slug in ("climate-and-disasters", "technology"):
            file.write(category(slug))
        for number in range(n_posts):
            row, body = rows[number % len(rows)], bodies[number % len(rows)]
            comment = COMMENT if number % 2 else ""
            file.write(post(number + 1, body, row["sections"], title=str(row["headline"]), more=comment))
        file.write(TAIL)
    return path
