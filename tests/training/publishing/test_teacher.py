"""Training with a teacher's labels: weighed by what people labelled, measured on that alone, live only with it."""

import json

import numpy as np
import pytest

from classifier.commands.console import PlainProgress
from classifier.store.registry import Registry
from classifier.training.publishing.run import RunOptions, run
from classifier.training.publishing.teacher import USUAL_WEIGHT
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl

N, N_PEOPLE = 72, 36


def rows(garbled=False):
    """Return articles, the last ones labelled by a teacher; a garbled teacher gives each the next one's labels."""
    found = small_corpus(N)
    for i in range(N):
        found[i]["headline"] = " ".join(["report"] * (1 + i % 5))
    for i in range(N_PEOPLE, N):
        found[i]["label_source"] = "machine"
        if garbled:
            found[i]["sections"] = small_corpus(N + 1)[i + 1]["sections"]
    return found


def trained(tmp_path, found):
    data = write_jsonl(tmp_path / "articles.jsonl", found)
    settings = TrainingSettings(min_support=3)
    options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=tmp_path / "models", settings=settings, jobs=1)
    return run(options, PlainProgress())


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    return folder, trained(folder, rows())


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    return folder, trained(folder, rows(garbled=True))


def test_every_figure_is_of_the_articles_of_people(good):
    folder, outcome = good
    version = folder / "models" / outcome.version
    evaluation = json.loads((version / "evaluation.json").read_text())
    labels = sum(len(row["sections"]) for row in small_corpus(N)[:N_PEOPLE])
    assert evaluation["out_of_fold"]["micro"]["support"] == labels
    assert evaluation["by_date"] is None
    assert len((version / "outoffold.jsonl").read_text().splitlines()) == N_PEOPLE
    assert outcome.trained.n_articles == N


def test_the_weight_is_the_usual_one_unless_the_best_of_the_trials_is_better_beyond_chance(good, bad):
    for _, outcome in (good, bad):
        teacher = outcome.evaluation.teacher
        assert (teacher.n_taught, teacher.n_people) == (N - N_PEOPLE, N_PEOPLE)
        values = [trial.micro_f1 + trial.macro_f1 for trial in teacher.trials]
        assert len(values) == 6
        best = teacher.trials[int(np.argmax(values))]
        usual = next(trial for trial in teacher.trials if trial.weight == USUAL_WEIGHT and not trial.by_people)
        assert teacher.chosen == (usual if teacher.is_usual else best)
    assert good[1].evaluation.teacher.is_usual
    assert "none of 5 other ways that were tried out-of-fold was better beyond chance" in (
        good[1].evaluation.teacher.words
    )
    assert not bad[1].evaluation.teacher.is_usual
    assert "better than the usual one beyond chance" in bad[1].evaluation.teacher.words


def test_a_teacher_that_is_wrong_counts_less(good, bad):
    assert bad[1].evaluation.teacher.chosen.weight <= good[1].evaluation.teacher.chosen.weight
    assert bad[1].evaluation.teacher.chosen.weight == 0.1
    assert bad[1].evaluation.out_of_fold.micro.suggested.f1 > 0.8


def test_the_margins_of_cuts_stay_those_of_their_articles(good):
    _, outcome = good
    scored, task = outcome.trained.scored, outcome.task
    assert len(scored.margins) == len(task.labels) == len(task.texts) == N_PEOPLE
    assert scored.cuts is not None
    assert scored.cuts.rows.max() < N_PEOPLE
    for k, i in enumerate(scored.cuts.rows.tolist()):
        headline = task.headline(i)
        assert headline is not None
        assert scored.cuts.n_words[0, k] == len(headline.split())


def test_no_model_goes_live_that_no_person_has_checked(tmp_path):
    found = [row | {"label_source": "machine"} for row in small_corpus(N)]
    outcome = trained(tmp_path, found)
    assert outcome.promotion.refused
    assert "labels of people, and 20 are needed" in outcome.promotion.reason
    assert "copydesk sample" in outcome.promotion.fix
    assert Registry(tmp_path / "models").current() is None
    assert "repeats the teacher" in outcome.evaluation.teacher.words


def test_a_corpus_without_a_teacher_is_not_touched(tmp_path):
    found = small_corpus(N_PEOPLE)
    for row in found:
        row["label_source"] = "editor"
    outcome = trained(tmp_path, found)
    assert outcome.evaluation.teacher is None
    assert outcome.task.taught is None
