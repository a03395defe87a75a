"""Agreement: nothing counts as an editor's approval that no person is known to have looked at."""

import json
import time
import tracemalloc
from datetime import datetime

import pytest
from click.testing import CliRunner

from classifier.commands.agreement import agreement
from classifier.feedback.agreement.counting import agreement_of
from classifier.feedback.agreement.tally import CountedShare, Tally
from classifier.feedback.database import Database
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.feedback.tables import feedback as table

SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@pytest.fixture
def store(database):
    return FeedbackStore(database)


@pytest.fixture
def send(store):
    def send(article, revision="1", **more):
        assert store.add(Feedback(article=article, revision=revision, **more), keep_text=False).new

    return send


@pytest.fixture
def found(store):
    """Tally what is stored."""
    return lambda: agreement_of(store.history())


def copydesk(*args):
    done = CliRunner().invoke(agreement, [str(arg) for arg in args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_nineteen_posts_that_were_applied_unread_are_kept_by_nobody(send, address):
    for n in range(19):
        send(f"site/{n}", suggested=["sport"], kept=["sport"], applied=["sport"], model="m-1")
    found = json.loads(copydesk("--feedback", address, "--json"))
    assert found["total"]["untouched"] == 19
    assert found["total"]["kept"] == 0
    assert found["total"]["kept_share"] is None
    (section,) = found["sections"]
    assert (section["section"], section["suggested"], section["kept"]) == ("sport", 19, 0)
    lines = copydesk("--feedback", address).splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["section", "untouched", "kept", "removed", "corrected", "added", "open", "share", "kept"],
        ["sport", "19", "0", "0", "0", "0", "0"],
    ]


def test_each_tag_counts_by_what_the_feedback_shows_and_by_no_more(send, found):
    both = {"suggested": ["a", "b"], "kept": ["a"]}
    send("unsaid", **both)
    send("applied", **both, applied=["a"])
    send("other section looked at", **both, applied=["a"], reviewed=["b"])
    send("removed", **both, applied=["a"], removed=["b"])
    send("looked at", **both, applied=["a"], reviewed=["a"])
    send("accepted", **both, applied=[])
    send("added", added=["a"])
    tally = found().sections["a"]
    assert tally == Tally(untouched=4, kept=2, added=1)
    assert (tally.suggested, tally.decided) == (6, 2)
    assert found().sections["b"] == Tally(removed=1, open=5)


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        ({"removed": ["a"]}, "corrected"),
        ({"kept": ["a"], "applied": ["a"]}, "untouched"),
        ({"kept": ["a"], "applied": ["a"], "reviewed": ["a"]}, "kept"),
        ({"added": ["a"]}, "untouched"),
        ({"suggested": ["a"]}, "open"),
    ],
)
def test_a_tag_that_was_applied_is_followed_through_later_feedback(send, found, later, outcome):
    send("x", "1", suggested=["a"], kept=["a"], applied=["a"])
    send("x", "2", **later)
    assert found().total == Tally(**{outcome: 1})


def test_what_a_person_looked_at_once_stays_looked_at_until_it_is_corrected(send, found):
    send("x", "1", suggested=["a"], kept=["a"], applied=["a"], reviewed=["a"])
    send("x", "2", suggested=["a"], kept=["a"], applied=["a"])
    assert found().total == Tally(kept=1)
    send("x", "3", suggested=["a"], removed=["a"])
    send("x", "4", suggested=["a"], removed=["a"])
    assert found().total == Tally(corrected=1)
    send("y", "1", suggested=["a"], removed=["a"])
    send("y", "2", suggested=["a"], removed=["a"])
    assert found().total == Tally(corrected=1, removed=1)


def test_tags_count_by_section_month_model_and_source(send, store, found, database):
    send("site.example/1", suggested=["a"], kept=["a"], applied=[], model="m-1")
    send("site.example/1", "2", suggested=["a", "b"], kept=["b"], removed=["a"], applied=[], model="m-2")
    send("7", added=["c"])
    send("7", source="ghost", added=["c"])
    with database.transaction() as connection:
        first = table.c.revision == "1"
        for article, month in (("site.example/1", "2026-01-31 23:59:59"), ("7", "2026-03-01 00:00:00")):
            when = datetime.fromisoformat(f"{month}+00:00")
            connection.execute(table.update().where(first & (table.c.article == article)).values(received=when))
    tallied = found()
    assert (tallied.n_articles, tallied.n_entries) == (3, 4)
    assert tallied.sections == {"a": Tally(corrected=1), "b": Tally(kept=1), "c": Tally(added=2)}
    assert tallied.months == {"2026-01": Tally(corrected=1, kept=1), "2026-03": Tally(added=2)}
    assert tallied.models == {"": Tally(added=2), "m-1": Tally(corrected=1), "m-2": Tally(kept=1)}
    assert tallied.sources == {"": Tally(added=1), "ghost": Tally(added=1), "site.example": Tally(corrected=1, kept=1)}
    assert tallied.section_months["a"] == {"2026-01": Tally(corrected=1)}
    assert tallied.articles_by_model == {"m-2": 1}


def test_a_share_comes_with_wilsons_interval():
    assert Tally(untouched=9, open=9).kept_share is None
    share = Tally(kept=9, removed=1, untouched=90).kept_share
    assert share == CountedShare(9, 10)
    assert share.interval == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert CountedShare(3, 3).interval == pytest.approx((0.4385, 1.0), abs=1e-4)
    assert CountedShare(0, 3).interval[0] == 0


def test_feedback_without_the_new_field_is_the_same_as_before_it_existed(store):
    sent = Feedback(article="a", revision="1", kept=("x",), applied=("x",))
    assert sent.digest() == "a445a73f81576b08edb4134799ed87f555e9c32c2ff7a4248d67f137049d9151"
    assert sent.model_copy(update={"reviewed": ("x",)}).digest() != sent.digest()


def test_an_empty_database_is_no_error(store, address):
    assert store.count() == 0
    assert copydesk("--feedback", address) == ""
    assert json.loads(copydesk("--feedback", address, "--json"))["total"]["suggested"] == 0


@SQLITE
@pytest.mark.slow
def test_a_hundred_thousand_pieces_of_feedback_are_tallied_one_article_at_a_time(store, address):
    assert store.count() == 0
    rows = [
        {
            "article": f"site/{n // 2}",
            "revision": str(n % 2),
            "model": f"m-{n % 5}",
            "suggested": ["a", f"s{n % 40}"],
            "kept": ["a"],
            "added": [],
            "removed": [f"s{n % 40}"],
            "applied": ["a"],
            "digest": "",
            "received": datetime(2026, 1 + n % 12, 1),
        }
        for n in range(100_000)
    ]
    with Database(address).transaction() as connection:
        connection.execute(table.insert(), rows)
    del rows
    tracemalloc.start()
    began = time.monotonic()
    found = agreement_of(store.history())
    assert time.monotonic() - began < 60  # with tracemalloc, on a busy machine
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert (found.n_articles, found.n_entries, found.total.untouched) == (50_000, 100_000, 50_000)
