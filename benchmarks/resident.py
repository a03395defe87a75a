"""What each worker of the real service adds to memory, and how much of the model they share."""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import click
import httpx

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.processes import serving, tree

_MB = 1e6


class Memory(NamedTuple):
    """Bytes of a process: resident, its share of them where pages are shared, its own alone; the same of the model.

    ``model_shared`` are resident pages of the model's files that other processes have mapped too.
    """

    resident: int
    proportional: int
    private: int
    model: int
    model_shared: int


@click.command()
@click.option("--workers", type=click.IntRange(min=2), default=4, show_default=True, help="Workers of the service.")
@click.option("--articles", default=4_000, show_default=True, help="Made articles that the model is fitted on.")
@click.option("--features", default=100_000, show_default=True, help="Features of the model.")
@json_option
def memory(workers: int, articles: int, features: int, as_json: bool) -> None:
    """Read from smaps what the workers of the real service have resident, and share."""
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, articles, 200, features, 20)
    with tempfile.TemporaryDirectory() as name:
        models = Path(name) / "models"
        write_as_model(synthetic, models)
        one, _, seconds = _serve_and_read(models, 1, synthetic.texts)
        several, found, _ = _serve_and_read(models, workers, synthetic.texts)
    report = Report(
        f"Memory of service.py with {workers} workers, {synthetic.n_features:,} features, 20 sections; 10^6 bytes",
        ["worker", "resident", "proportional", "private", "model pages resident", "of those shared"],
    )
    for number, each in enumerate(found, 1):
        report.rows.append((number, *(value / _MB for value in each)))
    extra = (several - one) / (workers - 1) / _MB
    report.notes.append(
        f"All processes together (proportional): {one / _MB:.1f} with 1 worker, {several / _MB:.1f} with {workers}: "
        f"{extra:.1f} for each extra worker."
    )
    report.notes.append(f"Ready {seconds:.2f} s after the start, with one worker and compiled code in numba's cache.")
    report.show(as_json)


def _serve_and_read(models: Path, workers: int, texts: tuple[str, ...]) -> tuple[int, list[Memory], float]:
    """Return the proportional memory of all processes, that of each worker, and the seconds until it was ready."""
    command = [sys.executable, "service.py", "--models", str(models), "--workers", str(workers)]
    with serving(command, "/readyz", models.parent / "log") as server:
        for text in texts * workers:  # a connection each, so that every worker gets some
            httpx.post(f"{server.url}/v1/tags", json={"body": text}, trust_env=False).raise_for_status()
        everyone = [read_memory(pid, models) for pid in tree(server.process.pid)]
        found = [each for each in everyone if each.model]
        if len(found) != workers:
            raise click.ClickException(f"{len(found)} processes have the model mapped; {workers} were expected")
        return sum(each.proportional for each in everyone), found, server.seconds_to_ready


def read_memory(pid: int, models: Path) -> Memory:
    """Return the memory of a process as /proc/PID/smaps tells it, and what of it are files of ``models``."""
    totals: Counter[str] = Counter()
    of_model: Counter[str] = Counter()
    in_model = False
    for line in Path(f"/proc/{pid}/smaps").read_text(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            size = int(value.split()[0]) << 10
            totals[name] += size
            if in_model:
                of_model[name] += size
        elif "-" in name.split(" ")[0]:  # a mapping begins: its addresses, and its file at the end
            in_model = str(models) in line
    return Memory(
        resident=totals["Rss"],
        proportional=totals["Pss"],
        private=totals["Private_Clean"] + totals["Private_Dirty"],
        model=of_model["Rss"],
        model_shared=of_model["Shared_Clean"] + of_model["Shared_Dirty"],
    )
