"""How training grows with the number of articles: the whole of train.py, in a process of its own."""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click
import numpy as np

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.processes import peak_of_tree

SIZES = (1_000, 10_000, 50_000, 200_000)
_SEED = 200_000
_N_TAGGED = 500
_MIB = 1 << 20


@dataclass(frozen=True)
class TrainingRun:
    """What a run of train.py took: seconds in all and by stage, and peak memory in bytes.

    ``cpu`` is processor time: on a machine with other work it says more than the clock. ``memory`` is the most that all
    its processes had resident together, sampled, pages that they share counted for each; ``largest`` is the most that
    any one of them had.
    """

    seconds: float
    cpu: float
    stages: tuple[tuple[str, float], ...]
    memory: int
    largest: int


@click.command()
@click.option("--sizes", default=",".join(map(str, SIZES)), show_default=True, help="Numbers of articles, by commas.")
@click.option("--jobs", type=click.IntRange(min=1), help="As train.py's.")
@click.option("--stages", is_flag=True, help="Also print how long each stage took.")
@json_option
def scale(sizes: str, jobs: int | None, stages: bool, as_json: bool) -> None:
    """Train on made articles, more and more of them; give time, peak memory and their exponents of growth."""
    counts = _counts(sizes)
    report = Report(
        "train.py, whole (checks, stories, five folds, thresholds from out-of-fold scores, final fit), and tagging",
        [
            "articles",
            "train, s",
            "CPU, s",
            "CPU µs an article",
            "peak MiB, all processes",
            "peak MiB, largest",
            "tagged a second",
        ],
    )
    runs = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for n in counts:
            run, rate = _at_size(folder, n, jobs)
            runs.append(run)
            report.rows.append(
                (n, run.seconds, run.cpu, run.cpu / n * 1e6, run.memory // _MIB, run.largest // _MIB, rate)
            )
            if stages:
                took = "; ".join(f"{stage} {seconds:.1f} s" for stage, seconds in run.stages)
                report.notes.append(f"{n:,}: {took}")
    if len(counts) > 1:
        report.notes.append(
            "exponents of growth, least squares of logarithms: "
            f"time {exponent(counts, [r.seconds for r in runs]):.2f}, "
            f"CPU time {exponent(counts, [r.cpu for r in runs]):.2f}, "
            f"memory {exponent(counts, [r.memory for r in runs]):.2f}"
        )
    report.show(as_json)


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return ``k`` of the curve ``cost = a * size**k`` that fits best, by least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def _counts(sizes: str) -> list[int]:
    if not re.fullmatch(r"\d+(,\d+)*", sizes):
        raise click.BadParameter("give whole numbers with commas between them", param_hint="--sizes")
    return [int(size) for size in sizes.split(",")]


def _at_size(folder: Path, n: int, jobs: int | None) -> tuple[TrainingRun, float]:
    """Make ``n`` articles, train on them, and tag with what came of it."""
    from benchmarks.recombine import Recombiner

    recombiner = Recombiner(CORPUS, SECTIONS)
    data, models = folder / f"{n}.jsonl", folder / f"models-{n}"
    recombiner.write(data, n, _SEED)
    run = train(data, models, jobs)
    data.unlink()
    return run, _tagging_rate(models, [item.body for item in recombiner.articles(_N_TAGGED, _SEED + 1)])


def train(data: Path, models: Path, jobs: int | None) -> TrainingRun:
    """Run train.py with its defaults, watching its stages and its processes.

    Raises
    ------
    click.ClickException
        If it fails; with what it said last.
    """
    command = [sys.executable, "train.py", "--data", str(data), "--sections", str(SECTIONS), "--models", str(models)]
    command += ["--jobs", str(jobs)] if jobs else []
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COPYDESK_")}
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    lines: list[tuple[float, str]] = []
    reader = threading.Thread(target=_collect, args=(child.stderr, lines))
    reader.start()
    peak = peak_of_tree(child)
    reader.join()
    seconds = time.monotonic() - start
    if child.returncode:
        raise click.ClickException(f"train.py failed: {' / '.join(line for _, line in lines[-5:])}")
    times = [at - start for at, _ in lines] + [seconds]
    stages = [("start", times[0])]
    stages += [(line.split(":")[0], b - a) for (_, line), a, b in zip(lines, times, times[1:], strict=False)]
    return TrainingRun(seconds, peak.cpu, tuple(s for s in stages if s[1] >= 0.05), peak.together, peak.largest)


def _collect(stream: IO[str] | None, lines: list[tuple[float, str]]) -> None:
    for line in stream or ():
        if not line.startswith(" "):  # a stage, not how far it has come
            lines.append((time.monotonic(), line.strip()))


def _tagging_rate(models: Path, texts: Sequence[str]) -> float:
    """Return articles a second on one thread: the median of several passes."""
    from benchmarks.timing import interleave
    from classifier import Article, Tagger

    tagger = Tagger.load(models)
    timings = interleave({"tag": lambda: tagger.tag_many([Article(body=text) for text in texts])}, 7, 0.2)
    return len(texts) / timings.seconds("tag")
