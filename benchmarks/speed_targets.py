"""Ratios that are asked for: what was found, and whether it is enough."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.report import Report


@dataclass(frozen=True)
class Target:
    """A ratio that is asked for: at least or at most a number."""

    what: str
    found: float
    bound: float
    at_least: bool

    @property
    def is_met(self) -> bool:
        """Whether the ratio is on the right side of the bound."""
        return self.found >= self.bound if self.at_least else self.found <= self.bound

    def row(self) -> tuple[str, float, str, str]:
        """Return the row of a table."""
        words = "at least" if self.at_least else "at most"
        return self.what, self.found, f"{words} {self.bound:g}", "yes" if self.is_met else "no"


def targets_report(targets: Sequence[Target]) -> Report:
    """Return the ratios that are asked for as a table."""
    report = Report(
        "Ratios: medians of the ratios within a round, “before” is the checkout that --before names",
        ["ratio", "found", "target", "met"],
    )
    report.rows += [target.row() for target in targets]
    return report
