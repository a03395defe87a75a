"""What a person sees in a terminal: progress and tables. Data goes to standard output, words to standard error."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from classifier.errors import CopydeskError

_SECONDS_BETWEEN_LINES = 15
#: Modules that only an extra installs: the name of their package, and of the extra.
_OF_EXTRAS = {
    "datasketch": ("datasketch", "train"),
    "joblib": ("joblib", "train"),
    "scipy": ("SciPy", "train"),
    "sklearn": ("scikit-learn", "train"),
}


class PlainProgress:
    """One line a stage, and for a long one what is left of it now and then: for pipes and logs."""

    def __init__(self) -> None:
        self._steps = self._done = 0
        self._began = self._said = 0.0

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of so many steps."""
        self._steps, self._done = steps, 0
        self._began = self._said = time.monotonic()
        count = f" ({steps} steps)" if steps > 1 else ""
        print(f"{name}{count}", file=sys.stderr, flush=True)

    def step(self) -> None:
        """Say how long a stage will still take, now and then: a line a stage is enough for short ones."""
        self._done += 1
        now = time.monotonic()
        if now - self._said >= _SECONDS_BETWEEN_LINES and self._done < self._steps:
            self._said = now
            left = (now - self._began) / self._done * (self._steps - self._done)
            print(f"  {self._done} of {self._steps}, about {left:.0f} s left", file=sys.stderr, flush=True)


class BarProgress:
    """A bar a stage, for terminals."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of so many steps."""
        self._task = self._progress.add_task(name, total=steps)

    def step(self) -> None:
        """One step of the stage is done."""
        if self._task is not None:
            self._progress.advance(self._task)


@contextmanager
def progress() -> Iterator[PlainProgress | BarProgress]:
    """Show progress on standard error: bars on a terminal, lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield PlainProgress()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        yield BarProgress(bars)


def say(message: str) -> None:
    """Write a line of words to standard error."""
    print(message, file=sys.stderr, flush=True)


def run_command(command: Callable[[], object]) -> NoReturn:
    """Run a command line to its end; an error of ours becomes one message and its exit code, without a traceback.

    So does the absence of a package that an extra installs.
    """
    try:
        command()
    except ModuleNotFoundError as error:
        package, extra = _OF_EXTRAS.get((error.name or "").partition(".")[0], ("", ""))
        if not package:
            raise
        say(f"This command needs {package}, which is not installed. Fix: pip install 'copydesk[{extra}]'")
        sys.exit(CopydeskError.exit_code)
    except CopydeskError as error:
        message = str(error)
        say(f"{error.title}:\n{message}" if "\n" in message else f"{error.title}: {message}")
        sys.exit(error.exit_code)
    sys.exit(0)


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]], n_text_columns: int = 1) -> None:
    """Write a table to standard output: the first columns to the left, the others, numbers, to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, header in enumerate(headers):
        table.add_column(header, justify="left" if number < n_text_columns else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else 200
    # names are data: square brackets and colons in them are no markup
    Console(width=width, highlight=False, markup=False, emoji=False).print(table)


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Return the seconds so far."""
        return time.perf_counter() - self._start
