"""Preparing an article with one look gives the same text as its steps one after the other."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifier.article import Article
from classifier.terms.encoding import utf8
from classifier.text.boilerplate import MARKERS, without_boilerplate
from classifier.text.byline import split_byline
from classifier.text.clean import clean, clean_and_count, clean_in_full
from classifier.text.letters import count_letters, has_fewer_letters
from classifier.text.page import HeaderNames, split_header
from classifier.text.plain import is_plain, look
from classifier.text.prepare import PreparedText, prepare
from tests.conftest import ARTICLES

SPELLINGS = ("Free and Open Indo-Pacific", "Partnerships", "South Asia", "FOIP")
HEADER = HeaderNames(SPELLINGS)


def prepared_in_steps(article):
    """Every step in full, whatever a look at the body finds."""
    headline = clean(article.headline)
    return _prepared(headline, *clean_and_count(article.body), boilerplate=True)


def prepared_with_two_looks(article):
    """The former way, in which cleaning looked at the body again."""
    headline = clean(article.headline) if article.headline else ""
    found = look(utf8(article.body))
    cleaned = clean_and_count(article.body) if found else (article.body.strip(), 0)
    return _prepared(headline, *cleaned, boilerplate=bool(found))


def _prepared(headline, body, dropped, boilerplate):
    _, story = split_header(body, HEADER)
    if not story and not headline:  # a body of nothing but names of sections
        story = body
    dropped += count_letters(body) - count_letters(story)
    without, names = split_byline(utf8(story))
    if without or headline:
        story, dropped = without.decode("utf-8", "surrogatepass"), dropped + names
    if boilerplate:
        dropped += count_letters(story) - count_letters(without_boilerplate(story))
        story = without_boilerplate(story)
    return PreparedText(f"{headline}\n\n{story}" if headline and story else headline or story, len(headline), dropped)


BYLINES = ("By ", "Von ", "Ana Silva", ", DAKAR (AFP) - ")
SIGNS = ("\n", "\n\n", " ", ".", "<p>", "&amp;")
PIECES = st.sampled_from([*MARKERS, *map(str.capitalize, MARKERS), *SPELLINGS, *BYLINES, *SIGNS, "Co", "She said so."])
BODIES = st.text() | st.lists(PIECES | st.text("abé’ …\u00a0\u0301\n <[&/:", max_size=5)).map("".join)


@given(headline=st.text(max_size=50) | BODIES.map(lambda text: text[:2_000]), body=BODIES)
@example("", "PartnershipsSouth Asia\nA story.\n\nRead more\nAnother")
@example("A & B", "A story.\nLeave a reply\n")
@example("", "South Asia\nLeave a comment")
@example("", "South Asia\nBy Ana Silva\nShips meet.\nRead more\nAnother")
@example("A strike", "Ana Silva, DAKAR \u2014 Ships meet.")
@example("", "By Ana Silva")
@example("\ud800", "a\ud800b  c")
def test_one_look_gives_the_text_of_every_step_done_in_full(headline, body):
    article = Article.model_construct(headline=headline, body=body)
    assert prepare(article, HEADER) == prepared_in_steps(article) == prepared_with_two_looks(article)


@given(BODIES)
def test_cleaning_in_full_gives_the_text_of_cleaning(source):
    assert clean(source) == (source.strip() if is_plain(utf8(source)) else clean_in_full(source))


def test_every_article_of_the_starter_corpus_is_prepared_alike():
    rows = [json.loads(line) for path in sorted(ARTICLES.glob("*.jsonl")) for line in path.read_text().splitlines()]
    for row in rows:
        article = Article.read(row)
        assert prepare(article, HEADER) == prepared_in_steps(article)


@pytest.mark.parametrize(
    ("body", "share"),
    [
        ("A plain story.", 0),
        ("<p>A story</p>", 0),
        ("<p>Ships</p><button>Share it</button>", 7 / 12),
        ("<p>Some ships</p><button>Share it</button>", 7 / 16),
        ("<p>Seven a</p><button>Seven b</button>", 0.5),
        ("<button>Share it</button>", 1),
        ("", 0),
        ("South Asia\n\nShips", 9 / 14),
        ("Ships meet.\nRelated articles\nA boat", 20 / 29),
        ("By Ana Silva\n\nShips", 10 / 15),
        ("<p>Ships</p><script>var words = 'words and words';</script>", 0),
    ],
)
def test_the_share_of_letters_that_cleaning_dropped(body, share):
    prepared = prepare(Article.model_construct(headline="A headline of many letters", body=body), HEADER)
    assert prepared.dropped_share == pytest.approx(share)
    assert prepared.is_mostly_dropped == (share > 0.5)


@given(st.text("ab1 ", max_size=30), st.integers(0, 30))
def test_letters_are_counted_no_further_than_needed(text, n):
    assert has_fewer_letters(text, n) == (count_letters(text) < n)


def test_a_body_of_nothing_but_names_of_sections_is_kept_if_there_is_no_headline():
    assert prepare(Article(body="South Asia, Partnerships"), HEADER).text == "South Asia, Partnerships"
    assert prepare(Article(headline="Ships", body="South Asia, Partnerships"), HEADER).text == "Ships"
