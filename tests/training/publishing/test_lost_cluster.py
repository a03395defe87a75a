"""A search whose Dask scheduler is killed: a real scheduler and a real worker, in processes of their own."""

import json
import logging
import subprocess
import sys
import time

import pytest

from classifier.commands.console import PlainProgress
from classifier.corpus.readers import read_corpus
from classifier.errors import SearchError
from classifier.store.registry import Registry
from classifier.training.publishing.kept_trials import FILE_NAME, KeptTrials
from classifier.training.publishing.search import search
from classifier.training.scheduling import scheduling
from classifier.training.task import make_task
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.driver.processes import free_port
from tests.driver.service import wait_until
from tests.helpers import ROOT, run_python, small_corpus, write_jsonl

pytest.importorskip("distributed")
MOST = 6


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_jsonl(tmp_path_factory.mktemp("x") / "x.jsonl", small_corpus(60))


@pytest.fixture(scope="module")
def corpus(data, sections):
    return read_corpus([data], sections)


@pytest.fixture(scope="module")
def task(corpus, sections):
    return make_task(corpus.articles, sections, TrainingSettings(), PlainProgress())


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler with one worker, and the process of the scheduler."""
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    commands = [
        ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show"],
        ["distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "2", "--no-dashboard"],
    ]
    log = tmp_path / "cluster.log"
    with log.open("wb") as out:
        processes = [
            subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=out, stderr=out) for command in commands
        ]
    try:
        wait_until(lambda: "Registered to" in log.read_text(), 60, log)
        yield address, processes[0]
    finally:
        for process in processes:
            process.kill()
            process.wait()


class KillsAfter:
    """Progress that kills a process at a step."""

    def __init__(self, process, steps):
        self._process = process
        self._left = steps

    def stage(self, name, steps):
        pass

    def step(self):
        self._left -= 1
        if self._left == 0:
            self._process.kill()
            self._process.wait()


class Silent:
    def stage(self, name, steps):
        pass

    def step(self):
        pass


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Dask leaves sockets and tasks behind when its scheduler dies
def test_a_killed_scheduler_ends_the_search_in_a_sentence_and_its_trials_are_used_again(
    cluster, task, corpus, tmp_path
):
    address, scheduler = cluster
    start = TrainingSettings()
    kept = KeptTrials(tmp_path / "models", corpus.digest(), task, start)
    n_folds = start.n_folds
    begun = time.monotonic()
    with (
        pytest.raises(SearchError, match="the Dask scheduler, or all of its workers, stopped responding") as stopped,
        scheduling(address),
    ):
        # the first trial, the four that the next step shares with it, and the first of its others
        search(task, start, MOST, 2, KillsAfter(scheduler, 2 * n_folds + n_folds), kept)
    assert time.monotonic() - begun < 60
    done = kept.read()
    assert f"{len(done)} complete trials are kept in {tmp_path / 'models' / FILE_NAME}. Fix: " in str(stopped.value)
    assert len(done) >= 2
    assert logging.getLogger("distributed").level < logging.CRITICAL  # its log is as it was

    resumed = search(task, start, MOST, 2, Silent(), kept)
    whole = search(task, start, MOST, 2, Silent())
    assert resumed.n_kept == len(done)
    assert (resumed.trials, resumed.best) == (whole.trials, whole.best)


@pytest.mark.slow
def test_the_command_ends_with_code_2_and_the_same_command_continues(cluster, data, tmp_path):
    address, scheduler = cluster
    models = tmp_path / "models"
    options = ("--data", data, "--models", models, "--sections", SECTIONS_FILE, "--ignore-checks", "--search")
    command = [sys.executable, "train.py", *options, "--trials", MOST, "--scheduler", address]
    training = subprocess.Popen(
        list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    lines = []
    for line in training.stderr:
        lines.append(line)
        if line.startswith("searching settings"):
            break
    time.sleep(1)
    scheduler.kill()
    _, rest = training.communicate(timeout=90)
    told = "".join([*lines, rest])
    assert training.returncode == 2, told
    assert "Traceback" not in told
    last = told.splitlines()[-1]
    assert last.startswith("The search was interrupted: the Dask scheduler, or all of its workers, stopped responding")
    assert not list(models.glob("2*"))
    assert not (models / "CURRENT").exists()

    n_kept = len(json.loads((models / FILE_NAME).read_text())["trials"]) if (models / FILE_NAME).exists() else 0
    done = run_python("train.py", *options, "--trials", MOST)
    assert done.returncode == 0, done.stderr
    assert (f"{n_kept} of these trials were made by the search that was interrupted" in done.stdout) == (n_kept > 0)
    assert not (models / FILE_NAME).exists()
    assert Registry(models).current()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"search": 1}', "{", '{"search": "SAME", "trials": [{}]}', '{"search": "SAME", "trials": 1}']
)
def test_a_file_of_trials_that_is_none_is_left_alone(task, corpus, tmp_path, content):
    kept = KeptTrials(tmp_path, corpus.digest(), task, TrainingSettings())
    kept.write([])
    same = json.loads(kept.path.read_text())["search"]
    kept.path.write_text(content.replace("SAME", same))
    assert kept.read() == {}
    kept.remove()
    assert kept.path.exists()


def test_trials_of_other_data_or_settings_are_not_used(task, corpus, tmp_path):
    found = search(task, TrainingSettings(), 2, 1, Silent())
    kept = KeptTrials(tmp_path, corpus.digest(), task, TrainingSettings())
    kept.write(found.trials)
    assert list(kept.read().values()) == list(found.trials)
    assert KeptTrials(tmp_path, "other articles", task, TrainingSettings()).read() == {}
    assert KeptTrials(tmp_path, corpus.digest(), task, TrainingSettings(seed=1)).read() == {}
    kept.remove()
    assert not kept.path.exists()
