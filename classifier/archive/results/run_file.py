"""The file that names what a run reads, its model and its options: another run may not go on with its partitions."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from classifier.archive.asked import ArchiveError, TaggingOptions
from classifier.archive.cutting.inputs import check_inputs, write_inputs
from classifier.archive.cutting.partitions import StampedFile
from classifier.archive.models import ArchiveModel
from classifier.archive.results.folder import ArchiveFolder
from classifier.errors import unreadable_as

RUN_FILE = "run.json"
INPUTS_FILE = "inputs.jsonl"
#: Of the layout of the folder.
_FORMAT = 1

Files = Callable[[], Iterable[StampedFile]]


def open_run(
    folder: ArchiveFolder,
    files: Files,
    model: ArchiveModel,
    options: TaggingOptions,
    *,
    restart: bool,
) -> str:
    """Begin a run in a locked folder, or check that it goes on with the one that is there.

    Parameters
    ----------
    folder : ArchiveFolder
    files : callable
        Returns the files of the archive, each time from the first on.
    model : ArchiveModel
    options : TaggingOptions
    restart : bool
        Delete an earlier run first, whatever it was.

    Returns
    -------
    str
        What the user should know: that a run was deleted, or that one goes on. Empty if the folder was new.

    Raises
    ------
    ArchiveError
        If the folder holds a run over other files, with another model or other options, or files of somebody else.
    CorpusError
        If a file cannot be read.
    """
    path = folder.path / RUN_FILE
    told = ""
    if restart and path.exists():
        n = folder.clear()
        told = f"--restart: the earlier run in {folder.path} was deleted ({n:,} finished partitions)"
    asked = _description(model, options)
    if path.exists():
        _compare(folder.path, _read(path), asked)
        with (
            unreadable_as(ArchiveError, f"{folder.path / INPUTS_FILE} cannot be read"),
            (folder.path / INPUTS_FILE).open(encoding="utf-8") as written,
        ):
            check_inputs(files(), written, folder.path)
        return f"going on with the run in {folder.path}"
    if strange := next(iter(folder.strangers()), None):
        raise ArchiveError(
            f"{folder.path} is not empty and holds no run: it has {strange.name}. Fix: give a new folder with --out"
        )

    def write(file: IO[bytes]) -> None:
        text = TextIOWrapper(file, encoding="utf-8", newline="\n")
        write_inputs(files(), text)
        text.flush()
        text.detach()

    folder.clear()  # of a run that was killed before its run file was written
    folder.put(folder.path / INPUTS_FILE, write)
    folder.put(path, lambda file: file.write((json.dumps(asked, indent=1, allow_nan=False) + "\n").encode()))
    return told


def _description(model: ArchiveModel, options: TaggingOptions) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "model": {"versions": model.versions, "preferred": list(model.preferred), "digest": model.digest},
        "options": options.to_json(),
    }


def _read(path: Path) -> dict[str, Any]:
    with unreadable_as(ArchiveError, f"{path} cannot be read"):
        text = path.read_bytes()
    found: Any = None
    with suppress(ValueError):
        found = json.loads(text)
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise ArchiveError(
            f"{path} is damaged, or of another version of Copydesk. Fix: add --restart to delete the run and begin "
            "again, or give another folder with --out"
        )
    return found


def _compare(where: Path, before: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    if before["model"] != asked["model"]:
        versions = ", ".join(before["model"]["versions"].values())
        raise ArchiveError(
            f"{where} holds a run with another model: {versions}. Fix: add --version {versions} to go on with it, give "
            "another folder with --out, or add --restart to delete that run and begin again"
        )
    if before["options"] != asked["options"]:
        names = {*before["options"], *asked["options"]}
        other = sorted(name for name in names if before["options"].get(name) != asked["options"].get(name))
        raise ArchiveError(
            f"{where} holds a run with other options: {', '.join(map(_option, other))}. Fix: use the same options to "
            "go on with it, give another folder with --out, or add --restart to delete that run and begin again"
        )


def _option(name: str) -> str:
    return {"rows": "--partition", "reading": "options of reading"}.get(name, f"--{name}")
