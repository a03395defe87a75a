from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.reuters_data import R90, Story
from benchmarks.rivals import published
from benchmarks.rivals.command import rivals
from benchmarks.rivals.contest import rival_results, seconds_one_by_one
from benchmarks.rivals.peers import RIVALS, linear_svc
from benchmarks.rivals.tasks import LabelledText, Task, reuters_tasks

SCORES = np.array([[0.5, 0.2, -1.0], [-0.1, -0.2, -0.3], [0.1, 0.4, 0.3]])


def task(least=0, most=None, texts=()):
    return Task("made", ("a", "b", "c"), ("a", "b", "c"), texts, texts, least, most)


@pytest.mark.parametrize(
    ("least", "most", "given"),
    [
        (0, None, [[1, 1, 0], [0, 0, 0], [1, 1, 1]]),
        (1, None, [[1, 1, 0], [1, 0, 0], [1, 1, 1]]),
        (1, 1, [[1, 0, 0], [1, 0, 0], [0, 1, 0]]),
        (0, 2, [[1, 1, 0], [0, 0, 0], [0, 1, 1]]),
    ],
)
def test_labels_are_those_above_0_within_the_numbers_that_a_task_allows(least, most, given):
    assert task(least, most).decided(SCORES).astype(int).tolist() == given


def test_a_rival_does_not_give_a_label_that_no_training_text_has():
    learned = [
        LabelledText("", "", f"{word} {n}", (label,)) for n in range(9) for word, label in (("tea", "a"), ("tin", "b"))
    ]
    scores = linear_svc(task(least=1, texts=learned))(["tea", "tin", "nothing known"])
    assert (scores[:, 2] == -np.inf).all()
    assert not task(least=1).decided(scores)[:, 2].any()


def test_by_default_the_newest_training_stories_of_r90_are_scored_and_no_test_story():
    train = tuple(Story(str(n), "", f"body {n}", ("a",), date(1987, 3, 1 + n)) for n in (3, 1, 2, 5, 4))
    r90 = R90(("a",), train, (Story("9", "", "a test story", ("a",), None),))
    free, one = reuters_tasks(r90, test=False)
    assert [item.body for item in free.train] == ["body 1", "body 2", "body 3", "body 4"]
    assert [item.body for item in free.test] == ["body 5"]
    assert (free.least, one.least, free.most) == (0, 1, None)
    (tested, _) = reuters_tasks(r90, test=True)
    assert ([item.body for item in tested.test], len(tested.train)) == (["a test story"], 5)


def test_a_rival_learns_and_one_that_is_not_installed_is_named_with_its_remedy(monkeypatch):
    texts = [
        LabelledText("", "", f"{word} {n}", (label,)) for n in range(9) for word, label in (("tea", "a"), ("tin", "b"))
    ]

    def absent(_task):
        raise ImportError("No module named 'absent'")

    chosen = [rival for rival in RIVALS if rival.train is linear_svc]
    made = type(chosen[0])("absent", absent)
    monkeypatch.setattr("benchmarks.rivals.contest.RIVALS", [*chosen, made])
    missing = {}
    (result,) = rival_results(Task("made", ("a", "b"), ("a", "b"), texts, texts, 1, 1), missing)
    assert (result.name, result.found.micro.f1) == (chosen[0].name, 1.0)
    assert result.training > 0
    assert missing == {"absent": "No module named 'absent'. Fix: pip install -e '.[bench]'"}


def test_the_time_of_a_text_is_the_best_round(monkeypatch):
    clock = iter([0.0, 4.0, 10.0, 12.0, 20.0, 26.0])
    monkeypatch.setattr("benchmarks.rivals.contest.time.process_time", lambda: next(clock))
    tagged = []
    assert seconds_one_by_one(tagged.append, ["x", "y"]) == 1.0
    assert tagged == ["x", "y"] * 3


def test_published_figures_have_a_source_with_a_year_and_the_best_of_r90_comes_first():
    entries = [*published.R90, *published.NEWS.values()]
    assert all(any(str(year) in entry.source for year in range(2015, 2027)) for entry in entries)
    micro = [entry.micro for entry in published.R90]
    assert micro == sorted(micro, reverse=True)


def test_without_anything_to_score_or_with_an_unknown_set_the_fix_is_named(tmp_path):
    done = CliRunner().invoke(rivals, [])
    assert done.exit_code == 2
    assert "Fix: name sets with --data" in done.output
    (tmp_path / "hi").mkdir()
    for part in ("train", "test"):
        (tmp_path / "hi" / f"{part}.jsonl").write_text("", encoding="utf-8")
    done = CliRunner().invoke(rivals, ["--data", str(tmp_path), "--sets", "hi,xx"])
    assert done.exit_code == 2
    assert "there is no set of news xx. Fix: choose from hi" in done.output
