"""Preparing an article with one look gives the same text as its steps one after the other."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from classifier.article import Article
from classifier.terms.encoding import utf8
from classifier.text.boilerplate import MARKERS, without_boilerplate
from classifier.text.clean import clean, clean_in_full
from classifier.text.page import split_header
from classifier.text.plain import is_plain, look
from classifier.text.prepare import PreparedText, prepare
from tests.conftest import ARTICLES

SPELLINGS = ("Free and Open Indo-Pacific", "Partnerships", "South Asia", "FOIP")


def prepared_in_steps(article):
    """Every step in full, whatever a look at the body finds."""
    headline = clean(article.headline)
    _, story = split_header(clean(article.body), SPELLINGS)
    story = without_boilerplate(story)
    return PreparedText(f"{headline}\n\n{story}" if headline and story else headline or story, len(headline))


def prepared_with_two_looks(article):
    """The former way, in which cleaning looked at the body again."""
    headline = clean(article.headline) if article.headline else ""
    found = look(utf8(article.body))
    _, story = split_header(clean(article.body) if found else article.body.strip(), SPELLINGS)
    if found:
        story = without_boilerplate(story)
    return PreparedText(f"{headline}\n\n{story}" if headline and story else headline or story, len(headline))


PIECES = st.sampled_from(
    [*MARKERS, *map(str.capitalize, MARKERS), *SPELLINGS, "Co", "She said so.", "\n", "\n\n", " ", ".", "<p>", "&amp;"]
)
BODIES = st.text() | st.lists(PIECES | st.text("abé’ …\u00a0\u0301\n <[&/:", max_size=5)).map("".join)


@given(headline=st.text(max_size=50) | BODIES.map(lambda text: text[:2_000]), body=BODIES)
@example("", "PartnershipsSouth Asia\nA story.\n\nRead more\nAnother")
@example("A & B", "A story.\nLeave a reply\n")
@example("", "South Asia\nLeave a comment")
@example("\ud800", "a\ud800b  c")
def test_one_look_gives_the_text_of_every_step_done_in_full(headline, body):
    article = Article.model_construct(headline=headline, body=body)
    assert prepare(article, SPELLINGS) == prepared_in_steps(article) == prepared_with_two_looks(article)


@given(BODIES)
def test_cleaning_in_full_gives_the_text_of_cleaning(source):
    assert clean(source) == (source.strip() if is_plain(utf8(source)) else clean_in_full(source))


def test_every_article_of_the_starter_corpus_is_prepared_alike():
    rows = [json.loads(line) for path in sorted(ARTICLES.glob("*.jsonl")) for line in path.read_text().splitlines()]
    for row in rows:
        article = Article.read(row)
        assert prepare(article, SPELLINGS) == prepared_in_steps(article)
