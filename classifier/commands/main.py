"""``python -m classifier``: commands only. Each imports what it needs when it runs, so that --help answers at once."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from classifier.commands.agreement import agreement
from classifier.commands.console import print_table, run_command, say
from classifier.commands.data import check, curve
from classifier.commands.export import export
from classifier.commands.quality import compare, evaluate
from classifier.commands.service import keys, openapi
from classifier.errors import InvalidInputError, MalformedInputError
from classifier.settings import Settings

if TYPE_CHECKING:
    from classifier.request import TagRequest

models_option: Callable[[Any], Any] = click.option(
    "--models", type=click.Path(path_type=Path), help="Folder of the trained models.  [default: models]"
)


@click.group()
def commands() -> None:
    """Copydesk tags news articles with the sections of the site that publishes them."""


commands.add_command(check)
commands.add_command(curve)
commands.add_command(evaluate)
commands.add_command(compare)
commands.add_command(export)
commands.add_command(keys)
commands.add_command(openapi)
commands.add_command(agreement)


@commands.command()
@models_option
@click.option("--version", "model_version", help="Model version to tag with.  [default: the live one]")
@click.option("--explain", is_flag=True, help="Give the evidence of each tag.")
@click.option("--all", "all_", is_flag=True, help="Also give the sections below their threshold.")
@click.option("--page", is_flag=True, help="Each file is the text of one page, not JSON Lines.")
@click.argument("files", nargs=-1, type=click.File("rb"))
def tag(
    models: Path | None,
    model_version: str | None,
    explain: bool,
    all_: bool,
    page: bool,
    files: tuple[IO[bytes], ...],
) -> None:
    """Tag articles: JSON Lines in (FILES, or - for standard input), one JSON answer a line out, as POST /v1/tags.

    A line that is not an article is named on standard error with its number; the others are tagged, and the exit code
    is 2.
    """
    from classifier.tagger import Tagger

    tagger = Tagger.load(Settings.load({"models": models}).models, model_version)
    bad = 0
    for file in files or (sys.stdin.buffer,):
        for number, data in _inputs(file, page):
            try:
                request = _request(data, page)
                answer = tagger.tag(request, request.choice(explain=explain, all=all_))
            except (InvalidInputError, MalformedInputError) as error:
                bad += 1
                say(f"{file.name}:{number}: {error}")
            else:
                click.echo(json.dumps(answer.to_json(), ensure_ascii=False))
    if bad:
        say(f"{bad:,} articles could not be tagged")
        raise click.exceptions.Exit(2)


def _inputs(file: IO[bytes], page: bool) -> "list[tuple[int, bytes]] | enumerate[bytes]":
    return [(1, file.read())] if page else enumerate(file, 1)


def _request(data: bytes, page: bool) -> "TagRequest":
    from classifier.request import TagRequest

    if not page:
        return TagRequest.read(data)
    try:
        return TagRequest.read({"body": data.decode("utf-8")})
    except UnicodeDecodeError as error:
        raise MalformedInputError(f"not UTF-8 at byte {error.start}; save the text as UTF-8") from None


@commands.group(invoke_without_command=True)
@models_option
@click.pass_context
def models(context: click.Context, models: Path | None) -> None:
    """List the model versions; promote one, or roll back to the one before."""
    from classifier.store.registry import Registry

    context.obj = Registry(Settings.load({"models": models}).models)
    if context.invoked_subcommand is None:
        _list_versions(context.obj)


def _list_versions(registry: Any) -> None:
    from classifier.errors import ModelError

    try:
        current = registry.current()
    except ModelError as error:
        say(f"no version is live: {error}")
        current = None
    rows = []
    for version in registry.versions():
        try:
            manifest = registry.manifest(version)
        except ModelError as error:
            rows.append((version, error.title, "", ""))
        else:
            state = "live" if version == current else ""
            rows.append((version, state, f"{manifest.n_articles:,}", f"{len(manifest.trained)}"))
    if not rows:
        say(f"{registry.models} holds no model; train one with “python train.py”")
        return
    print_table(("version", "", "articles", "sections"), rows, n_text_columns=2)


@models.command()
@click.argument("version")
@click.pass_obj
def promote(registry: Any, version: str) -> None:
    """Make VERSION the live one, after verifying every byte of it."""
    registry.promote(version)
    say(f"live now: {version}")


@models.command()
@click.pass_obj
def rollback(registry: Any) -> None:
    """Make the version live that was so before the current one."""
    say(f"live again: {registry.rollback()}")


@models.command()
@click.pass_obj
def reload(registry: Any) -> None:
    """Have running services read the live model again, as after it was restored from a backup."""
    registry.ask_for_reload()
    say("running services read the live model again; GET /v1/models tells what they made of it")


@models.command()
@click.pass_obj
def history(registry: Any) -> None:
    """Print every promotion and rollback, oldest first, as JSON Lines."""
    for entry in registry.history():
        click.echo(json.dumps(entry.__dict__))


@commands.command("sections")
@click.option(
    "--sections",
    "file",
    type=click.Path(path_type=Path),
    default=Path("training_data/sections.toml"),
    show_default=True,
    help="The vocabulary.",
)
@click.option(
    "--from-wxr",
    "export",
    type=click.Path(path_type=Path),
    help="Draft a vocabulary from the categories of this WordPress export instead, as TOML on standard output.",
)
def list_sections(file: Path, export: Path | None) -> None:
    """List the sections of the vocabulary, or draft one."""
    if export:
        from classifier.corpus.draft import draft_sections

        click.echo("\n".join(section.to_toml() for section in draft_sections(export)), nl=False)
        return
    from classifier.sections import Sections

    rows = [
        (section.id, section.name, section.group, section.status, ", ".join(section.aliases))
        for section in Sections.load(file)
    ]
    print_table(("id", "name", "group", "status", "also written"), rows, n_text_columns=5)


def main() -> None:
    """Run the command line."""
    run_command(commands)


if __name__ == "__main__":
    main()
