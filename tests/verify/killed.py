"""Kill workers, promotions, trainings and the service itself for an hour, and check the history afterwards.

Meanwhile one process sends feedback and another articles. ``--minutes 5`` shortens it, ``--seed`` repeats its choices.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from classifier.errors import ModelError, NoModelError
from classifier.store.probe import load_probed
from classifier.store.pruning import prune
from classifier.store.registry import Registry
from tests.conftest import SECTIONS_FILE
from tests.driver.processes import tree
from tests.driver.service import Service, wait_until
from tests.helpers import ROOT
from tests.verify.callers import Caller, send_article, send_feedback, summed_up
from tests.verify.scene import FEEDBACK, Ready, Scene, make_scene

KEPT = 4
SETTLE_SECONDS = 30.0
_LONGEST_WORK_SECONDS = 1.5


class KillLoop:
    """A service, its models, and everything that happens to them.

    Parameters
    ----------
    scene : Scene
    ready : Ready
        A training run whose model is written again and again.
    seed : int
        Of all choices.
    """

    def __init__(self, scene: Scene, ready: Ready, seed: int) -> None:
        self._scene = scene
        self._ready = ready
        self._random = random.Random(seed)
        self._registry = scene.registry
        self._history = self._lines()
        self._verified: set[str] = set()
        self._services = 0
        self.problems: list[str] = []
        self.counts: Counter[str] = Counter()
        self.service = self._serve()

    def run(self, seconds: float) -> None:
        """Do one thing after the other, and check what is left after each."""
        actions: list[tuple[int, Callable[[], None]]] = [
            (6, self.kill_worker),
            (6, self.kill_promotion),
            (6, self.kill_training),
            (2, self.kill_pruning),
            (4, self.promote),
            (2, self.roll_back),
            (3, self.activate),
            (1, self.kill_service),
            (1, self.kill_command),
        ]
        weights = [weight for weight, _ in actions]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            (action,) = self._random.choices([action for _, action in actions], weights)
            self.counts[action.__name__] += 1
            action()
            self._check(action.__name__)
        self._settle()

    def kill_worker(self) -> None:
        """Kill a worker of the service."""
        workers = self.service.workers()
        if workers:
            with suppress(ProcessLookupError):
                os.kill(self._random.choice(workers), signal.SIGKILL)
        time.sleep(self._random.uniform(0, 1.0))

    def kill_promotion(self) -> None:
        """Kill a process that promotes the versions in turn."""

        def work() -> None:
            while True:
                for version in self._registry.versions():
                    self._registry.promote(version)

        self._kill_while(work)

    def kill_training(self) -> None:
        """Kill a training run while it writes its model and promotes it."""

        def work() -> None:
            ready = self._ready
            while True:
                version = ready.write(self._scene.models)
                self._registry.promote(version)

        self._kill_while(work)

    def kill_pruning(self) -> None:
        """Kill a process that removes old versions."""
        self._kill_while(lambda: prune(self._registry, KEPT))

    def promote(self) -> None:
        """Promote a version to the end."""
        version = self._random.choice(self._registry.versions())
        self._registry.promote(version)
        if self._registry.current() != version:
            self.problems.append(f"{version} was promoted, but {self._registry.current()} is live")

    def roll_back(self) -> None:
        """Roll back to the end, if there is anything to roll back to."""
        with suppress(NoModelError):  # it may have been pruned
            self._registry.rollback()

    def activate(self) -> None:
        """Activate a version over HTTP; a worker may be killed meanwhile."""
        version = self._random.choice(self._registry.versions())
        answer = self.service.http.post("/v1/models/activate", json={"version": version}, timeout=60)
        if answer.status_code not in (200, 409):
            self.problems.append(f"activate was answered {answer.status_code}: {answer.text[:200]}")

    def kill_service(self) -> None:
        """Kill the service with all its workers, and start it again."""
        for pid in tree(self.service.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.service.process.wait()
        self._search_log()
        self.service.http.close()
        self.service = self._serve(self.service.port)

    def kill_command(self) -> None:
        """Kill a whole training run of the command line at some moment."""
        scene = self._scene
        command = [sys.executable, "train.py", "--data", scene.folder / "articles.jsonl", "--models", scene.models]
        command += ["--sections", SECTIONS_FILE, "--ignore-checks", "--force", "--jobs", "1"]
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._random.uniform(0, 12))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Stop the service, which must end well."""
        code = self.service.stop()
        if code:
            self.problems.append(f"the service ended with code {code}")
        self._search_log()

    def _serve(self, port: int | None = None) -> Service:
        self._services += 1
        log = self._scene.folder / f"log{self._services}"
        return Service(
            self._scene.models,
            log,
            "--workers",
            "2",
            port=port,
            feedback=str(self._scene.folder / FEEDBACK),
            keys=str(self._scene.folder / "keys.json"),
            access_log="false",
            rate_limit="off",
        )

    def _kill_while(self, work: Callable[[], Any]) -> None:
        """Do something in a process of its own, and kill that at some moment."""
        pid = os.fork()
        if not pid:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        time.sleep(self._random.uniform(0, _LONGEST_WORK_SECONDS))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            self.problems.append("the work that was to be killed failed by itself")

    def _lines(self) -> list[str]:
        return (self._scene.models / "HISTORY.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)

    def _check(self, after: str) -> None:
        """Check that what is live is whole, that every version is, and that the history lost nothing."""
        try:
            current = self._registry.current()
            for version in self._registry.versions():
                if version not in self._verified:
                    load_probed(self._registry.folder(version))
                    self._verified.add(version)
            if current is None or not self._registry.folder(current).is_dir():
                self.problems.append(f"after {after}: {current} is live, and not there")
            self._registry.ask_for_reload()  # completes what was cut off
            history = self._registry.history()
            if history[-1].version != self._registry.current():
                self.problems.append(f"after {after}: the history ends with {history[-1].version}, not {current}")
        except (ModelError, OSError) as error:
            self.problems.append(f"after {after}: {type(error).__name__}: {error}")
            return
        lines = self._lines()
        if lines[: len(self._history)] != self._history:
            self.problems.append(f"after {after}: the history lost a line")
        self._history = lines

    def _settle(self) -> None:
        """Wait until every worker serves what is live."""

        def settled() -> bool:
            answer = self.service.http.get("/v1/models").json()
            models = [worker["model"] for worker in answer["workers"]]
            return len(models) == 2 and set(models) == {self._registry.current()}

        try:
            wait_until(settled, SETTLE_SECONDS)
        except AssertionError:
            self.problems.append("the workers do not serve what is live")

    def _search_log(self) -> None:
        log = self.service.log.read_text(encoding="utf-8", errors="replace")
        if "Traceback" in log:
            self.problems.append(f"the log has a traceback: {log[log.index('Traceback') :][:1_500]}")


def lost_feedback(database: Path, acknowledged: list[Any]) -> list[str]:
    """Return what is wrong with the feedback that was acknowledged."""
    with sqlite3.connect(database) as connection:
        (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
        stored = set(connection.execute("SELECT article, revision FROM copydesk_feedback"))
    connection.close()
    lost = [key for key in acknowledged if tuple(key) not in stored]
    return ([] if whole == "ok" else [f"integrity_check: {whole}"]) + [f"feedback {key} is lost" for key in lost]


@click.command()
@click.option("--minutes", type=float, default=60.0, show_default=True, help="How long.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choices.")
def killed(minutes: float, seed: int) -> None:
    """Kill what serves, promotes and trains, and check the history afterwards."""
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        scene, ready = make_scene(Path(name))
        loop = KillLoop(scene, ready, seed)
        feedback = Caller(send_feedback, loop.service.url, Path(name) / "feedback.jsonl")
        articles = Caller(send_article, loop.service.url, Path(name) / "tags.jsonl")
        try:
            loop.run(minutes * 60)
        finally:
            acknowledged, not_stored = summed_up(feedback.stop())
            models, not_tagged = summed_up(articles.stop())
            loop.stop()
        history = Registry(scene.models).history()
        strangers = set(models) - {entry.version for entry in history}
        problems = loop.problems + lost_feedback(scene.folder / FEEDBACK, acknowledged)
        problems += [f"{version} answered and was never live" for version in strangers]
        problems += [f"an article was answered with {end}" for end in not_tagged if end.startswith("status")]
        problems += [f"feedback was answered with {end}" for end in not_stored if end.startswith("status 4")]
    for problem in problems[:40]:
        click.echo(problem)
    click.echo(f"done: {', '.join(f'{n:,} {action}' for action, n in sorted(loop.counts.items()))}")
    click.echo(f"{len(history):,} lines of history, {len(set(models))} versions that answered")
    click.echo(f"feedback: {len(acknowledged):,} acknowledged, others: {dict(not_stored) or 'none'}")
    click.echo(f"articles: {len(models):,} answered, others: {dict(not_tagged) or 'none'}")
    click.echo(f"{sum(loop.counts.values()):,} actions, {len(problems):,} problems")
    if problems:
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    killed()
