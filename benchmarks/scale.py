"""How training grows with the number of articles: the whole of train.py, in a process of its own."""

import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click
import numpy as np

from benchmarks.checkouts import HERE, environment_of, python_of
from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.processes import peak_of_tree

SIZES = (1_000, 10_000, 50_000, 200_000)
#: Exponents of growth are given from this size on as well: below it, what every run takes counts for more.
LARGE = 10_000
_SEED = 200_000
_N_TAGGED = 500
_MIB = 1 << 20


@dataclass(frozen=True)
class TrainingRun:
    """What a run of train.py took: seconds in all and by stage, and peak memory in bytes.

    ``cpu`` is processor time: on a machine with other work it says more than the clock. ``memory`` is the most that all
    its processes had resident together, sampled, pages that they share counted for each; ``largest`` is the most that
    any one of them had. ``figures`` are the out-of-fold micro-F1 and macro-F1 of the model.
    """

    seconds: float
    cpu: float
    stages: tuple[tuple[str, float], ...]
    memory: int
    largest: int
    figures: tuple[float, float]


@click.command()
@click.option("--sizes", default=",".join(map(str, SIZES)), show_default=True, help="Numbers of articles, by commas.")
@click.option("--jobs", type=click.IntRange(min=1), help="Threads to use.  [default: one for each core]")
@click.option("--stages", is_flag=True, help="Also print how long each stage took.")
@click.option(
    "--growing",
    is_flag=True,
    help="Make articles with bodies in HTML and a vocabulary that grows with their number, as that of an archive does.",
)
@click.option(
    "--before",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another checkout of Copydesk: it trains on the same files, in its own environment if it has one (.venv).",
)
@click.option(
    "--before-most",
    type=click.IntRange(min=1),
    default=200_000,
    show_default=True,
    help="The largest number of articles that the other checkout trains on.",
)
@json_option
def scale(
    sizes: str,
    jobs: int | None,
    stages: bool,
    growing: bool,
    before: Path | None,
    before_most: int,
    as_json: bool,
) -> None:
    """Train on made articles, more and more of them; give time, peak memory and their exponents of growth."""
    counts = _counts(sizes)
    kind = "HTML, growing vocabulary" if growing else "plain text, no new words"
    report = Report(
        "train.py, whole (checks, stories, five folds, thresholds from out-of-fold scores, final fit), and tagging; "
        f"made articles: {kind}",
        [
            "articles",
            "checkout",
            "train, s",
            "CPU, s",
            "CPU µs an article",
            "peak MiB, all processes",
            "peak MiB, largest",
            "micro-F1",
            "macro-F1",
            "tagged a second",
        ],
        n_text_columns=2,
    )
    runs = []
    with tempfile.TemporaryDirectory() as name:
        for n in counts:
            with _made(Path(name), n, growing) as data:
                run, rate = _trained_and_tagged(data, Path(name), n, jobs)
                runs.append(run)
                report.rows.append(_row(n, "now", run, rate))
                if before and n <= before_most:
                    earlier = train(data, Path(name) / f"before-{n}", jobs, before.resolve())
                    report.rows.append(_row(n, "before", earlier, None))
                    report.notes.append(_compared(n, run, earlier))
            if stages:
                took = "; ".join(f"{stage} {seconds:.1f} s" for stage, seconds in run.stages)
                report.notes.append(f"{n:,}: {took}")
    report.notes += _growth(counts, runs)
    report.show(as_json)


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return ``k`` of the curve ``cost = a * size**k`` that fits best, by least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def _growth(counts: Sequence[int], runs: Sequence[TrainingRun]) -> Iterator[str]:
    """Yield the exponents over all sizes, and over the large ones."""
    large = [(n, run) for n, run in zip(counts, runs, strict=True) if n >= LARGE]
    found = {"": list(zip(counts, runs, strict=True))}
    if 1 < len(large) < len(counts):
        found[f" from {LARGE:,} on"] = large
    for words, some in found.items():
        if len(some) > 1:
            sizes = [n for n, _ in some]
            yield (
                f"exponents of growth{words}, least squares of logarithms: "
                f"time {exponent(sizes, [r.seconds for _, r in some]):.2f}, "
                f"CPU time {exponent(sizes, [r.cpu for _, r in some]):.2f}, "
                f"memory {exponent(sizes, [r.memory for _, r in some]):.2f}"
            )


