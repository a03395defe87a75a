"""Metrics for Prometheus, summed over all workers, whichever of them answers."""

import threading
import time
from bisect import bisect_left
from collections import Counter as Counted
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Metric,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from classifier.answer import Answer
from classifier.service.process.workers import Workers
from classifier.service.watch.figures import Figures

CONTENT_TYPE = CONTENT_TYPE_LATEST
_LATENCIES = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_PROBABILITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_VERSION_TIME = "%Y%m%dT%H%M%SZ"

_Key = TypeVar("_Key", bound=tuple[Any, ...])
_Child = TypeVar("_Child")
_Made = TypeVar("_Made", covariant=True)


class _Labelled(Protocol[_Made]):
    def labels(self, *values: Any) -> _Made: ...


class _Children(dict[_Key, _Child], Generic[_Key, _Child]):
    """The children of a metric by their labels. The client's own look-up takes longer than counting."""

    def __init__(self, metric: _Labelled[_Child]) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, labels: _Key) -> _Child:
        child = self[labels] = self._metric.labels(*labels)
        return child


class _Numbers(Collector):
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


class _Distribution(Collector):
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


class Metrics:
    """The counters and histograms of a service.

    Every label has few values: routes of the contract, HTTP methods and statuses, sections of a model, sources of
    webhooks. A client cannot invent a value.

    Parameters
    ----------
    counting : Lock, optional
        Held while something is counted or read. By default a new one.
    """

    def __init__(self, counting: "threading.Lock | None" = None) -> None:
        self._registry = CollectorRegistry()
        self._of_sets: dict[str, Metrics] = {}
        self._counting = counting or threading.Lock()
        self._figures = Figures(self._counts, None, self._counting)
        self._requests = self._numbers("requests", "Requests answered.", "route", "method", "status")
        self._seconds = self._distribution("request_seconds", "Time to answer a request.", "route", _LATENCIES)
        self._articles = self._numbers(
            "articles", "Articles tagged; no_known_terms: the model knows no word of the article.", "outcome"
        )
        self._mostly_dropped = self._counter(
            "articles_mostly_dropped", "Articles of whose body cleaning left out more than half of the letters."
        )
        self._tags = self._numbers("tags", "Tags given.", "section", "decision")
        self._probabilities = self._distribution(
            "tag_probability", "Probabilities of the tags given.", "section", _PROBABILITIES
        )
        self.without_body = _Children[tuple[str], Counter](
            self._counter("webhook_without_body", "Deliveries of webhooks whose body was not found.", "source")
        )
        self._loads = _Children[tuple[str], Counter](
            self._counter("model_loads", "Attempts to load a model.", "result")
        )
        self._compared = _Children[tuple[str], Counter](
            self._counter(
                "shadow_articles",
                "Articles that the shadow model scored too, by result: same tags or different ones.",
                "result",
            )
        )
        self._differing = _Children[tuple[str, str], Counter](
            self._counter(
                "shadow_tags", "Tags that only the shadow model or only the live model gives.", "section", "only"
            )
        )
        self._dropped = self._counter("shadow_dropped", "Articles that the shadow model had no time to score.")
        self._kept = _Children[tuple[str], Counter](
            self._counter("suggestions", "Suggestions that were to be kept, by result: kept or failed.", "result")
        )
        self._callbacks = _Children[tuple[str, str], Counter](
            self._counter("callbacks", "Call-backs by result: delivered or failed.", "source", "result")
        )
        #: What is read from elsewhere when the metrics are asked for.
        self.scraped: list[Collector] = []
        self._lost_lines = self._counter("log_lines_lost", "Log lines that could not be written.")

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"copydesk_{name}", what, labels, registry=self._registry)

    def _numbers(self, name: str, what: str, *labels: str) -> _Numbers:
        return _Numbers(self._registry, f"copydesk_{name}", what, labels)

    def _distribution(self, name: str, what: str, label: str, bounds: tuple[float, ...]) -> _Distribution:
        return _Distribution(self._registry, f"copydesk_{name}", what, label, bounds)

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        with self._counting:
            self._requests.values[route, method, status] += 1
            self._seconds.observe(route, seconds)

    def count_article(self, answer: Answer) -> None:
        """Count an article that was tagged, and its tags."""
        with self._counting:
            self._articles.values[(answer.outcome,)] += 1
            for tag in answer.tags:
                if tag.decision != "below":
                    self._tags.values[tag.section, tag.decision] += 1
                    self._probabilities.observe(tag.section, tag.probability)
        if answer.text_dropped and answer.text_dropped > 0.5:
            self._mostly_dropped.inc()

    def of(self, name: str | None) -> "Metrics":
        """Return the metrics of a set of models: the samples have its name as label ``set``.

        A service with one set names none: then these metrics are returned, whose samples have no such label.
        """
        if not name:
            return self
        return self._of_sets.get(name) or self._of_sets.setdefault(name, Metrics(self._counting))

    def _counts(self) -> Iterable[tuple[dict[str, str], CollectorRegistry]]:
        """Yield the counts of this worker, and the labels that are added to all samples of them."""
        yield {}, self._registry
        for name, metrics in list(self._of_sets.items()):
            yield {"set": name}, metrics._registry

    def load(self, name: str, loaded: bool) -> None:
        """Count an attempt to load a model of a set."""
        self.of(name)._loads[("loaded" if loaded else "refused",)].inc()

    def compare(self, live: Iterable[str], shadow: Iterable[str]) -> None:
        """Count an article that the shadow scored, by the sections that each model gave it."""
        ours, theirs = set(live), set(shadow)
        self._compared[("same" if ours == theirs else "other",)].inc()
        for section in theirs - ours:
            self._differing[section, "shadow"].inc()
        for section in ours - theirs:
            self._differing[section, "live"].inc()

    def drop(self) -> None:
        """Count an article that the shadow had no time for."""
        self._dropped.inc()

    def count_kept(self, n: int, is_kept: bool) -> None:
        """Count suggestions that were to be kept."""
        self._kept[("kept" if is_kept else "failed",)].inc(n)

    def count_callback(self, source: str, result: str) -> None:
        """Count a call-back that was tried."""
        self._callbacks[source, result].inc()

    def lose_lines(self, n: int) -> None:
        """Count lines of the log that could not be written."""
        self._lost_lines.inc(n)

    def share(self, workers: Workers) -> None:
        """Share counts with the other workers."""
        self._figures = Figures(self._counts, workers.folder, self._counting)
        workers.on_look.append(self._figures.publish)

    def page(self, workers: Workers) -> bytes:
        """Return all metrics in the text format of Prometheus, summed over the workers."""
        page = CollectorRegistry()
        page.register(self._figures)
        page.register(_ModelCollector(workers))
        for collector in self.scraped:
            page.register(collector)
        return generate_latest(page)


