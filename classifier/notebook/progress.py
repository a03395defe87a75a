"""Progress in a notebook: none, or one line of text that is written over."""

import sys
import time

from classifier.progress import Progress

_SECONDS_BETWEEN_LINES = 0.2


class QuietProgress:
    """Shows nothing."""

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage."""

    def step(self) -> None:
        """Count a step."""

    def note(self, line: str) -> None:
        """Report a fact: the result holds it too."""


class LineProgress:
    """One line on standard error: the stage and its steps; each writes over the one before."""

    def __init__(self) -> None:
        self._name = ""
        self._steps = self._done = self._width = 0
        self._written = 0.0

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of this many steps; 0 if nobody knows how many."""
        self._name, self._steps, self._done = name, steps, 0
        self._write()

    def step(self) -> None:
        """Count a step, and show the count now and then."""
        self._done += 1
        if time.monotonic() - self._written >= _SECONDS_BETWEEN_LINES:
            self._write()

    def note(self, line: str) -> None:
        """Report a fact: the result holds it too."""

    def finish(self) -> None:
        """Clear the line."""
        print(f"\r{' ' * self._width}\r", end="", file=sys.stderr, flush=True)

    def _write(self) -> None:
        self._written = time.monotonic()
        count = f"{self._done:,}" if self._done and self._steps != 1 else ""
        of = f" of {self._steps:,}" if count and self._steps else ""
        line = f"{self._name} {count}{of}".rstrip()
        print(f"\r{line.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = max(self._width, len(line))


def progress_for(is_shown: bool) -> Progress:
    """Return progress that is shown as one line, or not at all."""
    return LineProgress() if is_shown else QuietProgress()


def finish(progress: Progress) -> None:
    """Clear the line of progress, if there is one."""
    if isinstance(progress, LineProgress):
        progress.finish()
