"""Vocabularies of hundreds and thousands of sections: training, the model, its report and tagging, next to peers."""

import json
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from benchmarks.checkouts import HERE, environment_of, python_of
from benchmarks.recombine import Recombiner
from benchmarks.report import Report, json_option, shown
from benchmarks.sections_peers import PEERS
from benchmarks.speed import CORPUS, SECTIONS
from benchmarks.word_sections import word_corpus
from tests.driver.processes import Peak, peak_of_tree

_SEED = 26
_N_TAGGED = 300
_FEW = 13  # what every size is compared with
_MIB, _MB, _GIB = 1 << 20, 1e6, 1 << 30
HEADERS = [
    "classifier",
    "sections",
    "train, s",
    "CPU, s",
    "peak MiB, all processes",
    "model, MB",
    "report, MB",
    "µs a text",
    "÷ 13 sections",
    "micro-F1",
    "died of",
]


@dataclass(frozen=True)
class Trial:
    """What training on a vocabulary took and gave; ``died_of`` is the reason if it failed. Sizes are in bytes."""

    seconds: float | None = None
    cpu: float | None = None
    peak: int | None = None
    model: float | None = None
    report: int | None = None
    microseconds: float | None = None
    f1: float | None = None
    died_of: str = ""


@click.command()
@click.option("--sizes", default="100,1000,3000", show_default=True, help="Numbers of sections, by commas.")
@click.option("--articles", type=click.IntRange(min=500), default=20_000, show_default=True, help="Made articles.")
@click.option(
    "--before",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Another checkout, which runs in its own .venv if it has one.  [default: none]",
)
@click.option(
    "--python",
    type=click.Path(exists=True, dir_okay=False),
    default=sys.executable,
    help="A Python with the packages of the peers. Default: the one that runs this.",
)
@click.option("--peers/--no-peers", default=True, show_default=True, help="Whether to run the peers.")
@click.option(
    "--memory", type=click.IntRange(min=1), default=16, show_default=True, help="GiB that a process may have."
)
@click.option("--minutes", type=click.IntRange(min=1), default=60, show_default=True, help="How long a run may take.")
@json_option
def sections(
    sizes: str,
    articles: int,
    before: Sequence[Path],
    python: str,
    peers: bool,
    memory: int,
    minutes: int,
    as_json: bool,
) -> None:
    """Train on more and more sections; give time, memory, sizes, the time of a tag, and F1."""
    limits = memory * _GIB, 60.0 * minutes
    recombiner = Recombiner(CORPUS, SECTIONS)
    report = Report(f"Many sections, {articles:,} made articles", HEADERS)
    few: dict[Path, float | None] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bodies = folder / "bodies.json"
        texts = [item.body for item in recombiner.articles(_N_TAGGED, _SEED + 1)]
        bodies.write_text(json.dumps(texts, allow_nan=False), encoding="utf-8")
        for size in (_FEW, *(int(part) for part in sizes.split(","))):
            data = folder / str(size)
            data.mkdir()
            corpus = word_corpus(recombiner, articles, size, _SEED)
            corpus.write(data)
            (data / "words.json").write_text(json.dumps(corpus.words, allow_nan=False), encoding="utf-8")
            for checkout in (HERE, *(path.resolve() for path in before)):
                trial = _train(checkout, data, bodies, limits)
                if size == _FEW:
                    few[checkout] = trial.microseconds
                title = "Copydesk" if checkout == HERE else f"Copydesk, {_commit(checkout)}"
                _add(report, _row(title, size, trial, few[checkout]))
            for peer in PEERS if peers and size != _FEW else ():
                _add(report, _row(peer, size, _peer(python, peer, data, limits), None))
    report.notes += [
        "Labels are words of the text and their sizes follow Zipf's law: F1 compares classifiers on the same labels, "
        "and says nothing about real sections.",
        "Copydesk's training is a whole run: reading, checks, five folds, calibration, thresholds, measuring, report. "
        "Its F1 is out-of-fold, with its own thresholds. That of the others is on the last fifth of the articles, at "
        "the best single cut through all scores; their training is TF-IDF and one fit.",
        f"A process may have {memory} GiB and {minutes} minutes.",
    ]
    report.show(as_json)


