"""Charts over time: the years of the articles, and the versions of the model."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from classifier.pages.svg import Chart
from classifier.training.measuring.assessment import YearQuality
from classifier.training.publishing.report.edition import PastVersion


def years_chart(years: Sequence[YearQuality]) -> Markup | None:
    """Draw F1 by the year of publication with its interval; None for fewer than two years that have tags."""
    found = [year for year in years if year.micro.occurs]
    if len(found) < 2:
        return None
    points = [(float(y.year), y.f1.low, y.micro.f1, y.f1.high) for y in found]
    ticks = sorted({found[0].year, found[len(found) // 2].year, found[-1].year})
    hints = [f"{y.year}: {y.micro.f1:.3f} ({y.f1.low:.3f}–{y.f1.high:.3f}), {y.n_articles:,} articles" for y in found]
    return _chart("F1 by year of publication", points, [(float(year), str(year)) for year in ticks], hints)


def versions_chart(versions: Sequence[PastVersion]) -> Markup | None:
    """Draw micro-F1 version by version with its interval, the newest last; None for fewer than two versions."""
    if len(versions) < 2:
        return None
    points = [(float(k), v.low, v.f1, v.high) for k, v in enumerate(versions)]
    last = len(versions) - 1
    ticks = [(float(k), versions[k].day) for k in sorted({0, last // 2, last} if last > 2 else {0, last})]
    hints = [f"{v.version}: {v.f1:.3f} ({v.low:.3f}–{v.high:.3f}), {v.n_articles:,} articles" for v in versions]
    return _chart("F1 by version", points, ticks, hints)


def _chart(
    title: str,
    points: Sequence[tuple[float, float, float, float]],
    x_ticks: Sequence[tuple[float, str]],
    hints: Sequence[str],
) -> Markup:
    high = min(1.0, math.ceil(max(p[3] for p in points) * 10) / 10)
    low = min(high - 0.1, math.floor(min(p[1] for p in points) * 10) / 10)
    steps = [low + (high - low) * k / 4 for k in range(5)]
    chart = Chart(title, "", "F1", x_ticks, [(step, f"{step:.3g}") for step in steps])
    chart.band([(x, bottom) for x, bottom, _, _ in points], [(x, top) for x, _, _, top in points])
    chart.line([(x, value) for x, _, value, _ in points])
    for (x, _, value, _), hint in zip(points, hints, strict=True):
        chart.dot((x, value), hint=hint)
    return chart.svg()
