"""The options of every command that reads articles: what to read of a WordPress export, and in which language."""

from typing import Any

import click

# The values wait in the context, so that a command need not take three arguments more to pass them on.
_META = "copydesk.exports"


def _keep(context: click.Context, option: click.Parameter, value: object) -> object:
    context.meta.setdefault(_META, {})[str(option.name)] = value
    return value


_OPTIONS = (
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
        help="Post meta of a WordPress export that holds text of the story, as custom fields and page builders keep "
        "it; content_*_text stands for several keys; may be given several times.  [default: none]",
    ),
)


def export_options(command: Any) -> Any:
    """Add the options of WordPress exports to a command; `export_reading` returns what they were."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def export_reading() -> dict[str, Any]:
    """Return the fields of `Reading` that the options of the running command ask for."""
    found: dict[str, Any] = click.get_current_context().meta.get(_META, {})
    return dict(found)
