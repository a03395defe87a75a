"""Findings: what a check has to say of labelled articles, how bad it is, and which articles it means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    ``check`` is its short name, ``message`` says what was found and what to do; ``items`` name the articles (as
    file:line) or what else it is about, and never hold their text.
    """

    severity: Severity
    check: str
    message: str
    items: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {"severity": self.severity, "check": self.check, "message": self.message, "items": list(self.items)}


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the gravest severity among findings; a note where there are none."""
    found = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in found), "note")


def first_few(items: Sequence[str], most: int) -> str:
    """Return the first items as text, and how many more there are."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more:,} more" if more > 0 else "")
