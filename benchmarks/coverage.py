"""Coverage: shares of sections in articles that nobody labelled, where the shares differ from those of training."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Report, json_option
from benchmarks.reuters import SECTIONS_FILE, TRAIN_FILE, write_training_part
from benchmarks.reuters_data import read_r90
from benchmarks.speed import CORPUS, SECTIONS

if TYPE_CHECKING:
    from classifier.training.publishing.run import Outcome
    from classifier.training.quantifying.reliability import ProbabilityCounts

FACTORS = (0.5, 2.0)
LEAST_ARTICLES = 10
HEADERS = ["archive", "cases", "in interval", "median width", "error", "error of tags", "ratio", "bias", "bias of tags"]
_MOST_SHARE = 0.9
_NEWEST = 0.2
#: Splits by date: the share of the articles to train on, and the share up to which the next ones are the archive.
_SPLITS = ((0.5, 0.7), (0.65, 0.85), (0.8, 1.0))


@dataclass(frozen=True)
class Scored:
    """Probabilities, tags and right labels of an archive, all of shape (n_articles, n_sections)."""

    probabilities: NDArray[np.float64]
    suggested: NDArray[np.bool_]
    labels: NDArray[np.bool_]


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--test", is_flag=True, help="Score the test stories of R90 as well, once.")
@click.option("--repeats", type=click.IntRange(min=1), default=20, show_default=True, help="Archives drawn for a case.")
@json_option
def coverage(path: Path | None, test: bool, repeats: int, as_json: bool) -> None:
    """Measure shares on archives in which a section is half or twice as frequent as it was.

    PATH: reuters21578.tar.gz, otherwise packed, or a folder of the files; without it only the starter corpus is used.
    """
    report = Report(
        f"Shares of sections, halved and doubled: sections with {LEAST_ARTICLES} articles or more in the archive",
        HEADERS,
    )
    _starter(report, repeats)
    if path is not None:
        _r90(report, path, test, repeats)
    report.notes.append(
        "In interval: cases whose true share lies in the 90 % interval. Error: mean distance from the true share. "
        "Bias: the mean over a section's archives of the signed error, its size averaged over sections and factors."
    )
    report.show(as_json)


def _starter(report: Report, repeats: int) -> None:
    rows = [json.loads(line) for file in sorted(CORPUS.glob("*.jsonl")) for line in file.open(encoding="utf-8")]
    rows.sort(key=lambda row: row["published"])
    n_older = round(len(rows) * (1 - _NEWEST))
    older = rows[:n_older]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outcome = _train_on(older, folder)
        _within_training(report, "starter corpus: folds of the older four fifths", outcome, 5, repeats)
        newest = cases_of(*_tagged(folder, outcome, _fields(rows[n_older:])), repeats)
    report.rows.append(("starter corpus: newest fifth", *_summed_up([newest])))
    by_date = [_next_part(older, trained, asked, repeats) for trained, asked in _SPLITS]
    report.rows.append(
        (f"starter corpus: {len(_SPLITS)} splits of the older four fifths by date", *_summed_up(by_date))
    )


def _next_part(rows: Sequence[Any], trained: float, asked: float, repeats: int) -> NDArray[np.float64]:
    """Train on articles up to the first share of them, and take the articles up to the second share for an archive."""
    first, last = round(trained * len(rows)), round(asked * len(rows))
    with tempfile.TemporaryDirectory() as name:
        outcome = _train_on(rows[:first], Path(name))
        return cases_of(*_tagged(Path(name), outcome, _fields(rows[first:last])), repeats)


def _train_on(rows: Sequence[Any], folder: Path) -> "Outcome":
    lines = (json.dumps(row, allow_nan=False) + "\n" for row in rows)
    (folder / TRAIN_FILE).write_text("".join(lines), encoding="utf-8")
    return _train(folder / TRAIN_FILE, SECTIONS, folder, 5)


def _fields(rows: Sequence[Any]) -> list[tuple[str, str, list[str]]]:
    return [(row["headline"], row["body"], row["sections"]) for row in rows]


def _r90(report: Report, path: Path, test: bool, repeats: int) -> None:
    r90 = read_r90(path)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_training_part(r90, folder)
        outcome = _train(folder / TRAIN_FILE, folder / SECTIONS_FILE, folder, 1)
        _within_training(report, "R90: two folds of the training stories", outcome, 2, repeats)
        if test:
            stories = [(story.headline, story.body, story.topics) for story in r90.test]
            scored, counts = _tagged(folder, outcome, stories)
            report.rows.append(("R90: test stories", *summary(scored, counts, repeats)))


def _train(data: Path, sections: Path, folder: Path, min_support: int) -> "Outcome":
    from classifier.commands.console import progress
    from classifier.training.publishing.run import RunOptions, run
    from classifier.training.training_settings import TrainingSettings

    settings = TrainingSettings(min_support=min_support)
    options = RunOptions(
        data=(data,),
        sections=sections,
        models=folder / "models",
        settings=settings,
        ignore_checks=True,
        no_promote=True,
    )
    with progress() as watched:
        return run(options, watched)


def _within_training(report: Report, name: str, outcome: "Outcome", folds: int, repeats: int) -> None:
    """Take folds of the training stories for an archive, each tagged by a model and counts that have not seen it."""
    cases = [_unseen_fold(outcome, fold, repeats) for fold in range(folds)]
    report.rows.append((name, *_summed_up(cases)))


def _unseen_fold(outcome: "Outcome", fold: int, repeats: int) -> NDArray[np.float64]:
    from classifier.commands.console import PlainProgress
    from classifier.training.fitting.outoffold import fit_each
    from classifier.training.fitting.rule_fitter import RuleFitter
    from classifier.training.quantifying.reliability import count_probabilities

    task, settings = outcome.task, outcome.settings
    held = task.folds == fold
    inner = [task.folds == other for other in range(settings.n_folds) if other != fold]
    *models, final = fit_each([*(~held & ~part for part in inner), ~held], task, settings, -1, PlainProgress())
    margins = np.zeros(task.labels.shape)
    for part, model in zip([*inner, held], [*models, final], strict=True):
        margins[part] = model.margins(task.counted.counts, np.flatnonzero(part))
    used = ~held
    fitter = RuleFitter(margins[used], task.labels[used], task.folds[used], task.stories[used], settings, task.parents)
    found = fitter.fit().predict(margins)
    counts = count_probabilities(found.probabilities[used], task.labels[used])
    return cases_of(Scored(found.probabilities[held], found.suggested[held], task.labels[held]), counts, repeats)


def _tagged(
    folder: Path, outcome: "Outcome", articles: Sequence[tuple[str, str, Iterable[str]]]
) -> tuple[Scored, list["ProbabilityCounts"]]:
    from classifier import Article, Choice, Tagger
    from classifier.training.quantifying.reliability import read_reliability

    tagger = Tagger.load(folder / "models", outcome.version)
    ids = [section.id for section in outcome.trained.trained]
    column = {name: s for s, name in enumerate(ids)}
    probabilities = np.zeros((len(articles), len(ids)))
    suggested = np.zeros(probabilities.shape, dtype=bool)
    given = tagger.tag_many([Article(headline=h, body=b) for h, b, _ in articles], Choice(all=True))
    for i, answer in enumerate(given):
        for tag in answer.tags:
            probabilities[i, column[tag.section]] = tag.probability
            suggested[i, column[tag.section]] = tag.decision != "below"
    labels = np.array([[name in set(right) for name in ids] for _, _, right in articles])
    counts = read_reliability(folder / "models" / outcome.version)
    return Scored(probabilities, suggested, labels), [counts[name] for name in ids]


def summary(scored: Scored, counts: Sequence["ProbabilityCounts"], repeats: int) -> tuple[Any, ...]:
    """Return the figures of a row of the table: how near shares come to the truth, and those of tags."""
    return _summed_up([cases_of(scored, counts, repeats)])


def cases_of(scored: Scored, counts: Sequence["ProbabilityCounts"], repeats: int) -> NDArray[np.float64]:
    """Return true share, share of tags, estimate and interval of each draw: float64, (n_cases, n_repeats, 5)."""
    from classifier.training.quantifying.reliability import N_BINS, bins_of
    from classifier.training.quantifying.shares import ShareEstimator

    rng = np.random.default_rng(0)
    cases = []
    for s, of_section in enumerate(counts):
        if scored.labels[:, s].sum() < LEAST_ARTICLES:
            continue
        estimator = ShareEstimator(of_section, 0)
        bins = bins_of(scored.probabilities[:, s])
        for factor in FACTORS:
            draws = []
            for chosen in _archives(scored.labels[:, s], factor, repeats, rng):
                share = estimator.share(np.bincount(bins[chosen], minlength=N_BINS))
                true, tagged = scored.labels[chosen, s].mean(), scored.suggested[chosen, s].mean()
                draws.append((true, tagged, share.value, share.low, share.high))
            if draws:
                cases.append(draws)
    return np.array(cases).reshape(-1, repeats, 5)


def _archives(
    labels: NDArray[np.bool_], factor: float, repeats: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield articles without the labelled ones, or without the others, that are too many for the changed share."""
    wanted = labels.mean() * factor
    if wanted > _MOST_SHARE:
        return
    own, others = np.flatnonzero(labels), np.flatnonzero(~labels)
    for _ in range(repeats):
        if factor < 1:
            n = max(1, round(wanted / (1 - wanted) * len(others)))
            yield np.concatenate([rng.permutation(own)[:n], others])
        else:
            n = round((1 - wanted) / wanted * len(own))
            yield np.concatenate([own, rng.permutation(others)[:n]])


def _summed_up(parts: Sequence[NDArray[np.float64]]) -> tuple[Any, ...]:
    cases = np.concatenate(parts)
    true, tagged, value, low, high = np.moveaxis(cases, 2, 0)
    within = (low <= true + 1e-9) & (true <= high + 1e-9)
    error, of_tags = np.abs(value - true).mean(), np.abs(tagged - true).mean()
    bias, of_tags_bias = (float(np.abs((x - true).mean(axis=1)).mean()) for x in (value, tagged))
    ratio = float(error / of_tags) if of_tags else None
    figures = (float(within.mean()), float(np.median(high - low)), float(error), float(of_tags), ratio)
    return (len(cases), *figures, bias, of_tags_bias)
