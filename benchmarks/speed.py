"""From text to tags: one article, many, and how long a model takes to load."""

import tempfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
_TIMES_HASHED = 10
_HASHING = f"machine: hash of {_TIMES_HASHED} times the bytes, {{}}"


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
        same = interleave(_singles(tagger, synthetic, peers, synthetic.articles[:1]), size.rounds, size.seconds)
        another = interleave(_singles(tagger, synthetic, peers, synthetic.articles), size.rounds, size.seconds)
        with ThreadPoolExecutor(2) as threads:
            many = interleave(_batches(tagger, synthetic, peers, threads), size.rounds, size.seconds)
        loading = interleave({"Copydesk: load the model": lambda: Tagger.load(models)}, size.rounds, size.seconds)
    title = (
        f"One article of {len(synthetic.articles[0].encode()):,} bytes, and a batch of {len(synthetic.texts):,}; "
        f"{synthetic.n_features:,} features (terms and pairs), {len(synthetic.sections)} sections"
    )
    report = Report(title, ["articles", "what", "µs an article", "times as long as Copydesk"], n_text_columns=2)
    report.rows += _rows("another each time", another, "Copydesk: tag, from str", 1)
    report.rows += _rows("the same again", same, "Copydesk: tag, from str", 1)
    report.rows += _rows("a batch", many, "Copydesk: tag_many, one thread", len(synthetic.texts))
    report.rows += _rows("none", loading, "Copydesk: load the model", 1)
    report.notes += [
        "The same article again and again finds all that it needs in the processor's cache, and every branch foretold.",
        _two_threads(many),
        agreement,
        *missing,
    ]
    return report


def _singles(
    tagger: Tagger, synthetic: "Synthetic", peers: "dict[str, Predict]", texts: Sequence[str]
) -> dict[str, Callable[[], object]]:
    """Return what tags one article; each call takes the next of the texts, round and round."""
    pipeline = synthetic.pipeline
    return {
        "Copydesk: tag, from str": _one_by_one(lambda text: tagger.tag(Article(body=text)), texts),
        "Copydesk: tag, from Article": _one_by_one(tagger.tag, [Article(body=text) for text in texts]),
        "scikit-learn pipeline: predict": _one_by_one(lambda text: pipeline.predict([text]), texts),
        **{f"{name}: predict": _one_by_one(predict, texts) for name, predict in peers.items()},
        "floor: checksum of the bytes": _one_by_one(zlib.crc32, [text.encode() for text in texts]),
    }


def _two_threads(many: Timings) -> str:
    """Say what two threads are worth, to Copydesk and at all: a virtual core may be half of a real one."""
    pairs = [("Copydesk: tag_many, {}", "tagging"), (_HASHING, "hashing, which needs nothing from memory,")]
    found = [f"{what} {many.ratio(name.format('one thread'), name.format('two threads')):.2f}" for name, what in pairs]
    return f"Two threads beside one, times as fast: {found[0]}; {found[1]}, about what the machine gives."


def _one_by_one(call: Callable[[Any], object], inputs: Sequence[Any]) -> Callable[[], object]:
    following = cycle(inputs)
    return lambda: call(next(following))


def _batches(
    tagger: Tagger, synthetic: "Synthetic", peers: "dict[str, Predict]", threads: Executor
) -> dict[str, Callable[[], object]]:
    texts = synthetic.texts
    halves = ["".join(texts[::2]).encode() * _TIMES_HASHED, "".join(texts[1::2]).encode() * _TIMES_HASHED]
    contenders: dict[str, Callable[[], object]] = {
        "Copydesk: tag_many, one thread": lambda: tagger.tag_many([Article(body=text) for text in texts], jobs=1),
        "Copydesk: tag_many, two threads": lambda: tagger.tag_many([Article(body=text) for text in texts], jobs=2),
        "scikit-learn pipeline: predict a batch": lambda: synthetic.pipeline.predict(texts),
        _HASHING.format("one thread"): lambda: list(map(sha256, halves)),
        _HASHING.format("two threads"): lambda: list(threads.map(sha256, halves)),
    }
    if "fastText" in peers:
        contenders["fastText: predict one by one"] = lambda: [peers["fastText"](text) for text in texts]
    return contenders


def _rows(kind: str, timings: Timings, base: str, articles: int) -> list[tuple[str, str, float, float]]:
    return [
        (kind, name, timings.seconds(name) * _MICRO / articles, timings.ratio(name, base)) for name in timings.rounds
    ]


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
