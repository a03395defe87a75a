"""The options of every command that reads articles: what to read of tables and of WordPress exports."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

# The values wait in the context, so that a command need not take ten arguments more to pass them on.
_META = "copydesk.reading"
_A_DAY = date(2023, 12, 31)


_OF_LABELS = frozenset({"labels", "label_names", "all_unlabelled", "taxonomies", "weight"})


def _keep(context: click.Context, option: click.Parameter, value: object) -> object:
    context.meta.setdefault(_META, {})[str(option.name)] = value
    return value


def _keep_date_format(context: click.Context, option: click.Parameter, value: str | None) -> object:
    if value is not None:
        try:
            read = datetime.strptime(_A_DAY.strftime(value), value)
        except ValueError as error:
            raise click.BadParameter(f"not a form of dates ({error}). Fix: write it as in %d.%m.%Y") from error
        if read.date() != _A_DAY:
            raise click.BadParameter("it gives no day, month and year. Fix: write it as in %d.%m.%Y")
    return _keep(context, option, value)


_OPTIONS = (
    click.option(
        "--labels",
        metavar="COLUMN",
        multiple=True,
        expose_value=False,
        callback=_keep,
        help="Column or key of a table that holds the labels; may be given several times.  [default: found by the "
        "names and values of the columns]",
    ),
    click.option(
        "--text",
        metavar="COLUMN",
        expose_value=False,
        callback=_keep,
        help="Column or key of a table that holds the text.  [default: found by its name]",
    ),
    click.option(
        "--headline",
        metavar="COLUMN",
        expose_value=False,
        callback=_keep,
        help="Column or key of a table that holds the headline.  [default: found by its name]",
    ),
    click.option(
        "--weight",
        metavar="COLUMN",
        expose_value=False,
        callback=_keep,
        help="Column or key of a table that holds the weights of articles: above 0 and at most 100; an article of "
        "weight 2 counts twice in the fit. Quality is measured without weights.  [default: a column named weight]",
    ),
    click.option(
        "--label-names",
        type=click.Path(path_type=Path),
        metavar="FILE",
        expose_value=False,
        callback=_keep,
        help="File that names each label that is a number: one number, tab and name a line, or JSON.  [default: labels "
        "are names]",
    ),
    click.option(
        "--encoding",
        metavar="NAME",
        expose_value=False,
        callback=_keep,
        help="Encoding of text files without a byte order mark, such as windows-1252.  [default: utf-8]",
    ),
    click.option(
        "--date-format",
        metavar="FORMAT",
        expose_value=False,
        callback=_keep_date_format,
        help="How dates are written, such as %d.%m.%Y for 31.12.2023.  [default: only dates that cannot be misread are "
        "used]",
    ),
    click.option(
        "--all-unlabelled",
        is_flag=True,
        expose_value=False,
        callback=_keep,
        help="Accept files in which no article has a label: all their articles count as articles without a section.",
    ),
    click.option(
        "--format",
        metavar="NAME",
        expose_value=False,
        callback=_keep,
        help="Format of all files, such as label-studio, prodigy, fasttext or ghost; docs/formats.md lists them.  "
        "[default: found out from each file]",
    ),
    click.option(
        "--taxonomy",
        "taxonomies",
        metavar="NAME",
        multiple=True,
        expose_value=False,
        callback=_keep,
        help="Taxonomy of a WordPress export whose terms are the sections; may be given several times.  "
        "[default: category]",
    ),
    click.option(
        "--post-type",
        "post_types",
        metavar="TYPE",
        multiple=True,
        expose_value=False,
        callback=_keep,
        help="Type of the posts to read in a WordPress export; may be given several times.  [default: post]",
    ),
    click.option(
        "--body-meta",
        "body_meta",
        metavar="KEY",
        multiple=True,
        expose_value=False,
        callback=_keep,
        help="Key of the custom field (post meta) of a WordPress export that holds text of the story, such as that of "
        "a page builder; content_*_text stands for several keys; may be given several times.  [default: none]",
    ),
)


def reading_options(command: Any) -> Any:
    """Add the options of reading to a command; `asked_reading` returns what they were."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def article_options(command: Any) -> Any:
    """Add the options of reading to a command that reads neither labels nor dates."""
    return _without(command, _OF_LABELS | {"date_format"})


def archive_options(command: Any) -> Any:
    """Add the options of reading to a command that reads dates, but no labels."""
    return _without(command, _OF_LABELS)


def changed_options(command: Any) -> Any:
    """Add the options of reading to a command that reads dates, and labels to compare with, but not to train on."""
    return _without(command, frozenset({"all_unlabelled", "weight"}))


def _without(command: Any, names: frozenset[str]) -> Any:
    command = reading_options(command)
    command.__click_params__ = [option for option in command.__click_params__ if option.name not in names]
    return command


def asked_reading(split: str | None = None) -> dict[str, Any]:
    """Return the fields of `Reading` that the options of the running command ask for.

    Parameters
    ----------
    split : str, optional
        The part that the command reads of a table with a column for train and test: ``train`` or ``test``.
    """
    found: dict[str, Any] = click.get_current_context().meta.get(_META, {})
    return {**found, "split": split}
