"""Kept suggestions: how fast 100,000 are listed and counted on both databases, and what keeping costs the service."""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.kept import N_SECTIONS, PAGE, analyze, desk_pages, fill, queries
from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from benchmarks.synthetic import Synthetic, synthesise, write_as_model
from classifier.feedback.database import Database
from classifier.feedback.suggestions import SuggestionStore
from tests.driver.load import CONNECTIONS, load
from tests.driver.postgres import MISSING, POSTGRES, private_postgres
from tests.driver.processes import serving

WORKERS = 2
LENGTH = 3_000
TARGET_MS, TARGET_SHARE = 100.0, 0.5


@click.command()
@click.option("--suggestions", "n", default=100_000, show_default=True, help="Kept suggestions.")
@click.option("--rounds", default=21, show_default=True, help="How often each query is made.")
@click.option("--load-rounds", default=5, show_default=True, help="Rounds of load on the service; 0: none.")
@click.option("--seconds", default=3.0, show_default=True, help="Time of load in a round.")
@json_option
def suggestions(n: int, rounds: int, load_rounds: int, seconds: float, as_json: bool) -> None:
    """Time lists and pages of kept suggestions on SQLite and PostgreSQL, and the service with and without keeping."""
    report = Report(
        f"{n:,} kept suggestions, pages of {PAGE}; and {LENGTH:,} characters over HTTP, {WORKERS} workers, "
        f"{CONNECTIONS} connections",
        ["database", "what", "ms, median", "ms, worst", "a second"],
        n_text_columns=2,
    )
    synthetic = synthesise(CORPUS, SECTIONS, 1_000, 100, 20_000, N_SECTIONS)
    with tempfile.TemporaryDirectory() as name:
        models = Path(name) / "models"
        write_as_model(synthetic, models)
        for kind, address in _addresses(Path(name)):
            _time(report, kind, address, n, rounds, models)
        listed = [row for row in report.rows if row[2] is not None]
        slowest = max(listed, key=lambda row: row[2])
        report.notes.append(
            f"The slowest median is {slowest[2]:.1f} ms ({slowest[0]}, {slowest[1]}; target: {TARGET_MS:g} ms)."
        )
        if load_rounds:
            _load(report, synthetic, models, load_rounds, seconds)
    report.show(as_json)


def _addresses(folder: Path) -> Iterator[tuple[str, str]]:
    yield "SQLite", str(folder / "feedback.db")
    if POSTGRES is None:
        raise click.ClickException(MISSING)
    with private_postgres() as server:
        server.query("create database suggestions")
        yield "PostgreSQL", server.address.replace("/postgres?", "/suggestions?")


def _time(report: Report, kind: str, address: str, n: int, rounds: int, models: Path) -> None:
    database = Database(address)
    began = time.perf_counter()
    fill(database, n)
    report.rows.append((kind, "keep one, in transactions of 200", None, None, n / (time.perf_counter() - began)))
    analyze(database)
    click.echo(f"{kind}: {n:,} suggestions are kept; timing", err=True)
    with desk_pages(models, address) as pages:
        for what, ask in (queries(SuggestionStore(database)) | pages).items():
            ask()
            times = [_timed(ask) for _ in range(rounds)]
            report.rows.append((kind, what, median(times), max(times), None))
    click.echo(f"{kind}: timed", err=True)
    database.close()


def _timed(query: Callable[[], Any]) -> float:
    began = time.perf_counter()
    query()
    return (time.perf_counter() - began) * 1e3


def _load(report: Report, synthetic: Synthetic, models: Path, rounds: int, seconds: float) -> None:
    """Load two services in turn, one of which keeps what it suggests, each article with an id of its own."""
    texts = [text[:LENGTH] for text in synthetic.articles[:100]]
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        command = [sys.executable, "service.py", "--models", str(models), "--workers", str(WORKERS)]
        urls = {}
        for kept in ("no", "yes"):
            variables = {"COPYDESK_KEEP_SUGGESTIONS": kept, "COPYDESK_FEEDBACK": str(folder / f"{kept}.db")}
            service = running.enter_context(serving(command, "/readyz", folder / f"log-{kept}", variables))
            urls[kept] = f"{service.url}/v1/tags"
            load(urls[kept], _bodies(texts, -1, 500), 1)
        n = max(500, int(seconds * 9_000))  # more than it can answer in that time
        runs: dict[str, list[Any]] = {"no": [], "yes": []}
        for round_ in range(rounds):
            bodies = _bodies(texts, round_, n)
            for kept, url in urls.items():
                runs[kept].append(load(url, bodies, seconds))
    for kept, what in (("no", "the service, without keeping"), ("yes", "the service, keeping on SQLite")):
        found = runs[kept]
        row = (median(run.p50 for run in found), median(run.p99 for run in found), median(run.rate for run in found))
        report.rows.append(("HTTP", what, *row))
    share = median(on.rate / off.rate for off, on in zip(runs["no"], runs["yes"], strict=True))
    report.notes.append(
        f"Keeping leaves {share:.3f} of the rate (target: {TARGET_SHARE:g}); of the service the worst is the 99th "
        "percentile. Each answer waited until its suggestion was committed."
    )


def _bodies(texts: list[str], round_: int, n: int) -> list[bytes]:
    return [
        json.dumps({"source": "cms", "id": f"{round_}-{i}", "body": texts[i % len(texts)]}, allow_nan=False).encode()
        for i in range(n)
    ]
