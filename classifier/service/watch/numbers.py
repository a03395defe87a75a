"""Metrics that are counted in every request, as plain numbers: the client's own counters take five times as long."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry


class NumbersByLabels(Collector):
    """Counts by labels. Whoever adds or collects holds a lock.

    Parameters
    ----------
    registry : CollectorRegistry
    name, what : str
        Of the metric in the text format of Prometheus.
    labels : sequence of str
    """

    def __init__(self, registry: CollectorRegistry, name: str, what: str, labels: Sequence[str]) -> None:
        self._about = name, what
        self._labels = labels
        #: Value by the values of the labels.
        self.values: defaultdict[tuple[Any, ...], int] = defaultdict(int)
        registry.register(self)

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Yield the counter."""
        family = CounterMetricFamily(*self._about, labels=self._labels)
        for labels, value in self.values.items():
            family.add_metric([str(label) for label in labels], value)
        yield family


class DistributionByLabels(Collector):
    """Observations by labels and buckets. Whoever adds or collects holds a lock.

    Parameters
    ----------
    registry : CollectorRegistry
    name, what : str
        Of the metric in the text format of Prometheus.
    label : str
    bounds : sequence of float
        The largest value of each bucket but the last, which has none.
    """

    def __init__(self, registry: CollectorRegistry, name: str, what: str, label: str, bounds: Sequence[float]) -> None:
        self._about = name, what
        self._label = label
        self._bounds = tuple(bounds)
        self._names = [*(str(float(bound)) for bound in bounds), "+Inf"]
        self._values: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * (len(self._names) + 1))
        registry.register(self)

    def observe(self, label: str, value: float) -> None:
        """Add an observation."""
        cells = self._values[label]
        cells[bisect_left(self._bounds, value)] += 1
        cells[-1] += value

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Yield the histogram."""
        family = HistogramMetricFamily(*self._about, labels=[self._label])
        for label, (*counts, total) in self._values.items():
            buckets = [(name, sum(counts[: n + 1])) for n, name in enumerate(self._names)]
            family.add_metric([label], buckets, total)
        yield family
