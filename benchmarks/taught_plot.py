"""The plot of “python -m benchmarks taught”: quality by the number of articles that people labelled, as an SVG file."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from markupsafe import escape

from classifier.pages.svg import HEIGHT, WIDTH, Chart

_COLOURS = ("#767676", "#0a66c2", "#b3541e", "#2e7d32")
_STEP = 0.1
_LEGEND = 18


@dataclass(frozen=True)
class Curve:
    """The figures of one teacher: for each number of articles of people, the figure of each draw."""

    name: str
    points: Sequence[tuple[int, Sequence[float]]]


def plot(curves: Sequence[Curve]) -> str:
    """Return the curves as an SVG file: means as lines, every draw as a dot."""
    values = [value for curve in curves for _, found in curve.points for value in found]
    low = int(min(values) / _STEP) * _STEP
    ticks = [(low + k * _STEP, f"{low + k * _STEP:.1f}") for k in range(round((1 - low) / _STEP) + 1)]
    numbers = sorted({n for curve in curves for n, _ in curve.points})
    chart = Chart(
        "micro-F1 by the number of articles that people labelled",
        "articles that people labelled",
        "micro-F1",
        [(n, f"{n:,}") for n in numbers],
        ticks,
    )
    for k, curve in enumerate(curves):
        chart.line([(n, mean(found)) for n, found in curve.points], f"line c{k}")
        for n, found in curve.points:
            for value in found:
                chart.dot((n, value), f"dot c{k}", 2, f"{curve.name}, {n:,} articles: {value:.3f}")
    return _file(str(chart.svg()), [curve.name for curve in curves])


def _file(chart: str, names: Sequence[str]) -> str:
    height = HEIGHT + _LEGEND * len(names)
    rules = ["text{font:11px sans-serif;fill:#333}", ".grid{stroke:#ddd}", ".line{fill:none;stroke-width:2}"]
    rules += [f".line.c{k}{{stroke:{colour}}} .dot.c{k}{{fill:{colour}}}" for k, colour in enumerate(_COLOURS)]
    keys = []
    for k, name in enumerate(names):
        y = HEIGHT + _LEGEND * k + 6
        keys.append(f'<path class="line c{k}" d="M48 {y}H72"/><text x="78" y="{y + 4}">{escape(name)}</text>')
    inner = chart.replace("<svg ", f'<svg width="{WIDTH}" height="{HEIGHT}" ', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{2 * WIDTH}">'
        f"<style>{''.join(rules)}</style>"
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{inner}{"".join(keys)}</svg>\n'
    )
