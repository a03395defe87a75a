"""Whether the real service's memory stays where it is over very many requests."""

import json
import sys
import tempfile
from pathlib import Path

import click

from benchmarks.report import Report, json_option
from benchmarks.resident import read_memory
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.load import load
from tests.driver.processes import serving, tree

WORKERS = 2
STEPS = 10
WARM_SHARE = 0.1  # of the requests, before the first look
ALLOWED_GROWTH = 0.05
_SECONDS = 2.0
_MB = 1e6


@click.command()
@click.option("--requests", default=500_000, show_default=True, help="Requests in all.")
@json_option
def soak(requests: int, as_json: bool) -> None:
    """Send articles to the real service and read what its processes have resident, again and again."""
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, 1_000, 200, 20_000, 20)
    bodies = [json.dumps({"body": text[:3_000]}, allow_nan=False).encode() for text in synthetic.texts]
    report = Report(
        f"Memory over {requests:,} requests, {WORKERS} workers; 10^6 bytes", ["requests", "private", "peak"]
    )
    with tempfile.TemporaryDirectory() as name:
        models = Path(name) / "models"
        write_as_model(synthetic, models)
        command = [sys.executable, "service.py", "--models", str(models), "--workers", str(WORKERS)]
        with serving(command, "/readyz", Path(name) / "log") as server:
            sent = 0
            looked: list[int] = []
            while sent < requests:
                sent += round(load(f"{server.url}/v1/tags", bodies, _SECONDS).rate * _SECONDS)
                if sent >= requests * (WARM_SHARE + len(looked) * (1 - WARM_SHARE) / STEPS) or sent >= requests:
                    looked.append(sum(read_memory(pid, models).private for pid in tree(server.process.pid)))
                    report.rows.append((sent, looked[-1] / _MB, max(looked) / _MB))
    growth = looked[-1] / looked[0] - 1
    report.notes.append(
        f"From the first look, after {WARM_SHARE:.0%} of the requests, to the last: {growth:+.1%} "
        f"({ALLOWED_GROWTH:.0%} are allowed)."
    )
    report.show(as_json)
    if growth > ALLOWED_GROWTH:
        raise click.exceptions.Exit(1)
