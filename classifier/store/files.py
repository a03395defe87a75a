"""A model on disk: a folder of arrays (.npy, never pickled), words and a manifest. Loading one cannot run anything."""

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
_REMEDY = "restore the folder from a backup, roll back with “python -m classifier models rollback”, or train again"


class WordList(Sequence[str]):
    """The lines of a file, read when one is first looked at: scoring does without them."""

    def __init__(self, path: Path, length: int) -> None:
        self._path = path
        self._length = length

    @cached_property
    def _words(self) -> tuple[str, ...]:
        with unreadable_as(ModelError, f"{self._path} cannot be read"):
            words = tuple(self._path.read_text(encoding="utf-8").split("\n")[:-1])
        if len(words) != self._length:
            raise DamagedModelError(f"{self._path} does not have {self._length:,} lines; {_REMEDY}")
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
    """What scoring needs.

    ``terms`` has n_terms words and pairs, read when they are first looked at; ``weights`` is float32 of shape
    (n_terms, n_sections), ``intercepts`` float64 of shape (n_sections,), ``idf`` float64 of shape (n_terms,);
    ``table`` finds a term's number. The terms of most articles come first.
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
        """Return the arrays with terms numbered by how many articles they occur in.

        What most articles need then lies together in memory, and stays in the processor's cache.

        Raises
        ------
        CollisionError
            If two terms are the same.
        """
        order = np.argsort(idf, kind="stable")
        ordered = tuple(terms[number] for number in order.tolist())
        rows = np.ascontiguousarray(weights[order], dtype=np.float32)
        return cls(ordered, rows, intercepts, idf[order], Vocabulary(ordered).table)


@dataclass(frozen=True)
class Model:
    """A model that has been read and verified."""

    manifest: Manifest
    arrays: ModelArrays


def write_model(
    models: Path,
    about: Mapping[str, Any],
    arrays: ModelArrays,
    evaluation: Mapping[str, Any],
    documents: Mapping[str, str] | None = None,
) -> str:
    """Write a model as a new folder of ``models`` and return its version.

    Everything is written beside and flushed to disk, then renamed into place: a folder with a version's name is
    whole. ``about`` holds the fields of `Manifest` that do not follow from the files; ``documents`` are texts to lie
    beside, by file name.

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
                format=FORMAT, version="-", created=now.isoformat(timespec="seconds"), files=files, **about
            )
            version = f"{now:%Y%m%dT%H%M%SZ}-{content_digest(draft.content())[:8]}"
            manifest = draft.model_copy(update={"version": version})
            (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
            for path in [*folder.iterdir(), folder]:
                flush_to_disk(path)
            folder.chmod(0o755)
            if (models / version).exists():  # the same content, written within the same second
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
    """Have the operating system write a file or folder to disk now."""
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
        `UnknownFormatError`, `MissingModelFileError` or `DamagedModelError`: what is wrong, in which file, what to do.
    """
    manifest = read_manifest(folder)
    for name in (*_ARRAY_FILES, TERMS_FILE):
        if name not in manifest.files:
            raise DamagedModelError(f"{folder / MANIFEST_FILE} does not name {name}; {_REMEDY}")
    for name, digest in manifest.files.items():
        _verify(folder, name, digest)
    arrays = _read_arrays(folder, manifest.fingerprint_seed)
    _check_shapes(folder, manifest, arrays)
    return Model(manifest, arrays)


def read_manifest(folder: Path) -> Manifest:
    """Read and check a model's manifest alone, without the files that it names.

    Raises
    ------
    ModelError
        As `read_model`.
    """
    path = folder / MANIFEST_FILE
    if not path.exists():
        raise MissingModelFileError(f"{path} is missing; {_REMEDY}")
    with unreadable_as(ModelError, f"{path} cannot be read"):
        source = path.read_bytes()
    try:
        data = json.loads(source)
        found = data["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedModelError(f"{path} is not a manifest; {_REMEDY}") from None
    if found != FORMAT:
        raise UnknownFormatError(
            f"{path} has format {str(found)[:20]}, but this version of Copydesk reads format {FORMAT}; "
            "train again with this version or install the one that wrote it"
        )
    try:
        manifest = Manifest.model_validate_json(source)
    except ValidationError as error:
        raise DamagedModelError(f"{path} is damaged ({schema_error(error).detail}); {_REMEDY}") from None
    if not manifest.version.endswith("-" + content_digest(manifest.content())[:8]):
        raise DamagedModelError(f"{path} is not the one that was written; {_REMEDY}")
    return manifest


def _verify(folder: Path, name: str, digest: str) -> None:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise MissingModelFileError(f"{path} is missing; {_REMEDY}")
    with unreadable_as(ModelError, f"{path} cannot be read"):
        actual = file_digest(path)
    if actual != digest:
        raise DamagedModelError(f"{path} is not the file that was written (its SHA-256 differs); {_REMEDY}")


def _read_arrays(folder: Path, seed: int) -> ModelArrays:
    loaded = {}
    for name in _ARRAY_FILES:
        try:
            loaded[name] = np.load(folder / name, mmap_mode="r", allow_pickle=False)
        except ValueError as error:
            raise DamagedModelError(f"{folder / name} is not an array; {_REMEDY}") from error
    table = FingerprintTable(seed, loaded[TABLE_FILE])
    terms = WordList(folder / TERMS_FILE, loaded[IDF_FILE].size)
    return ModelArrays(terms, loaded[WEIGHTS_FILE], loaded[INTERCEPTS_FILE], loaded[IDF_FILE], table)


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
        raise DamagedModelError(f"{folder}: the arrays do not fit each other; {_REMEDY}")
    # compiled code follows these numbers without looking whether they lead out of the arrays
    problem = arrays.table.problem(n_terms)
    if problem:
        raise DamagedModelError(f"{folder / TABLE_FILE}: {problem}; {_REMEDY}")
