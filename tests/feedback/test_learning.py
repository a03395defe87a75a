"""Uses of feedback: articles to learn from, and how far editors agree."""

import json

import pytest

from classifier.corpus.readers import Reading, read_corpus
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from tests.helpers import run_python, small_corpus, write_jsonl

BODY = "Troops crossed the river at dawn. "


@pytest.fixture
def send(database):
    store = FeedbackStore(database)

    def send(article, revision="1", **more):
        more = {"headline": f"Headline of {article}", "body": BODY + article} | more
        assert store.add(Feedback(article=article, revision=revision, **more), keep_text=True).new

    return send


def labels(corpus):
    return {item.article.id: set(item.sections) for item in corpus.articles}


def test_what_the_editor_kept_and_added_is_what_is_learned(send, address, sections):
    suggested = {"suggested": ["conflicts", "oceania"], "applied": []}
    send("s/1", **suggested, kept=["conflicts"], removed=["oceania"], added=["south-asia"])
    corpus = read_corpus([], sections, feedback=address)
    assert labels(corpus) == {"s/1": {"conflicts", "south-asia"}}
    assert corpus.articles[0].article.headline == "Headline of s/1"


def test_the_last_revision_of_an_article_is_what_is_learned(send, address, sections):
    send("s/1", "1", added=["conflicts"])
    send("s/1", "2", added=["oceania"], body="Another text")
    corpus = read_corpus([], sections, feedback=address)
    assert labels(corpus) == {"s/1": {"oceania"}}
    assert corpus.articles[0].article.body == "Another text"


def test_a_models_own_answers_are_not_learned_unless_that_is_asked_for(send, address, sections):
    both = {"suggested": ["conflicts", "oceania"], "kept": ["conflicts"]}
    send("applied", **both, applied=["conflicts"])
    send("unsaid", **both)
    send("nothing suggested")
    send("accepted", **both, applied=[])
    send("looked at", **both, applied=["conflicts"], reviewed=["conflicts", "oceania"])
    send("removed", **both | {"removed": ["oceania"]}, applied=["conflicts"], reviewed=["conflicts"])
    send("added", **both, applied=["conflicts"], reviewed=["conflicts"], added=["technology"])
    send("only added", added=["technology"])
    send("only removed", removed=["oceania"])
    # an editor did something, but perhaps before the CMS applied the other section
    send("removed, then applied", **both | {"removed": ["oceania"]}, applied=["conflicts"])
    send("added, then applied", **both, applied=["conflicts"], added=["technology"])
    send("half looked at", **both | {"kept": ["conflicts", "oceania"]}, applied=["conflicts"])
    corpus = read_corpus([], sections, feedback=address)
    assert labels(corpus) == {
        "accepted": {"conflicts"},
        "looked at": {"conflicts"},
        "removed": {"conflicts"},
        "added": {"conflicts", "technology"},
        "only added": {"technology"},
        "only removed": set(),
    }
    unseen, untouched = sorted(corpus.left_out)
    assert "on which Copydesk set a section that no person is known to have looked at" in unseen
    assert "keeps, adds or removes no section" in untouched
    assert (corpus.left_out[unseen], corpus.left_out[untouched]) == (5, 1)
    assert len(read_corpus([], sections, Reading(machine_labels=True), address).articles) == 12


def test_feedback_without_text_is_counted_and_unknown_sections_are_named(send, address, sections):
    send("no text", added=["oceania"], body=None, headline=None)
    send("unknown", added=["no-such-section"])
    corpus = read_corpus([], sections, feedback=address)
    assert list(corpus.articles) == []
    assert "unknown section “no-such-section”" in str(corpus.rejects[0])
    assert any("keep_texts" in note and "send the body with the feedback" in note for note in corpus.notes())
    assert "password" not in str(corpus.rejects[0].place)
    relaxed = read_corpus([], sections, Reading(ignore_unknown=True), address)
    assert (list(relaxed.articles), relaxed.rejects, sum(relaxed.left_out.values())) == ([], [], 2)


def test_feedback_replaces_the_article_in_a_file(send, address, sections, tmp_path):
    rows = [{"id": f"s/{i}", "body": BODY + str(i), "sections": ["technology"]} for i in range(3)]
    file = write_jsonl(tmp_path / "a.jsonl", rows)
    send("s/1", added=["oceania"])
    corpus = read_corpus([file], sections, feedback=address)
    assert labels(corpus) == {"s/1": {"oceania"}, "s/0": {"technology"}, "s/2": {"technology"}}
    assert list(corpus.left_out.values()) == [1]
    assert corpus.rejects == []


def test_an_id_that_is_no_text_is_a_reject_as_ever(send, address, sections, tmp_path):
    file = write_jsonl(tmp_path / "a.jsonl", [{"id": ["s/1"], "body": BODY, "sections": []}])
    send("s/1", added=["oceania"])
    assert ["id:" in str(reject) for reject in read_corpus([file], sections, feedback=address).rejects] == [True]


def test_a_section_is_in_one_list_only():
    for more in (
        {"kept": ["a"], "removed": ["a"]},
        {"kept": ["a"], "added": ["a"]},
        {"added": ["a"], "removed": ["a"]},
    ):
        with pytest.raises(ValueError, match="must not share a section"):
            Feedback(article="a", revision="1", **more)


def test_a_missing_database_is_reported(tmp_path):
    done = run_python("-m", "classifier", "agreement", "--feedback", tmp_path / "none.db")
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    done = run_python("-m", "classifier", "agreement", "--feedback", "mysql://me:secret@host/x")
    assert done.returncode == 2
    assert "secret" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_feedback_alone_needs_no_files_and_the_starter_corpus_is_not_read(send, address, tmp_path):
    for row in small_corpus():
        send(row["id"], headline=row["headline"], body=row["body"], added=row["sections"] or (), removed=["oceania"])
    done = run_python("train.py", "--feedback", address, "--models", tmp_path / "models", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    manifest = json.loads(next((tmp_path / "models").glob("*/manifest.json")).read_text())
    assert manifest["n_articles"] == 36


@pytest.mark.slow
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_model_is_trained_on_files_and_feedback_together(send, address, tmp_path):
    rows = small_corpus()
    for row in rows[:6]:
        send(row["id"], headline=row["headline"], body=row["body"], added=row["sections"] or (), removed=["oceania"])
    file = write_jsonl(tmp_path / "a.jsonl", rows[3:])
    done = run_python(
        "train.py",
        "--data",
        file,
        "--feedback",
        address,
        "--models",
        tmp_path / "models",
        "--jobs",
        1,
        "--ignore-checks",
    )
    assert done.returncode == 0, done.stderr
    assert "left out (3): articles from the files, because feedback on the same articles replaces them" in done.stderr
    manifest = json.loads(next((tmp_path / "models").glob("*/manifest.json")).read_text())
    assert manifest["n_articles"] == len(rows)