def _row(n: int, checkout: str, run: TrainingRun, rate: float | None) -> tuple[Any, ...]:
    memory = run.memory // _MIB, run.largest // _MIB
    return n, checkout, run.seconds, run.cpu, run.cpu / n * 1e6, *memory, *run.figures, rate


def _compared(n: int, now: TrainingRun, before: TrainingRun) -> str:
    return (
        f"{n:,}, now divided by before: time {now.seconds / before.seconds:.3f}, CPU time {now.cpu / before.cpu:.3f}, "
        f"memory of all processes {now.memory / before.memory:.3f}; "
        f"micro-F1 {now.figures[0] - before.figures[0]:+.4f}, macro-F1 {now.figures[1] - before.figures[1]:+.4f}"
    )


def _counts(sizes: str) -> list[int]:
    if not re.fullmatch(r"\d+(,\d+)*", sizes):
        raise click.BadParameter("give whole numbers with commas between them", param_hint="--sizes")
    return [int(size) for size in sizes.split(",")]


@contextmanager
def _made(folder: Path, n: int, growing: bool) -> Iterator[Path]:
    """Write ``n`` articles to a file, one after the other, and remove it afterwards."""
    from benchmarks.growing import GrowingArticles
    from benchmarks.recombine import Recombiner

    recombiner, data = Recombiner(CORPUS, SECTIONS), folder / f"{n}.jsonl"
    try:
        (GrowingArticles(recombiner) if growing else recombiner).write(data, n, _SEED)
        yield data
    finally:
        data.unlink(missing_ok=True)


def _trained_and_tagged(data: Path, folder: Path, n: int, jobs: int | None) -> tuple[TrainingRun, float]:
    """Train on a file of ``n`` articles, and tag with what came of it."""
    from benchmarks.recombine import Recombiner

    models = folder / f"models-{n}"
    run = train(data, models, jobs)
    texts = [item.body for item in Recombiner(CORPUS, SECTIONS).articles(_N_TAGGED, _SEED + 1)]
    return run, _tagging_rate(models, texts)


def train(data: Path, models: Path, jobs: int | None, checkout: Path = HERE) -> TrainingRun:
    """Run a checkout's train.py with its defaults, watching its stages and its processes.

    Raises
    ------
    click.ClickException
        If it fails; with what it said last.
    """
    command = [python_of(checkout), "-P", "train.py", "--data", str(data), "--models", str(models)]
    command += ["--sections", str(checkout / SECTIONS), *(["--jobs", str(jobs)] if jobs else [])]
    environment = environment_of(checkout)
    start = time.monotonic()
    child = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment, cwd=checkout
    )
    lines: list[tuple[float, str]] = []
    reader = threading.Thread(target=_collect, args=(child.stderr, lines))
    reader.start()
    peak = peak_of_tree(child)
    reader.join()
    seconds = time.monotonic() - start
    if child.returncode:
        last = " / ".join(line for _, line in lines[-5:])
        raise click.ClickException(f"{checkout / 'train.py'} failed: {last}")
    times = [at - start for at, _ in lines] + [seconds]
    stages = [("start", times[0])]
    stages += [(line.split(":")[0], b - a) for (_, line), a, b in zip(lines, times, times[1:], strict=False)]
    kept = tuple(s for s in stages if s[1] >= 0.05)
    return TrainingRun(seconds, peak.cpu, kept, peak.together, peak.largest, _figures(models))


def _figures(models: Path) -> tuple[float, float]:
    """Return the out-of-fold micro-F1 and macro-F1 of the one version in a folder of models."""
    (path,) = models.glob("2*/evaluation.json")
    found = json.loads(path.read_text(encoding="utf-8"))["out_of_fold"]
    micro, macro = found["micro"]["f1"], found["macro_f1"]
    return tuple(float(one["value"] if isinstance(one, dict) else one) for one in (micro, macro))  # type: ignore[return-value]


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
