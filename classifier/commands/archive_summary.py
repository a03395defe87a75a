"""What a run over an archive found, as a person reads it."""

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.archive.asked import TaggingOptions
from classifier.archive.results.counts import UNDATED
from classifier.archive.results.folder import REJECTS_FILE, REVIEW_FILE
from classifier.archive.running import SUMMARY_FILE
from classifier.commands.console import say
from classifier.commands.tables import print_table
from classifier.errors import number_of

if TYPE_CHECKING:
    from classifier.archive.results.counts import ArchiveCounts
    from classifier.archive.running import ArchiveOutcome

_MOST_SECTIONS = 30
_MOST_MONTHS = 36
_MOST_NAMED = 5
_YEAR = 4  # characters
_TRUE_SHARES = (
    "These are counts of tags: too high for a section that is rarer here than in training, and too low for one that is "
    "more frequent. To estimate the true shares, run “copydesk coverage”"
)


def report(outcome: "ArchiveOutcome", out: Path, options: TaggingOptions) -> None:
    """Print the tables of sections and of months, and report what was left out and where everything is."""
    counts = outcome.counts
    _print_sections(counts, options.changed)
    _print_months(counts, options.changed)
    click.echo(_TRUE_SHARES)
    for line in counts.notes:
        say(line)
    if counts.n_notes > len(counts.notes):
        say(f"and {number_of(counts.n_notes - len(counts.notes), 'more note', 'more notes')} on other files")
    for what, n in sorted(counts.left_out.items()):
        say(f"left out ({n:,}): {what}")
    for what, n in sorted(counts.without.items()):
        say(f"{what}: {n:,}")
    for what, n in sorted(counts.undated.items()):
        say(f"counted as undated ({n:,}): {what}. Fix: give the form of the dates with --date-format")
    if counts.outcomes["no_known_terms"]:
        say(f"no tag, because the model knows no word of them: {counts.outcomes['no_known_terms']:,}")
    if counts.unlabelled:
        say(f"without a label: {number_of(counts.unlabelled, 'article')}, which count as articles of no section")
    if counts.unknown_labels:
        say(f"not compared, because they are not sections of the model: {number_of(counts.unknown_labels, 'label')}")
    kept = f", {outcome.kept:,} of them by an earlier run" if outcome.kept else ""
    say(
        f"{number_of(counts.articles, 'article was', 'articles were')} tagged in "
        f"{number_of(outcome.partitions, 'partition')}{kept}: {out}/tags/*.parquet; counts by section and month: "
        f"{out / SUMMARY_FILE}"
    )
    if options.review:
        to_queue = f". To put them into the queue of the desk, run “copydesk archive --queue {out / REVIEW_FILE}”"
        listed = number_of(counts.review, "article is", "articles are")
        say(f"{listed} in {out / REVIEW_FILE}{to_queue if counts.review else ''}")
    _report_damaged(counts)
    if n_rows := counts.rejects - counts.n_damaged:
        _name_rejects(out / REJECTS_FILE, n_rows)
        them = "it" if n_rows == 1 else "them"
        say(
            f"{number_of(n_rows, 'row')} could not be tagged: {out / REJECTS_FILE} names each with its file, "
            f"line and reason. Fix: correct {them} in a new file, and tag that file with another --out"
        )


def _report_damaged(counts: "ArchiveCounts") -> None:
    """Report where files are damaged."""
    for line in counts.damaged:
        say(line)
    if counts.n_damaged > len(counts.damaged):
        say(f"and {number_of(counts.n_damaged - len(counts.damaged), 'more damaged place', 'more damaged places')}")
    if counts.n_damaged:
        say(
            f"files are damaged in {number_of(counts.n_damaged, 'place')}; the rows that could be read were tagged. "
            "Fix: copy these files again, then tag only them with another --out. docs/archive.md shows how to query "
            "both folders together"
        )


def _name_rejects(path: Path, n: int) -> None:
    """Report the first rows that could not be tagged, and how many more there are."""
    with path.open(encoding="utf-8") as file:
        rows = (reject for reject in map(json.loads, file) if not reject.get("damaged"))
        for reject in islice(rows, _MOST_NAMED):
            say(f"{reject['file']}:{reject['line']}: {'; '.join(reject['reasons'])}")
    if n > _MOST_NAMED:
        say(f"and {n - _MOST_NAMED:,} more")


def _print_sections(counts: "ArchiveCounts", changed: bool) -> None:
    found = sorted(counts.of_sections().items(), key=lambda entry: (-entry[1][0] - entry[1][1], entry[0]))
    rows = [(section, *(f"{n:,}" for n in (row if changed else row[:2]))) for section, row in found[:_MOST_SECTIONS]]
    heads = ("section", "applied", "for review", *(("added", "removed") if changed else ()))
    print_table(heads, rows)
    if len(found) > _MOST_SECTIONS:
        others = number_of(len(found) - _MOST_SECTIONS, "more section", "more sections")
        click.echo(f"and {others}, which {SUMMARY_FILE} lists")
    click.echo()


def _print_months(counts: "ArchiveCounts", changed: bool) -> None:
    """Print a row for each month, or for each year if there are many months."""
    length = None if len(counts.months) <= _MOST_MONTHS else _YEAR
    found: dict[str, list[int]] = {}
    for month, row in sorted(counts.months.items()):
        period = month[:length] if month != UNDATED else "undated"
        found[period] = [a + b for a, b in zip(found.get(period, [0] * len(row)), row, strict=True)]
    heads = ("year" if length else "month", "articles", "with a tag", *(("changed",) if changed else ()))
    print_table(heads, [(period, *(f"{n:,}" for n in (row if changed else row[:2]))) for period, row in found.items()])
    click.echo()
