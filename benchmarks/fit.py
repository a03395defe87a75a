"""Texts to the TF-IDF matrix that training starts from: TfidfFeatures beside scikit-learn's TfidfVectorizer."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from benchmarks.timing import interleave

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_SEED = 50_000
_TOLERANCE = 1e-6


@click.command()
@click.option("--reuters", type=click.Path(exists=True, path_type=Path), help="Reuters-21578: archive or folder.")
@click.option("--made", default=50_000, show_default=True, help="Number of made articles; 0 for none.")
@click.option("--rounds", default=3, show_default=True, help="Rounds in which the contenders take turns.")
@json_option
def fit(as_json: bool, reuters: Path | None, made: int, rounds: int) -> None:
    """Time fit_transform of training texts: Copydesk's features next to TfidfVectorizer."""
    report = Report(
        "fit_transform, terms and pairs that occur in two texts at least",
        ["texts", "n", "what", "seconds", "times TfidfVectorizer's speed"],
    )
    if reuters:
        from benchmarks.reuters_data import read_r90

        stories = read_r90(reuters).train
        _measure(report, "Reuters, R90 training part", [f"{s.headline}\n\n{s.body}" for s in stories], rounds)
    if made:
        from benchmarks.recombine import Recombiner

        articles = Recombiner(CORPUS, SECTIONS).articles(made, _SEED)
        _measure(report, "made articles", [f"{item.headline}\n\n{item.body}" for item in articles], rounds)
    if not report.rows:
        raise click.UsageError("there is nothing to measure; name --reuters or --made")
    report.show(as_json)


def _measure(report: Report, name: str, texts: Sequence[str], rounds: int) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    from benchmarks.recombine import without_digits
    from classifier.training.fitting.features import TfidfFeatures

    texts = [without_digits(text) for text in texts]
    options = {"ngram_range": (1, 2), "sublinear_tf": True, "min_df": 2}
    ours, two, theirs = TfidfFeatures(**options), TfidfFeatures(**options, n_jobs=2), TfidfVectorizer(**options)
    report.notes.append(f"{name}: {_agreement(ours.fit_transform(texts), theirs.fit_transform(texts))}")
    contenders = {
        "TfidfVectorizer": lambda: theirs.fit_transform(texts),
        "TfidfFeatures, one thread": lambda: ours.fit_transform(texts),
        "TfidfFeatures, two threads": lambda: two.fit_transform(texts),
    }
    timings = interleave(contenders, rounds, 0)
    for contender in contenders:
        speed = timings.ratio("TfidfVectorizer", contender)
        report.rows.append((name, len(texts), contender, timings.seconds(contender), speed))


def _agreement(ours: "csr_matrix", theirs: "csr_matrix") -> str:
    """See that both matrices are the same, value by value."""
    if ours.shape != theirs.shape:
        raise click.ClickException(f"the matrices differ in shape: {ours.shape} and {theirs.shape}")
    apart = abs(ours - theirs)
    most = float(apart.max()) if apart.nnz else 0.0
    if not np.isfinite(most) or most > _TOLERANCE:
        raise click.ClickException(f"the matrices differ by up to {most:.2g}")
    return f"{ours.shape[1]:,} features; the matrices are the same to {most:.0e}."
