"""Pruning: removing old versions, never one that may still be needed."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from classifier.errors import ModelsFolderError, unreadable_as
from classifier.store.files import UNFINISHED_PREFIX, flush_to_disk
from classifier.store.history import version_before
from classifier.store.registry import Registry


@dataclass(frozen=True)
class Pruned:
    """The versions that were removed, oldest first, and those that stay although they are old, with the reason."""

    removed: tuple[str, ...]
    spared: dict[str, str]


def prune(registry: Registry, keep: int, also: Collection[str] = (), *, dry_run: bool = False) -> Pruned:
    """Remove all versions but the newest ones.

    The live version stays in any case, and so does the one that a rollback would make live.

    Parameters
    ----------
    registry : Registry
        The folder of models.
    keep : int
        How many of the newest versions stay.
    also : collection of str
        Versions that stay as well, such as the one that a service has as its shadow.
    dry_run : bool
        Only find out which versions would be removed.

    Raises
    ------
    ModelError
        If nobody can tell which version is live, or a folder cannot be removed.
    """
    if not registry.models.is_dir():
        return Pruned((), {})
    with registry._locked():
        needed = _needed(registry) | dict.fromkeys(also, "used as the shadow")
        versions = registry.versions()
        old = versions[: max(0, len(versions) - keep)]
        removed = [version for version in old if version not in needed]
        if not dry_run:
            for version in removed:
                _remove(registry.models / version)
    return Pruned(tuple(removed), {version: needed[version] for version in old if version in needed})


def _needed(registry: Registry) -> dict[str, str]:
    """Return the versions that must stay, with the reason."""
    needed = {}
    before = version_before(registry.history())
    if before is not None:
        needed[before] = "live before the current one"
    current = registry.current()
    if current is not None:
        needed[current] = "live"
    return needed


def _remove(folder: Path) -> None:
    """Remove a version: it first loses its name, so that half a model never has one."""
    with unreadable_as(ModelsFolderError, f"{folder} cannot be removed"):
        nameless = folder.with_name(f"{UNFINISHED_PREFIX}{token_hex(4)}")
        folder.rename(nameless)
        flush_to_disk(folder.parent)
        shutil.rmtree(nameless)
