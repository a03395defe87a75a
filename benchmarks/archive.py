"""``copydesk archive``: rate and memory on one and two processes of this machine, and on a LocalCluster of Dask."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

import click

from benchmarks.forms import as_blocks
from benchmarks.recombine import Recombiner
from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.processes import peak_of_tree, tree
from tests.helpers import environment

TARGET_RATE, TARGET_RATIO = 25_000, 1.8
N_WORKERS = 2
_SEED = 20_261_128
_FRAGMENTS, _FRAGMENT_LENGTH = 6_000, 560
_A_BODY = 2
#: A part of the articles is tagged first: the difference of the two times does not hold the start.
_PART = 4
_MIB = 1 << 20


@dataclass(frozen=True)
class ArchiveRun:
    """What a run took: seconds and processor time in all, and the most memory of all processes and of one, in bytes."""

    seconds: float
    cpu: float
    together: int
    largest: int


@click.command()
@click.option("--articles", "n", type=click.IntRange(min=1_000), default=100_000, show_default=True, help="Articles.")
@click.option("--models", type=click.Path(path_type=Path), help="Folder of models.  [default: one is trained]")
@click.option("--cluster/--no-cluster", default=True, show_default=True, help="Also on a LocalCluster of Dask.")
@json_option
def archive(n: int, models: Path | None, cluster: bool, as_json: bool) -> None:
    """Tag made articles of 3 kB of HTML; the rate is that after the start: of the last three quarters."""
    report = Report(
        f"copydesk archive, {n:,} articles of WordPress blocks as JSON Lines",
        [
            "where",
            "s",
            "articles a second",
            "CPU µs an article",
            "peak MiB, all",
            "peak MiB, largest",
        ],
    )
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        models = models or _trained(folder)
        quarter, data = folder / "quarter.jsonl", folder / "archive.jsonl"
        write_articles(quarter, n // _PART)
        size = write_articles(data, n)
        places: dict[str, list[str]] = {
            f"{workers} {'process' if workers == 1 else 'processes'}": ["--workers", str(workers)]
            for workers in (1, N_WORKERS)
        }
        also: list[int] = []
        if cluster:
            address, also = _cluster(stack, folder)
            places[f"LocalCluster, {N_WORKERS} workers"] = ["--scheduler", address]
        rates = []
        for place, options in places.items():
            of_cluster = also if "--scheduler" in options else []
            part, whole = (
                _tag(folder / f"{place}-{path.stem}", path, models, options, of_cluster) for path in (quarter, data)
            )
            n_later = n - n // _PART
            rate = n_later / max(whole.seconds - part.seconds, 1e-3)
            rates.append(rate)
            cpu = (whole.cpu - part.cpu) / n_later * 1e6 if not of_cluster else None
            report.rows.append((place, whole.seconds, rate, cpu, whole.together // _MIB, whole.largest // _MIB))
            report.notes.append(
                f"{place}: peak of all processes at {n // _PART:,} articles {part.together // _MIB:,} MiB"
            )
    report.notes.append(f"{size / n:,.0f} bytes an article in the file")
    report.notes.append(
        f"two processes: {rates[1] / rates[0]:.2f} times the rate of one (target: {TARGET_RATIO}), "
        f"{rates[1]:,.0f} articles a second (target: {TARGET_RATE:,})"
    )
    report.show(as_json)


def write_articles(path: Path, n: int) -> int:
    """Write ``n`` made articles as JSON Lines, and return the size of the file in bytes; the same for each run.

    They are joined from pieces of blocks, because making each anew would take longer than tagging it. No two are equal.
    """
    with path.open("w", encoding="utf-8") as file:
        for row in _rows(n):
            file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
    return path.stat().st_size


def _rows(n: int) -> Iterator[dict[str, object]]:
    random = Random(_SEED)
    recombiner = Recombiner(CORPUS, SECTIONS)
    made = list(recombiner.articles(_FRAGMENTS, _SEED))
    pieces = [as_blocks(recombiner.body(random, item.sections, _FRAGMENT_LENGTH)) for item in made]
    for number in range(n):
        first = random.choice(made)
        yield {
            "id": f"made-{number}",
            "headline": f"{first.headline} {number}",
            "body": "\n".join(random.choices(pieces, k=_A_BODY)),
            "sections": first.sections,
            "published": f"{2000 + number % 25}-{1 + number % 12:02}-{1 + number % 28:02}",
        }


def _trained(folder: Path) -> Path:
    command = [sys.executable, "-m", "classifier", "train", "--data", str(CORPUS), "--sections", str(SECTIONS)]
    done = subprocess.run(
        [*command, "--models", str(folder / "models")], capture_output=True, text=True, check=False, env=environment()
    )
    if done.returncode:
        raise click.ClickException(f"copydesk train failed: {done.stderr[-300:]}")
    return folder / "models"


def _cluster(stack: ExitStack, folder: Path) -> tuple[str, list[int]]:
    """Start a LocalCluster, and return its address and its processes."""
    from distributed import LocalCluster

    before = set(_own_processes())
    cluster = stack.enter_context(
        LocalCluster(
            n_workers=N_WORKERS, threads_per_worker=1, dashboard_address=None, local_directory=str(folder / "dask")
        )
    )
    return cluster.scheduler_address, sorted(set(_own_processes()) - before)


def _own_processes() -> list[int]:
    return tree(os.getpid())


def _tag(out: Path, data: Path, models: Path, options: Sequence[str], also: Sequence[int]) -> ArchiveRun:
    command = [sys.executable, "-m", "classifier", "archive", str(data), "--out", str(out), "--models", str(models)]
    begun = time.monotonic()
    with (out.parent / "words.txt").open("w+") as words:
        child = subprocess.Popen(
            [*command, *options], stdout=subprocess.DEVNULL, stderr=words, text=True, env=environment()
        )
        peak = peak_of_tree(child, also)
        seconds = time.monotonic() - begun
        if child.returncode:
            words.seek(0)
            raise click.ClickException(f"copydesk archive failed: {words.read()[-300:]}")
    return ArchiveRun(seconds, peak.cpu, peak.together, peak.largest)
