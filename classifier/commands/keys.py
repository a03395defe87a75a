"""``copydesk keys``."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from classifier.commands.console import say
from classifier.commands.options import PATH, setting, setting_option
from classifier.service.guard.keys import SCOPES, Scope


@click.group(invoke_without_command=True)
@setting_option("keys", PATH)
@click.pass_context
def keys(context: click.Context, keys: Path | None) -> None:
    """List, create and revoke API keys.

    A running service notices a change within a second.
    """
    from classifier.commands.tables import print_table
    from classifier.service.guard.keys import Keys

    context.obj = path = setting("keys", keys)
    if context.invoked_subcommand is not None:
        return
    if not path.exists():
        say(f"{path} does not exist, so there are no API keys. Fix: run “copydesk keys create NAME” to create one")
        return
    rows = [
        (k.id, k.name, k.scope, k.created, f"revoked {k.revoked}" if k.revoked else "") for k in Keys.load(path).all
    ]
    print_table(("id", "name", "scope", "created", "state"), rows, n_text_columns=5)


def _with_keys_file(command: Callable[..., None]) -> Any:
    """Call a subcommand with the path of the keys file first. It accepts --keys too, which beats the group's option."""

    def with_keys_file(path: Path, /, *, keys: Path | None, **given: Any) -> None:
        command(path if keys is None else setting("keys", keys), **given)

    return setting_option("keys", PATH)(wraps(command)(click.pass_obj(with_keys_file)))


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    default="tag",
    show_default=True,
    help="tag: tag articles and send feedback; desk: sign in at the desk; admin: all of that, change the live model, "
    "and read /metrics.",
)
@_with_keys_file
def create(path: Path, name: str, scope: Scope) -> None:
    """Create and print an API key for the program or the person called NAME.

    A person signs in at the desk with a key of the scope desk; their decisions are stored with NAME. Copy the key now:
    only its hash is stored, so it cannot be shown again.
    """
    from classifier.service.guard.keys import create as create_key

    key, text = create_key(path, name, scope)
    click.echo(text)
    say(f"key {key.id} for {key.name}, scope {key.scope}. Copy it now, because it cannot be shown again")


@keys.command()
@click.argument("id_or_name")
@_with_keys_file
def revoke(path: Path, id_or_name: str) -> None:
    """Revoke the API key with this id or name.

    “copydesk keys” lists both. A running service refuses the key within a second.
    """
    from classifier.service.guard.keys import revoke as revoke_key

    key = revoke_key(path, id_or_name)
    say(f"revoked: key {key.id} for {key.name}")
