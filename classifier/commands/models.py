"""``copydesk models``: the versions, and which one is live."""

import json
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifier.commands.console import say
from classifier.commands.options import json_option, models_folder, models_option, set_option, setting

if TYPE_CHECKING:
    from classifier.store.registry import Registry


@click.group(invoke_without_command=True)
@models_option
@set_option
@json_option
@click.pass_context
def models(context: click.Context, models: Path | None, set_name: str | None, as_json: bool) -> None:
    """List the versions of the model, and change which one is live.

    If the folder has several sets of models, all are listed, and a subcommand needs --set.

    micro-F1 is the quality on articles that a version was not trained on, over all tags; 1 is perfect.
    """
    context.obj = models, set_name
    if context.invoked_subcommand is None:
        _list(setting("models", models), set_name, as_json)
    elif as_json:
        raise click.UsageError(
            "--json works only with “copydesk models” on its own, not with a subcommand. Fix: leave --json out"
        )


def _with_registry(command: Callable[..., None], *, new: bool = False) -> Any:
    """Call a subcommand with the registry first. It accepts --models and --set too, which beat those of the group.

    Parameters
    ----------
    command : callable
    new : bool
        The set need not exist yet.
    """

    def with_registry(
        of_group: tuple[Path | None, str | None], /, *, models: Path | None, set_name: str | None, **given: Any
    ) -> None:
        from classifier.store.registry import Registry

        folder = models_folder(of_group[0] if models is None else models, set_name or of_group[1], new=new)
        registry = Registry(folder)
        if not new:
            registry.require_folder()
        command(registry, **given)

    return models_option(set_option(wraps(command)(click.pass_obj(with_registry))))


@dataclass(frozen=True)
class _Version:
    """A version as it is listed; ``problem`` is why its manifest cannot be read.

    ``set`` is its set of models, None if there is only the folder itself.
    """

    version: str
    state: str
    date: str = ""
    language: str = ""
    languages: tuple[str, ...] = ()
    sections: int | None = None
    articles: int | None = None
    micro_f1: float | None = None
    problem: str = ""
    set: str | None = None

    def row(self) -> tuple[str, ...]:
        sections = "" if self.sections is None else f"{self.sections}"
        micro_f1 = "" if self.micro_f1 is None else f"{self.micro_f1:.3f}"
        of_set = () if self.set is None else (self.set,)
        return (*of_set, self.version, self.date[:10], ", ".join(self.languages), self.state, sections, micro_f1)

    def to_json(self) -> dict[str, Any]:
        """Return the version as plain JSON values; its set is left out if there is only the folder itself."""
        return {name: value for name, value in asdict(self).items() if name != "set" or value is not None}


def _list(models: Path, set_name: str | None, as_json: bool) -> None:
    from classifier.commands.tables import print_table
    from classifier.store.registry import Registry
    from classifier.store.sets import OWN, set_folder, set_folders, unused_note

    sets = set_folders(models) or {OWN: models}
    if set_name is not None:
        sets = {set_name: set_folder(models, set_name)}
    named = list(sets) != [OWN]
    found = [
        version for name, folder in sets.items() for version in _versions(Registry(folder), name if named else None)
    ]
    if as_json:
        click.echo(json.dumps([version.to_json() for version in found], indent=1, allow_nan=False))
    elif not found:
        say(f"the folder {models} has no model. Fix: run “copydesk train” to train one")
    else:
        heads = (*(("set",) if named else ()), "version", "date", "language", "state", "sections", "micro-F1")
        print_table(heads, [version.row() for version in found], n_text_columns=4 + named)
    for version in found:
        if version.problem:
            say(f"{version.version}: {version.problem}")
    if note := unused_note(models):
        say(note)


def _versions(registry: "Registry", set_name: str | None) -> list[_Version]:
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
            state = f"{state}, unusable".lstrip(", ")
            found.append(_Version(version, state, problem=str(error), set=set_name))
            continue
        found.append(
            _Version(
                version,
                state,
                manifest.created,
                manifest.language,
                manifest.languages,
                len(manifest.trained),
                manifest.n_articles,
                _micro_f1(registry.models / version),
                set=set_name,
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
    changed = _section_changes(registry, version)
    registry.promote(version, note=changed)
    say(f"live now: {version}{f' ({changed})' if changed else ''}")


@models.command()
@_with_registry
def rollback(registry: "Registry") -> None:
    """Go back to the version that was live before the current one."""
    from classifier.errors import ModelError
    from classifier.store.history import version_before

    changed = ""
    with suppress(ModelError):  # which rolling back then raises
        earlier = version_before(registry.history())
        changed = _section_changes(registry, earlier) if earlier else ""
    version = registry.rollback(changed)
    say(f"live again: {version}{f' ({changed})' if changed else ''}")


def _section_changes(registry: "Registry", version: str) -> str:
    """Return what changes in the sections if a version replaces the live one.

    Empty if nothing changes, or if one of the two cannot be read.
    """
    from classifier.errors import ModelError
    from classifier.sections import Sections
    from classifier.training.measuring.vocabularies import compare_vocabularies

    try:
        live = registry.current()
        if live is None or live == version:
            return ""
        earlier, later = registry.manifest(live), registry.manifest(version)
    except ModelError:
        return ""
    trained, untrained = ([entry.section for entry in entries] for entries in (later.trained, later.untrained))
    why = {section.id: "not trained" for section in untrained}
    change = compare_vocabularies(earlier, Sections([*trained, *untrained]), {section.id for section in trained}, why)
    return f"compared with {live}: {change.words}" if change.words else ""


@models.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@partial(_with_registry, new=True)
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
    from classifier.errors import number_of
    from classifier.store.pruning import prune as prune_versions

    done = prune_versions(registry, keep, setting("shadow").split(), dry_run=dry_run)
    for version, reason in done.spared.items():
        say(f"kept: {version}, {reason}")
    for version in done.removed:
        click.echo(version)
    n = number_of(len(done.removed), "version")
    say(f"{'would remove' if dry_run else 'removed'} {n} from {registry.models}")


@models.command()
@_with_registry
def reload(registry: "Registry") -> None:
    """Make running services reload the live model.

    Run this, for example, after restoring the model from a backup.
    """
    registry.folder()  # an error if no version is live
    registry.ask_for_reload()
    say("Running services will reload the live model. GET /v1/models shows the result")


@models.command()
@_with_registry
def history(registry: "Registry") -> None:
    """Print every promotion and rollback, oldest first, as JSON Lines."""
    for entry in registry.history():
        click.echo(json.dumps(asdict(entry), allow_nan=False))
