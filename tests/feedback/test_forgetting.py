"""What is erased by age, source and id is gone from the tables and from the file; backups hold everything."""

import json
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from classifier.feedback.database import Database
from classifier.feedback.feedback import Feedback
from classifier.feedback.forgetting import forget, prune
from classifier.feedback.outbox import Outbox
from classifier.feedback.store import FeedbackStore
from classifier.feedback.suggestion import SuggestionDraft, SuggestionFilter
from classifier.feedback.suggestions import SuggestionStore
from classifier.feedback.tables import calls, feedback, suggestion_tags, suggestions
from tests.feedback.test_suggestions import draft
from tests.helpers import run_python


@pytest.fixture
def filled(database):
    """Articles 1 and 2 of two sources: each has a suggestion, feedback with its text, and call-backs."""
    database.called_back = frozenset({"cms", "mail"})
    for source in ("cms", "mail"):
        SuggestionStore(database).keep([draft(n, source=source, headline=f"zebra {n}", body="zebra") for n in "12"])
        sent = {"source": source, "article": "1", "revision": "1", "headline": "zebra", "body": "zebra"}
        FeedbackStore(database).add(Feedback(**sent), keep_text=True)
    FeedbackStore(database).add(Feedback(article="cms/1", revision="0", body="zebra"), keep_text=True)
    return database


def left(database):
    """What is stored, as SOURCE/ID: suggestions, feedback and call-backs."""
    found = SuggestionStore(database).page(SuggestionFilter(state=None)).suggestions
    waiting = Outbox(database).waiting()
    return (
        [f"{s.source}/{s.article}" for s in found],
        [f"{e.feedback.source}/{e.feedback.article}" for e in FeedbackStore(database).latest()],
        {source: calls.waiting for source, calls in waiting.items()},
    )


def age(database, days):
    """Make everything that is stored older."""
    by = timedelta(days=days)
    with database.transaction() as connection:
        number = int(by.total_seconds() * 1e6)
        connection.execute(update(suggestion_tags).values(suggestion=suggestion_tags.c.suggestion - number))
        connection.execute(update(suggestions).values(id=suggestions.c.id - number))
        for table, column in ((feedback, "received"), (calls, "made_at")):
            connection.execute(update(table).values({column: datetime.now(UTC) - by}))


def bytes_of(address):
    return b"".join(path.read_bytes() for path in Path(address).parent.iterdir() if path.is_file())


def test_an_article_is_forgotten_by_source_and_id(filled, address):
    would = forget(filled, source="cms", article="1", dry_run=True)
    assert left(filled)[0] == ["cms/1", "cms/2", "mail/1", "mail/2"]
    erased = forget(filled, source="cms", article="1")
    assert erased == would
    assert (erased.suggestions, erased.open_suggestions, erased.feedback, erased.calls) == (1, 0, 2, 2)
    assert left(filled) == (["cms/2", "mail/1", "mail/2"], ["mail/1"], {"cms": 1, "mail": 3})
    with filled.transaction(reading=True) as connection:
        assert len(connection.execute(suggestion_tags.select()).all()) == 3


def test_a_source_and_what_is_old_are_forgotten(filled):
    assert forget(filled, source="cms", before=datetime.now(UTC) - timedelta(days=1)).nothing
    assert forget(filled, source="mail").suggestions == 2
    age(filled, 10)
    SuggestionStore(filled).keep([draft("new")])
    erased = forget(filled, before=datetime.now(UTC) - timedelta(days=9))
    assert (erased.suggestions, erased.feedback, erased.calls) == (2, 2, 3)
    assert left(filled) == (["cms/new"], [], {"cms": 1})
    with pytest.raises(ValueError, match="give source"):
        forget(filled)


def test_what_is_forgotten_is_not_in_the_file(filled, address):
    if "://" in address:
        pytest.skip("PostgreSQL: VACUUM removes the rows from its files")
    assert b"zebra" in bytes_of(address)
    forget(filled, source="cms")
    forget(filled, source="mail")
    forget(filled, article="cms/1")
    assert b"zebra" not in bytes_of(address)


