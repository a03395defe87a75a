"""The taggers of two checkouts in one run: each in a process of its own, which waits while it is not its turn."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from benchmarks.synthetic import Synthetic

HERE = Path(__file__).parent.parent
_WORKER = Path(__file__).parent / "build_worker.py"
_PACKAGE = "classifier"


class Build:
    """The tagger of a checkout, in a process that times it when it is told to."""

    def __init__(self, process: "subprocess.Popen[str]", checkout: Path) -> None:
        self._process = process
        self._checkout = checkout
        #: The ids of the sections that each body got, by form.
        self.tags: dict[str, list[list[str]]] = {}

    def start(self, synthetic: Path, forms: Path) -> None:
        """Write the model, load it, and tag every body once.

        Raises
        ------
        click.ClickException
            If the process ends, or loads the package of another checkout.
        """
        if Path(self._answer()["package"]) != self._checkout / _PACKAGE:
            raise click.ClickException(f"{self._checkout} has no package {_PACKAGE}. Fix: name a checkout of Copydesk")
        self.tags = self._ask({"synthetic": str(synthetic), "forms": str(forms)})["tags"]

    def turn(self, form: str) -> "Turn":
        """Return the contender that tags the bodies of a form, one after the other."""
        return Turn(self, form)

    def seconds(self, form: str, calls: int) -> float:
        """Return the seconds of a call, of this many."""
        return float(self._ask({"form": form, "calls": calls})["seconds"])

    def _ask(self, question: Mapping[str, Any]) -> Any:
        with suppress(BrokenPipeError):  # then there is no answer
            self._pipe(self._process.stdin).write(json.dumps(question, allow_nan=False) + "\n")
            self._pipe(self._process.stdin).flush()
        return self._answer()

    def _answer(self) -> Any:
        line = self._pipe(self._process.stdout).readline()
        if not line:
            raise click.ClickException(
                f"the tagger of {self._checkout} ended. Fix: see its last lines above; "
                "its packages must be those that this benchmark runs with"
            )
        return json.loads(line)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise ValueError("the process needs pipes for standard input and output")
        return pipe


@dataclass(frozen=True)
class Turn:
    """A contender of `benchmarks.timing.interleave`: one form of article, tagged by one build."""

    build: Build
    form: str

    def time(self, calls: int) -> float:
        """Tag this many articles, and return the seconds an article."""
        return self.build.seconds(self.form, calls)


@contextmanager
def started(
    checkouts: Sequence[Path], synthetic: "Synthetic", forms: Mapping[str, Sequence[str]], folder: Path
) -> Iterator[list[Build]]:
    """Start the taggers of checkouts one after the other, and end them afterwards.

    Parameters
    ----------
    checkouts : sequence of Path
    synthetic : Synthetic
        Every build writes a model of these weights, in its own format.
    forms : mapping of str to sequence of str
        The bodies of each form.
    folder : Path
        Where the files that the processes read are written.
    """
    pickled, bodies = folder / "synthetic", folder / "forms.json"
    pickled.write_bytes(pickle.dumps(synthetic))
    bodies.write_text(json.dumps(forms, allow_nan=False), encoding="utf-8")
    processes: list[subprocess.Popen[str]] = []
    builds = []
    try:
        for checkout in map(Path.resolve, checkouts):
            processes.append(_start(checkout))
            builds.append(Build(processes[-1], checkout))
            builds[-1].start(pickled, bodies)
        yield builds
    finally:
        for process in processes:
            _end(process)


def _start(checkout: Path) -> "subprocess.Popen[str]":
    """Start the worker of this checkout with another one's code: -P keeps the folder of the script off the path."""
    return subprocess.Popen(
        [sys.executable, "-P", str(_WORKER)],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _end(process: "subprocess.Popen[str]") -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
