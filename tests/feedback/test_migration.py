"""Databases of older versions: they are migrated when they are opened, and no feedback is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from classifier.errors import FeedbackError
from classifier.feedback import database as database_module
from classifier.feedback.database import Database, migrate, url_of
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.feedback.suggestion import SuggestionDraft, SuggestionFilter
from classifier.feedback.suggestions import SuggestionStore
from classifier.feedback.tables import HEAD, VERSION_TABLE, metadata
from tests.driver.service import Service

OLD = [
    {
        "article": f"site/{n % 40}",
        "revision": str(n),
        "model": "m-1" if n % 2 else None,
        "suggested": ["a", "b"],
        "kept": ["a"],
        "added": ["ü"],
        "removed": ["b"],
        "applied": None if n % 3 else ["a"],
        "published": date(2026, 11, 1) if n % 5 else None,
        "headline": "Zürich \U0001f600" if n % 7 else None,
        "body": f"Text {n}",
        "digest": f"{n:064x}",
        "received": datetime(2026, 11, 2, 3, 4, 5, 678901, UTC),
    }
    for n in range(60)
]


def at_revision(address, revision, *, back=False):
    """Bring a database to a revision, as the version of Copydesk that had it left it."""
    config = Config()
    config.set_main_option("script_location", str(Path(database_module.__file__).parent / "migrations"))
    engine = sa.create_engine(url_of(address))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if back else command.upgrade)(config, revision)
    return engine


@pytest.fixture
def old(address):
    """The address of a database at revision 0001, with decisions and webhook deliveries in it."""
    engine = at_revision(address, "0001")
    with engine.begin() as connection:
        table = sa.Table("copydesk_decisions", sa.MetaData(), autoload_with=connection)
        table.c.applied.type = sa.JSON(none_as_null=True)  # as the older version declared it
        connection.execute(table.insert(), OLD)
        connection.execute(sa.text("insert into copydesk_deliveries values ('cms', 'd', 1)"))
    engine.dispose()
    return address


def tables(address):
    engine = sa.create_engine(url_of(address))
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def rows(address, name):
    """Every row as it is stored, as values of Python."""
    engine = sa.create_engine(url_of(address))
    with engine.connect() as connection:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        found = [dict(row) for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings()]
    engine.dispose()
    return found


def test_decisions_become_feedback_with_every_value_and_number(old):
    before = rows(old, "copydesk_decisions")
    assert len(before) == len(OLD)
    database = Database(old)
    store = FeedbackStore(database)
    assert store.count() == len(OLD)
    assert rows(old, "copydesk_feedback") == [{**row, "source": "", "person": None, "reviewed": None} for row in before]
    assert tables(old) == {
        "copydesk_arrivals",
        "copydesk_calls",
        "copydesk_feedback",
        "copydesk_leases",
        "copydesk_suggestion_tags",
        "copydesk_suggestions",
        "copydesk_verdicts",
        VERSION_TABLE,
    }
    last = {entry.feedback.article: entry.feedback for entry in store.latest(texts=True)}
    assert last["site/19"].body == "Text 59"
    assert last["site/19"].applied is None
    assert {feedback.reviewed for feedback in last.values()} == {()}
    assert store.add(Feedback(article="site/19", revision="59"), keep_text=False).new is False
    assert store.add(Feedback(article="new", revision="1"), keep_text=False).new
    assert [entry.number for entry in store.latest()][-1] > len(OLD)
    assert store.add(Feedback(article="site/19", revision="59", source="cms"), keep_text=False).new
    with database.transaction(reading=True) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []
    database.close()


def test_programs_that_start_at_once_migrate_once(old):
    databases = [Database(old) for _ in range(6)]
    barrier = threading.Barrier(len(databases))

    def open_and_add(number):
        barrier.wait()
        return FeedbackStore(databases[number]).add(Feedback(article="new", revision=str(number)), keep_text=False).new

    with ThreadPoolExecutor(len(databases)) as threads:
        assert all(threads.map(open_and_add, range(len(databases))))
    assert FeedbackStore(databases[0]).count() == len(OLD) + len(databases)
    for database in databases:
        database.close()


@pytest.mark.slow
def test_workers_that_start_at_once_migrate_and_lose_nothing(starter_models, tmp_path, old):
    service = Service(starter_models, tmp_path / "log", "--workers", "2", feedback=old)
    try:
        assert len(service.workers()) == 2
        with ThreadPoolExecutor(8) as threads:  # a connection each, so that both workers get some
            sent = [
                threads.submit(
                    httpx.post, f"{service.url}/v1/feedback", json={"article": f"new/{i}", "revision": "1"}, timeout=30
                )
                for i in range(24)
            ]
            answers = [future.result() for future in sent]
        for i, answer in enumerate(answers):
            while answer.status_code == 503:  # asked for too much at once
                answer = service.http.post("/v1/feedback", json={"article": f"new/{i}", "revision": "1"})
            assert answer.status_code in (200, 201)
    finally:
        assert service.stop() == 0
    with FeedbackStore.existing(old) as store:
        assert store.count() == len(OLD) + 24
    assert "Traceback" not in service.log.read_text()


def test_a_migration_that_fails_changes_nothing(old, caplog):
    engine = sa.create_engine(url_of(old))
    with engine.begin() as connection:
        connection.execute(sa.text("create table copydesk_feedback (id integer)"))
    engine.dispose()
    before, existing = rows(old, "copydesk_decisions"), tables(old)
    database = Database(old)
    with pytest.raises(FeedbackError):
        FeedbackStore(database).count()
    database.close()
    assert "feedback database" in caplog.text
    assert tables(old) == existing
    assert rows(old, "copydesk_decisions") == before
    assert rows(old, "copydesk_feedback") == []


SLOW = """\
create function slow() returns event_trigger language plpgsql as $$ begin
  if exists (select from pg_event_trigger_ddl_commands() where object_identity like '%copydesk_verdicts') then
    perform pg_sleep(0.6);
  end if;