class _ModelCollector(Collector):
    """The models that the workers serve, read from their published states: a gauge cannot drop old labels."""

    def __init__(self, workers: Workers) -> None:
        self._states = workers.states()

    def collect(self) -> Iterable[Metric]:
        # a service with one set names none
        names = {state["set"] for state in self._states}
        of_set, n = (["set"], len(names)) if len(names) > 1 else ([], 0)
        labels = [*of_set, "version"]
        serving = GaugeMetricFamily("copydesk_model_workers", "Workers that serve a version.", labels=labels)
        age = GaugeMetricFamily("copydesk_model_age_seconds", "Time since a version was trained.", labels=labels)
        served = Counted((*([state["set"]] if n else []), state["model"]) for state in self._states if state["model"])
        for values, count in sorted(served.items()):
            serving.add_metric(values, count)
            age.add_metric(values, time.time() - _trained(values[-1]))
        refusing = GaugeMetricFamily(
            "copydesk_model_refusing_workers", "Workers that refused the current model.", labels=of_set
        )
        for name in sorted(names):
            refused = [state["refused"] is not None for state in self._states if state["set"] == name]
            refusing.add_metric([name] if n else [], sum(refused))
        yield from (serving, age, refusing)


def _trained(version: str) -> float:
    stamp = version.partition("-")[0]
    return datetime.strptime(stamp, _VERSION_TIME).replace(tzinfo=UTC).timestamp()
