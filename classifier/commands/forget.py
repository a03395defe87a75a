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
@click.option("--yes", is_flag=True, help="Erase it. Without this option it is only counted.")
@json_option
def forget(
    feedback: str | None, source: str | None, article: str | None, older_than: int | None, yes: bool, as_json: bool
) -> None:
    """Erase kept suggestions, feedback and call-backs.

    What matches all of --source, --id and --older-than is erased from the feedback database; give at least one of them.
    Without --yes it is only counted. Models, and backups of the database, stay as they are.
    """
    from classifier.feedback.database import Database
    from classifier.feedback.forgetting import forget as forget_in

    if source is None and article is None and older_than is None:
        raise click.UsageError("give --source, --id or --older-than: without one of them, everything would be erased")
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
        f"{erased.feedback:,} feedback and {number_of(erased.calls, 'call-back')}"
    )
    return f"erased from {name}: {found}" if yes else f"in {name} match: {found}. Run again with --yes to erase them"
