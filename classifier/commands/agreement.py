"""``copydesk agreement``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import (
    decisions_option,
    json_option,
    models_folder,
    models_option,
    set_option,
    setting,
    setting_option,
)

if TYPE_CHECKING:
    from classifier.feedback.agreement import Agreement, Tally

_MONTHS_SHOWN = 6


@click.command()
@setting_option("feedback")
@decisions_option
@models_option
@set_option
@json_option
def agreement(
    feedback: str | None, decisions: str | None, models: Path | None, set_name: str | None, as_json: bool
) -> None:
    """Show how often editors kept the suggestions.

    Shows how often each section was suggested, kept, removed and added, in total and by month. Only the latest
    feedback on each article counts. “share kept” is kept / (kept + removed).

    With --set, only feedback on the models of that set counts. Without it, --models is not used.
    """
    from classifier.feedback.agreement import agreement as tally
    from classifier.feedback.store import FeedbackStore
    from classifier.store.registry import Registry

    versions = Registry(models_folder(models, set_name)).versions_ever() if set_name else None
    with FeedbackStore.existing(setting("feedback", feedback, decisions=decisions)) as store:
        found = tally(item for item in store.latest() if versions is None or item.feedback.model in versions)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print(found)


def _print(found: "Agreement") -> None:
    from classifier.commands.tables import print_table

    months = list(found.months)[-_MONTHS_SHOWN:]
    rows = [
        (section, *_counts(tally), *(_share(found.months[month].get(section)) for month in months))
        for section, tally in found.sections.items()
    ]
    print_table(("section", "suggested", "kept", "removed", "added", "share kept", *months), rows)
    say(
        f"Based on {found.n_articles:,} articles; only the latest feedback on each counts. The month columns show the "
        "share of suggestions kept."
    )


def _counts(tally: "Tally") -> tuple[str, ...]:
    numbers = (tally.suggested, tally.kept, tally.removed, tally.added)
    return (*(f"{number:,}" for number in numbers), _share(tally))


def _share(tally: "Tally | None") -> str:
    return "" if tally is None or tally.kept_share is None else f"{tally.kept_share:.0%}"
