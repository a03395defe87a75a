"""From clean text to tags: one article, many, and how long a model takes to load."""

import tempfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from benchmarks.forms import as_ascii
from benchmarks.report import Report
from benchmarks.timing import Timings, interleave
from classifier import Article, Choice, Tagger

if TYPE_CHECKING:
    from benchmarks.peers import Predict
    from benchmarks.synthetic import Synthetic

MARGIN_TOLERANCE = 1e-5
_MICRO = 1e6
_TIMES_HASHED = 10
_HASHING = f"machine: hash of {_TIMES_HASHED} times the bytes, {{}}"


def add_text_rows(
    report: Report, synthetic: "Synthetic", peers: "dict[str, Predict]", rounds: int, seconds: float
) -> None:
    """See that all contenders agree, time them on clean ASCII text, and add their rows and notes to a report."""
    clean = replace(synthetic, articles=tuple(map(as_ascii, synthetic.articles)))
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        _write(synthetic, models)
        tagger = Tagger.load(models)
        agreement = _agreement(tagger, synthetic.pipeline.decision_function, synthetic.texts)
        same = interleave(_singles(tagger, clean, peers, clean.articles[:1]), rounds, seconds)
        another = interleave(_singles(tagger, clean, peers, clean.articles), rounds, seconds)
        with ThreadPoolExecutor(2) as threads:
            many = interleave(_batches(tagger, synthetic, peers, threads), rounds, seconds)
        loading = interleave({"Copydesk: load the model": lambda: Tagger.load(models)}, rounds, seconds)
    report.rows += _rows("clean ASCII, another each time", another, "Copydesk: tag, from str", 1)
    report.rows += _rows("clean ASCII, the same again", same, "Copydesk: tag, from str", 1)
    report.rows += _rows("a batch", many, "Copydesk: tag_many, one thread", len(synthetic.texts))
    report.rows += _rows("none", loading, "Copydesk: load the model", 1)
    report.notes += [
        "The same article again and again finds all that it needs in the processor's cache, and every branch foretold.",
        _two_threads(many),
        agreement,
    ]


def _write(synthetic: "Synthetic", models: Path) -> None:
    from benchmarks.synthetic import write_as_model

    write_as_model(synthetic, models)


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
