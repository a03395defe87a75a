"""The articles among which a sample for labelling is drawn."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.article import Article
from classifier.corpus.readers import Reading
from classifier.corpus.readers.columns.cells import TO_LABEL
from classifier.corpus.readers.rows import LeftOut, Note
from classifier.corpus.unlabelled import Unlabelled, Untaggable, read_unlabelled, tag_each
from classifier.errors import CorpusError, InvalidInputError, unreadable_as
from classifier.request import Choice
from classifier.sections import Sections
from classifier.tagger import Tagger
from classifier.teach.people import LabelledByPeople, labelled_by_people
from classifier.teach.sampling import uncertainty
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare

#: At most that many articles are kept to draw from: a random sample of all.
MOST_ARTICLES = 50_000
_COPIES = "copies of other articles"
_LABELLED = "articles that a person has labelled"
_MORE = f"articles beyond the {MOST_ARTICLES:,} that are drawn from; these are a random sample of all"
_NOT_TAGGED = "articles that the model cannot tag, such as articles in another language"
_NOT_ASKED = "articles that the teacher gave no labels"


@dataclass(frozen=True)
class Pool:
    """Articles to draw from, with their texts; ``left_out`` counts the others by kind.

    ``people`` are the articles that people have labelled already.
    """

    articles: list[Article]
    texts: list[str]
    left_out: Counter[str] = field(default_factory=Counter)
    people: LabelledByPeople = field(default_factory=LabelledByPeople)

    def asked(self, tagger: Tagger) -> tuple["Pool", NDArray[np.float64]]:
        """Return the articles that a model can tag, and how unsure it is of each."""
        answers = tag_each(tagger, self.articles, Choice(all=True), -1)
        found = [
            None if isinstance(answer, InvalidInputError) else [tag.probability for tag in answer.tags]
            for answer in answers
        ]
        return self._with(found, _NOT_TAGGED)

    def known(self, probabilities: Mapping[bytes, Sequence[float]]) -> tuple["Pool", NDArray[np.float64]]:
        """Return the articles whose probabilities are known by their digest, and how unsure these are."""
        return self._with([probabilities.get(article.digest) for article in self.articles], _NOT_ASKED)

    def _with(self, found: Sequence[Sequence[float] | None], reason: str) -> tuple["Pool", NDArray[np.float64]]:
        kept = [i for i, values in enumerate(found) if values is not None]
        left_out = self.left_out + Counter({reason: len(found) - len(kept)})
        pool = replace(
            self, articles=[self.articles[i] for i in kept], texts=[self.texts[i] for i in kept], left_out=left_out
        )
        _refuse_empty(pool)
        unsure = [float(uncertainty(np.array([found[i]], dtype=np.float64))[0]) for i in kept]
        return pool, np.array(unsure, dtype=np.float64)


def read_pool(paths: Sequence[Path], labelled: Sequence[Path], sections: Sections, reading: Reading, seed: int) -> Pool:
    """Read the articles of an archive without copies, and without those that a person has labelled.

    Raises
    ------
    CorpusError
        If a path cannot be read, or no article is left.
    """
    chance = random.Random(seed)  # noqa: S311 - a sample needs no secrecy
    left_out: Counter[str] = Counter()
    people = labelled_by_people(labelled, sections, reading)
    seen: set[bytes] = set()
    kept: list[Article] = []
    for item in _articles(paths, sections, reading, left_out):
        digest = item.article.digest
        if digest in people.digests or digest in seen:
            left_out[_LABELLED if digest in people.digests else _COPIES] += 1
            continue
        seen.add(digest)
        if len(kept) < MOST_ARTICLES:
            kept.append(item.article)
            continue
        left_out[_MORE] += 1
        if (place := chance.randrange(len(seen))) < MOST_ARTICLES:
            kept[place] = item.article
    header = HeaderNames(sections.spellings)
    pool = Pool(kept, [prepare(article, header).text for article in kept], left_out, people)
    _refuse_empty(pool)
    return pool


def _articles(paths: Sequence[Path], sections: Sections, reading: Reading, left_out: Counter[str]) -> Any:
    for item in read_unlabelled(paths, sections, reading) if paths else ():
        match item:
            case Unlabelled():
                yield item
            case Untaggable():
                left_out[f"rows that are not articles ({item.detail})"] += 1
            case LeftOut():
                left_out[item.what] += 1
            case Note():
                left_out[item.message] += 1


def _refuse_empty(pool: Pool) -> None:
    if not pool.articles:
        rest = "; ".join(f"{n:,} {what}" for what, n in pool.left_out.items() if n)
        raise CorpusError(f"there is no article to draw ({rest or 'the files are empty'}). Fix: name other files")


def teacher_uncertainty(path: Path) -> dict[bytes, list[float]]:
    """Return the teacher's probabilities in a file that ``copydesk label`` wrote, by the digest of the article.

    Raises
    ------
    CorpusError
        If the file cannot be read, or a line has no probabilities.
    """
    found = {}
    with unreadable_as(CorpusError, f"{path} cannot be read"), path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                data = json.loads(line)
                article = Article.read({name: data[name] for name in ("headline", "body") if name in data})
                found[article.digest] = [float(p) for p in data["probabilities"].values()]
            except (ValueError, KeyError, AttributeError, TypeError, InvalidInputError) as error:
                raise CorpusError(
                    f"{path}:{number}: not written by “copydesk label”. Fix: name a file that this command wrote"
                ) from error
    return found


def jsonl_text(rows: Sequence[tuple[Article, float]]) -> str:
    """Return articles to label as JSON Lines."""
    lines = [
        article.model_dump(mode="json", exclude_defaults=True, exclude={"sections"})
        | {"sections": [TO_LABEL], "uncertainty": value}
        for article, value in rows
    ]
    return "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
