"""The sets in a folder of models: the folder itself is one, and so is each folder in it that holds models.

A set has versions, a live one and a history of its own. A service with several sets chooses one for each article.
"""

import os
import re
from pathlib import Path

from classifier.errors import ModelError, NoModelError, SettingsError, shown, unreadable_as

#: The name of the set whose versions lie in the folder of models itself.
OWN = "default"
MAX_SETS = 50
MAX_NAME_LENGTH = 40
CURRENT_FILE = "CURRENT"
VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RULE = f"up to {MAX_NAME_LENGTH} small letters a to z, digits and single hyphens, such as “sport” or “site-2”"


def is_set_name(name: str) -> bool:
    """Return whether a set may have this name. The name of a version is never one of a set."""
    return len(name) <= MAX_NAME_LENGTH and _NAME.fullmatch(name) is not None


def checked_name(name: str, where: str) -> str:
    """Return the name of a set.

    Parameters
    ----------
    name : str
    where : str
        Where it was given, as the message names it.

    Raises
    ------
    SettingsError
        If no set may have this name.
    """
    if not is_set_name(name):
        raise SettingsError(f"{where} is {shown(name)}, which cannot be the name of a set. Fix: use {_RULE}")
    return name


def set_folders(models: Path, *, live: bool = False) -> dict[str, Path]:
    """Return the folder of each set by name, the folder of models itself first.

    Parameters
    ----------
    models : Path
        The folder of models.
    live : bool
        Only those in which a version was ever made live.

    Raises
    ------
    ModelError
        If the folder cannot be read, or has more sets than `MAX_SETS`.
    """
    if not models.is_dir():
        return {}
    with unreadable_as(ModelError, f"{models} cannot be read"):
        inner = [path for path in sorted(models.iterdir()) if _may_hold_models(path)]
        found = {path.name: path for path in inner if is_set_name(path.name) and path.name != OWN}
        found = {name: path for name, path in ({OWN: models} | found).items() if _is_set(path, live=live)}
    if len(found) > MAX_SETS:
        raise ModelError(
            f"{models} has {len(found):,} sets of models, but at most {MAX_SETS} are allowed. Fix: move some of them "
            "to another folder"
        )
    return found


def unused_note(models: Path) -> str:
    """Return a note on the folders that cannot be used as sets although they seem to be meant so, or an empty text.

    Raises
    ------
    ModelError
        If the folder of models cannot be read.
    """
    with unreadable_as(ModelError, f"{models} cannot be read"):
        inner = [path for path in sorted(models.iterdir()) if _may_hold_models(path)] if models.is_dir() else []
    notes = []
    for path in inner:
        if is_set_name(path.name) and not os.access(path, os.R_OK | os.X_OK):
            notes.append(f"{path} is not used as a set of models, because it cannot be read. Fix: check its access")
        elif not (is_set_name(path.name) and path.name != OWN) and _is_set(path, live=True):
            notes.append(f"{path} is not used as a set of models, because of its name. Fix: use {_RULE}, not “{OWN}”")
    return "; ".join(notes)


def set_with(models: Path, version: str) -> str | None:
    """Return the name of the first set that has a version, or None if none has it.

    Raises
    ------
    ModelError
        As `set_folders`.
    """
    if not VERSION.fullmatch(version):
        return None
    return next((name for name, folder in set_folders(models).items() if (folder / version).is_dir()), None)


def set_folder(models: Path, name: str | None, version: str | None = None) -> Path:
    """Return the folder of the set that a command works on.

    Parameters
    ----------
    models : Path
        The folder of models.
    name : str or None
        The set that was asked for. Without a name it is the folder of models itself, or the only set in it.
    version : str, optional
        The version that was asked for: without the name of a set, the set is meant that has it.

    Raises
    ------
    SettingsError
        If no set may have this name.
    NoModelError
        If there is no such set, or it is not clear which one is meant.
    ModelError
        As `set_folders`.
    """
    if name is not None and checked_name(name, "--set") == OWN:
        return models
    found = set_folders(models)
    if name is None and version is not None and (having := set_with(models, version)):
        return found[having]
    if name is None and (OWN in found or not found):
        return models
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    listed = ", ".join(found)
    if name is None:
        raise NoModelError(f"{models} has several sets of models: {listed}. Fix: choose one with --set NAME")
    if name not in found:
        there = f"its sets are {listed}" if found else "it has no model yet"
        raise NoModelError(
            f"{models} has no set {shown(name)}; {there}. Fix: correct --set, or run “copydesk train --set {name}” to "
            "make that set"
        )
    return found[name]


def new_set_folder(models: Path, name: str | None) -> Path:
    """Return the folder in which a new version of a set is to be written; the set need not exist yet.

    Raises
    ------
    SettingsError
        If no set may have this name.
    ModelError
        If the folder has sets and no set is named, or would have more than `MAX_SETS`.
    """
    if name is not None and checked_name(name, "--set") == OWN:
        return models
    found = set_folders(models)
    if name is None:
        if found and OWN not in found:
            raise ModelError(
                f"{models} has sets of models: {', '.join(found)}. Fix: name the set to train with --set NAME; "
                f"“--set {OWN}” is for a model in {models} itself"
            )
        return models
    if name not in found and len(found) >= MAX_SETS:
        raise ModelError(
            f"{models} has {len(found)} sets of models, and no more are allowed. Fix: use another folder with --models"
        )
    return models / name


def _may_hold_models(path: Path) -> bool:
    return not path.name.startswith(".") and not VERSION.fullmatch(path.name) and path.is_dir()


def _is_set(folder: Path, *, live: bool) -> bool:
    try:
        if (folder / CURRENT_FILE).exists():
            return True
        return not live and any(VERSION.fullmatch(path.name) and path.is_dir() for path in folder.iterdir())
    except PermissionError:  # of another user, such as lost+found; `unused_note` reports what has the name of a set
        return False
