"""The articles of training_data/languages: small, but each language is whole."""

from collections import Counter

import pytest

from classifier.corpus.readers import read_corpus
from tests.conftest import ARTICLES, ROOT

LANGUAGES = ROOT / "training_data" / "languages"
CODES = ("hi", "id", "th", "zh")
#: So many characters in a row say the same thing twice: eight words, or a clause of a script without spaces.
RUN = {"hi": 45, "id": 45, "th": 30, "zh": 12}


@pytest.fixture(scope="module")
def corpora(sections):
    return {code: read_corpus([LANGUAGES / f"{code}.jsonl"], sections) for code in CODES}


def test_there_is_a_file_for_each_language_and_none_besides():
    assert sorted(path.name for path in LANGUAGES.glob("*.jsonl")) == [f"{code}.jsonl" for code in CODES]


@pytest.mark.parametrize("code", CODES)
def test_sixty_articles_of_a_language_are_read_and_none_is_left_out(corpora, code):
    corpus = corpora[code]
    assert not corpus.rejects
    articles = [labelled.article for labelled in corpus.articles]
    assert [article.id for article in articles] == [f"{code}-{n:03}" for n in range(1, 61)]
    assert {article.language for article in articles} == {code}
    assert all(article.published for article in articles)


@pytest.mark.parametrize("code", CODES)
def test_every_section_has_articles_in_each_language_and_some_articles_have_none(corpora, sections, code):
    labels = [labelled.sections for labelled in corpora[code].articles]
    counts = Counter(name for given in labels for name in given)
    assert {section.id: counts[section.id] for section in sections if counts[section.id] < 4} == {}
    assert sum(not given for given in labels) >= 8


@pytest.mark.parametrize("code", CODES)
def test_no_two_articles_of_a_language_share_a_passage(corpora, code):
    found: dict[str, str] = {}
    for article in (labelled.article for labelled in corpora[code].articles):
        text = " ".join(f"{article.headline} {article.body}".split())
        for start in range(len(text) - RUN[code] + 1):
            other = found.setdefault(text[start : start + RUN[code]], article.id)
            assert other == article.id, f"{other} and {article.id} share “{text[start : start + RUN[code]]}”"


def test_they_are_read_together_with_the_english_ones(sections):
    corpus = read_corpus([ARTICLES, LANGUAGES], sections)
    assert not corpus.rejects
    counts = Counter(labelled.article.language for labelled in corpus.articles)
    assert {code: counts[code] for code in CODES} == dict.fromkeys(CODES, 60)
    assert counts["en"] == len(corpus.articles) - 240
