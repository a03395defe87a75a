"""Kill runs over an archive and their workers, also on a Dask cluster, and damage what is finished.

The results are the bytes of a run that nobody stopped. ``--articles`` and ``--kills`` say how many, ``--seed`` repeats
the moments.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import pyarrow.parquet

from classifier.store.registry import Registry
from tests.conftest import ARTICLES, SECTIONS_FILE
from tests.driver.processes import free_port, tree
from tests.driver.service import wait_until
from tests.helpers import ROOT, environment, small_corpus, write_jsonl

_PARTITION = 500
_STOP_SECONDS = 30
_LONGEST_SECONDS = 1_800


@click.command()
@click.option("--articles", type=click.IntRange(min=2_000), default=60_000, show_default=True, help="Articles.")
@click.option("--kills", type=click.IntRange(min=1), default=20, show_default=True, help="Kills of a run.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the moments.")
def archived(articles: int, kills: int, seed: int) -> None:
    """Kill runs over an archive and workers of a cluster, and compare the results."""
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models, data = _made(folder, articles)
        whole = _digests(_whole(folder / "whole", data, models))
        click.echo(f"a run that nobody stopped: {len(whole)} files")
        _killed(folder / "killed", data, models, kills, moments)
        _compare(whole, folder / "killed", f"{kills} kills")
        with _cluster(folder) as (address, workers):
            _on_cluster(folder / "cluster", data, models, address, workers[0])
            _compare(whole, folder / "cluster", "a cluster, one worker of two killed")
        with _cluster(folder) as (address, _):
            _compare_search(folder, address)


def _made(folder: Path, n: int) -> tuple[Path, Path]:
    """Train a model on the starter corpus, and make an archive: some rows of it cannot be read."""
    from benchmarks.archive import write_articles

    models, data = folder / "models", folder / "archive.jsonl"
    _run("train", "--data", ARTICLES, "--sections", SECTIONS_FILE, "--models", models)
    write_articles(data, n)
    lines = data.read_bytes().splitlines(keepends=True)
    for number in range(777, n, 1_000):
        lines[number] = b'{"id": "broken\n'
    data.write_bytes(b"".join(lines))
    return models, data


def _command(out: Path, data: Path, models: Path, *more: object) -> list[str]:
    options = ["--out", out, "--models", models, "--partition", _PARTITION, "--review", *more]
    return [sys.executable, "-m", "classifier", "archive", *map(str, [data, *options])]


def _whole(out: Path, data: Path, models: Path) -> Path:
    _complete(out, data, models)
    return out


def _complete(out: Path, data: Path, models: Path) -> str:
    """Run to the end, and return the messages."""
    done = subprocess.run(
        _command(out, data, models, "--workers", 2), cwd=ROOT, env=environment(), capture_output=True, check=False
    )
    if done.returncode != 1:  # rows were set aside
        raise click.ClickException(done.stderr.decode())
    return done.stderr.decode()


def _killed(out: Path, data: Path, models: Path, kills: int, moments: random.Random) -> None:
    """Start the run, and kill it or one of its workers at a random moment, again and again; then let it end.

    Before it ends, a partition that is finished is damaged.
    """
    began = time.monotonic()
    done = 0
    while done < kills:
        child = subprocess.Popen(
            _command(out, data, models, "--workers", 2),
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        n_before = _n_partitions(out)
        _wait_until_it_works(child, out, n_before, moments.randrange(3))
        time.sleep(moments.uniform(0, 0.3))
        family = tree(child.pid)
        if child.poll() is not None:
            raise click.ClickException(f"the run ended before kill {done + 1}. Fix: give more --articles")
        victim = moments.choice([child.pid, *filter(_is_worker, family)])
        os.kill(victim, signal.SIGKILL)
        _, words = child.communicate(timeout=_STOP_SECONDS)
        if victim != child.pid and b"a worker process was killed" not in words:
            raise click.ClickException(f"a worker was killed, and the run did not report it: {words.decode()}")
        wait_until(lambda family=family: not any(map(_is_alive, family)), _STOP_SECONDS)  # type: ignore[misc]
        done += 1
        killed = "the run" if victim == child.pid else "a worker"
        click.echo(f"kill {done}, of {killed}: {_n_partitions(out):,} partitions, {time.monotonic() - began:.0f} s")
    damaged = sorted(out.glob("tags/*.parquet"))[0]
    damaged.write_bytes(damaged.read_bytes()[:-100])
    if f"{damaged} or " not in _complete(out, data, models):
        raise click.ClickException(f"{damaged} was damaged, and the run did not report it")


def _wait_until_it_works(child: "subprocess.Popen[bytes]", out: Path, before: int, more: int) -> None:
    """Wait until a run has written some partitions; sometimes none, so that it is killed while it starts."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while child.poll() is None and _n_partitions(out) < before + more and time.monotonic() < deadline:
        time.sleep(0.02)


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:
        return False


