"""The command ``agreement``: how often editors agreed with the suggestions."""

import json
from typing import TYPE_CHECKING

import click

from classifier.commands.console import print_table, say
from classifier.settings import BY_NAME, Settings

if TYPE_CHECKING:
    from classifier.feedback.agreement import Agreement, Tally

_MONTHS_SHOWN = 6


@click.command()
@click.option("--feedback", help=f"{BY_NAME['feedback'].help}  [default: {BY_NAME['feedback'].default}]")
@click.option("--decisions", hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def agreement(feedback: str | None, decisions: str | None, as_json: bool) -> None:
    """Show how often editors kept, removed and added each section, in total and by month.

    An article counts once, with the last feedback on it. The share kept is kept / (kept + removed).
    """
    from classifier.feedback.agreement import agreement as tally
    from classifier.feedback.store import FeedbackStore

    settings = Settings.load({"feedback": feedback, "decisions": decisions})
    with FeedbackStore.existing(settings.feedback) as store:
        found = tally(store.latest())
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    else:
        _print(found)


def _print(found: "Agreement") -> None:
    months = list(found.months)[-_MONTHS_SHOWN:]
    rows = [
        (section, *_counts(tally), *(_share(found.months[month].get(section)) for month in months))
        for section, tally in found.sections.items()
    ]
    print_table(("section", "suggested", "kept", "removed", "added", "share kept", *months), rows)
    say(f"{found.n_articles:,} articles, each with the last feedback on it. The columns of months show the share kept.")


def _counts(tally: "Tally") -> tuple[str, ...]:
    numbers = (tally.suggested, tally.kept, tally.removed, tally.added)
    return (*(f"{number:,}" for number in numbers), _share(tally))


def _share(tally: "Tally | None") -> str:
    return "" if tally is None or tally.kept_share is None else f"{tally.kept_share:.0%}"
