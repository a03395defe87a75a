"""The shares of a choice, out-of-fold: how often the chosen option is right, compared with its share.

An option is right if the article has its section; "none", if the article has no section among the options.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from classifier.sections import Sections
from classifier.service.protocols.shares import shares

BINS = 10
Matrix = NDArray[np.float64]
Form = Callable[[Matrix, bool], Matrix]


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=CORPUS, help="Labelled articles.")
@click.option("--sections", type=click.Path(exists=True, path_type=Path), default=SECTIONS, help="Their vocabulary.")
@json_option
def choices(as_json: bool, data: Path, sections: Path) -> None:
    """Measure the shares that choices of the decision protocols give, and those of other forms."""
    from classifier.commands.console import progress
    from classifier.corpus.intake import TRAINING_ADVICE, read_or_refuse
    from classifier.corpus.readers import Reading
    from classifier.training.fitting.trainer import train
    from classifier.training.task import make_task
    from classifier.training.training_settings import TrainingSettings

    with progress() as watched:
        vocabulary, settings = Sections.load(sections), TrainingSettings()
        corpus = read_or_refuse((data,), vocabulary, None, Reading(), watched, advice=TRAINING_ADVICE)
        task = make_task(corpus.articles, vocabulary, settings, watched, -1)
        trained = train(task, task.decided(settings), -1, watched, None)
    probabilities, labels = trained.nested.predictions.probabilities, task.labels.astype(bool)
    report = Report(
        f"Choices among sections, out-of-fold, {len(labels):,} articles",
        ["options", "form", "articles", "right", "calibration error", "Brier score", "share and right, by bin"],
        n_text_columns=2,
    )
    for name, columns in _options(vocabulary, trained.section_ids).items():
        for with_none in (True, False):
            rows = measured(probabilities[:, columns], labels[:, columns], with_none=with_none)
            report.rows += [(f"{name}{', none' if with_none else ''}", *row) for row in rows]
    report.notes.append("Without “none”, articles without a section among the options are left out.")
    report.show(as_json)


def _options(vocabulary: Sections, ids: Sequence[str]) -> Mapping[str, list[int]]:
    groups: dict[str, list[int]] = {"all sections": list(range(len(ids)))}
    for column, id_ in enumerate(ids):
        if group := vocabulary.find(id_).group:
            groups.setdefault(f"group {group}", []).append(column)
    return groups


def measured(probabilities: Matrix, labels: NDArray[np.bool_], *, with_none: bool) -> Iterator[tuple[object, ...]]:
    """Yield for each form the articles, the rate of right choices, and the calibration of the chosen option's share.

    Parameters
    ----------
    probabilities : float64 array of shape (n_articles, n_options)
        Out-of-fold.
    labels : bool array of the same shape
    with_none : bool
        Whether "none" is an option too.
    """
    right = np.column_stack([labels, ~labels.any(axis=1)]) if with_none else labels
    kept = right.any(axis=1)
    for name, form in FORMS.items():
        found = form(probabilities[kept], with_none)
        rows, top = np.arange(len(found)), found.argmax(axis=1)
        share, hit = found[rows, top], right[kept][rows, top].astype(np.float64)
        bins = np.array_split(np.argsort(share, kind="stable"), BINS)
        error = sum(abs(share[b].mean() - hit[b].mean()) * len(b) for b in bins) / len(share)
        shown = " ".join(f"{share[b].mean():.2f}/{hit[b].mean():.2f}" for b in bins)
        yield name, len(share), float(hit.mean()), float(error), float(((share - hit) ** 2).mean()), shown


def _ours(probabilities: Matrix, with_none: bool) -> Matrix:
    return np.array([shares(row, with_none=with_none) for row in probabilities.tolist()])


def _odds(probabilities: Matrix, with_none: bool) -> Matrix:
    clipped = np.clip(probabilities, 1e-12, 1 - 1e-12)
    odds = clipped / (1 - clipped)
    return _normalised(np.column_stack([odds, np.ones(len(odds))]) if with_none else odds)


def _plain(probabilities: Matrix, with_none: bool) -> Matrix:
    return _normalised(_with_none(probabilities) if with_none else probabilities)


def _by_lot(probabilities: Matrix, with_none: bool) -> Matrix:
    """Return the probability that a section is drawn if one of the article's sections is drawn by lot."""
    nodes, weights = np.polynomial.legendre.leggauss(probabilities.shape[1] // 2 + 1)
    x = (nodes + 1) / 2
    factors = 1 - probabilities[:, :, None] * (1 - x)
    drawn = probabilities * (factors.prod(axis=1, keepdims=True) / factors @ (weights / 2))
    none = (1 - probabilities).prod(axis=1)
    return _normalised(np.column_stack([drawn, none]) if with_none else drawn)


def _with_none(probabilities: Matrix) -> Matrix:
    return np.column_stack([probabilities, (1 - probabilities).prod(axis=1)])


def _normalised(weights: Matrix) -> Matrix:
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float64)


FORMS: Mapping[str, Form] = {
    "top keeps its own": _ours,
    "normalised odds": _odds,
    "normalised probabilities": _plain,
    "by lot": _by_lot,
}
