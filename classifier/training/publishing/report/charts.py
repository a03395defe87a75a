"""The charts of the report: precision-recall, reliability, histogram of probabilities, learning curve."""

import math

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from classifier.training.measuring.curve import LearningCurve
from classifier.training.measuring.probability import precision_recall, reliability
from classifier.training.publishing.report.svg import Chart, unit_ticks

_MAX_POINTS = 80
_BARS = 20


def precision_recall_chart(
    name: str, probabilities: NDArray[np.float64], labels: NDArray[np.bool_], marks: dict[str, tuple[float, float]]
) -> Markup:
    """Draw precision over recall; ``marks`` are (recall, precision) of tags, by CSS class."""
    chart = Chart(f"Precision and recall: {name}", "recall", "precision", unit_ticks(), unit_ticks())
    precision, recall = precision_recall(probabilities, labels)
    reached = int(np.searchsorted(recall, recall[-1])) + 1 if len(recall) else 0
    thinned: list[int] = (
        np.unique(np.linspace(0, reached - 1, min(reached, _MAX_POINTS)).astype(int)).tolist() if reached else []
    )
    if thinned:
        chart.line([(float(recall[k]), float(precision[k])) for k in thinned])
    for kind, (at_recall, at_precision) in marks.items():
        hint = f"{kind}: precision {at_precision:.2f}, recall {at_recall:.2f}"
        chart.dot((at_recall, at_precision), f"dot {kind}", 4, hint)
    return chart.svg()


def reliability_chart(name: str, probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> Markup:
    """Draw the share of right tags by probability; perfectly calibrated tags lie on the diagonal."""
    chart = Chart(f"Reliability: {name}", "probability given", "share that is right", unit_ticks(), unit_ticks())
    chart.line([(0, 0), (1, 1)], "ideal")
    bins = reliability(probabilities, labels)
    if bins:
        chart.line([(b.probability, b.observed) for b in bins])
    for b in bins:
        hint = f"{b.n:,} pairs: {b.probability:.2f} given, {b.observed:.2f} right"
        chart.dot((b.probability, b.observed), hint=hint)
    return chart.svg()


def histogram(
    name: str, probabilities: NDArray[np.float64], labels: NDArray[np.bool_], suggest: float, apply: float | None
) -> Markup:
    """Draw the number of articles by probability, logarithmic: upwards with the section, downwards without it."""
    edges = np.linspace(0, 1, _BARS + 1)
    own, others = (np.histogram(probabilities[mask], edges)[0] for mask in (labels, ~labels))
    top = max(1, math.ceil(math.log10(1 + max(own.max(), others.max()))))
    ticks = [(float(k), f"{10 ** abs(k):,}" if k else "0") for k in range(-top, top + 1)]
    shown = ticks if len(ticks) <= 9 else ticks[::2]
    chart = Chart(f"Probabilities: {name}", "probability", "articles", unit_ticks(), shown)
    for k in range(_BARS):
        for count, sign, kind in ((int(own[k]), 1, "own"), (int(others[k]), -1, "others")):
            if count:
                hint = f"{edges[k]:.2f} to {edges[k + 1]:.2f}: {count:,} articles"
                chart.bar(float(edges[k]), float(edges[k + 1]), 0, sign * math.log10(1 + count), kind, hint)
    chart.upright(suggest, "suggest")
    if apply is not None:
        chart.upright(apply, "apply")
    return chart.svg()


def curve_chart(curve: LearningCurve) -> Markup:
    """Draw micro- and macro-F1 over the number of articles, with their intervals."""
    points = curve.points
    bounds = [b for p in points for f in (p.micro_f1, p.macro_f1) for b in (f.low, f.high)]
    low, high = math.floor(min(bounds) * 10) / 10, math.ceil(max(bounds) * 10) / 10
    steps = [low + (high - low) * k / 4 for k in range(5)]
    x_ticks = [(0.0, "0"), *((float(p.n_articles), f"{p.n_articles:,}") for p in points)]
    chart = Chart("Learning curve", "articles", "F1", x_ticks, [(s, f"{s:.3g}") for s in steps])
    for figure, kind in (("micro_f1", "line"), ("macro_f1", "line second")):
        items = [(float(p.n_articles), getattr(p, figure)) for p in points]
        chart.band([(x, item.low) for x, item in items], [(x, item.high) for x, item in items])
        chart.line([(x, item.value) for x, item in items], kind)
        for x, item in items:
            chart.dot((x, item.value), "dot" if kind == "line" else "dot second", hint=f"{x:,.0f} articles: {item}")
    return chart.svg()
