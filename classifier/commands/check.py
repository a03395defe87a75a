"""``copydesk check``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import progress, say
from classifier.commands.extras import require_training
from classifier.commands.options import (
    PATH,
    data_argument,
    ignore_unknown_option,
    jobs_option,
    json_option,
    sections_option,
    seed_option,
)
from classifier.commands.reading import asked_reading, reading_options
from classifier.errors import number_of

if TYPE_CHECKING:
    from classifier.corpus.checks import Counts
    from classifier.training.measuring.audit import Audit

_MAX_ITEMS_SHOWN = 5


@click.command()
@data_argument
@sections_option
@jobs_option
@seed_option
@json_option
@ignore_unknown_option
@click.option(
    "--suspects", type=PATH, default=Path("suspects.csv"), show_default=True, help="CSV file for the doubtful articles."
)
@reading_options
def check(
    data: tuple[Path, ...],
    sections: Path,
    jobs: int | None,
    seed: int,
    as_json: bool,
    ignore_unknown: bool,
    suspects: Path,
) -> None:
    """Check whether labelled articles can be trusted.

    Prints the number of articles of each section (and language, if there are several), and reports duplicate articles,
    words that give the label away (“leaks”), sections with too few articles, unknown and deprecated labels, broken text
    and unexpected languages. Also writes a CSV file of the articles whose labels look most doubtful: an editor reviews
    it. Exit code 1: the checks found an error.

    DATA: files, folders or quoted globs of labelled articles.  [default: training_data/articles]
    """
    require_training()
    from classifier.corpus.readers import Reading
    from classifier.sections import Sections
    from classifier.training.measuring.audit import audit
    from classifier.training.measuring.suspects import write_suspects
    from classifier.training.training_settings import TrainingSettings

    with progress() as watched:
        found = audit(
            data,
            Sections.load(sections),
            TrainingSettings(seed=seed),
            jobs or -1,
            watched,
            Reading(ignore_unknown, **asked_reading(split="train")),
        )
    if found.suspects:
        write_suspects(suspects, found.suspects)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print_audit(found, suspects)
    raise click.exceptions.Exit(found.exit_code)


def _print_audit(found: "Audit", suspects: Path) -> None:
    _print_counts(found.counts, found.similarity)
    for finding in found.findings:
        click.echo(f"{finding.severity}: {finding.message} [{finding.check}]")
        for item in finding.items[:_MAX_ITEMS_SHOWN]:
            click.echo(f"  {item}")
        if len(finding.items) > _MAX_ITEMS_SHOWN:
            click.echo(f"  and {len(finding.items) - _MAX_ITEMS_SHOWN:,} more. Run with --json to list all")
    tally = {s: sum(f.severity == s for f in found.findings) for s in ("error", "warning", "note")}
    click.echo(", ".join(number_of(n, severity) for severity, n in tally.items()))
    if found.suspects:
        say(
            f"The {len(found.suspects)} articles whose labels look most doubtful are in {suspects}. Fix: review each, "
            "and correct the labels that are wrong"
        )


def _print_counts(counts: "Counts", similarity: dict[str, float | None]) -> None:
    from classifier.commands.tables import NOTHING, print_table
    from classifier.corpus.language import language_name

    rows = [
        (
            section,
            f"{counts.total(section):,}",
            NOTHING if (alike := similarity.get(section)) is None else f"{alike:.3f}",
            ", ".join(f"{year}:{n:,}" for year, n in by_year.items()),
        )
        for section, by_year in counts.sections.items()
    ]
    print_table(("section", "articles", "similarity", "by year"), rows, wrap_last=True)
    if counts.languages:
        table = [
            (section, *(f"{n[section]:,}" for n in counts.languages.values()))
            for section in counts.sections
            if counts.total(section)
        ]
        print_table(("section", *map(language_name, counts.languages)), table)
    click.echo(
        f"{number_of(counts.n_articles, 'article')} in {number_of(counts.n_stories, 'story', 'stories')} "
        "(near-duplicates grouped); "
        f"{counts.repeated_shingles:.2%} of 8-word runs occur in more than one article. “similarity” is how alike two "
        "articles of a section are (median cosine): 0 no terms in common, 1 the same terms"
    )
