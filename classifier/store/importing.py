"""Import: a version that was trained on another machine, from its folder or a packed copy of it."""

import json
import re
import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from classifier.errors import (
    DamagedModelError,
    MissingModelFileError,
    ModelError,
    ModelRefusedError,
    unreadable_as,
)
from classifier.store.arrays import REMEDY
from classifier.store.files import UNFINISHED_PREFIX, flush_to_disk, read_manifest, read_model
from classifier.store.manifest import MANIFEST_FILE
from classifier.store.probe import load_probed
from classifier.store.registry import Registry

#: No manifest is larger: ten thousand sections with long definitions have less.
MAX_MANIFEST_BYTES = 64 << 20
#: Of all files together. The packed size of a file says nothing about how much it unpacks to.
MAX_BYTES = 16 << 30
_COPY_AGAIN = "Fix: copy the model again from the machine that trained it"
_PACK_AGAIN = "Fix: pack it with “tar -czf VERSION.tar.gz -C models VERSION”"
_BLOCK = 1 << 20
_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def import_version(registry: Registry, source: Path) -> tuple[str, bool]:
    """Copy a version into the folder of models, and return its name and whether it is new there.

    The copy is verified byte by byte and scores a probe before it gets its name. The live model stays.

    Parameters
    ----------
    registry : Registry
        Where it goes.
    source : Path
        A version's folder, or a .tar.gz of it.

    Raises
    ------
    ModelError
        If the source cannot be read, is not a complete model, or does not score. Nothing is left behind.
    ModelRefusedError
        If another model has this name already.
    """
    models = registry.models
    with unreadable_as(ModelError, f"{models} cannot be written to"):
        models.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=UNFINISHED_PREFIX, dir=models))
    try:
        copied = beside / "model"
        copied.mkdir()
        if source.is_dir():
            _copy(source, copied)
        else:
            _unpack(source, copied)
        version, _ = _claims(copied, source)
        named = copied.rename(beside / version)  # a model is only read under its own name
        _verify(named, source)
        return version, _take_in(registry, named)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _verify(copy: Path, source: Path) -> None:
    """Check a copy as any model, but report the source: the copy lies in a temporary folder."""
    try:
        load_probed(copy)
    except ModelError as error:
        message = str(error).replace(str(copy), str(source)).replace(REMEDY, _COPY_AGAIN)
        raise type(error)(message) from error


def _claims(folder: Path, source: Path) -> tuple[str, list[str]]:
    """Return the version and the names of the files that a manifest claims, before anything is verified.

    Errors name ``source``, because ``folder`` may be a temporary one.
    """
    path, shown_path = folder / MANIFEST_FILE, source / MANIFEST_FILE
    if path.is_symlink() or not path.is_file():
        raise MissingModelFileError(
            f"{shown_path} is missing or not an ordinary file. Fix: give the folder of a version, or a .tar.gz of it"
        )
    with unreadable_as(ModelError, f"{shown_path} cannot be read"), path.open("rb") as file:
        text = file.read(MAX_MANIFEST_BYTES)
    try:
        data = json.loads(text)
        version, names = str(data["version"]), list(map(str, data["files"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedModelError(f"{shown_path} is not the manifest of a model. {_COPY_AGAIN}") from None
    if not _VERSION.fullmatch(version):
        raise DamagedModelError(f"{shown_path} has no valid version, so it was not written by training. {_COPY_AGAIN}")
    return version, names


def _take_in(registry: Registry, beside: Path) -> bool:
    """Move a verified copy into the folder of models; return False if the very same model is there already."""
    folder = registry.models / beside.name
    if folder.exists():
        if read_model(folder).manifest != read_manifest(beside):
            raise ModelRefusedError(
                f"{folder} already exists and holds a different model. Fix: move that folder away, then import again"
            )
        return False
    with unreadable_as(ModelError, f"{registry.models} cannot be written to"):
        for path in [*beside.iterdir(), beside]:
            flush_to_disk(path)
        beside.chmod(0o755)
        beside.rename(folder)
        flush_to_disk(registry.models)
    return True


def _copy(source: Path, target: Path) -> None:
    """Copy the files that a manifest names; others in the folder are nobody's."""
    _, names = _claims(source, source)
    left = MAX_BYTES
    for name in (MANIFEST_FILE, *names):
        path = source / name
        if Path(name).name != name or path.is_symlink() or not path.is_file():
            raise DamagedModelError(f"{path} is missing or not an ordinary file. {_COPY_AGAIN}")
        with unreadable_as(ModelError, f"{path} cannot be read"), path.open("rb") as file:
            left = _write(file, target / name, left)


def _unpack(source: Path, target: Path) -> None:
    """Unpack plain files that lie in one folder, or at the top."""
    folders = set()
    left = MAX_BYTES
    with unreadable_as(ModelError, f"{source} cannot be read"):
        try:
            with tarfile.open(source, "r|gz") as packed:
                for member in packed:
                    path = PurePosixPath(member.name)
                    if member.isdir():
                        continue
                    if not member.isfile() or path.is_absolute() or ".." in path.parts or len(path.parts) > 2:
                        raise DamagedModelError(
                            f"{source} must contain only ordinary files, in one folder at its top level. {_PACK_AGAIN}"
                        )
                    folders.add(path.parent)
                    file = packed.extractfile(member)
                    if file is not None:
                        limit = min(left, MAX_MANIFEST_BYTES) if path.name == MANIFEST_FILE else left
                        left -= limit - _write(file, target / path.name, limit)
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise DamagedModelError(
                f"{source} is not a .tar.gz, or it is damaged ({type(error).__name__}). Fix: copy it again"
            ) from None
    if len(folders) != 1:
        raise DamagedModelError(
            f"{source} must contain the files of one folder, but it contains those of {len(folders)}. {_PACK_AGAIN}"
        )
    _remove_unnamed(target, source)


def _remove_unnamed(folder: Path, source: Path) -> None:
    named = {MANIFEST_FILE, *_claims(folder, source)[1]}
    for path in folder.iterdir():
        if path.name not in named:
            path.unlink()


def _write(file: IO[bytes], target: Path, left: int) -> int:
    """Copy a file, and return how many of the ``left`` bytes that are allowed remain."""
    with target.open("xb") as out:
        while block := file.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise DamagedModelError(
                    f"{target.name} is too large: a manifest may have {MAX_MANIFEST_BYTES:,} bytes, and all files of a "
                    f"model together {MAX_BYTES:,}. Fix: check that it is a model of Copydesk"
                )
            out.write(block)
    return left
