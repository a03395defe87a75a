"""``copydesk forget``."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import json_option, setting, setting_option
from classifier.errors import FeedbackError, number_of

if TYPE_CHECKING:
    from classifier.feedback.forgetting import Erased


@click.command()
@setting_option("feedback")
@click.option("--source", metavar="SOURCE", help="Only what came from this source.")
@click.option("--id", "article", metavar="ID", help="Only the article with this id.")
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Only what was stored more than this number of days ago.",
)
@click.option("--yes", is_flag=True, help="Erase the matches. Without this option they are only counted.")
@json_option
def forget(
    feedback: str | None, source: str | None, article: str | None, older_than: int | None, yes: bool, as_json: bool
) -> None:
    """Erase kept suggestions, feedback and call-backs.

    Erases from the feedback database everything that matches all of the options --source, --id and --older-than; give
    at least one of them. Without --yes, matches are only counted. Models, and backups of the database, do not change.
    """
    from classifier.feedback.database import Database
    from classifier.feedback.forgetting import forget as forget_in

    if source is None and article is None and older_than is None:
        raise click.UsageError(
            "everything in the database would match. Fix: choose what to erase with --source, --id or --older-than"
        )
    database = Database(setting("feedback", feedback))
    if database.is_sqlite and not Path(database.name).is_file():
        raise FeedbackError(
            f"{database.name} does not exist, so nothing is stored there. Fix: give the database of the service with "
            "--feedback"
        )
    before = None if older_than is None else datetime.now(UTC) - timedelta(days=older_than)
    try:
        erased = forget_in(database, source=source, article=article, before=before, dry_run=not yes)
    finally:
        database.close()
    if as_json:
        found = {name: value for name, value in asdict(erased).items() if name != "texts"}
        click.echo(json.dumps({"erased": yes, **found}, indent=1, allow_nan=False))
    else:
        say(_told(erased, database.name, yes))


def _told(erased: "Erased", name: str, yes: bool) -> str:
    if erased.nothing:
        return f"nothing in {name} matches"
    found = (
        f"{number_of(erased.suggestions, 'suggestion')} ({erased.open_suggestions:,} open), "
        f"{number_of(erased.feedback, 'piece')} of feedback and {number_of(erased.calls, 'call-back')}"
    )
    if yes:
        return f"erased from {name}: {found}"
    return f"found in {name}: {found}. To erase them, run the same command with --yes"
