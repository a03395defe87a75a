"""Articles whose vocabulary grows with their number, as that of an archive does: made in a stream, as HTML.

`benchmarks.recombine` makes them of the sentences of labelled articles, which bring no new words. Here names of two
made-up words stand among the words: a name is a new one with a probability that falls as in Heaps' law, or else one of
the names before it, drawn evenly, so that a few are frequent and most are rare (Simon, 1955).
"""

import html
import json
from array import array
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.recombine import MadeArticle, Recombiner, row_of

#: The number of different names among the first n is FACTOR * n ** EXPONENT, as long as this is below n.
EXPONENT, FACTOR = 0.65, 40.0
#: One name stands after this many words on average.
WORDS_A_NAME = 22
_SYLLABLES = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r")]


class GrowingArticles:
    """Makes articles whose vocabulary grows.

    Parameters
    ----------
    recombiner : Recombiner
    """

    def __init__(self, recombiner: Recombiner) -> None:
        self._recombiner = recombiner

    def articles(self, n: int, seed: int) -> Iterator[MadeArticle]:
        """Yield ``n`` articles with bodies in HTML; the same for a seed."""
        random = Random(seed)
        names = _Names(random)
        for article in self._recombiner.articles(n, seed):
            yield MadeArticle(article.headline, _as_html(_with_names(article.body, names, random)), article.sections)

    def write(self, path: Path, n: int, seed: int) -> None:
        """Write ``n`` articles as JSON Lines, one after the other."""
        with path.open("w", encoding="utf-8") as file:
            for number, article in enumerate(self.articles(n, seed)):
                row: dict[str, Any] = row_of(number, article)
                file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")


class _Names:
    """Draws names; the share of new ones falls."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._drawn = array("I")
        self._n_different = 0

    def draw(self) -> str:
        n = len(self._drawn) + 1
        if self._n_different < min(n, FACTOR * n**EXPONENT):
            number = self._n_different
            self._n_different += 1
        else:
            number = self._drawn[self._random.randrange(len(self._drawn))]
        self._drawn.append(number)
        return f"{_word(2 * number)} {_word(2 * number + 1)}"


def _as_html(text: str) -> str:
    """Return a text as HTML: paragraphs, the first words of each in bold."""
    parts = (html.escape(paragraph, quote=False).partition(" ") for paragraph in text.split("\n\n"))
    return "\n".join(f"<p><strong>{first}</strong> {rest}</p>" for first, _, rest in parts)


def _with_names(body: str, names: _Names, random: Random) -> str:
    """Put names among the words of a text; its paragraphs stay."""
    paragraphs = []
    for paragraph in body.split("\n\n"):
        words = paragraph.split(" ")
        for _ in range(len(words) // WORDS_A_NAME + (random.random() < len(words) % WORDS_A_NAME / WORDS_A_NAME)):
            words.insert(random.randrange(len(words)), names.draw())
        paragraphs.append(" ".join(words))
    return "\n\n".join(paragraphs)


def _word(number: int) -> str:
    """Return a made-up word of at least three syllables, another one for each number."""
    syllables = []
    while number or len(syllables) < 3:
        number, last = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[last])
    return "".join(syllables).capitalize()
