"""An archive tagged and counted: how many articles of each period have a probability of each size."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.answer import Answer
from classifier.corpus.readers import Reading
from classifier.corpus.readers.files import OTHER_KIND
from classifier.corpus.readers.rows import LeftOut, Note
from classifier.corpus.unlabelled import Unlabelled, Untaggable, read_unlabelled, tag_each
from classifier.errors import CorpusError, InvalidInputError
from classifier.progress import Progress
from classifier.request import Choice
from classifier.store.files import read_model
from classifier.tagger import Tagger
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare
from classifier.training.measuring.outoffold_file import OutOfFoldAnswers, read_outoffold, text_digest
from classifier.training.quantifying.coverage import UNDATED, Coverage, Period, PeriodShare, SectionCoverage
from classifier.training.quantifying.reliability import N_BINS, ProbabilityCounts, bins_of, read_reliability
from classifier.training.quantifying.shares import ShareEstimator

_BATCH = 256
_NO_KNOWN_TERMS = "articles without a word that the model knows"


def measure_coverage(
    folder: Path, files: Sequence[Path], reading: Reading, by: Period, jobs: int, seed: int, progress: Progress
) -> Coverage:
    """Tag the articles of an archive with a version, and estimate the share of each section in each period.

    Articles are not kept: memory depends on the number of sections and periods.

    Parameters
    ----------
    folder : Path
        Of the version.
    files : sequence of Path
        Files, folders and globs of articles; labels in them are not looked at.
    reading : Reading
    by : {"month", "quarter", "year"}
    jobs : int
        Number of threads.
    seed : int
        Of the draws behind the intervals.
    progress : Progress

    Raises
    ------
    ModelError
        If the version cannot be read, or was trained before the counts were kept that shares are corrected with.
    CorpusError
        If a file cannot be read, or there is no article in them.
    """
    tagger = Tagger(read_model(folder))
    reliability = read_reliability(folder)
    counter = _ArchiveCounter(tagger, read_outoffold(folder), by, jobs)
    progress.stage("tagging the archive", 0)
    articles = counter.usable(read_unlabelled(files, tagger.sections, reading, dated=True))
    while batch := list(islice(articles, _BATCH)):
        counter.add(batch)
        progress.step()
    if not counter.n_articles:
        raise CorpusError(_nothing(counter))
    sections = _estimate(counter, [reliability[name] for name in counter.ids], tagger, seed, progress)
    return Coverage(
        version=tagger.version,
        by=by,
        n_articles=counter.n_articles,
        n_trained_on=counter.n_trained_on,
        sections=sections,
        untrained=tuple(entry.section.id for entry in tagger.manifest.untrained),
        left_out=dict(counter.left_out),
        undated=dict(counter.undated),
        bad_rows=tuple(counter.bad_rows),
        notes=tuple(counter.notes),
        left_out_files=tuple(counter.left_out_files),
    )


def period_of(day: date | None, by: Period) -> str:
    """Return the name of the period of a day, such as 2026-03, 2026-Q1 or 2026."""
    if day is None:
        return UNDATED
    year = f"{day.year:04}"
    return {"month": f"{year}-{day.month:02}", "quarter": f"{year}-Q{(day.month + 2) // 3}", "year": year}[by]


class _ArchiveCounter:
    """Tags articles, and counts them by period, section and bin of the probability."""

    def __init__(self, tagger: Tagger, known: OutOfFoldAnswers | None, by: Period, jobs: int) -> None:
        self.ids = [entry.section.id for entry in tagger.manifest.trained]
        self.bins: dict[str, NDArray[np.int64]] = {}
        self.tagged: dict[str, NDArray[np.int64]] = {}
        self.n_articles = 0
        self.n_trained_on = None if known is None else 0
        self.left_out: Counter[str] = Counter()
        self.undated: Counter[str] = Counter()
        self.bad_rows: list[str] = []
        self.notes: list[str] = []
        self.left_out_files: list[str] = []
        self._columns = {name: s for s, name in enumerate(self.ids)}
        self._tagger, self._by, self._jobs = tagger, by, jobs
        self._known = known
        self._header = HeaderNames(tagger.sections.spellings)

    def usable(self, items: Iterable[Unlabelled | Untaggable | LeftOut | Note]) -> Iterator[Unlabelled]:
        """Yield the articles, and count the rest."""
        for item in items:
            match item:
                case Unlabelled():
                    yield item
                case Untaggable():
                    self.bad_rows.append(f"{item.place}: {item.detail}")
                case LeftOut():
                    self.left_out[item.what] += 1
                    if item.what == OTHER_KIND:
                        self.left_out_files.append(str(item.place.file))
                case Note():
                    self.notes.append(f"{item.place}: {item.message}")

    def add(self, batch: Sequence[Unlabelled]) -> None:
        """Tag some articles and count them."""
        if self._known is not None and self.n_trained_on is not None:
            digests = [text_digest(prepare(item.article, self._header).text) for item in batch]
            self.n_trained_on += int(self._known.contain(digests).sum())
        answers = tag_each(self._tagger, [item.article for item in batch], Choice(all=True), self._jobs)
        for item, answer in zip(batch, answers, strict=True):
            if isinstance(answer, InvalidInputError):
                self.bad_rows.append(f"{item.place}: {answer}")
            elif answer.outcome == "no_known_terms":
                self.left_out[_NO_KNOWN_TERMS] += 1
            else:
                self._count(item, answer)

    def _count(self, item: Unlabelled, answer: Answer) -> None:
        period = period_of(item.published, self._by)
        if period not in self.bins:
            self.bins[period] = np.zeros((len(self.ids), N_BINS), np.int64)
            self.tagged[period] = np.zeros(len(self.ids), np.int64)
        columns = [self._columns[tag.section] for tag in answer.tags]
        self.bins[period][columns, bins_of(np.array([tag.probability for tag in answer.tags]))] += 1
        self.tagged[period][[self._columns[tag.section] for tag in answer.tags if tag.decision != "below"]] += 1
        self.n_articles += 1
        if item.undated:
            self.undated[item.undated] += 1


def _estimate(
    counter: _ArchiveCounter, reliability: Sequence[ProbabilityCounts], tagger: Tagger, seed: int, progress: Progress
) -> tuple[SectionCoverage, ...]:
    periods = sorted(counter.bins, key=lambda name: (name == UNDATED, name))
    progress.stage("estimating shares", len(counter.ids))
    found = []
    for s, name in enumerate(counter.ids):
        estimator = ShareEstimator(reliability[s], seed)
        bins, tagged = [counter.bins[p][s] for p in periods], [int(counter.tagged[p][s]) for p in periods]
        shares = tuple(_share(*of, estimator) for of in zip(periods, bins, tagged, strict=True))
        total = _share("all", np.sum(bins, axis=0), sum(tagged), estimator)
        found.append(SectionCoverage(name, tagger.sections.find(name).name, total, shares))
        progress.step()
    return tuple(found)


def _share(period: str, bins: NDArray[np.int64], tagged: int, estimator: ShareEstimator) -> PeriodShare:
    return PeriodShare(period, int(bins.sum()), tagged, estimator.share(bins))


def _nothing(counter: _ArchiveCounter) -> str:
    rest = [f"{n:,} {what}" for what, n in counter.left_out.items()]
    if counter.bad_rows:
        rest.append(f"{len(counter.bad_rows):,} rows that cannot be used, the first at {counter.bad_rows[0]}")
    found = f": only {'; '.join(rest)}" if rest else ""
    return f"the archive has no article to tag{found}. Fix: give files that contain articles"
