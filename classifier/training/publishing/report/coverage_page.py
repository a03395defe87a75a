"""The page of ``copydesk coverage``: a chart for each section, with the corrected shares and the counted tags."""

import math

from markupsafe import Markup

from classifier.pages.svg import Chart
from classifier.training.publishing.report.render import page_environment
from classifier.training.quantifying.coverage import UNDATED, Coverage, SectionCoverage

_N_STEPS = 4


def coverage_page(found: Coverage) -> str:
    """Return the page as HTML that needs no other file."""
    charts = [(section, share_chart(section)) for section in found.sections]
    return page_environment().get_template("coverage.html.j2").render(found=found, charts=charts)


def share_chart(section: SectionCoverage) -> Markup:
    """Draw the shares of a section by period with their intervals, and the shares of counted tags."""
    periods = [period for period in section.periods if period.period != UNDATED]
    highest = max([0.01, *(max(p.share.high, p.tagged_share) for p in periods)])
    unit = 10 ** math.floor(math.log10(highest))
    top = min(1.0, math.ceil(highest / unit * 2) / 2 * unit)
    y_ticks = [(top * k / _N_STEPS, f"{100 * top * k / _N_STEPS:.3g} %") for k in range(_N_STEPS + 1)]
    places = sorted({0, (len(periods) - 1) // 2, len(periods) - 1}) if periods else []
    x_ticks = [(float(k), periods[k].period) for k in places] or [(0.0, ""), (1.0, "")]
    chart = Chart(f"Share of {section.name}", "", "", x_ticks, y_ticks)
    points = list(enumerate(periods))
    if points:
        chart.band([(k, p.share.low) for k, p in points], [(k, p.share.high) for k, p in points])
        chart.line([(k, p.tagged_share) for k, p in points], "line second")
        chart.line([(k, p.share.value) for k, p in points])
    for k, p in points:
        hint = f"{p.period}: {p.share.value:.1%} ({p.share.low:.1%} to {p.share.high:.1%}) of {p.n_articles:,} articles"
        chart.dot((k, p.share.value), hint=f"{hint}; {p.tagged:,} tagged")
    return chart.svg()
