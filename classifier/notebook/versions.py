"""The forms in which a trained version is given to a function."""

from pathlib import Path
from typing import Protocol

from classifier.errors import FieldProblem, InvalidInputError, SettingsError
from classifier.store.manifest import MANIFEST_FILE
from classifier.store.registry import Registry
from classifier.tagger import Tagger


class HasPath(Protocol):
    """What `train` returns: it has the path of its version."""

    path: Path


#: A folder of models or of a version, a tagger that was loaded from one, or what `train` returned.
Version = HasPath | Tagger | str | Path


def folder_of(model: Version, version: str | None = None) -> Path:
    """Return the folder of a version.

    Raises
    ------
    ModelError
        If there is none.
    InvalidInputError
        If ``model`` is of another kind, or a tagger that was not loaded from a folder.
    SettingsError
        If a version is named although ``model`` is one already.
    """
    if isinstance(model, str | Path):
        path = Path(model)
        return path if version is None and (path / MANIFEST_FILE).is_file() else Registry(path).folder(version)
    if version is not None:
        raise SettingsError("version needs a folder of models. Fix: give that folder as model, or leave out version")
    folder = model.folder if isinstance(model, Tagger) else getattr(model, "path", None)
    if isinstance(folder, Path):
        return folder
    kind = "a Tagger without a folder" if isinstance(model, Tagger) else type(model).__name__
    detail = f"must be a folder of models, a Tagger loaded from one, or what train() returned, not {kind}"
    raise InvalidInputError([FieldProblem("model", detail)])


def tagger_of(model: Version, version: str | None = None) -> Tagger:
    """Return the tagger of a version; see `folder_of`."""
    if isinstance(model, Tagger) and version is None:
        return model
    if version is None and isinstance(tagger := getattr(model, "tagger", None), Tagger):
        return tagger
    folder = folder_of(model, version)
    return Tagger.load(folder.parent, folder.name)
