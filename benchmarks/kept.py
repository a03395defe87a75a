"""A hundred thousand kept suggestions, and what the API and the desk ask for: each order with each filter."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import create_engine, text

from classifier.feedback.database import Database
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.feedback.suggestion import (
    MOST_ON_A_PAGE,
    ORDERS,
    SuggestedTag,
    SuggestionDraft,
    SuggestionFilter,
    SuggestionOrder,
)
from classifier.feedback.suggestions import SuggestionStore
from classifier.service.app import create_app
from classifier.settings import Settings

N_SECTIONS = 20
N_SOURCES = 4
PAGE = 50
_DECIDED = 0.1  # the share that editors have decided
_AT_ONCE = 200
_BODY = "Troops clashed on the ridge, an officer reported. " * 60  # 3 kB
_RARE, _COMMON = f"section-{N_SECTIONS - 1}", "section-0"


def fill(database: Database, n: int) -> None:
    """Keep suggestions as a newsroom has them: one to three tags each, a tenth decided."""
    chance = random.Random(0)
    store, feedback = SuggestionStore(database), FeedbackStore(database)
    for start in range(0, n, _AT_ONCE):
        store.keep([_draft(chance, i) for i in range(start, min(n, start + _AT_ONCE))], durable=False)
    for i in range(0, n, round(1 / _DECIDED)):
        if i < 2_000:  # each costs a commit
            source = f"source-{i % N_SOURCES}"
            feedback.add(Feedback(source=source, article=str(i), revision="1"), keep_text=False)


def analyze(database: Database) -> None:
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
    return SuggestionDraft(f"source-{i % N_SOURCES}", str(i), "1", "m-1", "tagged", tags, headline=headline, body=_BODY)


def queries(store: SuggestionStore) -> dict[str, Callable[[], Any]]:
    """Return what the list of the API asks for, each order with each filter."""
    week = datetime.now(UTC) - timedelta(days=7)
    filters: dict[str, dict[str, Any]] = {
        "all open": {},
        "a common section": {"section": _COMMON},
        "a rare section": {"section": _RARE},
        "a section, at most 0.5": {"section": _COMMON, "most": 0.5},
        "a section and a source": {"section": _RARE, "source": "source-3"},
        "at most 0.31": {"most": 0.31},
        "at least 0.95": {"least": 0.95},
        "a source": {"source": "source-3"},
        "a source, at most 0.31": {"source": "source-3", "most": 0.31},
        "of the last week": {"after": week},
        "older than a week (none)": {"before": week},
        "decided": {"state": "decided"},
        "all states, at most 0.31": {"state": None, "most": 0.31},
        "headline: a word": {"search": "ladakh"},
        "headline: no such word": {"search": "zebra"},
        "headline, a section": {"search": "ladakh", "section": _RARE},
        "headline, a source": {"search": "zebra", "source": "source-3"},
        "headline, all states": {"search": "zebra", "state": None},
    }

    def listed(order: SuggestionOrder, wanted: SuggestionFilter, cursor: str | None = None) -> Callable[[], Any]:
        return lambda: store.page(wanted, order=order, cursor=cursor, limit=PAGE)

    found = {
        f"list: {what}, {order}": listed(order, SuggestionFilter(**wanted))
        for what, wanted in filters.items()
        for order in ORDERS
    }
    for order in ORDERS:
        cursor: str | None = None
        for _ in range(20):
            cursor = store.page(order=order, cursor=cursor, limit=MOST_ON_A_PAGE).next or cursor
        found[f"list: page 201, {order}"] = listed(order, SuggestionFilter(), cursor)
    return found | {
        "one article": lambda: store.history("source-3", "4003"),
        "counts, each up to 1,001": lambda: store.count_open(1_001),
        "counts, exact": store.counts,
    }


@contextmanager
def desk_pages(models: Path, address: str) -> Iterator[dict[str, Callable[[], Any]]]:
    """Yield what loads each page of the desk, by name: through the app, without a server."""
    settings = {"models": models, "feedback": address, "keep_suggestions": "true", "access_log": "false"}
    browser = create_app(Settings.load(settings)).test_client()
    filters = {
        "all open": "",
        "a section": f"section={_COMMON}",
        "a source": "source=source-3",
        "a section and a source": f"section={_RARE}&source=source-3",
        "at most 50 %": "most=0.5",
        "at most 95 %": "most=0.95",
        "a section, at most 50 %": f"section={_COMMON}&most=0.5",
        "headline: a word": "search=ladakh",
        "headline: no such word": "search=zebra",
        "headline, a section": f"search=ladakh&section={_RARE}",
        "decided": "state=decided",
    }

    def loaded(address: str) -> Callable[[], Any]:
        def load() -> None:
            answer = browser.get(address)
            if answer.status_code != 200:
                raise click.ClickException(f"{address} answered {answer.status_code}")

        return load

    agreement = "/desk/quality"
    while "The feedback is being counted" in browser.get(agreement).text:
        time.sleep(1)
    first = SuggestionStore(Database(address)).page(limit=1).suggestions[0].id
    yield {
        f"desk: {what}, {order}": loaded(f"/desk/queue?order={order}&{query}")
        for what, query in filters.items()
        for order in ORDERS
    } | {"desk: one suggestion": loaded(f"/desk/queue/{first}"), "desk: agreement": loaded(agreement)}
