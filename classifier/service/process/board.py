"""What the workers of one service see of each other at once: a few numbers in memory that they share."""

import mmap
import os
from collections.abc import Iterator

_FIELDS = _PID, _MODELS, _CONNECTIONS = range(3)
_BYTES = 8


class Board:
    """A row for each worker, written by that worker alone, and cleared by the supervisor when it has died.

    Parameters
    ----------
    workers : int
        How many rows there are.
    """

    def __init__(self, workers: int) -> None:
        #: The process that made the board.
        self.supervisor = os.getpid()
        self._workers = workers
        self._cells = memoryview(mmap.mmap(-1, workers * len(_FIELDS) * _BYTES)).cast("q")

    def write(self, index: int, pid: int, models: int, connections: int) -> None:
        """Write the row of a worker that is ready; with the process id 0 it is not.

        ``models`` is the number of sets of models that it can tag with.
        """
        first = index * len(_FIELDS)
        self._cells[first + _MODELS] = models
        self._cells[first + _CONNECTIONS] = connections
        self._cells[first + _PID] = pid

    def is_ready(self, index: int) -> bool:
        """Return whether a worker got as far as to take connections."""
        return self._cells[index * len(_FIELDS) + _PID] != 0

    def pids(self) -> set[int]:
        """Return the process ids of the workers that are ready."""
        return {pid for pid, _, _ in self._rows(-1)}

    def others_have_more_models(self, index: int, models: int) -> bool:
        """Return whether any other worker can tag with more sets of models than this one."""
        return any(theirs > models for _, theirs, _ in self._rows(index))

    def is_fuller(self, index: int, connections: int) -> bool:
        """Return whether another worker that can tag holds clearly fewer connections than this one."""
        return any(models and theirs + theirs // 8 < connections for _, models, theirs in self._rows(index))

    def _rows(self, without: int) -> Iterator[tuple[int, int, int]]:
        for index in range(self._workers):
            first = index * len(_FIELDS)
            if index != without and self._cells[first]:
                yield self._cells[first], self._cells[first + 1], self._cells[first + 2]
