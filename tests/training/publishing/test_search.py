import threading

import numpy as np
import pytest
from joblib import cpu_count, parallel_config, register_parallel_backend
from joblib.parallel import ThreadingBackend

from classifier.commands.console import PlainProgress
from classifier.corpus.readers import read_corpus
from classifier.errors import SettingsError
from classifier.store.registry import Registry
from classifier.tagger import Tagger
from classifier.training.fitting.outoffold import score_out_of_fold
from classifier.training.publishing.run import RunOptions, run
from classifier.training.publishing.search import SEARCHED, TRIALS_FILE, search
from classifier.training.scheduling import local_threads, scheduling
from classifier.training.task import make_task
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_jsonl(tmp_path_factory.mktemp("x") / "x.jsonl", small_corpus(60))


@pytest.fixture(scope="module")
def task(data, sections):
    return make_task(read_corpus([data], sections).articles, sections, TrainingSettings(), PlainProgress())


class Counted:
    """Progress that counts its steps."""

    def __init__(self):
        self.planned = self.done = 0

    def stage(self, name, steps):
        self.planned += steps

    def step(self):
        self.done += 1


def test_the_best_of_all_trials_is_chosen_and_every_step_was_announced(task):
    watched = Counted()
    found = search(task, TrainingSettings(), 24, 1, watched)
    assert found.best.value == max(trial.value for trial in found.trials)
    assert len({trial.settings for trial in found.trials}) == len(found.trials) >= 12
    assert {trial.settings.loss for trial in found.trials} == {"squared_hinge", "hinge", "logistic"}
    assert watched.done == watched.planned
    lines = found.to_tsv().splitlines()
    assert lines[0].split("\t") == [*SEARCHED, "micro_f1", "macro_f1", "chosen"]
    assert len(lines) == len(found.trials) + 1
    assert sum(line.endswith("\tyes") for line in lines) == 1


def test_no_more_trials_are_made_than_are_allowed(task):
    assert len(search(task, TrainingSettings(), 3, 1, Counted()).trials) == 3


def test_what_is_not_searched_stays_as_it_was(task):
    found = search(task, TrainingSettings(seed=4, min_tags=1, max_tags=2), 4, 1, Counted())
    assert {(t.settings.seed, t.settings.min_tags, t.settings.max_tags) for t in found.trials} == {(4, 1, 2)}


def test_a_backend_of_joblib_changes_no_figure(task):
    with scheduling("threading"):
        threads = search(task, TrainingSettings(), 3, 2, Counted())
    assert threads == search(task, TrainingSettings(), 3, 1, Counted())


@pytest.mark.parametrize("name", ["multiprocessing", "slurm"])
def test_a_scheduler_that_cannot_be_used_is_refused_with_those_that_can(name):
    with (
        pytest.raises(
            SettingsError, match=f"--scheduler is “{name}”, which is unknown. Fix: give one of loky, .*threading"
        ),
        scheduling(name),
    ):
        pass


class Cluster(ThreadingBackend):
    """A backend with more cores than this machine has, whatever is asked for, as a Dask cluster's is."""

    def effective_n_jobs(self, n_jobs):
        return 64


def test_what_is_no_search_runs_on_as_many_threads_as_are_asked_for_whatever_the_cluster_has(task):
    class Watched(Counted):
        def step(self):
            self.most = max(getattr(self, "most", 0), threading.active_count())

    watched, before = Watched(), threading.active_count()
    register_parallel_backend("cluster", Cluster)
    with parallel_config(backend="cluster"):
        score_out_of_fold(task, TrainingSettings(), 2, watched)
        assert local_threads(3) == 3
        assert local_threads(-1) == cpu_count()
    assert watched.most <= before + 4  # two folds at a time, each with a thread for its solver


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge", "logistic"])
def test_every_loss_learns_what_is_easy(task, loss):
    margins = score_out_of_fold(task, TrainingSettings(loss=loss, c=10.0), 1, Counted()).margins
    assert np.mean((margins > 0) == task.labels) > 0.9


def test_without_weight_pairs_are_no_features_and_weigh_less_with_little(task):
    models = {
        weight: score_out_of_fold(task, TrainingSettings(pair_weight=weight), 1, Counted()).models[0].tfidf
        for weight in (0.0, 0.5, 1.0)
    }
    pairs = {weight: task.counted.pairs.marks[tfidf.columns] for weight, tfidf in models.items()}
    assert not pairs[0.0].any()
    assert pairs[0.5].any()
    assert np.array_equal(models[0.5].idf, np.where(pairs[1.0], 0.5, 1.0) * models[1.0].idf)


def test_a_searched_model_with_limits_is_served_as_it_was_measured(data, tmp_path):
    options = RunOptions(
        data=(data,),
        sections=SECTIONS_FILE,
        models=tmp_path,
        settings=TrainingSettings(min_tags=1, max_tags=1),
        jobs=1,
        trials=3,
        ignore_checks=True,
    )
    outcome = run(options, PlainProgress())
    folder = Registry(tmp_path).folder(outcome.version)
    assert (folder / TRIALS_FILE).read_text("utf-8") == outcome.search.to_tsv()
    assert outcome.trained.nested.predictions.suggested.sum(axis=1).tolist() == [1] * 60
    tagger = Tagger.load(tmp_path, outcome.version)
    for item in outcome.corpus.articles:
        assert len(tagger.tag(item.article).tags) == 1
    assert tagger.manifest.settings["min_tags"] == 1
    report = (folder / "report.html").read_text("utf-8")
    assert "chosen from 3 trials by micro-F1 plus macro-F1" in report
    assert "Tags added to reach the minimum are suggested, never applied" in report
    assert "Tags for each article: 1 to 1" in (folder / "model-card.md").read_text("utf-8")
