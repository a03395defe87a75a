"""Articles whose texts are on disk are the articles that were read, and take next to no memory."""

import pickle
import tracemalloc
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.article import Article
from classifier.corpus.stored.articles import StoredArticles
from classifier.corpus.stored.labelled import LabelledArticle, Place
from classifier.corpus.stored.subset import Subset, relabelled, texts_of
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare

HEADER = HeaderNames(["Ukraine"])
_texts = st.text(max_size=30)


@st.composite
def labelled(draw):
    article = Article(
        id=draw(st.none() | st.just("a1")),
        headline=draw(_texts),
        body=draw(st.sampled_from(["Plain text.", "<p>Made <b>bold</b></p>", "Zwölf “Löwen”"])) + draw(_texts),
        published=draw(st.none() | st.dates()),
        language=draw(st.none() | st.sampled_from(["en", "de"])),
        sections=draw(st.sampled_from([(), ("ukraine",), ("Ukraine", "politics")])),
        source=draw(st.sampled_from(["", "wire"])),
        story=draw(st.none() | st.just("s1")),
    )
    place = Place(Path(draw(st.sampled_from(["a.jsonl", "b.csv"]))), draw(st.integers(1, 2**40)), draw(_texts))
    sections = draw(st.frozensets(st.sampled_from(["ukraine", "politics"])))
    return LabelledArticle(
        article, prepare(article, HEADER), sections, place, draw(st.floats(0.1, 9)), draw(st.booleans())
    )


def stored(items):
    articles = StoredArticles()
    for item in items:
        articles.append(item)
    return articles


@given(st.lists(labelled(), max_size=6))
def test_each_article_is_read_again_as_it_was(items):
    articles = stored(items)
    assert len(articles) == len(items)
    for found, item in zip(articles, items, strict=True):
        for name in LabelledArticle.__dataclass_fields__:
            assert getattr(found, name) == getattr(item, name)
        assert found.article.model_fields_set == item.article.model_fields_set
        assert found.article.digest == item.article.digest
        for name in ("published", "language", "source", "names", "headline_length", "length"):
            assert getattr(found, name) == getattr(item, name)
    texts = texts_of(articles)
    assert list(texts) == texts[:] == [item.prepared.text for item in items]
    assert pickle.loads(pickle.dumps(texts)) == list(texts)


@settings(max_examples=20)
@given(st.lists(labelled(), min_size=3, max_size=3))
def test_some_of_the_articles_can_be_chosen_and_labelled_again(items):
    articles = stored(items)
    chosen = Subset(articles, [2, 0])
    changed = relabelled(chosen, {1: frozenset({"new"})})
    assert [item.sections for item in changed] == [items[2].sections, {"new"}]
    assert not changed[1].taught
    assert [item.sections for item in articles] == [item.sections for item in items]
    assert list(texts_of(changed)) == [items[2].prepared.text, items[0].prepared.text]
    assert list(texts_of(chosen)[1:]) == [items[0].prepared.text]


def test_texts_take_no_memory():
    body = "word " * 4_000
    tracemalloc.start()
    articles = StoredArticles()
    for number in range(2_000):  # 40 MB of texts, and twice that of bodies in HTML
        article = Article(id=f"a{number}", body=f"<p>{number} {body}</p>")
        articles.append(LabelledArticle(article, prepare(article, HEADER), frozenset(), Place(Path("a"), number)))
    _, peak = tracemalloc.get_traced_memory()
    assert sum(1 for item in articles if item.prepared.text.startswith("1")) == 1_111
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 14e6
    assert held < 10e6
