"""The time that training takes on R90, next to that of another checkout: both train in turn, in new processes."""

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import click

from benchmarks.checkouts import HERE, environment_of, python_of
from benchmarks.report import Report

HEADERS = ["checkout", "wall time, s", "processor time, s", "times as long"]


def training_report(options: Sequence[str], before: Path, rounds: int) -> Report:
    """Train in this checkout and in another one, turn by turn, and return the medians and their ratio.

    Parameters
    ----------
    options : sequence of str
        The arguments of train.py; both checkouts must know them.
    before : Path
        The other checkout.
    rounds : int

    Raises
    ------
    click.ClickException
        If a training fails; with what it wrote last.
    """
    report = Report(f"Training on R90, {rounds} rounds in turn", HEADERS)
    names = {"now": HERE, "before": before.resolve()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, checkout in names.items():
            times[name].append(_train(checkout, options))
    walls, cpus = ({name: [pair[k] for pair in found] for name, found in times.items()} for k in (0, 1))
    ratio = median(now / then for now, then in zip(cpus["now"], cpus["before"], strict=True))
    report.rows += [(name, median(walls[name]), median(cpus[name]), ratio if name == "now" else 1.0) for name in names]
    report.notes.append("Times as long: the median of the ratios of processor time within a round.")
    return report


def _train(checkout: Path, options: Sequence[str]) -> tuple[float, float]:
    """Run a checkout's train.py in its own environment; return its wall time and processor time in seconds."""
    environment = environment_of(checkout)
    with tempfile.TemporaryDirectory() as models, tempfile.TemporaryFile("w+") as errors:
        command = [python_of(checkout), "-P", "train.py", *options, "--models", models]
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=checkout, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            last = " / ".join(errors.read().splitlines()[-5:])
            raise click.ClickException(f"{checkout / 'train.py'} failed: {last}")
    return seconds, usage.ru_utime + usage.ru_stime
