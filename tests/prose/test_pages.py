"""The pages: links between them lead somewhere, the README stays short, every page is in the site's navigation."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

from tests.prose.__main__ import PAGES, ROOT, named

_PAGES = named(PAGES)
_EVERY_WORD = re.compile(r"[^\w\- ]")


def _tokens(page: Path):
    for block in MarkdownIt("commonmark").enable("table").parse(page.read_text()):
        yield block
        yield from block.children or ()


def _links(page: Path) -> list[str]:
    found = (token.attrGet("href") or token.attrGet("src") for token in _tokens(page))
    return [link for link in found if link and not urlsplit(link).scheme]


def _anchors(page: Path) -> set[str]:
    """The names that GitHub and the site give to a page's headings."""
    tokens = list(_tokens(page))
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    return {_EVERY_WORD.sub("", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def _broken(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return not target.exists() or bool(anchor and anchor not in _anchors(target))


def test_there_are_pages_and_links_to_check():
    assert sum(len(_links(page)) for page in _PAGES) > 100


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_a_file_and_a_heading(page):
    assert [link for link in _links(page) if _broken(page, link)] == []


def test_pages_of_the_site_link_to_pages_of_the_site_only():
    docs = ROOT / "docs"
    outside = [
        (page.name, link)
        for page in _PAGES
        if page.is_relative_to(docs)
        for link in _links(page)
        if not (page.parent / link.partition("#")[0]).resolve().is_relative_to(docs)
    ]
    assert outside == []


def test_a_link_to_nothing_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A *head*: of `it`\n\n[a](#a-head-of-it) [b](#none) [c](none.md) [d](page.md) ![e](none.png)\n")
    assert [link for link in _links(page) if _broken(page, link)] == ["#none", "none.md", "none.png"]


def test_every_page_of_the_site_is_in_its_navigation_or_in_the_index_of_records():
    site = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
    listed = set(re.findall(r"[\w/-]+\.md", str(site["nav"])))
    records = {f"decisions/{link}" for link in _links(ROOT / "docs" / "decisions" / "index.md")}
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert pages - listed - records == set()


def test_the_readme_has_at_most_150_lines():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
