"""The vocabularies of made articles: words of their texts, in sizes that follow Zipf's law."""

from collections import Counter

import numpy as np
import pytest

from benchmarks.recombine import MadeArticle
from benchmarks.sections_peers import best_f1
from benchmarks.word_sections import LARGEST, SMALLEST, word_corpus
from classifier.sections import Sections


class Maker:
    """Makes articles in which word ``k`` is in every ``k``-th one."""

    def articles(self, n, seed):
        words = [f"word{chr(97 + k // 26)}{chr(97 + k % 26)}" for k in range(60)]
        for i in range(n):
            text = " ".join(word for k, word in enumerate(words, 1) if (i + seed) % k == 0)
            yield MadeArticle("Headline", text, ())


def test_sections_are_words_of_the_text_and_their_sizes_fall_as_zipf_says(tmp_path):
    corpus = word_corpus(Maker(), 1_000, 20, seed=3)
    sizes = Counter(s for labels in corpus.labels for s in labels)
    assert len(set(corpus.words)) == 20
    for article, labels in zip(corpus.articles, corpus.labels, strict=True):
        assert [corpus.words[s] in article.body for s in range(20)] == [s in labels for s in range(20)]
    found = [sizes[s] for s in range(20)]
    assert found == sorted(found, reverse=True)
    assert SMALLEST <= min(found) <= max(found) <= LARGEST * 1_000
    data, sections = corpus.write(tmp_path)
    assert [section.id for section in Sections.load(sections)] == corpus.words
    assert len(data.read_text("utf-8").splitlines()) == 1_000


def test_a_corpus_with_too_few_words_is_refused():
    with pytest.raises(ValueError, match="1,000 articles have"):
        word_corpus(Maker(), 1_000, 61, seed=3)


def test_the_best_cut_is_the_one_with_the_highest_f1():
    right = np.array([[True, False], [True, False], [False, True]])
    scores = np.array([[0.9, 0.2], [0.8, 0.1], [0.7, 0.3]])
    assert best_f1(scores, right) == pytest.approx(2 * 3 / (4 + 3))
    assert best_f1(right.astype(float), right) == 1.0
