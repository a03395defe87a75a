"""Articles of news length made of the sentences of labelled ones: as many as wanted, the same for a seed.

Their words are as frequent as in news, but no new ones come with more articles, only new neighbours at the seams of
sentences: a real archive's vocabulary goes on growing. They are for measuring time and memory, never quality.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from classifier.corpus.readers import read_corpus
from classifier.errors import CorpusError
from classifier.sections import Sections

MIN_LENGTH, MAX_LENGTH, MODE_LENGTH = 1_000, 6_500, 2_400  # characters; the mean is 3,300
SENTENCES_A_PARAGRAPH = 3
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[.!?][\"”’])\s+")
_DIGITS = str.maketrans("123456789", "000000000")


@dataclass(frozen=True)
class MadeArticle:
    """An article made of others' sentences, and the labels that these came with."""

    headline: str
    body: str
    sections: tuple[str, ...]


class Recombiner:
    """Makes articles of the sentences of labelled ones.

    Parameters
    ----------
    articles, sections : Path
        Labelled articles, and the vocabulary of their labels.

    Raises
    ------
    CorpusError, SectionsError
        If they cannot be read, or hold no sentence.
    """

    def __init__(self, articles: Path, sections: Path) -> None:
        self._label_sets: list[tuple[str, ...]] = []
        self._sentences: defaultdict[str, list[str]] = defaultdict(list)
        self._headlines: list[str] = []
        for item in read_corpus([articles], Sections.load(sections)).articles:
            labels = tuple(sorted(item.sections))
            headline = item.prepared.text[: item.prepared.headline_length]
            found = _sentences(item.prepared.text[item.prepared.headline_length :])
            if not found:
                continue
            self._label_sets.append(labels)
            self._headlines.append(headline)
            for label in labels or ("",):
                self._sentences[label] += found
        if not self._label_sets:
            raise CorpusError(f"{articles} holds no article with a sentence; give labelled articles")

    def articles(self, n: int, seed: int) -> Iterator[MadeArticle]:
        """Yield ``n`` articles; the same for a seed, and the first ones of a longer run."""
        random = Random(seed)
        for _ in range(n):
            labels = random.choice(self._label_sets)
            body = self.body(random, labels, random.triangular(MIN_LENGTH, MAX_LENGTH, MODE_LENGTH))
            yield MadeArticle(random.choice(self._headlines), body, labels)

    def body(self, random: Random, labels: tuple[str, ...], length: float) -> str:
        """Return sentences of articles with these labels, to a length in characters or just over it."""
        paragraphs: list[list[str]] = [[]]
        size = 0
        while size < length:
            sentence = random.choice(self._sentences[random.choice(labels or ("",))])
            if len(paragraphs[-1]) == SENTENCES_A_PARAGRAPH:
                paragraphs.append([])
            paragraphs[-1].append(sentence)
            size += len(sentence) + 1
        return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)

    def write(self, path: Path, n: int, seed: int) -> None:
        """Write ``n`` articles as JSON Lines."""
        with path.open("w", encoding="utf-8") as file:
            for number, article in enumerate(self.articles(n, seed)):
                file.write(json.dumps(row_of(number, article), ensure_ascii=False, allow_nan=False) + "\n")


def row_of(number: int, article: MadeArticle) -> dict[str, Any]:
    """Return an article as a row of a file."""
    return {
        "id": f"made-{number}",
        "headline": article.headline,
        "body": article.body,
        "sections": article.sections,
        "published": f"{2014 + number % 10}-{1 + number % 12:02}-{1 + number % 28:02}",
    }


def _sentences(text: str) -> list[str]:
    return [s for line in text.split("\n") for s in _SENTENCE_END.split(line.strip()) if s.endswith((".", "!", "?"))]


def without_digits(text: str) -> str:
    """Return the text with every digit as 0: scikit-learn then finds the features that Copydesk finds."""
    return text.translate(_DIGITS)
