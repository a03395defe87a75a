"""Progress as bars, for terminals."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

#: Steps may be as small as a row of a file, and drawing each would take longer than the row.
_STEPS_BETWEEN_DRAWINGS = 100
_DRAWINGS_A_STAGE = 200


class BarProgress:
    """A bar a stage, for terminals."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._steps = self._done = self._drawn = 0

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of this many steps; 0 if nobody knows how many."""
        self.finish()
        self._steps, self._done, self._drawn = steps, 0, 0
        # a bar that can only be empty or full moves to and fro instead
        self._task = self._progress.add_task(name, total=steps if steps > 1 else None)

    def step(self) -> None:
        """One step of the stage is done."""
        self._done += 1
        between = max(1, self._steps // _DRAWINGS_A_STAGE) if self._steps else _STEPS_BETWEEN_DRAWINGS
        if self._done - self._drawn >= between:
            self._draw()

    def note(self, line: str) -> None:
        """Write a line of words above the bars."""
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def finish(self) -> None:
        """End the stage: its bar is full."""
        if self._task is not None:
            self._draw()
            self._progress.update(self._task, total=max(self._done, 1), completed=max(self._done, 1))
            self._progress.stop_task(self._task)

    def _draw(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=self._done)
            self._drawn = self._done


class _CountColumn(ProgressColumn):
    """Steps done, of all if that is known; nothing for a stage of a single step."""

    def render(self, task: Task) -> Text:
        if task.total is not None and task.total > 1 and not task.finished:
            return Text(f"{task.completed:,.0f}/{task.total:,.0f}")
        return Text(f"{task.completed:,.0f}" if task.completed > 1 else "")


class _LeftColumn(ProgressColumn):
    """The time that a stage will still take, once that can be estimated."""

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        return Text("" if left is None or task.finished else f"{left:,.0f} s left")


@contextmanager
def draw_bars() -> Iterator[BarProgress]:
    """Draw a bar for each stage on standard error."""
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        _CountColumn(),
        TimeElapsedColumn(),
        _LeftColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        bars = BarProgress(drawn)
        yield bars
        bars.finish()
