"""A model on disk: a folder of arrays, terms and a manifest."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from classifier.errors import (
    DamagedModelError,
    MissingModelFileError,
    ModelError,
    UnknownFormatError,
    shown,
    unreadable_as,
)
from classifier.schema import memory_errors_unwrapped, schema_error
from classifier.store.arrays import (
    REMEDY,
    TERMS_FILE,
    ModelArrays,
    array_files,
    read_arrays,
)
from classifier.store.manifest import (
    FORMAT,
    FORMATS,
    MANIFEST_FILE,
    SPARSE_FORMAT,
    Manifest,
    content_digest,
    file_digest,
)
from classifier.terms.analyzer import ANALYZERS, EARLIER
from classifier.terms.weighing import SparseRows

EVALUATION_FILE = "evaluation.json"
UNFINISHED_PREFIX = ".unfinished-"
_OTHER_VERSION = "Fix: train again with this version, or install the version that wrote it"


@dataclass(frozen=True)
class Model:
    """A model that was read and verified."""

    manifest: Manifest
    arrays: ModelArrays


def write_model(
    models: Path,
    fields: Mapping[str, Any],
    arrays: ModelArrays,
    evaluation: Mapping[str, Any],
    documents: Mapping[str, str | Iterable[str]] | None = None,
    described: Callable[[str, datetime], Mapping[str, str]] | None = None,
) -> str:
    """Write a model as a new folder of ``models`` and return its version.

    The files are written to a temporary folder and flushed to disk, then the folder is renamed: a folder with the name
    of a version is complete.

    Parameters
    ----------
    models : Path
    fields : mapping
        The fields of `Manifest` that do not follow from the files.
    arrays : ModelArrays
    evaluation : mapping
        The content of evaluation.json.
    documents : mapping, optional
        More text files, by file name: the text, or its lines, which are written one after the other.
    described : callable, optional
        Returns documents for people, by file name, from the version and the moment at which it is made (UTC). Only
        files that do not count for the version can name it: the report and the model card.

    Raises
    ------
    ModelError
        If the folder cannot be written.
    """
    with unreadable_as(ModelError, f"{models} cannot be written to"):
        models.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED_PREFIX, dir=models))
        try:
            _write_files(folder, arrays, evaluation)
            for name, text in (documents or {}).items():
                with (folder / name).open("w", encoding="utf-8", newline="") as file:
                    file.writelines([text] if isinstance(text, str) else text)
            files = {path.name: file_digest(path) for path in sorted(folder.iterdir())}
            now = datetime.now(UTC)
            number = SPARSE_FORMAT if isinstance(arrays.weights, SparseRows) else FORMAT
            draft = Manifest(
                format=number, version="-", created=now.isoformat(timespec="seconds"), files=files, **fields
            )
            version = f"{now:%Y%m%dT%H%M%SZ}-{content_digest(draft.content())[:8]}"
            for name, text in (described(version, now) if described else {}).items():
                (folder / name).write_text(text, encoding="utf-8", newline="")
                files[name] = file_digest(folder / name)
            manifest = draft.model_copy(update={"version": version, "files": dict(sorted(files.items()))})
            with memory_errors_unwrapped():
                text = manifest.model_dump_json(indent=1)
            (folder / MANIFEST_FILE).write_text(f"{text}\n", encoding="utf-8")
            for path in [*folder.iterdir(), folder]:
                flush_to_disk(path)
            folder.chmod(0o755)
            if (models / version).exists():  # equal content was written within the same second
                shutil.rmtree(folder)
            else:
                folder.rename(models / version)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        flush_to_disk(models)
    return version


def _write_files(folder: Path, arrays: ModelArrays, evaluation: Mapping[str, Any]) -> None:
    for name, values in arrays.files.items():
        np.save(folder / name, values, allow_pickle=False)
    (folder / TERMS_FILE).write_text("".join(f"{term}\n" for term in arrays.terms), encoding="utf-8", newline="")
    (folder / EVALUATION_FILE).write_text(json.dumps(evaluation, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def flush_to_disk(path: Path) -> None:
    """Flush a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_model(folder: Path) -> Model:
    """Read a model after checking every byte of it.

    Raises
    ------
    ModelError
        `UnknownFormatError`, `MissingModelFileError` or `DamagedModelError`. The message names the file and the remedy.
    """
    manifest = read_manifest(folder)
    for name in (*array_files(manifest), TERMS_FILE):
        if name not in manifest.files:
            raise DamagedModelError(f"{folder / MANIFEST_FILE} does not list {name}. {REMEDY}")
    for name, digest in manifest.files.items():
        _verify(folder, name, digest)
    arrays = read_arrays(folder, manifest)
    return Model(manifest, arrays)


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a model without the other files.

    Raises
    ------
    ModelError
        As `read_model`.
    """
    path = folder / MANIFEST_FILE
    if not path.exists():
        raise MissingModelFileError(f"{path} is missing. {REMEDY}")
    with unreadable_as(ModelError, f"{path} cannot be read"):
        source = path.read_bytes()
    try:
        data = json.loads(source)
        found = data["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedModelError(f"{path} is not the manifest of a model. {REMEDY}") from None
    if found not in FORMATS or isinstance(found, float):
        raise UnknownFormatError(
            f"{path} has format {shown(str(found))}, but this version of Copydesk reads the formats "
            f"{' and '.join(map(str, FORMATS))}. {_OTHER_VERSION}"
        )
    if _is_early(data):
        raise UnknownFormatError(
            f"{path} has an early form of format {FORMAT}, which this version of Copydesk does not read. "
            f"{_OTHER_VERSION}"
        )
    if data.get("analyzer", EARLIER) not in ANALYZERS:
        raise UnknownFormatError(
            f"{path} names the analyzer {shown(str(data['analyzer']))}, but this version of Copydesk knows "
            f"{' and '.join(map(str, ANALYZERS))}. Fix: install the version that wrote it, or train again with this one"
        )
    try:
        manifest = Manifest.model_validate_json(source)
    except ValidationError as error:
        raise DamagedModelError(f"{path} is damaged ({schema_error(error, fixes=False).detail}). {REMEDY}") from None
    if not manifest.version.endswith("-" + content_digest(manifest.content())[:8]):
        raise DamagedModelError(f"{path} was changed after it was written. {REMEDY}")
    if manifest.version != folder.name:
        raise DamagedModelError(
            f"{path} belongs to version {manifest.version}, but its folder is named {shown(folder.name)}. "
            f"Fix: rename the folder to {manifest.version}"
        )
    return manifest


def _is_early(data: Mapping[str, Any]) -> bool:
    """Return whether a manifest was written before the first version that settled on format 3."""
    files = data.get("files")
    return isinstance(files, dict) and ("fingerprints.npy" in files or "min_tags" not in data)


def _verify(folder: Path, name: str, digest: str) -> None:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise MissingModelFileError(f"{path} is missing. {REMEDY}")
    with unreadable_as(ModelError, f"{path} cannot be read"):
        actual = file_digest(path)
    if actual != digest:
        raise DamagedModelError(f"{path} was changed after it was written (its SHA-256 differs). {REMEDY}")
