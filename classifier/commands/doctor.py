"""``copydesk doctor``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import progress, say_skipped
from classifier.commands.extras import require_training
from classifier.commands.options import (
    PATH,
    bad_rows_options,
    data_argument,
    jobs_option,
    json_option,
    sections_option,
    seed_option,
)
from classifier.commands.reading import asked_reading, reading_options
from classifier.commands.written_files import write_whole
from classifier.errors import number_of

if TYPE_CHECKING:
    from classifier.training.diagnosing.proposals import Diagnosis, Proposal


@click.command()
@data_argument
@sections_option
@click.option(
    "--min-support",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Do not train sections with fewer stories than this; near copies count as one story.",
)
@click.option("--html", "page", type=PATH, metavar="FILE", help="Write the proposals as a page.  [default: none]")
@jobs_option
@seed_option
@json_option
@bad_rows_options
@reading_options
def doctor(
    data: tuple[Path, ...],
    sections: Path,
    min_support: int,
    page: Path | None,
    jobs: int | None,
    seed: int,
    as_json: bool,
    ignore_unknown: bool,
    skip_bad: bool,
    rejects: Path,
) -> None:
    """Propose sections to merge, split, add or retire, or that need more stories.

    Proposes sections to merge (a model cannot distinguish their articles), to split (they hold two subjects), to add
    (a theme that many articles share and no section covers) and to retire, and estimates how many more stories weak
    sections need. Sections with too few stories to judge are listed separately.
    Each proposal has example articles and the F1 (1 is perfect) of models fitted on the changed labels, measured on
    articles that they have not seen. Nothing is changed: an editor decides.

    It takes about three times as long as training. Of more than 100,000 articles, a random sample is examined.
    “copydesk train --doctor” adds the proposals to report.html.

    DATA: files, folders or quoted globs of labelled articles.  [default: training_data/articles]
    """
    require_training()
    from classifier.corpus.intake import RefusalAdvice, read_or_refuse
    from classifier.corpus.readers import Reading
    from classifier.sections import Sections
    from classifier.training.diagnosing.doctor import examine
    from classifier.training.publishing.report.doctor_page import doctor_page
    from classifier.training.training_settings import TrainingSettings

    settings = TrainingSettings(seed=seed, min_support=min_support)
    vocabulary = Sections.load(sections)
    advice = RefusalAdvice("examined", skip_bad=True, ignore_unknown=True)
    with progress() as watched:
        reading = Reading(ignore_unknown, **asked_reading(split="train"))
        corpus = read_or_refuse(data, vocabulary, rejects if skip_bad else None, reading, watched, advice=advice)
        found = examine(corpus.articles, vocabulary, settings, jobs or -1, watched)
    say_skipped(len(corpus.rejects), rejects)
    if page:
        write_whole(page, doctor_page(found))
    if as_json:
        whole = found.to_json() | {"left_out_files": corpus.left_out_files}
        click.echo(json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print_diagnosis(found)


def _print_diagnosis(found: "Diagnosis") -> None:
    for proposal in found.proposals:
        _print_proposal(proposal)
    for unjudged in found.unjudged:
        click.echo(click.style("Too early to judge", bold=True) + f" {unjudged.named}: {unjudged.reason}")
    for line in found.not_examined:
        click.echo(f"not examined: {line}")
    click.echo(
        f"{number_of(len(found.proposals), 'proposal')}, from {number_of(found.n_articles, 'article')} in "
        f"{number_of(found.n_stories, 'story', 'stories')} (near-duplicates grouped); micro-F1 {found.micro_f1:.3f} "
        "with the present sections"
    )


def _print_proposal(proposal: "Proposal") -> None:
    title = proposal.title
    click.echo(click.style(title, bold=True) + f": {proposal.reason}")
    if proposal.after:
        click.echo(f"  F1: {proposal.f1_in_words}")
    if proposal.micro_f1:
        before, after = proposal.micro_f1
        click.echo(f"  micro-F1 of all sections: {before:.3f}, then {after:.3f}")
    for group in proposal.groups:
        click.echo(f"  {number_of(group.n_articles, 'article')}: {', '.join(group.words)}")
        for item in group.examples:
            click.echo(f"    {item.article.id or item.place}: {item.article.headline or '(no headline)'}")
