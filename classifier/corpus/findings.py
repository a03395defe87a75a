"""Findings: the results of checks of labelled articles, with their severity and the articles concerned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
#: The names of all checks.
CHECK_NAMES = (
    "bad-rows",
    "contradicting-copies",
    "copies",
    "deprecated-label",
    "encoding",
    "everywhere",
    "language",
    "leaked-header",
    "leaking-source",
    "leaking-term",
    "not-text",
    "passed-over",
    "script",
    "several-languages",
    "thin-language",
    "thin-section",
    "too-little",
)
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    ``check`` is the short name of the check. ``message`` names the problem and the next step. ``items`` name the
    articles concerned (as file:line) or other things; they never hold article text.
    """

    severity: Severity
    check: str
    message: str
    items: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {"severity": self.severity, "check": self.check, "message": self.message, "items": list(self.items)}


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the worst severity among findings; a note if there are none."""
    found = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in found), "note")


def first_few(items: Sequence[str], most: int) -> str:
    """Return the first items as text, and the number of others."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more:,} more" if more > 0 else "")
