"""The charts of the report: precision-recall, reliability, histogram of probabilities, learning curve."""

import math

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from classifier.pages.svg import Chart, unit_ticks
from classifier.training.measuring.curve import LearningCurve
from classifier.training.measuring.probability import precision_recall, reliability

_MAX_POINTS, _MAX_POINTS_LEAN = 80, 40
_BARS = 20
#: The names of the axes that the lean charts of all sections share.
PRECISION_RECALL_AXES, RELIABILITY_AXES = "axes-pr", "axes-r"


def shared_axes() -> Markup:
    """Return the axes that lean charts take: a page with such charts needs them once."""
    charts = ((_precision_recall_axes(""), PRECISION_RECALL_AXES), (_reliability_axes(""), RELIABILITY_AXES))
    return Markup("").join(chart.axes_for_all(name) for chart, name in charts)


def _precision_recall_axes(name: str) -> Chart:
    return Chart(f"Precision and recall: {name}", "recall", "precision", unit_ticks(), unit_ticks())


def _reliability_axes(name: str) -> Chart:
    return Chart(f"Reliability: {name}", "probability given", "share that is right", unit_ticks(), unit_ticks())


def precision_recall_chart(
    name: str,
    probabilities: NDArray[np.float64],
    labels: NDArray[np.bool_],
    marks: dict[str, tuple[float, float]],
    *,
    lean: bool = False,
) -> Markup:
    """Draw precision over recall; ``marks`` are (recall, precision) of tags, by CSS class.

    With ``lean``, as in a report of many sections, a chart has fewer points, no hints, and the axes of `shared_axes`.
    """
    chart = _precision_recall_axes(name)
    precision, recall = precision_recall(probabilities, labels)
    reached = int(np.searchsorted(recall, recall[-1])) + 1 if len(recall) else 0
    most = _MAX_POINTS_LEAN if lean else _MAX_POINTS
    thinned: list[int] = (
        np.unique(np.linspace(0, reached - 1, min(reached, most)).astype(int)).tolist() if reached else []
    )
    if thinned:
        chart.line([(float(recall[k]), float(precision[k])) for k in thinned])
    for kind, (at_recall, at_precision) in marks.items():
        hint = f"{kind}: precision {at_precision:.2f}, recall {at_recall:.2f}"
        chart.dot((at_recall, at_precision), f"dot {kind}", 4, "" if lean else hint)
    return chart.svg(PRECISION_RECALL_AXES if lean else "")


def reliability_chart(
    name: str, probabilities: NDArray[np.float64], labels: NDArray[np.bool_], *, lean: bool = False
) -> Markup:
    """Draw the share of right tags by probability; perfectly calibrated tags lie on the diagonal.

    The area of a dot grows with its number of pairs. ``lean`` is as in `precision_recall_chart`.
    """
    chart = _reliability_axes(name)
    chart.line([(0, 0), (1, 1)], "ideal")
    bins = reliability(probabilities, labels)
    most = max((b.n for b in bins), default=1)
    if bins:
        chart.line([(b.probability, b.observed) for b in bins])
    for b in bins:
        hint = "" if lean else f"{b.n:,} pairs: {b.probability:.2f} given, {b.observed:.2f} right"
        chart.dot((b.probability, b.observed), radius=2 + 4 * math.sqrt(b.n / most), hint=hint)
    return chart.svg(RELIABILITY_AXES if lean else "")


def histogram(
    name: str,
    probabilities: NDArray[np.float64],
    labels: NDArray[np.bool_],
    suggest: float,
    apply: float | None,
    *,
    lean: bool = False,
) -> Markup:
    """Draw the number of articles by probability, logarithmic: upwards with the section, downwards without it."""
    edges = np.linspace(0, 1, _BARS + 1)
    own, others = (np.histogram(probabilities[mask], edges)[0] for mask in (labels, ~labels))
    top = max(1, math.ceil(math.log10(1 + max(own.max(), others.max()))))
    ticks = [(float(k), f"{10 ** abs(k):,}" if k else "0") for k in range(-top, top + 1)]
    shown = ticks if len(ticks) <= 9 else ticks[::2]
    chart = Chart(f"Probabilities: {name}", "probability", "articles", unit_ticks(), shown)
    for counts, sign, kind in ((own.tolist(), 1, "own"), (others.tolist(), -1, "others")):
        found = [(float(edges[k]), float(edges[k + 1]), n) for k, n in enumerate(counts) if n]
        if lean:
            chart.bars([(low, high, sign * math.log10(1 + n)) for low, high, n in found], kind)
        else:
            for low, high, n in found:
                hint = f"{low:.2f} to {high:.2f}: {n:,} articles"
                chart.bar(low, high, 0, sign * math.log10(1 + n), kind, hint)
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
