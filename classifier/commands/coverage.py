"""``copydesk coverage``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from classifier.commands.console import progress, say
from classifier.commands.extras import require_training
from classifier.commands.options import (
    PATH,
    jobs_option,
    json_option,
    models_folder,
    models_option,
    seed_option,
    set_option,
    version_option,
)
from classifier.commands.reading import archive_options, asked_reading
from classifier.commands.written_files import csv_text, write_whole
from classifier.errors import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.training.quantifying.coverage import Coverage, Period, PeriodShare

_MAX_NAMED = 5
_ANY_LABELS = {"ignore_unknown": True, "machine_labels": True, "all_unlabelled": True}


@click.command()
@click.argument("archive", nargs=-1, type=PATH, required=True)
@models_option
@set_option
@version_option
@click.option(
    "--by",
    type=click.Choice(["month", "quarter", "year"]),
    default="month",
    show_default=True,
    help="Length of a period.",
)
@click.option(
    "--csv",
    "csv_file",
    type=PATH,
    metavar="FILE",
    help="Write a table with a row for each section and period.  [default: none]",
)
@click.option(
    "--html", "page", type=PATH, metavar="FILE", help="Write a page with a chart for each section.  [default: none]"
)
@json_option
@jobs_option
@seed_option
@archive_options
def coverage(
    archive: tuple[Path, ...],
    models: Path | None,
    set_name: str | None,
    model_version: str | None,
    by: str,
    csv_file: Path | None,
    page: Path | None,
    as_json: bool,
    jobs: int | None,
    seed: int,
) -> None:
    """Estimate how much of an archive belongs to each section, month by month.

    ARCHIVE: files, folders or quoted globs of articles of every kind that “copydesk train” reads. They need no labels;
    labels in them are ignored. Articles without a date are a period of their own.

    Counting tags gives biased shares: too high for a section that is rarer than in training, too low for one that is
    more frequent. The shares here are corrected for the errors that the model makes on articles that it has not seen.
    The interval holds the true share in 9 of 10 cases, if the articles are like those that the model was trained on.

    Prints a table of the whole archive, then one of the periods, in percent of the articles. A row that cannot be used
    is reported with its place on standard error; the others count, and the exit code is 2.
    """
    require_training()
    from classifier.corpus.readers import Reading
    from classifier.store.registry import Registry
    from classifier.training.publishing.report.coverage_page import coverage_page
    from classifier.training.quantifying.archive import measure_coverage

    folder = Registry(models_folder(models, set_name, model_version)).folder(model_version)
    reading = Reading(**asked_reading() | _ANY_LABELS)
    with progress() as watched:
        found = measure_coverage(folder, archive, reading, cast("Period", by), jobs or -1, seed, watched)
    if csv_file:
        write_whole(csv_file, csv_text(found.rows()))
    if page:
        write_whole(page, coverage_page(found))
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print_coverage(found)
    _report_rest(found)
    if found.bad_rows:
        raise click.exceptions.Exit(2)


def _print_coverage(found: "Coverage") -> None:
    from classifier.commands.tables import print_table

    rows = [
        (section.id, f"{section.total.tagged:,}", f"{100 * section.total.tagged_share:.1f}", *_cells(section.total))
        for section in found.sections
    ]
    print_table(("section", "tagged", "tagged, %", "share, %", "90 % interval"), rows)
    click.echo()
    periods = found.sections[0].periods
    table = [
        (period.period, f"{period.n_articles:,}", *(" ".join(_cells(s.periods[n])) for s in found.sections))
        for n, period in enumerate(periods)
    ]
    print_table((found.by, "articles", *(section.id for section in found.sections)), table)
    click.echo(
        f"Model {found.version}, {number_of(found.n_articles, 'article')}. “tagged” counts the articles that got the "
        "tag; “share” is the share of the articles that belong to the section, corrected for the model's errors"
    )


def _cells(share: "PeriodShare") -> tuple[str, str]:
    found = share.share
    return f"{100 * found.value:.1f}", f"({100 * found.low:.1f}–{100 * found.high:.1f})"


def _report_rest(found: "Coverage") -> None:
    """Report what is in no figure, or only in the figures of articles without a date."""
    from classifier.corpus.readers.files import OTHER_KIND, left_out_files

    for note in found.notes:
        say(note)
    for what, n in found.left_out.items():
        if what != OTHER_KIND:
            say(f"left out ({n:,}): {what}")
    for line in left_out_files([Path(name) for name in found.left_out_files]):
        say(line)
    for what, n in found.undated.items():
        say(f"counted as undated ({n:,}): {what}. Fix: give the form of the dates with --date-format")
    if found.untrained:
        say(f"no share is given for sections that the model was not trained on: {', '.join(found.untrained)}")
    if found.n_trained_on:
        say(
            f"the model was trained on {found.n_trained_on:,} of the articles: for these, its probabilities are too "
            "sure, and the intervals too narrow. Fix: leave out the articles of the training data"
        )
    if found.bad_rows:
        _report_bad_rows(found.bad_rows)


def _report_bad_rows(rows: "Sequence[str]") -> None:
    for row in rows[:_MAX_NAMED]:
        say(row)
    if len(rows) > _MAX_NAMED:
        say(f"and {len(rows) - _MAX_NAMED:,} more")
    them = "it" if len(rows) == 1 else "them"
    say(
        f"{number_of(len(rows), 'row')} could not be used, and no figure counts {them}. "
        f"Fix: correct {them}, and run again"
    )
