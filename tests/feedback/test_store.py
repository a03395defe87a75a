import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from classifier.errors import FeedbackError, SettingsError
from classifier.feedback.database import Database
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.feedback.tables import HEAD, VERSION_TABLE, metadata
from classifier.service.app import create_app
from classifier.settings import Settings


def feedback(article="site/1", revision="1", **more):
    return Feedback(article=article, revision=revision, **more)


@pytest.fixture
def store(database):
    return FeedbackStore(database)


def test_what_was_sent_is_what_is_read(store):
    sent = feedback(
        model="m-1",
        suggested=("a", "b"),
        kept=("a",),
        removed=("b",),
        added=("ü",),
        applied=("a",),
        reviewed=("a", "b"),
        published="2026-11-26T23:30:00Z",
        headline="Zürich \U0001f600",
        body="A text",
    )
    assert store.add(sent, keep_text=True).new
    (kept,) = store.latest(texts=True)
    assert kept.feedback == sent
    assert kept.received.utcoffset().total_seconds() == 0
    assert abs(kept.received.timestamp() - time.time()) < 60


def test_texts_are_kept_only_when_that_is_asked_for(store, address):
    store.add(feedback(headline="zebra", body="zebra"), keep_text=False)
    (kept,) = store.latest(texts=True)
    assert (kept.feedback.headline, kept.feedback.body) == (None, None)
    if "://" not in address:
        assert all(b"zebra" not in path.read_bytes() for path in Path(address).parent.iterdir())


def test_a_text_with_a_nul_is_kept(store):
    assert store.add(feedback(body="a\0b"), keep_text=True).new
    assert [item.feedback.body for item in store.latest(texts=True)] == ["a b"]


def test_a_revision_is_stored_once_and_the_first_stays(store):
    first = store.add(feedback(kept=("a",)), keep_text=False)
    again = store.add(feedback(kept=("a",)), keep_text=False)
    other = store.add(feedback(kept=("b",)), keep_text=False)
    assert [(s.new, s.differs) for s in (first, again, other)] == [(True, False), (False, False), (False, True)]
    assert [item.feedback.kept for item in store.latest()] == [("a",)]


def test_the_last_that_came_of_each_article_is_read(store):
    for article, revision in (("x", "9"), ("y", "1"), ("x", "10"), ("x", "2")):
        store.add(feedback(article, revision), keep_text=False)
    assert [(i.feedback.article, i.feedback.revision) for i in store.latest()] == [("y", "1"), ("x", "2")]
    assert store.count() == 4


def test_programs_that_start_at_once_make_the_tables_once_and_lose_nothing(address):
    databases = [Database(address) for _ in range(6)]
    barrier = threading.Barrier(len(databases))

    def send(number):
        barrier.wait()
        store = FeedbackStore(databases[number])
        for i in range(20):
            until = time.monotonic() + 60
            while True:
                try:
                    store.add(feedback(f"a{i}"), keep_text=False)
                    break
                except FeedbackError:
                    assert time.monotonic() < until
                    time.sleep(0.1)

    with ThreadPoolExecutor(len(databases)) as threads:
        list(threads.map(send, range(len(databases))))
    assert FeedbackStore(databases[0]).count() == 20
    for database in databases:
        database.close()


def test_the_migrations_make_the_tables_that_the_code_expects(database):
    with database.transaction(reading=True) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []


def test_a_database_of_a_newer_version_is_refused(database, address):
    with database.transaction() as connection:
        connection.execute(sa.text(f"update {VERSION_TABLE} set version_num = '9999'"))
    other = Database(address)
    with pytest.raises(FeedbackError, match="newer version of Copydesk"):
        FeedbackStore(other).count()
    other.close()


@pytest.mark.parametrize("spoiled", ["folder", "no folder", "not a database"])
def test_a_file_that_cannot_be_used_is_reported_and_tried_again_a_second_later(tmp_path, spoiled, caplog):
    path = tmp_path / "sub" / "feedback.db"
    if spoiled != "no folder":
        path.parent.mkdir()
        path.mkdir() if spoiled == "folder" else path.write_bytes(b"no database at all, but longer than its head" * 9)
    store = FeedbackStore(Database(str(path)))
    for _ in range(2):
        with pytest.raises(FeedbackError, match="cannot be used now"):
            store.add(feedback(body="zebra"), keep_text=True)
    assert len(caplog.records) == 1  # the second time nobody tried
    assert "zebra" not in caplog.text
    path.parent.mkdir(exist_ok=True)
    if spoiled == "folder":
        path.rmdir()
    path.unlink(missing_ok=True)
    time.sleep(1.1)
    assert store.add(feedback(), keep_text=False).new
    assert path.stat().st_mode & 0o077 == 0
    store._database.close()


def test_reading_makes_no_database(tmp_path):
    with pytest.raises(FeedbackError, match="does not exist"), FeedbackStore.existing(str(tmp_path / "feedback.db")):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_not_part_of_the_name():
    assert "secret" not in Database("postgresql://me:secret@localhost/x").name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("postgresql://u:hunter2@db:5432/copydesk", "postgresql://db:5432/copydesk"),
        ("postgresql://db/copydesk?user=u&password=hunter2", "postgresql://db/copydesk"),
        ("postgresql:///copydesk?host=db&passfile=hunter2", "postgresql://db/copydesk"),
        ("feedback.db", "feedback.db"),
    ],
)
def test_the_name_of_a_database_holds_no_password(address, name):
    assert Database(address).name == name


def test_a_password_reaches_no_log_when_the_database_is_away(caplog):
    pytest.importorskip("psycopg")
    away = Database("postgresql://127.0.0.1:1/copydesk?user=u&password=hunter2")
    with pytest.raises(FeedbackError) as failed:
        FeedbackStore(away).count()
    assert "127.0.0.1:1/copydesk" in caplog.text
    assert "hunter2" not in f"{caplog.text}{failed.value}"


def test_an_address_that_the_driver_refuses_stops_the_service_before_a_request_does(tmp_path):
    pytest.importorskip("psycopg")
    given = {"models": tmp_path, "keys": tmp_path / "keys"}
    for options, refused in (("", False), ("&plugin=hunter2", True)):
        address = f"postgresql://db/copydesk?password=hunter2{options}"
        settings = Settings.load(given | {"feedback": address}, {}, tmp_path / "none")
        with pytest.raises(SettingsError, match="db/copydesk") if refused else nullcontext() as found:
            create_app(settings)
        assert "hunter2" not in str(found)