def test_pruning_deletes_old_suggestions_and_erases_old_texts(filled):
    assert prune(filled, 0, 0).nothing
    assert prune(filled, 1, 1).nothing
    age(filled, 10)
    erased = prune(filled, 0, 9)
    assert erased.texts == 7
    assert {s.headline for s in SuggestionStore(filled).page(SuggestionFilter(state=None)).suggestions} == {None}
    assert {e.feedback.body for e in FeedbackStore(filled).latest(texts=True)} == {None}
    assert prune(filled, 0, 9).nothing
    SuggestionStore(filled).keep([draft("new", headline="New")])
    erased = prune(filled, 9, 9)
    assert (erased.suggestions, erased.open_suggestions) == (4, 2)
    assert left(filled)[0] == ["cms/new"]
    assert len(left(filled)[1]) == 3


def test_more_than_one_step_erases_is_erased_and_counted(database):
    store = SuggestionStore(database)
    store.keep([draft(str(n), headline="zebra") for n in range(1_001)])
    age(database, 10)
    assert prune(database, 0, 9).texts == 1_001
    assert {s.headline for s in store.page(limit=500, order="newest").suggestions} == {None}
    (_, last) = store.keep([draft("new"), draft("newer")])
    assert prune(database, 9, 0).suggestions == 1_001
    assert forget(database, article="new").suggestions == 1
    with database.transaction(reading=True) as connection:
        assert [row.suggestion for row in connection.execute(suggestion_tags.select())] == [last.id]


def test_the_command_counts_first_and_erases_with_yes(filled, address):
    command = ["-m", "classifier", "forget", "--feedback", address]
    assert "everything in the database would match. Fix: choose what to erase" in run_python(*command).stderr
    counted = run_python(*command, "--source", "cms", "--id", "1").stderr
    assert ": 1 suggestion (0 open), 2 pieces of feedback and 2 call-backs. To erase them, run" in counted
    erased = json.loads(run_python(*command, "--source", "cms", "--id", "1", "--yes", "--json").stdout)
    assert erased == {"erased": True, "suggestions": 1, "open_suggestions": 0, "feedback": 2, "calls": 2}
    assert "nothing in" in run_python(*command, "--source", "cms", "--id", "1").stderr


def test_a_backup_can_be_restored_with_all_that_is_kept(filled, address, tmp_path, request):
    before = left(filled)
    if "://" not in address:
        with sqlite3.connect(address) as source, sqlite3.connect(tmp_path / "backup.db") as target:
            source.backup(target, pages=1)
        source.close()
        target.close()
        restored = str(tmp_path / "backup.db")
    else:
        if shutil.which("pg_dump") is None:
            pytest.skip("no pg_dump on this machine: apt-get install postgresql-client")
        server = request.getfixturevalue("postgres")
        server.query("create database restored")
        name = address.partition("/d")[2].partition("?")[0]
        as_user = ["-h", str(server.folder), "-U", "postgres"]
        dump = subprocess.run(["pg_dump", *as_user, f"d{name}"], capture_output=True, check=True).stdout
        subprocess.run(["psql", *as_user, "-q", "-d", "restored"], input=dump, capture_output=True, check=True)
        restored = server.address.replace("/postgres?", "/restored?")
    forget(filled, before=datetime.now(UTC) + timedelta(days=1))
    assert left(filled) == ([], [], {})
    again = Database(restored)
    assert left(again) == before
    assert SuggestionStore(again).keep([draft("1", "2")])[0].new
    again.close()


def test_a_draft_without_tags_is_forgotten_too(database):
    SuggestionStore(database).keep([SuggestionDraft("cms", "1", "1", "m", "none", ())])
    assert forget(database, source="cms").suggestions == 1
