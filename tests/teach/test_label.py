"""``copydesk label``: a teacher's labels, asked for once, at a known cost, and never lost."""

import json
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from classifier.commands.label import label
from classifier.commands.running import run_command
from classifier.corpus.readers import read_corpus
from classifier.sections import Section, Sections
from classifier.teach.cache import AnswerCache
from classifier.teach.questions import key_of, questions_of
from tests.driver.teacher import teaching
from tests.helpers import small_corpus, write_jsonl

SECTIONS = """
[[section]]
id = "climate-and-disasters"
name = "Climate and disasters"
definition = "Floods, storms, droughts and the relief that follows."

[[section]]
id = "technology"
name = "Technology"
"""
N = 24


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sections.toml").write_text(SECTIONS)
    write_jsonl(tmp_path / "archive.jsonl", [{**row, "sections": []} for row in small_corpus(N)])
    return tmp_path


@pytest.fixture
def labels(folder):
    """The true labels by text."""
    sections = Sections.load(folder / "sections.toml")
    rows = write_jsonl(folder / "truth.jsonl", small_corpus(N))
    return {item.prepared.text: set(item.sections) for item in read_corpus([rows], sections).articles}


@pytest.fixture
def teacher(labels):
    with teaching(labels) as running:
        yield running


def arguments(folder, url, *more):
    paths = ["--sections", folder / "sections.toml", "--to", folder / "labelled.jsonl"]
    return [str(part) for part in (folder / "archive.jsonl", "--teacher", url, "--model", "stub-1", *paths, *more)]


def run(folder, url, *more, code=0):
    done = CliRunner().invoke(label, arguments(folder, url, *more))
    assert done.exit_code == code, done.output
    return done.output


