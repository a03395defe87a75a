"""The audit of labelled articles: every check, with and without a model, in one pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.corpus.checks import Counts, check, check_rows, count
from classifier.corpus.findings import Finding, worst
from classifier.corpus.intake import nothing_left, read_and_tell
from classifier.corpus.language_checks import about_languages, languages_to_count
from classifier.corpus.readers import Corpus, Reading
from classifier.corpus.stored.subset import texts_of
from classifier.corpus.stories import sign
from classifier.corpus.translations import stories_of
from classifier.errors import CorpusError
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.training.counts.corpus import count_texts
from classifier.training.fitting.linear import fit_weights
from classifier.training.fitting.outoffold import nested_predictions, score_out_of_fold
from classifier.training.measuring.suspects import Suspect, find_suspects
from classifier.training.task import Task, make_task
from classifier.training.training_settings import TrainingSettings

MAX_ARTICLES_FOR_SIMILARITY = 2_000


@dataclass(frozen=True)
class Audit:
    """The findings of an audit.

    ``similarity`` is the median cosine similarity of two articles of each section, None for a section of one article.
    If there is too little to train on, ``suspects`` is empty and ``unmodelled`` gives the reason. ``reading`` is the
    account of each file, and ``left_out_files`` are the paths of files of a kind that is not read.
    """

    counts: Counts
    findings: tuple[Finding, ...]
    similarity: dict[str, float | None]
    suspects: tuple[Suspect, ...]
    unmodelled: str | None
    reading: tuple[dict[str, Any], ...] = ()
    left_out_files: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if there is an error, else 0."""
        return int(worst(self.findings) == "error")

    def to_json(self) -> dict[str, Any]:
        """Return the audit as plain JSON values."""
        return {
            "articles": self.counts.n_articles,
            "stories": self.counts.n_stories,
            "sections": self.counts.sections,
            "languages": self.counts.languages,
            "repeated_8_word_runs": self.counts.repeated_shingles,
            "median_similarity": self.similarity,
            "findings": [finding.to_json() for finding in self.findings],
            "suspects": [
                {"place": str(s.article.place), "id": s.article.names.id, "missing": s.missing, "surplus": s.surplus}
                for s in self.suspects
            ],
            "unmodelled": self.unmodelled,
            "reading": list(self.reading),
            "left_out_files": list(self.left_out_files),
        }


def audit(
    paths: Iterable[Path],
    sections: Sections,
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
    reading: Reading | None = None,
) -> Audit:
    """Read labelled articles and run every check on them.

    Raises
    ------
    CorpusError
        If the files cannot be read at all. Bad rows and too few stories are findings.
    """
    corpus = read_and_tell(paths, sections, reading or Reading(), progress)
    return audit_corpus(corpus, sections, settings, jobs, progress)


def audit_corpus(
    corpus: Corpus, sections: Sections, settings: TrainingSettings, jobs: int, progress: Progress
) -> Audit:
    """Run every check on articles that have been read."""
    languages = languages_to_count(corpus.articles)
    try:
        task = make_task(corpus.articles, sections, settings, progress, jobs)
    except CorpusError as error:
        why = str(error) if corpus.articles else nothing_left(corpus)
        texts = texts_of(corpus.articles)
        stories = stories_of(corpus.articles, sign(texts), texts)
        counted = count_texts(texts)
        findings = [
            *check_rows(corpus),
            *about_languages(languages),
            *check(corpus.articles, stories, sections, counted, settings.min_support, languages),
            Finding("error", "too-little", why),
        ]
        counts = count(corpus, stories, sections, languages)
        return Audit(counts, tuple(findings), {}, (), why, _accounts(corpus), tuple(corpus.left_out_files))
    progress.stage("looking for copies, leaks and broken text", 1)
    findings = [
        *check_rows(corpus),
        *about_languages(languages),
        *check(corpus.articles, task.stories, sections, task.counted, settings.min_support, languages),
    ]
    progress.step()
    settings = task.decided(settings)
    suspects, unmodelled = _suspects(corpus, task, settings, jobs, progress)
    if unmodelled:
        findings.append(Finding("error", "too-little", unmodelled))
    return Audit(
        counts=count(corpus, task.stories, sections, languages),
        findings=tuple(findings),
        similarity=_median_similarity(task, settings),
        suspects=tuple(suspects),
        unmodelled=unmodelled,
        reading=_accounts(corpus),
        left_out_files=tuple(corpus.left_out_files),
    )


def _accounts(corpus: Corpus) -> tuple[dict[str, Any], ...]:
    return tuple(account.to_json() for account in corpus.accounts)


def _suspects(
    corpus: Corpus, task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> tuple[Sequence[Suspect], str | None]:
    """Return the articles whose labels a model contradicts, or the reason why there is no model."""
    scored = score_out_of_fold(task, settings, jobs, progress)
    try:
        nested = nested_predictions(scored, task, settings)
    except CorpusError as error:
        return (), str(error)
    return find_suspects(corpus.articles, task, scored, nested), None


def _median_similarity(task: Task, settings: TrainingSettings) -> dict[str, float | None]:
    """Return the median cosine similarity between the articles of each section, on the features of training."""
    features = fit_weights(task.counted.counts, settings, task.counted.pairs).transform(task.counted.counts)
    out: dict[str, float | None] = {}
    for s, section in enumerate(task.trained):
        rows = features[np.flatnonzero(task.labels[:, s])[:MAX_ARTICLES_FOR_SIMILARITY]]
        pairs = (rows @ rows.T).toarray()[np.triu_indices(rows.shape[0], k=1)]
        out[section.id] = float(np.median(pairs)) if len(pairs) else None
    return out
