"""Contenders timed in turn, so that a busy moment of the machine falls on all of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Protocol, runtime_checkable

Call = Callable[[], object]


@runtime_checkable
class Elsewhere(Protocol):
    """A contender that times itself, because it runs in a process of its own."""

    def time(self, calls: int) -> float:
        """Call it this many times, and return the seconds a call."""


@dataclass(frozen=True)
class Timings:
    """Seconds a call of each contender in each round."""

    rounds: Mapping[str, tuple[float, ...]]

    def seconds(self, name: str) -> float:
        """Return a contender's median over the rounds."""
        return median(self.rounds[name])

    def ratio(self, name: str, to: str) -> float:
        """Return how many times as long ``name`` takes as ``to``: the median of the ratios within each round."""
        return median(a / b for a, b in zip(self.rounds[name], self.rounds[to], strict=True))


def interleave(
    contenders: Mapping[str, Call | Elsewhere],
    rounds: int,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> Timings:
    """Time contenders one after the other, round after round.

    Parameters
    ----------
    contenders : mapping of str to callable or Elsewhere
    rounds : int
    seconds : float
        How long each contender is called over and over in a round; it is called once at least.
    clock : callable
        The clock, in seconds. `time.thread_time` counts the processor time of this thread alone, so that other work on
        the machine matters less; an `Elsewhere` has a clock of its own.
    """
    calls = {name: _calls_in(call, seconds, clock) for name, call in contenders.items()}
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            measured[name].append(_time(call, calls[name], clock))
    return Timings({name: tuple(found) for name, found in measured.items()})


def _calls_in(call: Call | Elsewhere, seconds: float, clock: Callable[[], float]) -> int:
    """Call until warm, and return how many calls fill the time."""
    if not seconds:
        return 1
    _time(call, 1, clock)
    once = _time(call, 1, clock)
    return max(1, round(seconds / max(once, 1e-7)))


def _time(call: Call | Elsewhere, calls: int, clock: Callable[[], float]) -> float:
    if isinstance(call, Elsewhere):
        return call.time(calls)
    repeat = range(calls)
    start = clock()
    for _ in repeat:
        call()
    return (clock() - start) / calls
