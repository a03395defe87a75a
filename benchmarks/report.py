"""What a benchmark says: a table for people or JSON for programs, with the machine and the versions."""

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from classifier.commands.tables import print_table

PACKAGES = (
    "copydesk",
    "numpy",
    "scipy",
    "scikit-learn",
    "numba",
    "flask",
    "httptools",
    "fasttext-wheel",
    "vowpalwabbit",
    "omikuji",
    "libmultilabel",
    "model2vec",
    "wordllama",
    "selectolax",
    "icu4py",
    "jieba",
    "fugashi",
    "unidic-lite",
    "pythainlp",
    "kiwipiepy",
    "khmercut",
    "laonlp",
)

json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Write JSON, not a table.")


@dataclass
class Report:
    """Rows of values under headers, the first columns words, and notes; values are formatted when they are shown."""

    title: str
    headers: Sequence[str]
    rows: list[Sequence[Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    n_text_columns: int = 1

    def show(self, as_json: bool) -> None:
        """Write the report to standard output."""
        if as_json:
            click.echo(json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
            return
        click.echo(f"{self.title}\n")
        print_table(self.headers, [[shown(value) for value in row] for row in self.rows], self.n_text_columns)
        click.echo()
        for note in self.notes:
            click.echo(note)
        click.echo(machine())
        click.echo(", ".join(f"{name} {found}" for name, found in versions().items()))

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        rows = [dict(zip(self.headers, row, strict=True)) for row in self.rows]
        about = {"title": self.title, "machine": machine(), "versions": versions()}
        return {**about, "rows": rows, "notes": self.notes}


def shown(value: Any) -> str:
    """Return a value as a person reads it: numbers to three digits that count."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def machine() -> str:
    """Return the processor, how many of its cores this process may use, and the system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{_processor()}, {cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def versions() -> dict[str, str]:
    """Return the versions of what is measured, as far as it is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
