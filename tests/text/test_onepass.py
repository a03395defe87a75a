"""The compiled pass gives the text that the rules in Python give, to the letter, or declines."""

import pickle
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifier.article import Article
from classifier.terms.encoding import utf8
from classifier.text.boilerplate import MARKERS, split_boilerplate
from classifier.text.clean import clean, clean_and_count, clean_in_full
from classifier.text.onepass.cleaner import clean_in_one_pass
from classifier.text.page import HeaderNames
from classifier.text.prepare import PreparedText, prepare
from tests.text.sources import FORMS, SIGNS, SOURCES, pieces

PIECES = 4_000
MOST_DECLINED = 0.5
DECLINED = [
    '<p>The reef<sup data-fn="a1"><a href="#a1">1</a></sup></p>',
    "<p>Two m<sup>2</sup></p>",
    '<h3><button class="accordion">Is it safe?</button></h3><p>It is.</p>',
    "<form><p>All of the page stands in a form.</p></form>",
    "<iframe src='a'>No frames</iframe>",
    "<p>Never ends <a href='x",
    "<p>A comment <!-- never ends",
    "<svg><p>Never ends",
    '<!-- wp:group {"metadata":{"blockVisibility":false}} --><p>Hidden</p><!-- /wp:group -->',
    "India&amp;#8217;s navy",
    "&lt;p&gt;Escaped as a whole&lt;/p&gt;",
    "<p>a\0b</p>",
]


def cleaned(source):
    """Return what the pass makes of a source, None if it declines; see that nothing differs from the rules."""
    found = clean_in_one_pass(utf8(source))
    if found is None:
        return None
    text, dropped = clean_and_count(source)
    assert (found.utf8, found.dropped) == (utf8(text), dropped)
    if not found.may_hold_boilerplate:
        assert split_boilerplate(text) == (text, 0)
    return found


@pytest.mark.parametrize("source", SOURCES, ids=[f"{form}-{n}" for form in FORMS for n in range(8)])
def test_bodies_as_systems_send_them_are_cleaned_in_one_pass(source):
    assert cleaned(source) is not None


@pytest.mark.parametrize("source", DECLINED)
def test_what_is_rare_is_declined_and_read_by_the_rules(source):
    assert clean_in_one_pass(utf8(source)) is None
    assert clean(source) == clean_in_full(source)


def test_pieces_changed_at_random_are_cleaned_alike():
    outcomes = Counter(cleaned(piece) is None for piece in pieces(seed=15, n=PIECES))
    assert outcomes[True] < MOST_DECLINED * PIECES


@given(st.lists(st.sampled_from([*SIGNS, *MARKERS]) | st.text("ab1. é’\u00a0\n", max_size=9), max_size=12).map("".join))
@example("a\r<p>b")
@example("<p>Ships</p>\r\n https://example.org/a \r\nReefs")
@example("one\u200btwo")
@example("<form>Search</form>A story that is much longer than the form above it, and more of it than that, too.")
@example("&&#97;mp;lt;")
@example("<script>a</\u017fcript>b</script>c")
@example("<![CD<![CDATA[ATA[a]]>b")
@example("<p>" + "[1] " * 120 + "<![CDATA[a]]>b</p>")
@example("<p>" + "<![CDATA[a]]>" * 120 + "b</p>")
@example("[CDATA[a]]> <p>b</p>")
@example("<[dropcap]![CDATA[a]]><p>b</p>")
def test_any_row_of_signs_is_cleaned_alike(source):
    cleaned(source)


@given(st.text())
def test_any_text_is_cleaned_alike(source):
    cleaned(source)


@given(st.sampled_from(SOURCES), st.integers(0, 5_000))
def test_a_source_that_is_cut_off_is_cleaned_alike(source, length):
    cleaned(source[:length])


def test_a_long_source_is_cleaned_alike():
    assert cleaned("\n".join(source for source in SOURCES if "<form" not in source) * 5) is not None


@pytest.mark.parametrize(
    "source",
    [
        "<p>cafe\u0301</p>",
        "[dropcap]T[/dropcap]he",
        "<p>[quote Ann Lee]Yes[/quote]</p>",
        "bac\u212a to top",
        "m\u0327\u0301" * 99,
    ],
)
def test_shortcodes_and_characters_that_unicode_composes_are_not_declined(source):
    assert cleaned(source) is not None


def test_letters_that_are_left_out_are_counted():
    source = "<p>Ships</p><button>Größe ä</button><noscript>“No”</noscript><svg><title>Icon</title>x</svg>"
    assert clean_in_one_pass(utf8(source)) == (b"Ships", 9, False)


def test_a_line_that_may_begin_boilerplate_is_reported():
    assert cleaned("<p>Ships</p><p>Related articles</p>").may_hold_boilerplate
    assert not cleaned("<p>Ships</p><p>Unrelated articles</p>").may_hold_boilerplate


def test_a_prepared_text_is_the_same_as_bytes_and_as_string():
    prepared = prepare(Article(headline="Šibenik’s  pier", body="<p>It closes.</p>"), HeaderNames(()))
    same = PreparedText("Šibenik’s pier\n\nIt closes.", 14)
    assert prepared.utf8 == same.utf8
    assert prepared == same
    assert hash(prepared) == hash(same)
    assert prepared.text == same.text
    assert prepared.utf8 == same.utf8
    assert pickle.loads(pickle.dumps(prepared)) == same
    assert repr(prepared) == repr(same)
    assert prepared != PreparedText("Šibenik’s pier\n\nIt closes.", 14, 1)