end $$;
create event trigger slow on ddl_command_end execute function slow()"""


def test_a_migration_may_take_longer_than_a_request(old):
    if "://" not in old:
        pytest.skip("SQLite has no limit of time for a statement")
    engine = sa.create_engine(url_of(old), connect_args={"options": "-c statement_timeout=500"})
    with engine.begin() as connection:
        connection.execute(sa.text(SLOW))
    migrate(engine)
    engine.dispose()
    assert len(rows(old, "copydesk_feedback")) == len(OLD)


def test_the_older_version_can_be_brought_back_with_all_feedback(old):
    before = rows(old, "copydesk_decisions")
    with FeedbackStore.existing(old) as store:
        store.add(Feedback(article="new", revision="1"), keep_text=False)
    at_revision(old, "0001", back=True).dispose()
    after = rows(old, "copydesk_decisions")
    assert after[:-1] == before
    assert after[-1]["article"] == "new"
    assert tables(old) == {"copydesk_decisions", "copydesk_deliveries", VERSION_TABLE}


def test_kept_suggestions_can_be_searched_and_filtered_after_the_migration(address):
    engine = at_revision(address, "0005")
    with engine.begin() as connection:
        kept, tags = (
            sa.Table(f"copydesk_suggestion{name}", sa.MetaData(), autoload_with=connection) for name in ("s", "_tags")
        )
        row = {"revision": "1", "state": "open", "model": "m", "outcome": "tagged", "probability": 0.9, "tags": []}
        row["made_at"] = datetime(2026, 11, 2, tzinfo=UTC)
        rows = [{**row, "id": n, "article": str(n), "source": "cms" if n % 2 else "mail"} for n in (1, 2, 3)]
        headlines = ("ÖL", None, "Oil")
        connection.execute(kept.insert(), [{**each, "headline": h} for each, h in zip(rows, headlines, strict=True)])
        connection.execute(
            tags.insert(), [{"suggestion": n, "section": "x", "state": "open", "probability": 0.9} for n in (1, 2, 3)]
        )
    engine.dispose()
    database = Database(address)
    store = SuggestionStore(database)
    assert [s.id for s in store.page(SuggestionFilter(search="öl")).suggestions] == [1]
    assert [s.id for s in store.page(SuggestionFilter(section="x", source="cms")).suggestions] == [1, 3]
    database.close()
    at_revision(address, "0005", back=True).dispose()
    assert [row["suggestion"] for row in rows_of_tags(address)] == [1, 2, 3]
    database = Database(address)
    assert SuggestionStore(database).count_open(10).sources == {"cms": 2, "mail": 1}
    database.close()


def rows_of_tags(address):
    engine = sa.create_engine(url_of(address))
    with engine.connect() as connection:
        found = connection.execute(sa.text("select * from copydesk_suggestion_tags order by suggestion"))
        kept = [dict(row) for row in found.mappings()]
    engine.dispose()
    assert all("source" not in row for row in kept)
    return kept


def test_going_back_is_refused_while_arrivals_are_not_sorted_in(tmp_path):
    address = str(tmp_path / "f.db")
    database = Database(address)
    SuggestionStore(database).receive([SuggestionDraft("cms", "17", "1", "m-1", "none", ())])
    database.close()
    with pytest.raises(RuntimeError, match="not sorted in"):
        at_revision(address, "0005", back=True)
