"""Load on the real service while models change, it restarts, and workers are killed."""

import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import httpx

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.load import Wrk, started_wrk
from tests.driver.processes import Server, connections_of, serving
from tests.driver.witness import Witness, seconds_until_only

WORKERS = 2
TIMES = 10
KILLS = 3
_NEW_WITHIN_SECONDS = 2.0
_LEAST_SECONDS = 5


@dataclass(frozen=True)
class Outcome:
    """What a scenario came to: requests answered, those that failed, and how many were allowed to."""

    answered: int
    failed: int
    allowed: int
    remark: str


@dataclass(frozen=True)
class Scene:
    """A service under load: its folder of models, two versions that are good and one that is damaged."""

    models: Path
    good: tuple[str, str]
    damaged: str
    bodies: list[bytes]


@click.command()
@click.option(
    "--seconds", type=click.IntRange(min=_LEAST_SECONDS), default=30, show_default=True, help="Time of load on each."
)
@json_option
def faults(seconds: int, as_json: bool) -> None:
    """Change models, restart and kill workers under load, and count the requests that failed."""
    if not shutil.which("wrk"):
        raise click.ClickException("wrk makes the load, and is not installed; on Debian: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name:
        scene = _scene(Path(name))
        report = Report(
            f"Faults under load by wrk for {seconds} s each, {WORKERS} workers",
            ["what", "answered", "failed", "allowed", "remark"],
        )
        for what, scenario in SCENARIOS.items():
            outcome = scenario(scene, seconds, Path(name))
            report.rows.append((what, outcome.answered, outcome.failed, outcome.allowed, outcome.remark))
    report.notes.append(
        "Failed: connections refused, reset or timed out, and answers other than 200, of wrk and of the clients beside "
        "it that note which model answers."
    )
    report.show(as_json)
    if any(row[2] > row[3] for row in report.rows):
        raise click.exceptions.Exit(1)


def activations(scene: Scene, seconds: int, folder: Path) -> Outcome:
    """Ten activations back and forth; after each, how long the one before was still named."""
    slowest = 0.0
    with _service(scene, folder) as server, _load(server.url, scene, seconds) as (wrk, witness):
        pause = seconds / (TIMES + 1)
        moments: list[tuple[str, float, float]] = []
        for number in range(TIMES):
            time.sleep(pause)
            version = scene.good[(number + 1) % 2]
            asked = time.monotonic()
            httpx.post(
                f"{server.url}/v1/models/activate", json={"version": version}, trust_env=False, timeout=30
            ).raise_for_status()
            moments.append((version, asked, time.monotonic()))
        outcome = _outcome(wrk, witness, 0, "")
        ends = [asked for _, asked, _ in moments[1:]] + [float("inf")]
        for (version, _, answered), end in zip(moments, ends, strict=True):
            slowest = max(slowest, seconds_until_only(witness.seen, version, answered, end))
    if slowest > _NEW_WITHIN_SECONDS:
        raise click.ClickException(f"an old model was named for {slowest:.2f} s after an activation")
    remark = f"{TIMES} activations; the old version last named {slowest * 1e3:.0f} ms after the answer to one"
    return Outcome(outcome.answered, outcome.failed, 0, remark)


def broken_reloads(scene: Scene, seconds: int, folder: Path) -> Outcome:
    """Ten reloads of a damaged model, made current by hand."""
    current = scene.models / "CURRENT"
    before = current.read_text(encoding="utf-8")
    with _service(scene, folder) as server, _load(server.url, scene, seconds) as (wrk, witness):
        current.write_text(scene.damaged + "\n", encoding="utf-8")
        refused = 0
        for _ in range(TIMES):
            time.sleep(seconds / (TIMES + 1))
            answer = httpx.post(f"{server.url}/v1/models/reload", trust_env=False, timeout=30)
            refused += answer.status_code == 409
        outcome = _outcome(wrk, witness, 0, f"{refused} of {TIMES} reloads refused, the old model went on")
        named = {one.model for one in witness.seen} - {None}
    current.write_text(before, encoding="utf-8")
    if refused != TIMES or named != {before.strip()}:
        raise click.ClickException(f"{refused} of {TIMES} reloads of a damaged model were refused; answers: {named}")
    return outcome


def restart(scene: Scene, seconds: int, folder: Path) -> Outcome:
    """Stop the service and start it again, at a socket that is passed on as systemd does."""
    with socket.create_server(("127.0.0.1", 0), backlog=1_024) as held, ExitStack() as running:
        old = running.enter_context(_service(scene, folder, held))
        wrk, witness = running.enter_context(_load(old.url, scene, seconds))
        time.sleep(seconds / 3)
        start = time.monotonic()
        old.process.send_signal(signal.SIGTERM)
        code = old.process.wait(timeout=30)
        took = time.monotonic() - start
        running.enter_context(_service(scene, folder, held))
        ready = time.monotonic() - start
        outcome = _outcome(wrk, witness, 0, f"stopped after {took:.1f} s, the next one answered after {ready:.1f} s")
    if code:
        raise click.ClickException(f"the old process ended with code {code}")
    return outcome


def kills(scene: Scene, seconds: int, folder: Path) -> Outcome:
    """Three times SIGKILL to a worker, each time another one."""
    held = 0
    slowest = 0.0
    with _service(scene, folder) as server, _load(server.url, scene, seconds) as (wrk, witness):
        for number in range(KILLS):
            time.sleep(seconds / (KILLS + 1))
            workers = server.workers
            victim = workers[number % len(workers)]
            os.kill(victim, signal.SIGSTOP)  # it takes no more while its connections are counted
            held += connections_of(victim, server.port)
            os.kill(victim, signal.SIGKILL)
            start = time.monotonic()
            _wait_until(lambda victim=victim: victim not in server.workers and len(server.workers) == WORKERS)
            slowest = max(slowest, time.monotonic() - start)
        remark = f"{KILLS} killed, which held {held} connections; a new one was there after {slowest:.2f} s at most"
        outcome = _outcome(wrk, witness, held, remark)
        if len(server.workers) != WORKERS:
            raise click.ClickException(f"{len(server.workers)} workers are left of {WORKERS}")
    return outcome


SCENARIOS: dict[str, Callable[[Scene, int, Path], Outcome]] = {
    "activate": activations,
    "reload a broken model": broken_reloads,
    "restart behind a socket unit": restart,
    "SIGKILL of a worker": kills,
}


def _scene(folder: Path) -> Scene:
    """Write two models that differ in a threshold only, and a damaged copy."""
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, 1_000, 50, 20_000, 20)
    models = folder / "models"
    first = write_as_model(synthetic, models)
    time.sleep(1)  # a version begins with the second of its making
    second = write_as_model(synthetic, models)
    damaged = first[:-8] + "00000000"
    shutil.copytree(models / first, models / damaged)
    (models / damaged / "weights.npy").write_bytes(b"not an array")
    (models / "CURRENT").write_text(first + "\n", encoding="utf-8")
    bodies = [json.dumps({"body": text[:3_000]}, allow_nan=False).encode() for text in synthetic.texts]
    return Scene(models, (first, second), damaged, bodies)


@contextmanager
def _service(scene: Scene, folder: Path, passed_on: socket.socket | None = None) -> Iterator[Server]:
    command = [sys.executable, "service.py", "--models", str(scene.models), "--workers", str(WORKERS)]
    handle, log = tempfile.mkstemp(dir=folder, suffix=".log")
    os.close(handle)
    with serving(command, "/readyz", Path(log), passed_on=passed_on) as server:
        yield server


@contextmanager
def _load(url: str, scene: Scene, seconds: int) -> Iterator[tuple[Wrk, Witness]]:
    with started_wrk(f"{url}/v1/tags", scene.bodies, seconds) as wrk, Witness(url, scene.bodies[0]) as witness:
        yield wrk, witness


def _outcome(wrk: Wrk, witness: Witness, allowed: int, remark: str) -> Outcome:
    """Wait for wrk's end, and add up."""
    _, answered, failed = wrk.figures()
    seen, failures = witness.seen, witness.failures
    return Outcome(answered + len(seen) - len(failures), failed + len(failures), allowed, remark)


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        if time.monotonic() > deadline:
            raise click.ClickException("the service did not mend itself within 30 s")
        time.sleep(0.005)
