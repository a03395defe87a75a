"""Commands around the service: its keys and its contract."""

import json
import os
from pathlib import Path

import click

from classifier.commands.console import print_table, say
from classifier.service.guard.keys import SCOPES, Scope
from classifier.settings import BY_NAME, Settings


@click.group(invoke_without_command=True)
@click.option(
    "--keys",
    "path",
    type=click.Path(path_type=Path),
    help=f"{BY_NAME['keys'].help}  [default: {BY_NAME['keys'].default}]",
)
@click.pass_context
def keys(context: click.Context, path: Path | None) -> None:
    """List the API keys; create one, or revoke one. A running service notices within a second."""
    from classifier.service.guard.keys import Keys

    context.obj = path = Settings.load({"keys": path}).keys
    if context.invoked_subcommand is not None:
        return
    if not path.exists():
        say(f"{path} does not exist: there are no keys; make one with “python -m classifier keys create NAME”")
        return
    rows = [
        (k.id, k.name, k.scope, k.created, f"revoked {k.revoked}" if k.revoked else "") for k in Keys.load(path).all
    ]
    print_table(("id", "name", "scope", "created", ""), rows, n_text_columns=5)


@keys.command()
@click.argument("name")
@click.option("--scope", type=click.Choice(SCOPES), default="tag", show_default=True, help="What it may be used for.")
@click.pass_obj
def create(path: Path, name: str, scope: Scope) -> None:
    """Create a key for NAME, the program that will use it, and print it: this once, for only its hash is kept."""
    from classifier.service.guard.keys import create as create_key

    key, text = create_key(path, name, scope)
    click.echo(text)
    say(f"key {key.id} for {key.name}, scope {key.scope}; keep it now, it is not shown again")


@keys.command()
@click.argument("id_or_name")
@click.pass_obj
def revoke(path: Path, id_or_name: str) -> None:
    """Have the key with this id or name count no more."""
    from classifier.service.guard.keys import revoke as revoke_key

    key = revoke_key(path, id_or_name)
    say(f"revoked: key {key.id} for {key.name}")


@click.command()
@click.option(
    "--examples",
    "models",
    type=click.Path(path_type=Path),
    help="Print the requests of the examples with the answers of the live model of this folder instead.",
)
def openapi(models: Path | None) -> None:
    """Print the service's contract, an OpenAPI document."""
    from classifier.service.app import create_app
    from classifier.service.http.openapi import document, examples_answered

    nothing = Path(os.devnull)  # the contract does not depend on anybody's settings or keys
    app = create_app(Settings.load({"models": models, "keys": nothing / "keys", "access_log": "no"}, {}, nothing))
    shown = examples_answered(app) if models else document(app)
    click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
