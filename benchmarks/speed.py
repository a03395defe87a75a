"""From text to tags: one article, many, and how long a model takes to load."""

import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.report import Report, json_option
from benchmarks.timing import Timings, interleave
from classifier import Article, Choice, Tagger

if TYPE_CHECKING:
    from benchmarks.peers import Predict
    from benchmarks.synthetic import Synthetic

CORPUS = Path("training_data/articles")
SECTIONS = Path("training_data/sections.toml")
MARGIN_TOLERANCE = 1e-5
_MICRO = 1e6


@dataclass(frozen=True)
class Size:
    """How large the model is, and how long it is measured."""

    articles: int
    texts: int
    features: int
    sections: int
    rounds: int
    seconds: float


@click.command()
@click.option("--articles", default=4_000, show_default=True, help="Made articles that the model is fitted on.")
@click.option("--texts", default=500, show_default=True, help="Made articles that are tagged as a batch.")
@click.option("--features", default=100_000, show_default=True, help="Features of the model.")
@click.option("--sections", default=20, show_default=True, help="Sections of the model.")
@click.option("--rounds", default=15, show_default=True, help="Rounds in which the contenders take turns.")
@click.option("--seconds", default=0.2, show_default=True, help="Time of each contender in a round.")
@json_option
def speed(as_json: bool, **size: float) -> None:
    """Time one article, a batch, and loading: Copydesk beside scikit-learn's pipeline, fastText and others."""
    measure(Size(**size)).show(as_json)  # type: ignore[arg-type]


def measure(size: Size) -> Report:
    """Make the model, see that all agree, and time them."""
    from benchmarks.peers import PEERS, available
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, size.articles, size.texts, size.features, size.sections)
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        write_as_model(synthetic, models)
        tagger = Tagger.load(models)
        agreement = _agreement(tagger, synthetic.pipeline.decision_function, synthetic.texts)
        peers, missing = available(synthetic, list(PEERS))
        text, pipeline = synthetic.article, synthetic.pipeline
        data, cleaned = text.encode(), Article(body=text)
        one = {
            "Copydesk: tag, from str": lambda: tagger.tag(Article(body=text)),
            "Copydesk: tag, from Article": lambda: tagger.tag(cleaned),
            "scikit-learn pipeline: predict": lambda: pipeline.predict([text]),
            **{f"{name}: predict": _call(predict, text) for name, predict in peers.items()},
            "floor: checksum of the bytes": lambda: zlib.crc32(data),
        }
        single = interleave(one, size.rounds, size.seconds)
        many = interleave(_batches(tagger, synthetic, peers), max(3, size.rounds // 3), size.seconds)
        loading = interleave({"Copydesk: load the model": lambda: Tagger.load(models)}, size.rounds, size.seconds)
    title = (
        f"One article of {len(data):,} bytes, and a batch of {len(synthetic.texts):,}; "
        f"{synthetic.n_features:,} features (terms and pairs), {len(synthetic.sections)} sections"
    )
    report = Report(title, ["what", "µs an article", "times as long as Copydesk"])
    report.rows += _rows(single, "Copydesk: tag, from str", 1)
    report.rows += _rows(many, "Copydesk: tag_many, one thread", len(synthetic.texts))
    report.rows += _rows(loading, "Copydesk: load the model", 1)
    report.notes += [agreement, *missing]
    return report


def _call(predict: Callable[[str], object], text: str) -> Callable[[], object]:
    return lambda: predict(text)


def _batches(tagger: Tagger, synthetic: "Synthetic", peers: "dict[str, Predict]") -> dict[str, Callable[[], object]]:
    texts = synthetic.texts
    contenders: dict[str, Callable[[], object]] = {
        "Copydesk: tag_many, one thread": lambda: tagger.tag_many([Article(body=text) for text in texts], jobs=1),
        "Copydesk: tag_many, two threads": lambda: tagger.tag_many([Article(body=text) for text in texts], jobs=2),
        "scikit-learn pipeline: predict a batch": lambda: synthetic.pipeline.predict(texts),
    }
    if "fastText" in peers:
        contenders["fastText: predict one by one"] = lambda: [peers["fastText"](text) for text in texts]
    return contenders


def _rows(timings: Timings, base: str, articles: int) -> list[tuple[str, float, float]]:
    return [(name, timings.seconds(name) * _MICRO / articles, timings.ratio(name, base)) for name in timings.rounds]


def _agreement(tagger: Tagger, decision: Callable[[Sequence[str]], np.ndarray], texts: Sequence[str]) -> str:
    """See that Copydesk gives the pipeline's margins: otherwise they do different work, and times mean nothing.

    A margin is read from its probability, which Platt scaling with slope 1 and offset 0 gives.
    """
    expected = decision(texts)
    answers = tagger.tag_many([Article(body=text) for text in texts], Choice(all=True))
    columns = {entry.section.id: s for s, entry in enumerate(tagger.manifest.trained)}
    got = np.empty_like(expected)
    for row, answer in zip(got, answers, strict=True):
        for tag in answer.tags:
            row[columns[tag.section]] = np.log(tag.probability) - np.log1p(-tag.probability)
    apart = float(np.abs(got - expected).max())
    if apart > MARGIN_TOLERANCE:
        raise click.ClickException(f"margins differ by up to {apart:.2g} from the pipeline's: they are not comparable")
    return f"Copydesk's margins of the {len(texts):,} articles are the pipeline's to {apart:.0e}."
