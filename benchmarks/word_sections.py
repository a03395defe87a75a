"""Made articles that are labelled with words of their own text, for vocabularies of any size.

A section is a word, and an article has it if the word is in the text. The sizes of the sections follow Zipf's law. Such
labels are easier than those of an editor, so they are for measuring time and memory, and for comparing classifiers on
the same labels; they say nothing about quality on real sections.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.recombine import MadeArticle, Recombiner

#: The largest section has this share of the articles, and the smallest this many articles.
LARGEST, SMALLEST = 0.15, 8
_WORD = re.compile(r"[a-z]{4,20}")


@dataclass(frozen=True)
class WordCorpus:
    """Articles, the words that are their sections, and the sections of each article, by number, ascending."""

    articles: list[MadeArticle]
    words: list[str]
    labels: list[list[int]]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the articles and the vocabulary to a folder; return the two files."""
        data, sections = folder / "articles.jsonl", folder / "sections.toml"
        with data.open("w", encoding="utf-8") as file:
            for number, (article, labels) in enumerate(zip(self.articles, self.labels, strict=True)):
                row = {
                    "id": f"made-{number}",
                    "headline": article.headline,
                    "body": article.body,
                    "sections": [self.words[s] for s in labels],
                }
                file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
        tables = (f'[[section]]\nid = "{word}"\nname = "{word.capitalize()}"\n\n' for word in self.words)
        sections.write_text("".join(tables), encoding="utf-8")
        return data, sections


def word_corpus(recombiner: Recombiner, n_articles: int, n_sections: int, seed: int) -> WordCorpus:
    """Make articles with sections; the same for a seed.

    Raises
    ------
    ValueError
        If the articles have too few words for that many sections.
    """
    articles = list(recombiner.articles(n_articles, seed))
    texts = [frozenset(_WORD.findall(f"{item.headline} {item.body}".lower())) for item in articles]
    words = _chosen(Counter(word for text in texts for word in text), n_articles, n_sections)
    number = {word: s for s, word in enumerate(words)}
    labels = [sorted(number[word] for word in text if word in number) for text in texts]
    return WordCorpus(articles, words, labels)


def _chosen(found: Counter[str], n_articles: int, n_sections: int) -> list[str]:
    """Return words whose numbers of articles follow Zipf's law as closely as the words allow, the largest first."""
    usable = sorted((-n, word) for word, n in found.items() if SMALLEST <= n <= LARGEST * n_articles)
    if len(usable) < n_sections:
        raise ValueError(f"{n_articles:,} articles have {len(usable):,} words for {n_sections:,} sections")
    words: list[str] = []
    at = 0
    for rank in range(1, n_sections + 1):
        size = max(SMALLEST, LARGEST * n_articles / rank)
        last = len(usable) - (n_sections - rank) - 1  # the sections to come need a word each
        while at < last and -usable[at][0] > size:
            at += 1
        words.append(usable[at][1])
        at += 1
    return words
