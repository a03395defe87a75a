"""Every contender on a task: what it scores, and the processor time of its training and of a text."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from benchmarks.rivals.peers import RIVALS, Scores
from benchmarks.rivals.tasks import LabelledText, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classifier.training.measuring.evaluation import Evaluation

PRODUCT = "Copydesk"
_Item = TypeVar("_Item")
_TIMED = 300
_ROUNDS = 3


@dataclass(frozen=True)
class Result:
    """What a contender reached on a task.

    ``training`` and ``tagging`` are seconds of processor time, of all threads: for the training, and for each text if
    texts come one by one.
    """

    name: str
    found: "Evaluation"
    training: float
    tagging: float


def copydesk_result(task: Task) -> Result:
    """Train and score Copydesk."""
    from benchmarks.rivals.product import trained

    start = time.process_time()
    with trained(task) as tag:
        return _result(task, PRODUCT, time.process_time() - start, tag)


def rival_results(task: Task, missing: dict[str, str]) -> Iterator[Result]:
    """Train and score the rivals that suit a task, one after the other; note in ``missing`` why one is not there."""
    from threadpoolctl import threadpool_limits

    for rival in RIVALS:
        if not rival.suits(task):
            continue
        start = time.process_time()
        with threadpool_limits(1):
            try:
                scores = rival.train(task)
            except ImportError as error:
                missing[rival.name] = f"{error}. Fix: pip install -e '.[bench]'"
                continue
            yield _result(task, rival.name, time.process_time() - start, partial(_decided, task, scores))


def why_missing(missing: dict[str, str]) -> list[str]:
    """Return a sentence for each rival that could not be run."""
    return [f"{name} is not measured: {reason}" for name, reason in missing.items()]


def _decided(task: Task, scores: Scores, texts: Sequence[LabelledText]) -> "NDArray[np.bool_]":
    return task.decided(scores([item.text for item in texts]))


def _result(
    task: Task, name: str, seconds: float, tag: "Callable[[Sequence[LabelledText]], NDArray[np.bool_]]"
) -> Result:
    from classifier.training.measuring.evaluation import evaluate

    found = evaluate(tag(task.test), task.right(task.test))
    return Result(name, found, seconds, seconds_one_by_one(lambda item: tag([item]), task.train))


def seconds_one_by_one(tag: Callable[[_Item], object], texts: Sequence[_Item]) -> float:
    """Return the processor time of a text in seconds, if texts come one at a time: the best round of some."""
    timed = texts[:_TIMED]
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.process_time()
        for item in timed:
            tag(item)
        best = min(best, (time.process_time() - start) / len(timed))
    return best
