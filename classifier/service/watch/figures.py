"""Counts of all workers, added up. Each worker writes its own to the shared folder twice a second.

The Prometheus client could keep them in memory-mapped files instead; then counting would take three times as long.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector

SECONDS = 0.5
_log = logging.getLogger(__name__)
_FILE = "figures-{}.json"
_CREATED = "_created"

#: A metric: its name, what it says, its type, and of each sample the name, the labels and the value.
_Written = tuple[str, str, str, list[tuple[str, dict[str, str], float]]]
_Counts = Callable[[], Iterable[tuple[dict[str, str], CollectorRegistry]]]


class Figures(Collector):
    """The counts of all workers, also of workers that have died, because a counter must not fall.

    For other workers: their counts as of half a second ago. For a killed worker: the last counts it wrote.

    Parameters
    ----------
    counts : callable
        Returns the counts of this worker: registries, each with labels that all its samples get as well.
    folder : Path or None
        The folder that the workers share. Without one, a worker reports only its own counts.
    counting : Lock
        Held while the counts are read.
    """

    def __init__(self, counts: _Counts, folder: Path | None, counting: threading.Lock) -> None:
        self._counts = counts
        self._folder = folder
        self._counting = counting
        # not the process id alone: a later worker may get the id of a dead one
        self._name = _FILE.format(f"{os.getpid()}-{time.time_ns()}")
        self._next = 0.0
        self._writing = threading.Lock()

    def publish(self) -> None:
        """Write the counts of this worker, unless they were written in the last `SECONDS`."""
        if self._folder and time.monotonic() >= self._next:
            self._write(self._folder)

    def _write(self, folder: Path) -> None:
        with self._writing:
            self._next = time.monotonic() + SECONDS
            beside = folder / f"{self._name}.new"
            try:
                beside.write_text(json.dumps(self._own(), allow_nan=False), encoding="utf-8")
                beside.replace(folder / self._name)
            except OSError as error:  # a full disk, for instance: the next attempt may succeed, and tagging continues
                _log.warning("the counts of this worker for /metrics cannot be written: %s", error.strerror)

    def collect(self) -> Iterable[Metric]:
        """Yield each metric, its samples added up over the workers."""
        if self._folder:
            self._write(
                self._folder
            )  # the next worker asked must not report less: a counter that falls looks like a reset
        found: dict[str, Metric] = {}
        sums: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
        for name, what, kind, samples in (*self._own(), *self._others()):
            found.setdefault(name, Metric(name, what, kind))
            of_metric = sums.setdefault(name, {})
            for sample, labels, value in samples:
                key = sample, tuple(labels.items())
                of_metric[key] = of_metric.get(key, 0.0) + value
        for name, metric in found.items():
            for (sample, labels_), value in sums[name].items():
                metric.add_sample(sample, dict(labels_), value)
            yield metric

    def _own(self) -> list[_Written]:
        with self._counting:
            metrics = [(more, metric) for more, registry in self._counts() for metric in registry.collect()]
        return [
            (metric.name, metric.documentation, metric.type, samples)
            for more, metric in metrics
            if (samples := _samples(metric, more)) or not more
        ]

    def _others(self) -> Iterable[Any]:
        for path in sorted(self._folder.glob(_FILE.format("*"))) if self._folder else ():
            if path.name != self._name:
                yield from json.loads(path.read_text(encoding="utf-8"))


def _samples(metric: Metric, more: dict[str, str]) -> list[tuple[str, dict[str, str], float]]:
    """Return the samples of a metric with more labels. With these, a count without other labels is left out if 0."""
    return [
        (s.name, {**more, **s.labels}, s.value)
        for s in metric.samples
        if not s.name.endswith(_CREATED) and (not more or s.labels or s.value)
    ]
