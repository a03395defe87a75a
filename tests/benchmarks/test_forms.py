import re

import pytest

from benchmarks.forms import FORMS, as_ascii, as_blocks, as_classic, as_page, as_wire
from classifier.text.clean import clean

PARAGRAPHS = [
    "The harbour report of sentence {n} names a crew's boat & its owner, and lists what the port office had to repair "
    "in the spring. The second “line” {n} gives the price of fish at the early market, as the buyers remember it.",
    "A patrol came back at {n} o'clock — late by an hour, the officers said, because of the fog over the outer banks. "
    "Nobody on the quay had seen the signal {n}, which the pilots had agreed on the evening before they left.",
]
ARTICLE = "\n\n".join(PARAGRAPHS[n % 2].format(n=n) for n in range(14))


def words(text):
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("form", [as_blocks, as_classic, as_wire, as_ascii])
def test_a_form_holds_the_words_of_the_article_once_and_in_their_order(form):
    assert words(clean(form(ARTICLE))) == words(clean(ARTICLE))


def test_a_page_holds_the_words_of_the_article_between_those_of_the_site():
    found, wanted = words(clean(as_page(ARTICLE))), words(clean(ARTICLE))
    start = found.index("harbour") - wanted.index("harbour")
    assert found[start : start + len(wanted)] == wanted
    assert len(found) > len(wanted)


def test_forms_have_the_markup_that_they_are_named_for():
    blocks, classic = as_blocks(ARTICLE), as_classic(ARTICLE)
    for piece in ("<!-- wp:paragraph -->", "<figcaption", "<!-- wp:list -->", "<h2", "<a href", "<strong>", "<em>"):
        assert piece in blocks
    for piece in ("&nbsp;", "&rsquo;", "&#8212;", "<br />", "[caption id=", "<li>", "<h3>"):
        assert piece in classic
    wire = as_wire(ARTICLE)
    assert ".  " in wire
    assert max(map(len, wire.split("\n"))) <= 67
    assert as_page(ARTICLE).startswith("<!DOCTYPE html>")


def test_sizes_are_those_that_tables_name():
    article = (ARTICLE + "\n\n" + ARTICLE)[:3_000]
    sizes = {name: len(form(article).encode()) for name, form in FORMS.items()}
    assert 4_500 < sizes["block HTML"] < 6_000
    assert 3_600 < sizes["classic HTML"] < 5_500
    assert 26_000 < sizes["30 kB page"] < 33_000


def test_text_in_a_script_without_spaces_keeps_its_sentences():
    article = "\n\n".join(
        "漁港で新しい船の引き渡し式が行われた。町長は漁師たちに感謝の言葉を述べた。" for _ in range(8)
    )
    for form in (as_blocks, as_classic, as_wire):
        assert clean(form(article)).replace("\n", "").replace(" ", "") == article.replace("\n", "")
