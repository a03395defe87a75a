"""How far the tagging of an archive has come: a bar on a terminal, lines elsewhere; with the rate and the time left."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from classifier.commands.console import say

if TYPE_CHECKING:
    from rich.progress import Progress

    from classifier.archive.running import ArchiveWatch

_SECONDS_BETWEEN_LINES = 10


class _Rate:
    """Articles and bytes so far, and those of this run."""

    def __init__(self) -> None:
        self.articles = self.bytes = self.all_bytes = 0
        self._new_articles = self._new_bytes = 0
        self._began = time.monotonic()

    def begin(self, n_bytes: int) -> None:
        self.all_bytes, self._began = n_bytes, time.monotonic()

    def add(self, n_articles: int, n_bytes: int, *, now: bool) -> None:
        self.articles += n_articles
        self.bytes += n_bytes
        if now:
            self._new_articles += n_articles
            self._new_bytes += n_bytes

    def __str__(self) -> str:
        seconds = max(time.monotonic() - self._began, 1e-3)
        rate = f"{self.articles:,} articles, {self._new_articles / seconds:,.0f} a second"
        if not self._new_bytes or self.bytes >= self.all_bytes:
            return rate
        left = (self.all_bytes - self.bytes) / self._new_bytes * seconds
        return f"{rate}, about {_time(left)} left"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{rest} s"
        if not minutes
        else f"{minutes} min {rest:02} s"
        if minutes < 60
        else f"{minutes // 60} h {minutes % 60:02} min"
    )


class _Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._rate = _Rate()
        self._reported = time.monotonic()

    def begin(self, n_bytes: int) -> None:
        self._rate.begin(n_bytes)
        say("tagging the archive")

    def done(self, n_articles: int, n_bytes: int, *, now: bool) -> None:
        self._rate.add(n_articles, n_bytes, now=now)
        if time.monotonic() - self._reported >= _SECONDS_BETWEEN_LINES:
            self._reported = time.monotonic()
            say(f"  {self._rate}")

    def note(self, line: str) -> None:
        say(line)


class _Bar:
    """A bar of the bytes that are tagged."""

    def __init__(self, drawn: "Progress") -> None:
        self._rate = _Rate()
        self._drawn = drawn
        self._task = drawn.add_task("tagging the archive", total=None)

    def begin(self, n_bytes: int) -> None:
        self._rate.begin(n_bytes)
        self._drawn.update(self._task, total=max(n_bytes, 1))

    def done(self, n_articles: int, n_bytes: int, *, now: bool) -> None:
        self._rate.add(n_articles, n_bytes, now=now)
        self._drawn.update(self._task, completed=self._rate.bytes, description=str(self._rate))

    def note(self, line: str) -> None:
        self._drawn.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def watching() -> Iterator["ArchiveWatch"]:
    """Show on standard error how far a run has come."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(BarColumn(bar_width=20), TextColumn("{task.description}"), console=Console(stderr=True)) as drawn:
        yield _Bar(drawn)