def written(folder):
    return [json.loads(line) for line in (folder / "labelled.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("path", ["", "/v1", "/v1/systemone", "/v1/decisions"])
def test_articles_get_the_teachers_labels_marked_as_those_of_a_machine(folder, teacher, path):
    run(folder, teacher.url + path)
    rows = written(folder)
    assert {row["id"]: set(row["sections"]) for row in rows} == {
        row["id"]: set(row["sections"]) for row in small_corpus(N)
    }
    assert {row["label_source"] for row in rows} == {"machine"}
    assert all(set(row["probabilities"]) == {"climate-and-disasters", "technology"} for row in rows)
    corpus = read_corpus([folder / "labelled.jsonl"], Sections.load(folder / "sections.toml"))
    assert all(item.taught for item in corpus.articles)


def test_the_definition_is_the_criterion_and_the_text_has_no_markup(folder, teacher):
    row = {"id": "1", "headline": small_corpus(1)[0]["headline"], "body": f"<p>{small_corpus(1)[0]['body']}</p>"}
    write_jsonl(folder / "archive.jsonl", [row])
    run(folder, teacher.url)
    (body,) = teacher.bodies
    assert "Floods, storms, droughts" in body["questions"]["climate-and-disasters"]["criteria"]["true"]
    assert "“Technology”" in body["questions"]["technology"]["instructions"]
    assert "<p>" not in body["state"]


def test_the_key_is_sent_and_without_one_nothing_is(folder, teacher, monkeypatch):
    monkeypatch.setenv("COPYDESK_TEACHER_KEY", "secret-key")
    said = run(folder, teacher.url, "--limit", "1")
    monkeypatch.delenv("COPYDESK_TEACHER_KEY")
    run(folder, teacher.url, "--limit", "1")
    assert teacher.keys == ["Bearer secret-key", None]
    assert "secret-key" not in said


def test_nothing_is_asked_before_the_cost_is_printed_and_nothing_at_all_in_a_dry_run(folder, teacher):
    said = run(folder, teacher.url, "--dry-run", "--price", "0.05")
    assert teacher.n == 0
    assert f"{N} articles, {N} to ask about, 2 questions each: about " in said
    assert "input tokens, $0.00" in said
    assert not (folder / "labelled.jsonl").exists()


def test_no_question_about_a_text_is_asked_twice(folder, teacher):
    run(folder, teacher.url, "--limit", "10")
    assert teacher.n == len(written(folder)) == 10
    said = run(folder, teacher.url)
    assert teacher.n == len(written(folder)) == N
    assert "10 had answers already" in said
    assert set(teacher.asked.values()) == {1}


def test_a_new_definition_is_a_new_question_and_the_others_are_not_asked_again(folder, teacher):
    run(folder, teacher.url)
    text = (folder / "sections.toml").read_text().replace("droughts", "heat waves")
    (folder / "sections.toml").write_text(text)
    run(folder, teacher.url)
    assert [list(body["questions"]) for body in teacher.bodies[N:]] == [["climate-and-disasters"]] * N


def test_articles_that_a_person_has_labelled_are_not_asked_about(folder, teacher):
    write_jsonl(folder / "people.jsonl", small_corpus(N)[:6])
    said = run(folder, teacher.url, "--human", folder / "people.jsonl")
    assert teacher.n == len(written(folder)) == N - 6
    assert "not asked about, because a person has labelled them (6)" in said


@pytest.mark.slow
@pytest.mark.parametrize("status", [408, 429, 500, 503, 529])
def test_a_teacher_that_is_busy_is_asked_again_and_nothing_is_lost(folder, teacher, status):
    teacher.fault = lambda n: (status, {"Retry-After": "0"}, b"busy") if n % 3 == 0 else None
    run(folder, teacher.url, "--connections", "1")
    assert len(written(folder)) == N
    assert set(teacher.asked.values()) == {1}


GARBAGE = [
    b"<html>",
    b"{}",
    b'{"answers": {}}',
    b'{"answers": {"technology": {"noul": 2}}}',
    b"[]",
    b"null",
    b"[" * 100_000,
    b'{"answers": %s}' % (b"9" * 5_000),
    b" " * 10_000_001,
]


@pytest.mark.slow
@pytest.mark.parametrize("garbage", GARBAGE)
def test_an_answer_that_cannot_be_read_fails_its_article_and_no_other(folder, teacher, garbage):
    teacher.fault = lambda n: (200, {}, garbage) if n == 3 else None
    said = run(folder, teacher.url, "--connections", "1", code=2)
    assert len(written(folder)) == N - 1
    assert "archive.jsonl:3: the answer" in said
    assert "1 article got no answer. Fix: run the same command again" in said
    teacher.fault = lambda n: None
    run(folder, teacher.url)
    assert len(written(folder)) == N
    assert set(teacher.asked.values()) == {1}


def test_a_teacher_that_never_answers_ends_the_work_after_a_few_articles_and_keeps_what_came(folder, teacher):
    teacher.fault = lambda n: (500, {"Retry-After": "0"}, b"") if n > 8 else None
    done = CliRunner().invoke(label, arguments(folder, teacher.url, "--connections", "1", "--tries", "2"))
    assert "5 articles in a row got no answer" in str(done.exception)
    assert len(written(folder)) == 8


def test_a_slow_teacher_is_given_up_after_the_timeout(folder, teacher):
    teacher.delay = 0.6
    done = CliRunner().invoke(label, arguments(folder, teacher.url, "--timeout", "0.1", "--tries", "1", "--limit", "1"))
    assert done.exit_code == 2
    assert "the teacher gave no answer within 0.1 s" in done.output


def test_an_answer_that_never_ends_is_given_up_after_the_timeout(folder, teacher):
    teacher.drip = 0.02
    said = run(folder, teacher.url, "--timeout", "1", "--tries", "1", "--limit", "1", code=2)
    assert "archive.jsonl:1: the answer was not complete after 1 s" in said
    teacher.drip = 0
    run(folder, teacher.url)
    assert len(written(folder)) == N


BUSY = {"Retry-After": "0"}
AILMENTS = {
    "429": (lambda n: (429, BUSY, b"slower"), 0, "answered 429 after 2 tries"),
    "500": (lambda n: (500, BUSY, b"<html>a traceback</html>"), 0, "answered 500 after 2 tries"),
    "garbage": (lambda n: (200, {}, b"\xff\x00"), 0, "cannot be read as JSON"),
    "slow": (lambda n: None, 0.5, "no answer within 0.1 s after 2 tries"),
}


@pytest.mark.parametrize("ailment", AILMENTS)
def test_an_ailing_teacher_gets_clear_words_the_exit_code_2_and_nothing_is_lost(
    folder, teacher, ailment, monkeypatch, capsys
):
    run(folder, teacher.url, "--limit", "8")
    before = written(folder)
    teacher.fault, teacher.delay, words = AILMENTS[ailment]
    asked = arguments(folder, teacher.url, "--connections", "8", "--tries", "2")
    asked += ["--timeout", "0.1"] if teacher.delay else []
    monkeypatch.setattr(sys, "argv", ["label", *asked])
    monkeypatch.setattr("classifier.teach.teacher.TeacherOptions.pause", 0.01)
    with pytest.raises(SystemExit) as ended:
        run_command(label, "label")
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "The teacher gives no labels: 5 articles in a row got no answer; the last reason: " in said
    assert words in said
    assert "Fix: check --teacher, and that the teacher works, then run the same command" in said
    assert "Traceback" not in said
    assert written(folder) == before
    teacher.fault, teacher.delay = lambda n: None, 0
    run(folder, teacher.url)
    assert len(written(folder)) == N


@pytest.mark.parametrize(
    ("status", "advice"),
    [(307, "--teacher"), (401, "COPYDESK_TEACHER_KEY"), (403, "access"), (404, "--protocol")],
)
def test_a_refusal_that_is_the_same_for_all_ends_the_work_with_what_to_do(folder, teacher, status, advice):
    teacher.fault = lambda n: (status, {}, json.dumps({"error": {"message": "no such thing"}}).encode())
    done = CliRunner().invoke(label, arguments(folder, teacher.url, "--connections", "1"))
    assert f"the teacher answered {status} (no such thing). Fix: " in str(done.exception)
    assert advice in str(done.exception)
    assert teacher.n <= 2


def test_a_message_of_the_teacher_that_repeats_the_article_is_not_shown(folder, teacher):
    teacher.fault = lambda n: (422, {}, json.dumps({"detail": f"no: {teacher.bodies[-1]['state'][30:]}"}).encode())
    done = CliRunner().invoke(label, arguments(folder, teacher.url, "--connections", "1"))
    assert "the teacher answered 422" in str(done.exception)
    said = done.output + str(done.exception)
    assert not [row["id"] for row in small_corpus(N) if row["body"][40:70] in said]


def start(folder, url):
    command = [sys.executable, "-m", "classifier", "label", *arguments(folder, url, "--connections", "2")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def answered(folder):
    """The texts about which each question has an answer that is kept."""
    vocabulary = Sections.load(folder / "sections.toml")
    questions, found = questions_of(vocabulary.active), set()
    with AnswerCache(folder / "labelled.jsonl.answers.db") as cache:
        for item in read_corpus([folder / "truth.jsonl"], vocabulary).articles:
            text = item.prepared.text
            if len(cache.get([key_of(question, text, "stub-1") for question in questions])) == len(questions):
                found.add(text)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_stopped_ten_times_it_asks_no_article_twice_that_was_answered_and_loses_none(folder, teacher, number):
    teacher.delay = 0.05
    kept: dict[str, int] = {}  # how often each article had been asked about when its answer was kept
    for _ in range(10):
        before, process = teacher.n, start(folder, teacher.url)
        until = time.monotonic() + 30
        while teacher.n < before + 2 and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(number)
        process.wait(30)
        time.sleep(0.1)  # a killed process leaves requests behind that the teacher still counts
        kept = {text: teacher.asked[text] for text in answered(folder)} | kept
    assert start(folder, teacher.url).wait(60) == 0
    assert len(written(folder)) == N
    assert {text: teacher.asked[text] for text in kept} == kept
    # only a killed process cannot keep the answers that were under way, one for each connection
    assert sum(teacher.asked.values()) - N <= (20 if number == signal.SIGKILL else 0)


def test_an_address_that_is_none_and_a_protocol_that_differs_are_refused(folder):
    assert "must begin with https:// or http://" in run(folder, "api.example.com", code=2)
    said = run(folder, "http://127.0.0.1:9/v1/decisions", "--protocol", "systemone", code=2)
    assert "--teacher ends in /decisions, but --protocol is systemone" in said


def test_a_cache_that_is_no_database_is_refused_with_its_name(folder, teacher):
    (folder / "notes.txt").write_text("x" * 5000)
    done = CliRunner().invoke(label, arguments(folder, teacher.url, "--cache", folder / "notes.txt"))
    assert "notes.txt cannot be opened" in str(done.exception)


def test_sections_without_a_definition_are_asked_about_by_name():
    (question,) = questions_of([Section(id="sport", name="Sport")])
    assert question.yes == "The story itself is about this: The story is about Sport."
