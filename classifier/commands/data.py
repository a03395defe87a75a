"""The commands that look at labelled articles: ``check`` and ``curve``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifier.commands.console import print_table, progress, say

if TYPE_CHECKING:
    from classifier.corpus.checks import Counts
    from classifier.training.measuring.audit import Audit

_PATH = click.Path(path_type=Path)
_MAX_ITEMS_SHOWN = 5

data_argument: Callable[[Any], Any] = click.argument(
    "data", nargs=-1, type=_PATH, default=[Path("training_data/articles")]
)
sections_option: Callable[[Any], Any] = click.option(
    "--sections",
    type=_PATH,
    default=Path("training_data/sections.toml"),
    show_default=True,
    help="The vocabulary.",
)
jobs_option: Callable[[Any], Any] = click.option(
    "--jobs", type=click.IntRange(min=1), help="Processes to use.  [default: one for each core]"
)
seed_option: Callable[[Any], Any] = click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0)
ignore_unknown_option: Callable[[Any], Any] = click.option(
    "--ignore-unknown", is_flag=True, help="Drop labels that are no section, but keep their rows."
)
json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@data_argument
@sections_option
@jobs_option
@seed_option
@json_option
@ignore_unknown_option
@click.option("--suspects", type=_PATH, default=Path("suspects.csv"), show_default=True, help="Where suspects go.")
def check(
    data: tuple[Path, ...],
    sections: Path,
    jobs: int | None,
    seed: int,
    as_json: bool,
    ignore_unknown: bool,
    suspects: Path,
) -> None:
    """Say whether labelled articles can be trusted.

    Prints counts, copies, leaks, thin sections, labels that are unknown or deprecated, broken text and odd languages,
    and writes the articles whose labels a model contradicts most to a table for an editor. Exit code 1 where there is
    an error.
    """
    from classifier.corpus.readers import Reading
    from classifier.sections import Sections
    from classifier.training.measuring.audit import audit
    from classifier.training.measuring.suspects import write_suspects
    from classifier.training.training_settings import TrainingSettings

    with progress() as watched:
        found = audit(
            data, Sections.load(sections), TrainingSettings(seed=seed), jobs or -1, watched, Reading(ignore_unknown)
        )
    if found.suspects:
        write_suspects(suspects, found.suspects)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
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
            click.echo(f"  and {len(finding.items) - _MAX_ITEMS_SHOWN:,} more; --json lists all")
    tally = {s: sum(f.severity == s for f in found.findings) for s in ("error", "warning", "note")}
    click.echo(f"{tally['error']} errors, {tally['warning']} warnings, {tally['note']} notes")
    if found.suspects:
        say(f"the {len(found.suspects)} articles whose labels a model doubts most are in {suspects}; judge each")


def _print_counts(counts: "Counts", similarity: dict[str, float]) -> None:
    years = sorted({year for by_year in counts.sections.values() for year in by_year})
    rows = [
        (
            section,
            f"{counts.total(section)}",
            f"{similarity[section]:.3f}" if section in similarity else "",
            *(str(by_year.get(year, "")) for year in years),
        )
        for section, by_year in counts.sections.items()
    ]
    print_table(("section", "articles", "similarity", *years), rows)
    click.echo(
        f"{counts.n_articles:,} articles in {counts.n_stories:,} stories; "
        f"{counts.repeated_shingles:.2%} of 8-word runs occur in more than one article; "
        "similarity is the median cosine of two articles of a section"
    )


@click.command()
@data_argument
@sections_option
@jobs_option
@seed_option
@json_option
@ignore_unknown_option
@click.option("--skip-bad", is_flag=True, help="Use the good rows and write the bad ones, whole, to --rejects.")
@click.option(
    "--rejects", type=_PATH, default=Path("rejects.jsonl"), show_default=True, help="Where --skip-bad writes bad rows."
)
def curve(
    data: tuple[Path, ...],
    sections: Path,
    jobs: int | None,
    seed: int,
    as_json: bool,
    ignore_unknown: bool,
    skip_bad: bool,
    rejects: Path,
) -> None:
    """Say what fewer articles would be worth, and whether more are likely to help."""
    from classifier.corpus.intake import RefusalAdvice, read_or_refuse
    from classifier.corpus.readers import Reading
    from classifier.sections import Sections
    from classifier.training.measuring.curve import learning_curve
    from classifier.training.task import make_task
    from classifier.training.training_settings import TrainingSettings

    settings = TrainingSettings(seed=seed)
    vocabulary = Sections.load(sections)
    with progress() as watched:
        corpus = read_or_refuse(
            data,
            vocabulary,
            rejects if skip_bad else None,
            Reading(ignore_unknown),
            watched,
            advice=RefusalAdvice(skip_bad=True, ignore_unknown=True),
        )
        found = learning_curve(make_task(corpus.articles, vocabulary, settings, watched), settings, jobs or -1, watched)
    if corpus.rejects:
        say(f"{len(corpus.rejects):,} bad rows were set aside in {rejects}")
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
        return
    rows = [(f"{p.share:.0%}", f"{p.n_articles:,}", str(p.micro_f1), str(p.macro_f1)) for p in found.points]
    print_table(("of stories", "articles", "micro-F1 (95 %)", "macro-F1 (95 %)"), rows)
    if found.note:
        click.echo(found.note)
    click.echo(found.verdict)