def _add(report: Report, row: list[Any]) -> None:
    """Add a row, and print it at once: a run takes hours."""
    report.rows.append(row)
    click.echo("  ".join(f"{header} {shown(value)}" for header, value in zip(HEADERS, row, strict=True)), err=True)


def _row(name: str, size: int, trial: Trial, few: float | None) -> list[Any]:
    ratio = trial.microseconds / few if trial.microseconds and few else None
    return [
        name,
        size,
        trial.seconds,
        trial.cpu,
        None if trial.peak is None else trial.peak // _MIB,
        None if trial.model is None else trial.model / _MB,
        None if trial.report is None else trial.report / _MB,
        trial.microseconds,
        ratio,
        trial.f1,
        trial.died_of,
    ]


def _train(checkout: Path, data: Path, bodies: Path, limits: tuple[int, float]) -> Trial:
    """Train with a checkout in its own environment, and time its tagger."""
    python, models = python_of(checkout), data / f"models-{checkout.name}"
    command = [python, "train.py", "--data", str(data / "articles.jsonl"), "--sections", str(data / "sections.toml")]
    seconds, peak, out = _watched([*command, "--models", str(models), "--force"], checkout, limits)
    if out.died_of:
        return Trial(seconds, peak.cpu, peak.together, died_of=out.died_of)
    version = models / (models / "CURRENT").read_text(encoding="utf-8").strip()
    sizes = {path.name: path.stat().st_size for path in version.iterdir()}
    evaluation = json.loads((version / "evaluation.json").read_text(encoding="utf-8"))
    of_arrays = sum(size for name, size in sizes.items() if name.endswith((".npy", ".txt")))
    _, _, timed = _watched(
        [python, "-P", str(HERE / "benchmarks/sections_worker.py"), str(models), str(bodies)], checkout, limits
    )
    microseconds = None if timed.died_of else float(json.loads(timed.text)["microseconds"])
    f1 = float(evaluation["out_of_fold"]["micro"]["f1"])
    return Trial(seconds, peak.cpu, peak.together, of_arrays, sizes["report.html"], microseconds, f1, timed.died_of)


def _peer(python: str, name: str, data: Path, limits: tuple[int, float]) -> Trial:
    """Train a peer and score it."""
    seconds, peak, out = _watched(
        [python, "-P", str(HERE / "benchmarks/sections_peers.py"), name, str(data)], HERE, limits
    )
    if out.died_of:
        return Trial(seconds, peak.cpu, peak.together, died_of=out.died_of)
    found = json.loads(out.text)
    rest = found["size"], None, found["microseconds"], found["f1"]
    return Trial(found["seconds"], found["cpu"], peak.together, *rest)


@dataclass(frozen=True)
class _Said:
    """The last line of standard output, and what the process died of."""

    text: str
    died_of: str


def _watched(command: Sequence[str], folder: Path, limits: tuple[int, float]) -> tuple[float, Peak, _Said]:
    """Run a command within limits of memory (bytes) and time (seconds); return its seconds, peak and words."""
    memory, most = limits
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begun = time.monotonic()
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment_of(folder),
            stdout=out,
            stderr=err,
            text=True,
            preexec_fn=_limit(memory),
        )
        timer = threading.Timer(most, child.kill)
        timer.start()
        peak = peak_of_tree(child)
        late = not timer.is_alive()
        timer.cancel()
        seconds = time.monotonic() - begun
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().strip().splitlines() or [""])
    died_of = ""
    if child.returncode:
        died_of = texts[1][-1][:100]
        if child.returncode < 0:
            died_of = f"after {most / 60:g} minutes" if late else signal.Signals(-child.returncode).name
    return seconds, peak, _Said(texts[0][-1], died_of)


def _limit(memory: int) -> Callable[[], None]:
    return partial(resource.setrlimit, resource.RLIMIT_DATA, (memory, memory))


def _commit(checkout: Path) -> str:
    asked = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return found.stdout.strip() or checkout.name
