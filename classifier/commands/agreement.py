"""``copydesk agreement``."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import (
    PATH,
    decisions_option,
    json_option,
    models_folder,
    models_option,
    set_option,
    setting,
    setting_option,
)
from classifier.commands.written_files import write_whole
from classifier.errors import CopydeskError, number_of

if TYPE_CHECKING:
    from classifier.feedback.agreement.counting import Agreement
    from classifier.feedback.agreement.tally import CountedShare, Tally

_MONTHS_SHOWN = 6
_MAX_ROWS = 20
_COUNTS = ("untouched", "kept", "removed", "corrected", "added", "open")
_WORDS = """\
Untouched: applied by the CMS, and no person is known to have looked at it.
Kept: a person accepted it, or looked at it and left it.
Removed: a person rejected it. Corrected: it stood on the article, and a person removed it later.
Added: a person chose it without a suggestion. Open: nobody has decided yet.
Share kept: kept / (kept + removed + corrected), with a 95 % interval. Untouched tags count in no share."""


@click.command()
@setting_option("feedback")
@decisions_option
@models_option
@set_option
@click.option("--html", "page", type=PATH, metavar="FILE", help="Write a page with tables and charts.  [default: none]")
@json_option
def agreement(
    feedback: str | None,
    decisions: str | None,
    models: Path | None,
    set_name: str | None,
    page: Path | None,
    as_json: bool,
) -> None:
    """Show what became of the suggestions.

    Counts how many tags were applied and untouched (no person looked), kept, removed, added, and corrected later, by
    section, month, model and source. Each tag counts once, as the last feedback on its article leaves it.

    With --set, only articles with feedback on the models of that set count. The page of --html takes the names of the
    sections from the live model in --models, if there is one.
    """
    from classifier.feedback.agreement.counting import agreement_of, of_models
    from classifier.feedback.agreement.page import agreement_page
    from classifier.feedback.store import FeedbackStore
    from classifier.store.registry import Registry

    versions = Registry(models_folder(models, set_name)).versions_ever() if set_name else None
    with FeedbackStore.existing(setting("feedback", feedback, decisions=decisions)) as store:
        history = store.history()
        found = agreement_of(history if versions is None else of_models(history, versions))
    if page:
        write_whole(
            page, agreement_page(found, _section_names(models, set_name), datetime.now(UTC).date(), setting("newsroom"))
        )
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print(found)


def _section_names(models: Path | None, set_name: str | None) -> dict[str, str]:
    """Return the names of sections by id, from the live model; without one the ids have to do, with a note."""
    from classifier.store.registry import Registry

    try:
        registry = Registry(models_folder(models, set_name))
        manifest = registry.manifest(registry.folder().name)
    except CopydeskError as error:
        say(f"the page shows the ids of sections, not their names, because {error}")
        return {}
    sections = [*(entry.section for entry in manifest.trained), *(entry.section for entry in manifest.untrained)]
    return {section.id: section.name for section in sections}


def _print(found: "Agreement") -> None:
    from classifier.commands.tables import print_table

    for what, tallies in (
        ("section", found.sections),
        ("month", found.months),
        ("model", found.models),
        ("source", found.sources),
    ):
        if tallies:
            _print_counts(what, {**tallies, **({"all": found.total} if what == "section" else {})})
    months = list(found.months)[-_MONTHS_SHOWN:]
    if len(months) > 1:
        rows = [
            (section, *(_share(by[month].kept_share if month in by else None) for month in months))
            for section, by in found.section_months.items()
        ]
        print_table(("share kept", *months), rows)
        click.echo()
    entries = number_of(found.n_entries, "piece of feedback", "pieces of feedback")
    say(f"Based on {number_of(found.n_articles, 'article')} and {entries}.\n{_WORDS}")


def _print_counts(what: str, tallies: Mapping[str, "Tally"]) -> None:
    from classifier.commands.tables import print_table
    from classifier.feedback.agreement.counting import with_most_tags

    shown, n_more = (tallies, 0) if what == "section" else with_most_tags(tallies, _MAX_ROWS)
    rows = [
        (
            name or f"(no {what})",
            *(f"{getattr(tally, count):,}" for count in _COUNTS),
            _share(tally.kept_share, with_interval=True),
        )
        for name, tally in shown.items()
    ]
    print_table((what, *_COUNTS, "share kept"), rows)
    if n_more:
        say(f"{n_more:,} more with fewer tags are not shown. Fix: list them with --json")
    click.echo()


def _share(share: "CountedShare | None", *, with_interval: bool = False) -> str:
    if share is None:
        return ""
    low, high = share.interval
    return f"{share.value:.0%}" + (f" ({100 * low:.0f}–{100 * high:.0f})" if with_interval else "")
