"""What a person sees in a terminal: words and progress. Data goes to standard output, words to standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classifier.errors import number_of
from classifier.progress import Progress

_SECONDS_BETWEEN_LINES = 15


class PlainProgress:
    """One line a stage, and for a long stage a line now and then: for pipes and logs."""

    def __init__(self) -> None:
        self._steps = self._done = 0
        self._began = self._reported = 0.0

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of this many steps; 0 if nobody knows how many."""
        self._steps, self._done = steps, 0
        self._began = self._reported = time.monotonic()
        count = f" ({steps} steps)" if steps > 1 else ""
        print(f"{name}{count}", file=sys.stderr, flush=True)

    def step(self) -> None:
        """Count a step, and report now and then how long the stage will still take."""
        self._done += 1
        now = time.monotonic()
        if now - self._reported < _SECONDS_BETWEEN_LINES:
            return
        self._reported = now
        if not self._steps:
            print(f"  {self._done:,} so far", file=sys.stderr, flush=True)
        elif self._done < self._steps:
            left = (now - self._began) / self._done * (self._steps - self._done)
            print(f"  {self._done:,} of {self._steps:,}, about {left:.0f} s left", file=sys.stderr, flush=True)

    def note(self, line: str) -> None:
        """Write a line of words."""
        say(line)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress on standard error: bars on a terminal, lines elsewhere."""
    if not sys.stderr.isatty():
        yield PlainProgress()
        return
    from classifier.commands.bars import draw_bars

    with draw_bars() as bars:
        yield bars


def say(message: str) -> None:
    """Write a line of words to standard error."""
    print(message, file=sys.stderr, flush=True)


def say_skipped(n: int, rejects: Path | None) -> None:
    """Write that bad rows were skipped, if any were."""
    if n:
        say(f"{number_of(n, 'bad row was', 'bad rows were')} skipped and written to {rejects}")


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Return the seconds so far."""
        return time.perf_counter() - self._start
