"""Kept suggestions: how fast 100,000 are listed and counted on both databases, and what keeping costs the service."""

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import click
from sqlalchemy import create_engine, text

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from classifier.feedback.database import Database
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.feedback.suggestion import SuggestedTag, SuggestionDraft, SuggestionFilter
from classifier.feedback.suggestions import SuggestionStore
from tests.driver.load import CONNECTIONS, load
from tests.driver.postgres import MISSING, POSTGRES, private_postgres
from tests.driver.processes import serving

N_SECTIONS = 20
N_SOURCES = 4
WORKERS = 2
LENGTH = 3_000
_DECIDED = 0.1  # the share that editors have decided
_AT_ONCE = 200
_PAGE = 50
TARGET_MS, TARGET_SHARE = 100.0, 0.5


@click.command()
@click.option("--suggestions", "n", default=100_000, show_default=True, help="Kept suggestions.")
@click.option("--rounds", default=21, show_default=True, help="How often each query is made.")
@click.option("--load-rounds", default=5, show_default=True, help="Rounds of load on the service; 0: none.")
@click.option("--seconds", default=3.0, show_default=True, help="Time of load in a round.")
@json_option
def suggestions(n: int, rounds: int, load_rounds: int, seconds: float, as_json: bool) -> None:
    """Time lists and counts of kept suggestions on SQLite and PostgreSQL, and the service with and without keeping."""
    report = Report(
        f"{n:,} kept suggestions, pages of {_PAGE}; and {LENGTH:,} characters over HTTP, {WORKERS} workers, "
        f"{CONNECTIONS} connections",
        ["database", "what", "ms, median", "ms, worst", "a second"],
        n_text_columns=2,
    )
    for name, database in _databases():
        began = time.perf_counter()
        _fill(database, n)
        report.rows.append((name, "keep one, in transactions of 200", None, None, n / (time.perf_counter() - began)))
        _analyze(database)
        for what, query in _queries(SuggestionStore(database)).items():
            times = [_timed(query) for _ in range(rounds)]
            report.rows.append((name, what, median(times), max(times), None))
        database.close()
    slowest = max(row[2] for row in report.rows if row[2] is not None)
    report.notes.append(f"The slowest median is {slowest:.1f} ms (target: {TARGET_MS:g} ms).")
    if load_rounds:
        _load(report, load_rounds, seconds)
    report.show(as_json)


def _databases() -> Iterator[tuple[str, Database]]:
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", Database(str(Path(folder) / "feedback.db"))
    if POSTGRES is None:
        raise click.ClickException(MISSING)
    with private_postgres() as server:
        server.query("create database suggestions")
        yield "PostgreSQL", Database(server.address.replace("/postgres?", "/suggestions?"))


def _fill(database: Database, n: int) -> None:
    """Keep suggestions as a newsroom has them: one to three tags each, a tenth decided."""
    chance = random.Random(0)
    store, feedback = SuggestionStore(database), FeedbackStore(database)
    for start in range(0, n, _AT_ONCE):
        store.keep([_draft(chance, i) for i in range(start, min(n, start + _AT_ONCE))], durable=False)
    for i in range(0, n, round(1 / _DECIDED)):
        if i < 2_000:  # each costs a commit
            source = f"source-{i % N_SOURCES}"
            feedback.add(Feedback(source=source, article=str(i), revision="1"), keep_text=False)


def _analyze(database: Database) -> None:
    """Do on PostgreSQL what its autovacuum does within a minute: without it, the planner knows nothing of the rows."""
    if not database.is_sqlite:
        engine = create_engine(database._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()


def _draft(chance: random.Random, i: int) -> SuggestionDraft:
    words = ("ladakh", "border", "troops", "clash", "ridge")
    sections = sorted({int(N_SECTIONS * chance.random() ** 2) for _ in range(chance.randint(1, 3))})
    tags = tuple(
        SuggestedTag(f"section-{s}", f"Section {s}", chance.uniform(0.3, 1), "review", words) for s in sections
    )
    headline = f"Story {i} of {chance.choice(words)} and {chance.choice(words)} in the valley"
    return SuggestionDraft(f"source-{i % N_SOURCES}", str(i), "1", "m-1", "tagged", tags, headline=headline)


def _queries(store: SuggestionStore) -> dict[str, Callable[[], Any]]:
    middle = store.page(limit=_PAGE)
    for _ in range(20):
        middle = store.page(cursor=middle.next, limit=_PAGE) if middle.next else middle
    rare, common = f"section-{N_SECTIONS - 1}", "section-0"

    def listed(order: str = "oldest", cursor: str | None = None, **wanted: Any) -> Callable[[], Any]:
        return lambda: store.page(SuggestionFilter(**wanted), order=order, cursor=cursor, limit=_PAGE)  # type: ignore[arg-type]

    week = datetime.now(UTC) - timedelta(days=7)
    return {
        "oldest open": listed(),
        "a page further on": listed(cursor=middle.next),
        "newest open": listed("newest"),
        "least sure": listed("least_sure"),
        "of a common section": listed(section=common),
        "of a rare section": listed(section=rare),
        "of a section, least sure": listed("least_sure", section=common),
        "of a section, 0.9 and more": listed(section=common, least=0.9),
        "surer than 0.95": listed(least=0.95),
        "of a source": listed(source="source-3"),
        "of the last week": listed("newest", after=week),
        "older than a week (none)": listed(before=week),
        "decided": listed(state="decided"),
        "headline: a word": listed(search="ladakh"),
        "headline: no such word": listed(search="zebra"),
        "one article": lambda: store.history("source-3", "4003"),
        "counts": store.counts,
    }


def _timed(query: Callable[[], Any]) -> float:
    began = time.perf_counter()
    query()
    return (time.perf_counter() - began) * 1e3


def _load(report: Report, rounds: int, seconds: float) -> None:
    """Load two services in turn, one of which keeps what it suggests, each article with an id of its own."""
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, 1_000, 100, 20_000, N_SECTIONS)
    texts = [text[:LENGTH] for text in synthetic.articles[:100]]
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        write_as_model(synthetic, folder / "models")
        command = [sys.executable, "service.py", "--models", str(folder / "models"), "--workers", str(WORKERS)]
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
