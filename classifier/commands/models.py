"""``copydesk models``: the versions, and which one is live."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifier.commands.console import say
from classifier.commands.options import json_option, models_option, setting

if TYPE_CHECKING:
    from classifier.store.registry import Registry


@click.group(invoke_without_command=True)
@models_option
@json_option
@click.pass_context
def models(context: click.Context, models: Path | None, as_json: bool) -> None:
    """List the versions of the model, and change which one is live.

    micro-F1 is the quality on articles that a version was not trained on, over all tags; 1 is perfect.
    """
    from classifier.store.registry import Registry

    context.obj = Registry(setting("models", models))
    if context.invoked_subcommand is None:
        _list(context.obj, as_json)
    elif as_json:
        raise click.UsageError(
            "--json works only with “copydesk models” on its own, not with a subcommand. Fix: leave --json out"
        )


def _with_registry(command: Callable[..., None]) -> Any:
    """Call a subcommand with the registry first. It accepts --models too, which beats the option of the group."""

    def with_registry(registry: "Registry", /, *, models: Path | None, **given: Any) -> None:
        from classifier.store.registry import Registry

        command(registry if models is None else Registry(setting("models", models)), **given)

    return models_option(wraps(command)(click.pass_obj(with_registry)))


@dataclass(frozen=True)
class _Version:
    """A version as it is listed; ``problem`` is why its manifest cannot be read."""

    version: str
    state: str
    date: str = ""
    language: str = ""
    languages: tuple[str, ...] = ()
    sections: int | None = None
    articles: int | None = None
    micro_f1: float | None = None
    problem: str = ""

    def row(self) -> tuple[str, ...]:
        sections = "" if self.sections is None else f"{self.sections}"
        micro_f1 = "" if self.micro_f1 is None else f"{self.micro_f1:.3f}"
        return (self.version, self.date[:10], ", ".join(self.languages), self.state, sections, micro_f1)


def _list(registry: "Registry", as_json: bool) -> None:
    from classifier.commands.tables import print_table

    found = _versions(registry)
    if as_json:
        click.echo(json.dumps([asdict(version) for version in found], indent=1))
    elif not found:
        say(f"{registry.models} contains no model. Fix: run “copydesk train” to train one")
    else:
        heads = ("version", "date", "language", "state", "sections", "micro-F1")
        print_table(heads, [version.row() for version in found], n_text_columns=4)
    for version in found:
        if version.problem:
            say(f"{version.version}: {version.problem}")


def _versions(registry: "Registry") -> list[_Version]:
    from classifier.errors import ModelError

    try:
        current = registry.current()
    except ModelError as error:
        say(f"no version is live: {error}")
        current = None
    found = []
    for version in registry.versions():
        state = "live" if version == current else ""
        try:
            manifest = registry.manifest(version)
        except ModelError as error:
            found.append(_Version(version, f"{state}, unusable".lstrip(", "), problem=str(error)))
            continue
        micro_f1 = _micro_f1(registry.models / version)
        found.append(
            _Version(
                version,
                state,
                manifest.created,
                manifest.language,
                manifest.languages,
                len(manifest.trained),
                manifest.n_articles,
                micro_f1,
            )
        )
    return found


def _micro_f1(folder: Path) -> float | None:
    """Return the out-of-fold micro-F1 that a version was written with, or None if it cannot be read."""
    from classifier.store.files import EVALUATION_FILE

    try:
        value: Any = json.loads((folder / EVALUATION_FILE).read_bytes())["out_of_fold"]["micro"]["f1"]
        figure = float(value) if isinstance(value, float | int) else math.nan
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    return figure if math.isfinite(figure) else None


@models.command()
@click.argument("version")
@_with_registry
def promote(registry: "Registry", version: str) -> None:
    """Make VERSION live, after verifying every byte of it.

    “copydesk models” lists the versions. Running services switch to it without a restart.
    """
    registry.promote(version)
    say(f"live now: {version}")


@models.command()
@_with_registry
def rollback(registry: "Registry") -> None:
    """Go back to the version that was live before the current one."""
    say(f"live again: {registry.rollback()}")


@models.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@_with_registry
def import_(registry: "Registry", source: Path) -> None:
    """Copy a version from another machine into the folder of models.

    SOURCE is the folder of the version, or a .tar.gz of it. Every byte is verified, and the model is loaded and
    tried on a test text. The live version stays the same.
    """
    from classifier.store.importing import import_version

    version, new = import_version(registry, source)
    if new:
        say(f"imported: {registry.models / version}")
    else:
        say(f"{registry.models / version} already exists and is identical; nothing was imported")
    say(f"To make it live, run “copydesk models promote {version}”")


@models.command()
@click.option("--keep", type=click.IntRange(min=1), required=True, help="How many of the newest versions to keep.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
@_with_registry
def prune(registry: "Registry", keep: int, dry_run: bool) -> None:
    """Remove old versions, but never one that is in use.

    The live version, the one that a rollback would make live, and the one in the setting “shadow” are kept. Prints the
    removed versions, one a line.
    """
    from classifier.store.pruning import prune as prune_versions

    shadow = setting("shadow")
    done = prune_versions(registry, keep, [shadow] if shadow else [], dry_run=dry_run)
    for version, reason in done.spared.items():
        say(f"kept: {version}, {reason}")
    for version in done.removed:
        click.echo(version)
    say(f"{len(done.removed):,} versions {'would be' if dry_run else 'were'} removed from {registry.models}")


@models.command()
@_with_registry
def reload(registry: "Registry") -> None:
    """Make running services reload the live model.

    Run this, for example, after restoring the model from a backup.
    """
    registry.ask_for_reload()
    say("Running services will reload the live model. GET /v1/models shows the result")


@models.command()
@_with_registry
def history(registry: "Registry") -> None:
    """Print every promotion and rollback, oldest first, as JSON Lines."""
    for entry in registry.history():
        click.echo(json.dumps(asdict(entry)))
