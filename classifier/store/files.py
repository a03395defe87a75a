"""A model on disk: a folder of arrays (.npy, never pickled), terms and a manifest. Loading it runs no code from it."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from classifier.errors import (
    DamagedModelError,
    MissingModelFileError,
    ModelError,
    UnknownFormatError,
    shown,
    unreadable_as,
)
from classifier.schema import schema_error
from classifier.store.manifest import FORMAT, MANIFEST_FILE, Manifest, content_digest, file_digest
from classifier.terms.fingerprints import FingerprintTable
from classifier.terms.vocabulary import Vocabulary

TERMS_FILE = "terms.txt"
WEIGHTS_FILE = "weights.npy"
INTERCEPTS_FILE = "intercepts.npy"
IDF_FILE = "idf.npy"
TABLE_FILE = "table.npy"
EVALUATION_FILE = "evaluation.json"
_ARRAY_FILES = (WEIGHTS_FILE, INTERCEPTS_FILE, IDF_FILE, TABLE_FILE)
UNFINISHED_PREFIX = ".unfinished-"
REMEDY = "Fix: restore the folder from a backup, roll back with “copydesk models rollback”, or train again"


class WordList(Sequence[str]):
    """The lines of a file, read on first access, because scoring does not need them."""

    def __init__(self, path: Path, length: int) -> None:
        self._path = path
        self._length = length

    @cached_property
    def _words(self) -> tuple[str, ...]:
        with unreadable_as(ModelError, f"{self._path} cannot be read"):
            words = tuple(self._path.read_text(encoding="utf-8").split("\n")[:-1])
        if len(words) != self._length:
            raise DamagedModelError(f"{self._path} does not have {self._length:,} lines. {REMEDY}")
        return words

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        return self._words[at]


@dataclass(frozen=True)
class ModelArrays:
    """The arrays that scoring needs.

    ``terms`` holds n_terms words and pairs of words, read on first access. ``weights`` is float32 of shape
    (n_terms, n_sections), ``intercepts`` float64 of shape (n_sections,), ``idf`` float64 of shape (n_terms,).
    ``table`` finds the number of a term. The terms that occur in most articles come first.
    """

    terms: Sequence[str]
    weights: NDArray[np.float32]
    intercepts: NDArray[np.float64]
    idf: NDArray[np.float64]
    table: FingerprintTable

    @classmethod
    def by_frequency(
        cls,
        terms: Sequence[str],
        weights: NDArray[np.floating],
        intercepts: NDArray[np.float64],
        idf: NDArray[np.float64],
    ) -> "ModelArrays":
        """Return the arrays with terms in descending order of the number of articles that they occur in.

        The data that most articles need is then contiguous in memory, and stays in the processor's cache.

        Raises
        ------
        CollisionError
            If two terms are equal.
        """
        order = np.argsort(idf, kind="stable")
        ordered = tuple(terms[number] for number in order.tolist())
        rows = np.ascontiguousarray(weights[order], dtype=np.float32)
        return cls(ordered, rows, intercepts, idf[order], Vocabulary(ordered).table)


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
    documents: Mapping[str, str] | None = None,
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
        More text files, by file name.

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
                (folder / name).write_text(text, encoding="utf-8", newline="")
            files = {path.name: file_digest(path) for path in sorted(folder.iterdir())}
            now = datetime.now(UTC)
            draft = Manifest(
                format=FORMAT, version="-", created=now.isoformat(timespec="seconds"), files=files, **fields
            )
            version = f"{now:%Y%m%dT%H%M%SZ}-{content_digest(draft.content())[:8]}"
            manifest = draft.model_copy(update={"version": version})
            (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
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
    np.save(folder / WEIGHTS_FILE, arrays.weights, allow_pickle=False)
    np.save(folder / INTERCEPTS_FILE, arrays.intercepts, allow_pickle=False)
    np.save(folder / IDF_FILE, arrays.idf, allow_pickle=False)
    np.save(folder / TABLE_FILE, arrays.table.entries, allow_pickle=False)
    (folder / TERMS_FILE).write_text("".join(f"{term}\n" for term in arrays.terms), encoding="utf-8", newline="")
    (folder / EVALUATION_FILE).write_text(json.dumps(evaluation, indent=1) + "\n", encoding="utf-8")


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
    for name in (*_ARRAY_FILES, TERMS_FILE):
        if name not in manifest.files:
            raise DamagedModelError(f"{folder / MANIFEST_FILE} does not list {name}. {REMEDY}")
    for name, digest in manifest.files.items():
        _verify(folder, name, digest)
    arrays = _read_arrays(folder, manifest.fingerprint_seed)
    _check_shapes(folder, manifest, arrays)
    _check_values(folder, arrays)
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
    if found != FORMAT:
        raise UnknownFormatError(
            f"{path} has format {str(found)[:20]}, but this version of Copydesk reads format {FORMAT}. "
            "Fix: train again with this version, or install the version that wrote it"
        )
    try:
        manifest = Manifest.model_validate_json(source)
    except ValidationError as error:
        raise DamagedModelError(f"{path} is damaged ({schema_error(error).detail}). {REMEDY}") from None
    if not manifest.version.endswith("-" + content_digest(manifest.content())[:8]):
        raise DamagedModelError(f"{path} was changed after it was written. {REMEDY}")
    if manifest.version != folder.name:
        raise DamagedModelError(
            f"{path} belongs to version {manifest.version}, but its folder is named {shown(folder.name)}. "
            f"Fix: rename the folder to {manifest.version}"
        )
    return manifest


def _verify(folder: Path, name: str, digest: str) -> None:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise MissingModelFileError(f"{path} is missing. {REMEDY}")
    with unreadable_as(ModelError, f"{path} cannot be read"):
        actual = file_digest(path)
    if actual != digest:
        raise DamagedModelError(f"{path} was changed after it was written (its SHA-256 differs). {REMEDY}")


def _read_arrays(folder: Path, seed: int) -> ModelArrays:
    loaded = {}
    for name in _ARRAY_FILES:
        with unreadable_as(ModelError, f"{folder / name} cannot be read"):
            loaded[name] = _read_array(folder / name)
    table = FingerprintTable(seed, loaded[TABLE_FILE])
    terms = WordList(folder / TERMS_FILE, loaded[IDF_FILE].size)
    return ModelArrays(terms, loaded[WEIGHTS_FILE], loaded[INTERCEPTS_FILE], loaded[IDF_FILE], table)


def _read_array(path: Path) -> NDArray[Any]:
    try:  # not np.load, which also opens archives
        return np.lib.format.open_memmap(path, mode="r")
    except (OSError, MemoryError):  # of the machine, not of the file
        raise
    except Exception as error:  # the header is a Python literal, and its parser raises errors of many kinds
        raise DamagedModelError(f"{path} is not a NumPy array. {REMEDY}") from error


def _check_shapes(folder: Path, manifest: Manifest, arrays: ModelArrays) -> None:
    n_terms, n_sections = len(arrays.terms), len(manifest.trained)
    fits = (
        arrays.weights.shape == (n_terms, n_sections)
        and arrays.intercepts.shape == (n_sections,)
        and arrays.idf.shape == (n_terms,)
        and arrays.table.entries.ndim == 1
        and [a.dtype.str for a in (arrays.weights, arrays.intercepts, arrays.idf)] == ["<f4", "<f8", "<f8"]
        and arrays.table.entries.dtype.str == "<u8"
        and arrays.weights.flags.c_contiguous
    )
    if not fits:
        raise DamagedModelError(f"{folder}: the arrays of the model do not match in shape or type. {REMEDY}")
    # compiled code uses these numbers without checking whether they are within the arrays
    problem = arrays.table.problem(n_terms)
    if problem:
        raise DamagedModelError(f"{folder / TABLE_FILE}: {problem}. {REMEDY}")


def _check_values(folder: Path, arrays: ModelArrays) -> None:
    """Refuse values that would make a probability NaN: the digests only prove that the files were written like this."""
    for name, values in ((WEIGHTS_FILE, arrays.weights), (INTERCEPTS_FILE, arrays.intercepts), (IDF_FILE, arrays.idf)):
        if values.size and not (np.isfinite(values.min()) and np.isfinite(values.max())):
            raise DamagedModelError(f"{folder / name} contains infinite or invalid numbers. {REMEDY}")
    if arrays.idf.size and arrays.idf.min() <= 0:
        raise DamagedModelError(f"{folder / IDF_FILE} contains numbers that are not positive. {REMEDY}")
