"""``copydesk keys``."""

from pathlib import Path

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
        say(f"{path} does not exist, so there are no keys. Run “copydesk keys create NAME” to create one")
        return
    rows = [
        (k.id, k.name, k.scope, k.created, f"revoked {k.revoked}" if k.revoked else "") for k in Keys.load(path).all
    ]
    print_table(("id", "name", "scope", "created", "state"), rows, n_text_columns=5)


@keys.command()
@click.argument("name")
@click.option(
    "--scope", type=click.Choice(SCOPES), default="tag", show_default=True, help="What the key may be used for."
)
@click.pass_obj
def create(path: Path, name: str, scope: Scope) -> None:
    """Create a key for NAME, the program that will use it, and print it.

    It is printed only this once, because only its hash is kept.
    """
    from classifier.service.guard.keys import create as create_key

    key, text = create_key(path, name, scope)
    click.echo(text)
    say(f"key {key.id} for {key.name}, scope {key.scope}; store it now, because it is not shown again")


@keys.command()
@click.argument("id_or_name")
@click.pass_obj
def revoke(path: Path, id_or_name: str) -> None:
    """Revoke the key with this id or name."""
    from classifier.service.guard.keys import revoke as revoke_key

    key = revoke_key(path, id_or_name)
    say(f"revoked: key {key.id} for {key.name}")
