"""The store of kept suggestions, on both databases."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.errors import FeedbackError, InvalidInputError
from classifier.feedback.database import Database
from classifier.feedback.deciding import decide_open
from classifier.feedback.feedback import Feedback
from classifier.feedback.outbox import Outbox
from classifier.feedback.store import FeedbackStore
from classifier.feedback.suggestion import SuggestedTag, SuggestionDraft, SuggestionFilter, write_cursor
from classifier.feedback.suggestions import SuggestionStore


def draft(article="17", revision="1", *, source="cms", tags=(("sport", 0.9, "apply"),), **more):
    given = tuple(SuggestedTag(s, s.title(), p, d, (f"word of {s}",)) for s, p, d in tags)
    return SuggestionDraft(source, article, revision, "m-1", "tagged" if tags else "none", given, **more)


@pytest.fixture
def store(database):
    return SuggestionStore(database)


def articles(page):
    return [(found.source, found.article) for found in page.suggestions]


def test_what_was_kept_is_what_is_read(store):
    sent = draft(
        tags=(("sport", 0.97, "apply"), ("health", 0.41, "review")),
        set="default",
        language="en",
        headline="Zürich \U0001f600",
        body="A\0text",
        url="https://example.org/17",
    )
    (kept,) = store.keep([sent])
    found = store.get("cms", "17")
    assert kept.new
    assert (found.id, found.state, found.tags, found.probability) == (kept.id, "open", sent.tags, 0.41)
    assert (found.set, found.language, found.model, found.outcome) == ("default", "en", "m-1", "tagged")
    assert (found.headline, found.body, found.url) == (sent.headline, "A text", sent.url)
    assert abs(found.made_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert store.with_id(kept.id) == found
    assert store.get("other", "17") is None


def test_a_large_batch_is_kept_in_order_and_a_second_one_supersedes_it(store):
    sent = [draft(str(i), tags=(("sport", 0.9, "apply"), ("health", 0.4, "review"))) for i in range(70)]
    first = store.keep(sent)
    assert [kept.id for kept in first] == sorted({kept.id for kept in first})
    assert all(kept.new for kept in first)
    assert [store.with_id(kept.id).article for kept in first] == [each.article for each in sent]
    assert store.counts().sections == {"sport": 70, "health": 70}
    store.keep([draft(str(i), "2") for i in range(70)])
    assert (store.counts().open, store.counts().sections) == (70, {"sport": 70})
    assert {store.with_id(kept.id).state for kept in first} == {"superseded"}


def test_a_revision_is_kept_once_and_a_newer_one_supersedes_it(store):
    (first,) = store.keep([draft(revision="1")])
    again, second, late = store.keep([draft(revision="1"), draft(revision="2"), draft(revision="1")])
    assert (again.new, second.new, late.new) == (False, True, False)
    assert again.id == late.id == first.id < second.id
    assert [(s.revision, s.state) for s in store.history("cms", "17")] == [("2", "open"), ("1", "superseded")]
    assert store.get("cms", "17").id == second.id
    assert store.counts().open == 1


def test_programs_that_keep_at_once_leave_one_open_suggestion(address):
    databases = [Database(address) for _ in range(4)]

    def keep(number):
        for i in range(10):
            until = time.monotonic() + 60
            while True:
                try:
                    SuggestionStore(databases[number]).keep([draft(f"a{j}", f"{number}-{i}") for j in range(3)])
                    break
                except FeedbackError:
                    assert time.monotonic() < until
                    time.sleep(0.1)

    with ThreadPoolExecutor(len(databases)) as threads:
        list(threads.map(keep, range(len(databases))))
    store = SuggestionStore(databases[0])
    for j in range(3):
        states = [s.state for s in store.history("cms", f"a{j}")]
        assert (states[0], set(states[1:]), len(states)) == ("open", {"superseded"}, 40)
    assert store.counts().open == 3
    for database in databases:
        database.close()


def test_lists_are_filtered_by_each_field(store):
    store.keep([draft("a", tags=(("sport", 0.9, "apply"), ("health", 0.5, "review")), headline="100% Örtlich")])
    store.keep([draft("b", tags=(("sport", 0.6, "review"),), source="mail", headline="Boats")])
    middle = datetime.now(UTC)
    store.keep([draft("c", tags=()), draft("d", tags=(("health", 0.7, "review"),))])
    store.keep([draft("d", "2", tags=(("health", 0.8, "review"),))])

    def listed(**wanted):
        return [article for _, article in articles(store.page(SuggestionFilter(**wanted)))]

    assert listed() == ["a", "b", "c", "d"]
    assert listed(source="cms") == ["a", "c", "d"]
    assert listed(section="sport") == ["a", "b"]
    assert listed(section="health") == ["a", "d"]
    assert listed(section="health", state=None) == ["a", "d", "d"]
    assert listed(state="superseded") == ["d"]
    assert listed(least=0.6) == ["b", "d"]
    assert listed(section="sport", least=0.9) == ["a"]
    assert listed(section="sport", most=0.6) == ["b"]
    assert listed(before=middle) == ["a", "b"]
    assert listed(after=middle) == ["c", "d"]
    assert listed(search="% ÖRT") == ["a"]
    assert listed(search="_oats") == []
    assert store.counts().sections == {"sport": 2, "health": 2}
    assert store.counts().sources == {"cms": 3, "mail": 1}


@pytest.mark.parametrize("order", ["oldest", "newest", "least_sure"])
@pytest.mark.parametrize("section", [None, "sport"])
def test_pages_hold_each_suggestion_once_in_order(store, order, section):
    probabilities = [0.5, 0.9, 0.5, 0.3, 0.9, 0.5, 0.7]
    for i, probability in enumerate(probabilities):
        store.keep([draft(str(i), tags=(("sport", probability, "review"),))])
    expected = {
        "oldest": "0123456",
        "newest": "6543210",
        "least_sure": "3025614",
    }[order]
    found, cursor = "", None
    while True:
        page = store.page(SuggestionFilter(section=section), order=order, cursor=cursor, limit=2)
        found += "".join(article for _, article in articles(page))
        if found == expected[:4]:  # what is decided meanwhile moves nothing
            FeedbackStore(store._database).add(Feedback(article=expected[0], revision="1"), keep_text=False)
        if (cursor := page.next) is None:
            break
    assert found == expected


@pytest.mark.parametrize("cursor", ["x", "W10", "é", "WyJuZXdlc3QiLCAwLCAxXQ"])
def test_a_cursor_of_another_list_is_refused(store, cursor):
    with pytest.raises(InvalidInputError, match="cursor"):
        store.page(cursor=cursor)


@pytest.mark.parametrize(
    ("sent", "decides"),
    [
        ({"source": "cms", "article": "17"}, True),
        ({"article": "17"}, True),
        ({"article": "cms/17"}, True),
        ({"source": "mail", "article": "17"}, False),
        ({"article": "18"}, False),
        ({"article": "twice"}, False),
        ({"article": "cms/twice"}, True),
    ],
)
def test_feedback_decides_the_open_suggestion_for_its_article(store, sent, decides):
    store.keep([draft("17"), draft("twice"), draft("twice", source="mail")])
    feedback = Feedback(revision="1", kept=("sport",), added=("x",), person="A. Editor", **sent)
    receipt = FeedbackStore(store._database).add(feedback, keep_text=False)
    assert (receipt.new, receipt.decided) == (True, decides)
    page = store.page(SuggestionFilter(state="decided"))
    assert len(page.suggestions) == decides
    if decides:
        (found,) = page.suggestions
        assert found.source == "cms"
        assert found.feedback == {"revision": "1", "kept": ["sport"], "added": ["x"], "removed": []}
        assert found.decided_by == "A. Editor"
        assert found.decided_at >= found.made_at
        assert store.counts().sections == {"sport": 2}


def test_the_second_of_two_editors_is_told_and_stores_nothing(store):
    (kept,) = store.keep([draft()])
    sent = Feedback(source="cms", article="17", revision="1", kept=("sport",), person="A")
    assert store.decide(kept.id, sent) is True
    assert store.decide(kept.id, sent.model_copy(update={"revision": "2", "person": "B"})) is False
    assert store.get("cms", "17").decided_by == "A"
    assert FeedbackStore(store._database).count() == 1


def test_a_decision_can_be_undone(store):
    (kept,) = store.keep([draft()])
    store.decide(kept.id, Feedback(source="cms", article="17", revision="1"))
    assert store.reopen(kept.id) is True
    assert FeedbackStore(store._database).count() == 0
    found = store.get("cms", "17")
    assert (found.state, found.decided_at, found.feedback) == ("open", None, None)
    assert articles(store.page(SuggestionFilter(section="sport"))) == [("cms", "17")]
    assert store.reopen(kept.id) is False
    store.decide(kept.id, Feedback(source="cms", article="17", revision="1"))
    store.keep([draft(revision="2")])
    assert store.reopen(kept.id) is False


def test_a_decision_counts_though_feedback_on_its_revision_is_there_and_undoing_it_deletes_no_other(store, database):
    feedback = FeedbackStore(database)
    for source, person in (("cms", "Bob"), (None, "Eve")):
        feedback.add(Feedback(source=source, article="17", revision="1", person=person), keep_text=False)
    (kept,) = store.keep([draft()])
    decision = Feedback(source="cms", article="17", revision="1", person="Ada", kept=("sport",))
    assert store.decide(kept.id, decision)
    assert {e.feedback.person for e in feedback.latest()} == {"Ada", "Eve"}
    assert store.with_id(kept.id).feedback == {"revision": "1", "kept": ["sport"], "added": [], "removed": []}
    assert store.reopen(kept.id)
    assert {e.feedback.person for e in feedback.latest()} == {"Bob", "Eve"}


def test_feedback_that_is_sent_again_decides_no_newer_revision(store, database):
    feedback, sent = FeedbackStore(database), Feedback(source="cms", article="17", revision="1", kept=("sport",))
    store.keep([draft()])
    assert feedback.add(sent, keep_text=False).decided
    store.keep([draft(revision="2")])
    assert not feedback.add(sent, keep_text=False).decided
    assert store.get("cms", "17").state == "open"
    assert feedback.add(sent.model_copy(update={"revision": "2"}), keep_text=False).decided


def test_a_question_with_nul_finds_nothing_and_leaves_the_database_in_use(store):
    store.keep([draft(headline="A\0B")])
    for wanted in (SuggestionFilter(search="A\0B"), SuggestionFilter(section="\0"), SuggestionFilter(source="\0")):
        assert store.page(wanted).suggestions == ()
    assert store.history("cms", "17\0") == []
    assert store.count_open(10).open == 1


@pytest.mark.parametrize("last", [[0.5, 10**30], [10**400, 1], [0.5, -1]])
def test_a_cursor_with_numbers_that_no_database_stores_is_refused(store, last):
    with pytest.raises(InvalidInputError, match="not a cursor"):
        store.page(cursor=write_cursor("oldest", last))


def test_a_decision_that_comes_while_a_newer_revision_is_kept_stands(store, address):
    (kept,) = store.keep([draft()])
    other = Database(address)
    decision = Feedback(source="cms", article="17", revision="1", kept=("sport",))
    with ThreadPoolExecutor(1) as thread:
        with store._database.transaction() as connection:
            assert decide_open(connection, kept.id, decision, (), None)
            newer = thread.submit(SuggestionStore(other).keep, [draft(revision="2")])
            with contextlib.suppress(TimeoutError):
                newer.result(0.3)
        newer.result(10)
    other.close()
    assert [(s.revision, s.state) for s in store.history("cms", "17")] == [("2", "open"), ("1", "decided")]


def test_a_source_with_a_long_name_can_be_paused(store, database):
    names = ["ü" * 199 + letter for letter in "ab"]
    database.called_back = frozenset(names)
    store.keep([draft(source=name) for name in names])
    outbox = Outbox(database)
    outbox.pause(names[0], 2, timedelta(minutes=1))
    assert outbox.failures(names[0]) == 2
    assert [call.source for call in outbox.due(names, 10)] == names[1:]
    outbox.retry(names[0])
    assert len(outbox.due(names, 10)) == 2


def test_a_text_that_must_not_be_kept_is_nowhere_on_disk(store, address):
    store.keep([draft(headline="Boats")])
    assert store.get("cms", "17").body is None
    if "://" not in address:
        assert all(b"zebra" not in path.read_bytes() for path in Path(address).parent.iterdir())


def test_what_was_received_is_in_what_is_read_next(store):
    store.receive([draft("17", headline="Boats"), draft("18", tags=())])
    store.receive([draft("17", "2"), draft("17", "2")])
    assert articles(store.page()) == [("cms", "18"), ("cms", "17")]
    assert [(s.revision, s.state) for s in store.history("cms", "17")] == [("2", "open"), ("1", "superseded")]
    store.receive([draft("17", "1"), draft("19", headline="Trains")])
    assert store.count_open(10).open == 3
    assert articles(store.page(SuggestionFilter(search="TRAIN"))) == [("cms", "19")]
    assert [(s.revision, s.state) for s in store.history("cms", "17")] == [("2", "open"), ("1", "superseded")]
    assert store.sort_in() == 0


def test_feedback_decides_what_was_received_before_it_and_a_kept_one_comes_after(store):
    store.receive([draft("17"), draft("18"), draft("19")])
    assert FeedbackStore(store._database).add(Feedback(article="17", revision="1"), keep_text=False).decided
    store.receive([draft("18", "2")])
    (kept,) = store.keep([draft("18", "3")])
    assert [s.state for s in store.history("cms", "18")] == ["open", "superseded", "superseded"]
    store.receive([draft("18", "4")])
    assert not store.decide(kept.id, Feedback(source="cms", article="18", revision="3"))


def test_programs_that_receive_and_read_at_once_lose_nothing(address):
    databases = [Database(address) for _ in range(4)]

    def receive(number):
        store = SuggestionStore(databases[number])
        for i in range(25):
            store.receive([draft(f"{number}-{i}"), draft("same", f"{number}-{i}")])
            if i % 5 == number:
                assert ("cms", f"{number}-{i}") in articles(store.page(order="newest", limit=500))

    with ThreadPoolExecutor(len(databases)) as threads:
        list(threads.map(receive, range(len(databases))))
    store = SuggestionStore(databases[0])
    assert (store.counts().open, len(store.history("cms", "same"))) == (101, 100)
    for database in databases:
        database.close()


@pytest.mark.parametrize("tags", [[("sport", 0.9, "apply")] * 2, [("sport", float("nan"), "review")]])
def test_what_could_not_be_sorted_in_is_not_received(tmp_path, tags):
    database = Database(str(tmp_path / "f.db"))
    store = SuggestionStore(database)
    with pytest.raises(ValueError, match="section twice"):
        store.receive([draft(tags=tags)])
    assert store.counts().open == 0
    database.close()


def test_a_list_can_be_read_while_another_program_writes(tmp_path):
    mine, other = Database(str(tmp_path / "f.db")), Database(str(tmp_path / "f.db"))
    store = SuggestionStore(mine)
    store.keep([draft("17")])
    store.receive([draft("18")])
    with other.transaction():
        assert articles(store.page()) == [("cms", "17")]
    assert articles(store.page()) == [("cms", "17"), ("cms", "18")]
    mine.close()
    other.close()


def test_nothing_is_counted_beyond_the_limit(store):
    store.keep([draft(str(i), source="mail" if i < 2 else "cms") for i in range(6)])
    counts = store.count_open(3)
    assert (counts.open, counts.sections, counts.sources) == (3, {"sport": 3}, {"cms": 3, "mail": 2})