def _n_partitions(out: Path) -> int:
    return len(list(out.glob("tags/*.parquet")))


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[str, "list[subprocess.Popen[bytes]]"]]:
    """Start a scheduler and two workers as processes."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    log = folder / f"cluster-{port}.log"
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    worker += ["--local-directory", str(folder / "dask")]
    processes: list[subprocess.Popen[bytes]] = []
    with log.open("wb") as out:
        try:
            for command in (scheduler, worker, worker):
                processes.append(subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=out, stderr=out))
            wait_until(lambda: log.read_text().count("Registered to") >= 2, 120, log)
            yield address, processes[1:]
        finally:
            for process in processes:
                process.send_signal(signal.SIGKILL)
                process.wait()


def _on_cluster(out: Path, data: Path, models: Path, address: str, worker: "subprocess.Popen[bytes]") -> None:
    """Tag on a cluster, and kill a worker after some partitions."""
    child = subprocess.Popen(
        _command(out, data, models, "--scheduler", address),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while child.poll() is None and _n_partitions(out) < 5:
        time.sleep(0.02)
    worker.kill()
    click.echo(f"a worker was killed after {_n_partitions(out)} partitions")
    _, words = child.communicate(timeout=_LONGEST_SECONDS)
    if child.returncode != 1:
        raise click.ClickException(words.decode())


def _compare(whole: dict[str, str], out: Path, what: str) -> None:
    found = _digests(out)
    if found != whole:
        other = sorted(name for name in {*whole, *found} if whole.get(name) != found.get(name))
        raise click.ClickException(f"{what}: {len(other)} files differ, such as {other[0]}")
    places = [
        place
        for file in sorted(out.glob("tags/*.parquet"))
        for place in pyarrow.parquet.read_table(file, columns=["line"])["line"].to_pylist()
    ]
    rejects = [json.loads(line)["line"] for line in (out / "rejects.jsonl").read_text().splitlines()]
    n = len(places) + len(rejects)
    if sorted([*places, *rejects]) != list(range(1, n + 1)):
        raise click.ClickException(f"{what}: an article was tagged twice, or not at all")
    click.echo(f"{what}: the same bytes; {len(places):,} articles tagged once, {len(rejects):,} set aside")


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _compare_search(folder: Path, address: str) -> None:
    """Search for settings here and on a cluster: both choose the same."""
    data = write_jsonl(folder / "labelled.jsonl", small_corpus(60))
    chosen = []
    for name, more in (("here", []), ("cluster", ["--scheduler", address])):
        models = folder / f"searched-{name}"
        _run("train", "--data", data, "--sections", SECTIONS_FILE, "--models", models, "--search", "--force", *more)
        registry = Registry(models)
        manifest = json.loads((registry.folder() / "manifest.json").read_text())
        chosen.append((manifest["settings"], manifest["files"]["weights.npy"]))
    if chosen[0] != chosen[1]:
        raise click.ClickException("the search on the cluster chose other settings or weights than the one here")
    click.echo("a search on the cluster: the same settings and weights as here")


def _run(*command: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "classifier", *map(str, command)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise click.ClickException(_end(done.stderr.splitlines()))


def _end(lines: Sequence[str]) -> str:
    return " / ".join(lines[-5:])


if __name__ == "__main__":
    archived()
