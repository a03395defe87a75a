"""The archive of a newsroom: the texts of articles that need no labels, to learn which words go together."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.language import base
from classifier.corpus.readers import Reading, Source
from classifier.corpus.readers.rows import LeftOut, Note
from classifier.corpus.stories import have_near_copies, sign
from classifier.corpus.unlabelled import Unlabelled, Untaggable, read_table, read_unlabelled
from classifier.errors import CorpusError, number_of
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare

#: At most that many articles of an archive are used: a random sample of all.
MOST_ARTICLES = 50_000
#: An archive with fewer articles says too little about the words.
LEAST_ARTICLES = 20
_UNREADABLE = "rows that are not articles"
_COPIES = "copies of other articles of the archive"
_TRAINED_ON = "articles that are training articles, or near copies of them"
_OTHER_LANGUAGES = "articles in languages that the model does not learn"


@dataclass(frozen=True)
class ArchiveRequest:
    """An archive that is to be read, and how.

    Parameters
    ----------
    sources : tuple of Path or TableSource
    sections : Sections
    reading : Reading
    languages : tuple of str
        The codes of the languages of the model.
    seed : int
        Of the sample.
    most : int
        At most that many articles are used.
    """

    sources: tuple[Source, ...]
    sections: Sections
    reading: Reading
    languages: tuple[str, ...]
    seed: int
    most: int = MOST_ARTICLES


@dataclass(frozen=True)
class Archive:
    """The texts of an archive, without training articles and copies.

    ``n_found`` counts the articles from which they were drawn, ``left_out`` the rows that were not used, by kind.
    """

    texts: list[str]
    n_found: int
    left_out: Counter[str]

    @property
    def digest(self) -> str:
        """The SHA-256 of the texts, in their order."""
        found = hashlib.sha256()
        for text in self.texts:
            found.update(hashlib.sha256(text.encode()).digest())
        return found.hexdigest()

    def account(self) -> list[str]:
        """Return what was read, in words."""
        n = len(self.texts)
        sample = f", a random sample of {self.n_found:,}" if self.n_found > n + self.left_out[_TRAINED_ON] else ""
        lines = [f"archive: {number_of(n, 'article', 'articles')}{sample} (labels are not read)"]
        return lines + [f"  left out ({count:,}): {what}" for what, count in self.left_out.most_common() if count]


def read_archive(asked: ArchiveRequest, signatures: NDArray[np.uint16], progress: Progress) -> Archive:
    """Read the texts of an archive. Near copies of training articles are left out, so that these count once.

    Parameters
    ----------
    asked : ArchiveRequest
    signatures : uint16 array of shape (n_articles, n_values)
        Of the training articles, as `classifier.corpus.stories.sign` returns them.
    progress : Progress

    Raises
    ------
    CorpusError
        If a path does not exist or cannot be read, or fewer than `LEAST_ARTICLES` articles are left.
    """
    progress.stage("reading the archive", 0)
    sample = _Sample(asked)
    for item in _rows(asked):
        sample.take(item, progress)
    texts, left_out = [text for _, text in sorted(sample.drawn)], sample.left_out
    known = have_near_copies(sign(texts), signatures) if texts else np.zeros(0, dtype=bool)
    left_out[_TRAINED_ON] += int(known.sum())
    used = [text for text, is_known in zip(texts, known, strict=True) if not is_known]
    archive = Archive(used, sample.n_found, left_out)
    for line in archive.account():
        progress.note(line)
    if len(used) < LEAST_ARTICLES:
        raise CorpusError(
            f"the archive has {number_of(len(used), 'article', 'articles')} besides the training articles, but "
            f"{LEAST_ARTICLES} are needed. Fix: name files with more articles, or leave out --archive"
        )
    return archive


def _rows(asked: ArchiveRequest) -> Iterator[Unlabelled | Untaggable | LeftOut | Note]:
    # nothing is wrong with an article because of its labels: they are not used
    reading = replace(
        asked.reading, ignore_unknown=True, machine_labels=True, all_unlabelled=True, labels=(), label_names=None
    )
    paths: Iterable[Path] = [source for source in asked.sources if isinstance(source, Path)]
    yield from read_unlabelled(paths, asked.sections, reading) if paths else ()
    tables = (read_table(source, asked.sections, reading) for source in asked.sources if not isinstance(source, Path))
    yield from chain.from_iterable(tables)


class _Sample:
    """A random sample of the articles of an archive, drawn while they are read: the texts of the others are not kept.

    ``drawn`` holds the number of each article and its text.
    """

    def __init__(self, asked: ArchiveRequest) -> None:
        self.drawn: list[tuple[int, str]] = []
        self.n_found = 0
        self.left_out: Counter[str] = Counter()
        self._random = random.Random(asked.seed)  # noqa: S311 - a sample needs no secrecy
        self._seen: set[bytes] = set()
        self._asked = asked
        self._header = HeaderNames(asked.sections.spellings)

    def take(self, item: Unlabelled | Untaggable | LeftOut | Note, progress: Progress) -> None:
        match item:
            case Note():
                progress.note(f"{item.place}: {item.message}")
            case Untaggable():
                if not self.left_out[_UNREADABLE]:
                    progress.note(f"{item.place}: {item.detail} (further rows that are not articles are only counted)")
                self.left_out[_UNREADABLE] += 1
            case LeftOut():
                self.left_out[item.what] += 1
            case Unlabelled():
                self._take(item)
                progress.step()

    def _take(self, item: Unlabelled) -> None:
        if item.article.language and base(item.article.language) not in self._asked.languages:
            self.left_out[_OTHER_LANGUAGES] += 1
            return
        digest = item.article.digest
        if digest in self._seen:
            self.left_out[_COPIES] += 1
            return
        self._seen.add(digest)
        number = self.n_found
        self.n_found += 1
        if len(self.drawn) < self._asked.most:
            place = len(self.drawn)
            self.drawn.append((number, ""))
        elif (place := self._random.randrange(self.n_found)) >= self._asked.most:
            return
        self.drawn[place] = (number, prepare(item.article, self._header).text)
