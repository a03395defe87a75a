"""The page of ``copydesk agreement --html``: what became of the suggestions, as tables and lines over the months."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

from classifier.feedback.agreement.counting import Agreement, with_most_tags
from classifier.feedback.agreement.tally import CountedShare, Tally
from classifier.pages.environment import environment_of
from classifier.pages.svg import Chart, unit_ticks

#: The outcomes in the order of the page, with the words for them.
OUTCOMES = {
    "untouched": "untouched",
    "kept": "kept",
    "removed": "removed",
    "corrected": "corrected later",
    "added": "added",
    "open": "open",
}
_LINES = ("untouched", "kept", "removed", "corrected", "added")
_MAX_ROWS = 50


def agreement_page(found: Agreement, names: Mapping[str, str], made: date, newsroom: str = "") -> str:
    """Return the page as HTML that needs no other file and no script.

    Parameters
    ----------
    found : Agreement
    names : mapping
        The names of sections by id. A section that is not in it is shown by its id.
    made : date
        The day that the page names.
    newsroom : str
        The name of the newsroom, if it is known.
    """
    months = _in_a_row(found.months)
    facts = {
        "found": found,
        "names": names,
        "made": made,
        "newsroom": newsroom,
        "outcomes": OUTCOMES,
        "lines": _LINES,
        "counts_chart": counts_chart(found.months, months),
        "share_chart": kept_share_chart("all sections", found.months, months),
        "section_charts": [
            (section, tally, kept_share_chart(names.get(section, section), found.section_months[section], months))
            for section, tally in found.sections.items()
        ],
        "models": with_most_tags(found.models, _MAX_ROWS),
        "sources": with_most_tags(found.sources, _MAX_ROWS),
    }
    environment = environment_of("classifier.feedback.agreement")
    environment.filters["share"] = _share
    return environment.get_template("agreement.html.j2").render(facts)


def kept_share_chart(name: str, tallies: Mapping[str, Tally], months: Sequence[str]) -> Markup:
    """Draw the share kept by month with its interval; a month in which nobody decided has no point.

    Parameters
    ----------
    name : str
        The name of the tallied sections, which a screen reader reads.
    tallies : mapping
        By month, such as ``2026-11``.
    months : sequence of str
        All months of the axis, in order.
    """
    chart = Chart(f"Share kept: {name}", "", "share kept", _month_ticks(months), unit_ticks())
    points = [
        (float(k), share)
        for k, month in enumerate(months)
        if month in tallies and (share := tallies[month].kept_share) is not None
    ]
    if points:
        chart.band([(k, s.interval[0]) for k, s in points], [(k, s.interval[1]) for k, s in points])
        chart.line([(k, s.value) for k, s in points])
    for k, share in points:
        chart.dot((k, share.value), hint=f"{months[int(k)]}: {share.n:,} of {share.of:,} kept, {_share(share)}")
    return chart.svg()


def counts_chart(tallies: Mapping[str, Tally], months: Sequence[str]) -> Markup:
    """Draw the number of tags by month: a line for each outcome; parameters as `kept_share_chart`."""
    counts = {outcome: [getattr(tallies.get(month, Tally()), outcome) for month in months] for outcome in _LINES}
    top = _round_up(max((n for of in counts.values() for n in of), default=1))
    y_ticks = [(top * k / 4, f"{top * k // 4:,}") for k in range(5)]
    chart = Chart("Tags by month and outcome", "", "tags", _month_ticks(months), y_ticks)
    for outcome, numbers in counts.items():
        chart.line([(float(k), float(n)) for k, n in enumerate(numbers)], f"line {outcome}")
        for k, n in enumerate(numbers):
            chart.dot((float(k), float(n)), f"dot {outcome}", 2, f"{months[k]}: {n:,} {OUTCOMES[outcome]}")
    return chart.svg()


def _in_a_row(months: Mapping[str, object]) -> list[str]:
    """Return every month from the first to the last, so that a month without feedback is a gap."""
    if not months:
        return []
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (min(months), max(months)))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]


def _month_ticks(months: Sequence[str]) -> list[tuple[float, str]]:
    last = len(months) - 1
    if last < 1:
        return [(-1.0, ""), (0.0, months[0] if months else ""), (1.0, "")]
    return [(float(k), months[k]) for k in sorted({0, last // 2, last})]


def _round_up(n: int) -> int:
    """Return a round number of at least ``n`` and 4, that four ticks divide."""
    step: int = 4 * 10 ** max(0, math.ceil(math.log10(max(n, 1) / 4)) - 1)
    return max(4, -(-n // step) * step)


def _share(share: CountedShare | None) -> str:
    if share is None:
        return "–"
    low, high = share.interval
    return f"{share.value:.0%} ({low:.0%}–{high:.0%})"
