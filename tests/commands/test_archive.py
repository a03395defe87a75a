"""``copydesk archive`` as a user calls it."""

import json
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from classifier.archive.asked import ArchiveError
from classifier.archive.models import ArchiveModel
from classifier.archive.results.review import read_review
from classifier.commands.archive import archive
from classifier.feedback.database import Database
from classifier.feedback.store import FeedbackStore
from classifier.service.guard.keys import create
from tests.archive.conftest import made_rows
from tests.archive.driver import digests, rows_of
from tests.driver.processes import tree
from tests.driver.service import Service, wait_until
from tests.driver.sets import train_set
from tests.helpers import ROOT, environment, run_python, write_jsonl


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    models = tmp_path_factory.mktemp("archive") / "models"
    train_set(models, "en")
    return models


@pytest.mark.slow
def test_an_archive_is_tagged_on_processes_and_goes_on_after_a_kill(english, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(12):
        (folder / f"{n:02}.jsonl").write_text(json.dumps(made_rows(1, n)[0]) + "\n{broken\n")
    out = tmp_path / "out"
    command = ["-m", "classifier", "archive", folder, "--models", english, "--partition", "100", "--workers", "2"]
    done = run_python(*command, "--out", out, "--changed", "--review", env=environment())
    assert done.returncode == 1
    assert "12 articles were tagged in 1 partition" in done.stderr
    assert f"{folder / '00.jsonl'}:2: not valid JSON" in done.stderr
    assert "and 7 more\n12 rows could not be tagged" in done.stderr
    assert "run “copydesk archive --queue" in done.stderr
    assert "applied  for review  added  removed" in done.stdout
    again = run_python(*command, "--out", out, "--changed", "--review", env=environment())
    assert (again.returncode, again.stdout) == (1, done.stdout)
    assert "1 partition, 1 of them by an earlier run" in again.stderr
    queued = run_python(
        *("-m", "classifier", "archive", "--queue", out / "review.csv", "--feedback", tmp_path / "feedback.db"),
        env=environment(),
    )
    assert queued.returncode == 0
    assert f"{len(rows_of(out))} articles are new in the desk's queue" in queued.stderr


@pytest.mark.slow
def test_an_editor_decides_at_the_desk_what_a_review_file_brought_there(english, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", made_rows(12))
    out, database = tmp_path / "out", str(tmp_path / "feedback.db")
    run = CliRunner().invoke(
        archive, [*map(str, [data, "--models", english, "--out", out]), "--changed", "--review", "--workers", "1"]
    )
    assert run.exit_code == 0, run.output
    queued = CliRunner().invoke(
        archive, ["--queue", str(out / "review.csv"), "--source", "old stories", "--feedback", database]
    )
    assert queued.exit_code == 0, queued.output
    rows = list(read_review(out / "review.csv"))
    key = create(tmp_path / "keys.json", "Ada", "desk")[1]
    service = Service(english, tmp_path / "log", keys=str(tmp_path / "keys.json"), feedback=database)
    try:

        def page(path, **fields):
            method = "POST" if fields else "GET"
            answer = service.http.request(method, path, data=fields or None, headers={"Accept": "text/html"})
            return answer, LexborHTMLParser(answer.text)

        def token(found):
            return found[1].css_first("input[name=csrf]").attributes["value"]

        page("/desk/sign-in", key=key, csrf=token(page("/desk/sign-in")))
        _, listed = page("/desk/queue")
        assert f"{len(rows)} open suggestions" in " ".join(listed.css_first("main").text().split())
        links = {
            link.attributes["href"].partition("?")[0]: link.text() for link in listed.css("ol.queue a[href*='/queue/']")
        }
        path, row = next((path, row) for path, text in links.items() for row in rows if row.headline in text)
        found = page(path)
        shown = found[1].css_first("main").text()
        assert all(tag.name in shown and all(term in shown for term in tag.terms) for tag in row.tags)
        assert page(path, action="accept", csrf=token(found))[0].status_code == 303
    finally:
        service.stop()
    opened = Database(database)
    (decided,) = (entry.feedback for entry in FeedbackStore(opened).latest())
    opened.close()
    assert (decided.source, decided.article, decided.person) == ("old stories", row.id, "Ada")
    assert decided.kept == tuple(tag.section for tag in row.tags)


@pytest.mark.slow
def test_processes_end_with_a_command_that_is_killed(english, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", made_rows(60_000))
    command = [sys.executable, "-m", "classifier", "archive", data, "--models", english, "--out", tmp_path / "out"]
    child = subprocess.Popen([*map(str, command), "--workers", "2"], cwd=ROOT, env=environment())
    wait_until(lambda: len(tree(child.pid)) >= 4, 120)  # two workers, and multiprocessing's tracker
    family = tree(child.pid)
    child.send_signal(signal.SIGKILL)
    child.wait()
    wait_until(lambda: not any(is_running(pid) for pid in family), 20)
    time.sleep(0.1)
    assert not list((tmp_path / "out").glob("**/.unfinished-*.parquet"))


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as status:  # noqa: PTH123 - not on a disk
            return "\nState:\tZ" not in status.read()
    except OSError:
        return False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "IN or --out is missing. Fix:"),
        (["a.jsonl"], "IN or --out is missing. Fix:"),
        (["a.jsonl", "--out", "x", "--queue", "review.csv"], "--queue does not tag. Fix:"),
        (["a.jsonl", "--out", "x", "--workers", "2", "--scheduler", "tcp://a:1"], "--workers is for this machine"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments, message):
    done = CliRunner().invoke(archive, arguments)
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.slow
def test_without_pyarrow_the_extra_is_named(english, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", made_rows(1))
    hidden = (
        "import sys; sys.modules['pyarrow'] = None; from classifier.commands.main import main; "
        f"sys.argv[1:] = ['archive', {str(data)!r}, '--out', {str(tmp_path / 'out')!r}, '--models', {str(english)!r}]; "
        "main()"
    )
    done = run_python("-c", hidden, env=environment())
    assert done.returncode == 2
    assert "Fix: run “pip install 'copydesk[archive]'”" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_named(english, tmp_path):
    pytest.importorskip("distributed")
    data = write_jsonl(tmp_path / "a.jsonl", made_rows(1))
    done = run_python(
        *("-m", "classifier", "archive", data, "--out", tmp_path / "out", "--models", english),
        *("--scheduler", "tcp://127.0.0.1:9"),
        env=environment(),
    )
    assert done.returncode == 2
    assert "--scheduler: no Dask scheduler answers at “tcp://127.0.0.1:9”" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes_as_processes(english, tmp_path):
    distributed = pytest.importorskip("distributed")
    data = write_jsonl(tmp_path / "a.jsonl", made_rows(1_000))
    command = ["-m", "classifier", "archive", data, "--models", english, "--partition", "300"]
    assert run_python(*command, "--out", tmp_path / "here", env=environment()).returncode == 0
    from classifier.archive.cluster import _check_workers

    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp://"
    ) as cluster:
        arguments = [*command[3:], "--out", tmp_path / "there", "--scheduler", cluster.scheduler_address]
        with distributed.Client(cluster.scheduler_address) as client:
            for versions, message in (
                ({"copydesk": "9.9"}, r"the worker tcp:\S+ has copydesk .*, but this machine has 9\.9\. Fix: install"),
                ({"copydesk": version("copydesk"), "absent-package": "1"}, "lacks absent-package. Fix: install"),
            ):
                with pytest.raises(ArchiveError, match=message):
                    _check_workers(client, versions)
        # a worker that cannot store the model is named, and can later
        (worker,) = cluster.workers.values()
        in_the_way = Path(worker.local_directory) / f"copydesk-{ArchiveModel.find(english).digest}"
        in_the_way.write_bytes(b"")
        refused = CliRunner().invoke(archive, [*map(str, arguments)])
        in_the_way.unlink()
        done = CliRunner().invoke(archive, [*map(str, arguments)])
    assert isinstance(refused.exception, ArchiveError)
    assert f"the worker {worker.address} cannot store the model in {in_the_way}" in str(refused.exception)
    assert done.exit_code == 0, done.output
    assert digests(tmp_path / "here") == digests(tmp_path / "there")
