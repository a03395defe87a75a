"""Progress moves within a stage: row by row, article by article, fold by fold."""

import re
from collections import Counter

import pytest

from classifier.commands.console import PlainProgress
from classifier.corpus.intake import read_or_refuse
from classifier.corpus.readers import Reading
from classifier.store.registry import Registry
from classifier.training.measuring.version_evaluation import evaluate_version
from tests.helpers import small_corpus, write_jsonl
from tests.terminal import run_in_terminal


class Recorded:
    def __init__(self):
        self.stages = {}
        self.steps = Counter()
        self.notes = []
        self._now = ""

    def stage(self, name, steps):
        self._now = name
        self.stages[name] = steps

    def step(self):
        self.steps[self._now] += 1

    def note(self, line):
        self.notes.append(line)


def test_reading_counts_each_row(tmp_path, sections):
    data = write_jsonl(tmp_path / "a.jsonl", small_corpus(30))
    seen = Recorded()
    read_or_refuse([data], sections, None, Reading(), seen)
    assert (seen.stages["reading articles"], seen.steps["reading articles"]) == (0, 30)
    assert seen.notes == [f"{data}: 30 articles, 20 with labels (labels from sections)"]


def test_tagging_counts_each_article(tmp_path, starter_models):
    data = write_jsonl(tmp_path / "a.jsonl", small_corpus(30))
    seen = Recorded()
    evaluate_version(Registry(starter_models).folder(), [data], seen)
    assert (seen.stages["tagging"], seen.steps["tagging"]) == (30, 30)


def test_a_log_gets_a_line_now_and_then(capsys, monkeypatch):
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr("classifier.commands.console.time.monotonic", lambda: next(clock))
    shown = PlainProgress()
    shown.stage("folds", 5)
    for _ in range(5):
        shown.step()
    shown.stage("reading", 0)
    for _ in range(4):
        shown.step()
    assert capsys.readouterr().err.splitlines() == [
        "folds (5 steps)",
        "  2 of 5, about 30 s left",
        "  4 of 5, about 10 s left",
        "reading",
        "  2 so far",
        "  4 so far",
    ]


@pytest.mark.slow
def test_a_terminal_shows_bars_that_fill(tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", small_corpus(60))
    command = ["-m", "classifier", "check", data, "--jobs", 1, "--suspects", tmp_path / "suspects.csv"]
    code, screen = run_in_terminal(*command)
    assert code == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)
    assert re.search(r"reading articles +━+ 60 ", text)
    assert re.search(r"fitting folds +━+ 5 ", text)
