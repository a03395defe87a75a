"""The arrays of a model: .npy files, never pickled, and their terms. Reading them runs no code from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from classifier.errors import DamagedModelError, ModelError, unreadable_as
from classifier.store.manifest import SPARSE_FORMAT, Manifest
from classifier.terms.analyzer import Analyzer
from classifier.terms.fingerprints import FingerprintTable
from classifier.terms.vocabulary import LinearWeights, Vocabulary
from classifier.terms.weighing import SparseRows

TERMS_FILE = "terms.txt"
WEIGHTS_FILE = "weights.npy"
#: Of a model with sparse weights: where the weights of each term begin, and the step of each section.
STARTS_FILE, SCALES_FILE = "starts.npy", "scales.npy"
INTERCEPTS_FILE = "intercepts.npy"
IDF_FILE = "idf.npy"
TABLE_FILE = "table.npy"
ARRAY_FILES = (WEIGHTS_FILE, INTERCEPTS_FILE, IDF_FILE, TABLE_FILE)
SPARSE_FILES = (STARTS_FILE, SCALES_FILE)
REMEDY = "Fix: restore the folder from a backup, roll back with “copydesk models rollback”, or train again"
#: The square of a smaller idf could vanish, and that of a larger one overflow.
_LEAST_IDF, _MOST_IDF = 1e-9, 1e9


class WordList(Sequence[str]):
    """The lines of a file, read on first access, because scoring does not need them."""

    def __init__(self, path: Path, length: int) -> None:
        self._path = path
        self._length = length

    @cached_property
    def _words(self) -> tuple[str, ...]:
        with unreadable_as(ModelError, f"{self._path} cannot be read"):
            content = self._path.read_bytes()
        try:
            words = tuple(content.decode("utf-8").split("\n")[:-1])
        except UnicodeDecodeError:
            raise DamagedModelError(f"{self._path} is not UTF-8. {REMEDY}") from None
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

    ``terms`` holds n_terms features, as `classifier.terms.feature_text` writes them, read on first access. ``weights``
    is float32 of shape (n_terms, n_sections), or `SparseRows` of that shape if there are many sections, ``intercepts``
    float64 of shape (n_sections,), ``idf`` float64 of shape (n_terms,). ``table`` finds the number of a term. The terms
    that occur in most articles come first.
    """

    terms: Sequence[str]
    weights: NDArray[np.float32] | SparseRows
    intercepts: NDArray[np.float64]
    idf: NDArray[np.float64]
    table: FingerprintTable

    @classmethod
    def by_frequency(
        cls,
        terms: Sequence[str],
        weights: NDArray[np.floating] | SparseRows,
        intercepts: NDArray[np.float64],
        idf: NDArray[np.float64],
        analyzer: Analyzer | None = None,
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
        rows: NDArray[np.float32] | SparseRows
        if isinstance(weights, SparseRows):
            rows = weights.in_order(order)
        else:
            rows = np.ascontiguousarray(weights[order], dtype=np.float32)
        return cls(ordered, rows, intercepts, idf[order], Vocabulary(ordered, analyzer=analyzer).table)

    @property
    def linear(self) -> LinearWeights:
        """The arrays that give margins."""
        return LinearWeights(self.idf, self.weights, self.intercepts)

    @property
    def files(self) -> dict[str, NDArray[Any]]:
        """Every array by the name of its file."""
        found = self.weights
        if isinstance(found, SparseRows):
            weights: dict[str, NDArray[Any]] = {
                WEIGHTS_FILE: found.entries,
                STARTS_FILE: found.starts,
                SCALES_FILE: found.scales,
            }
        else:
            weights = {WEIGHTS_FILE: found}
        return {**weights, INTERCEPTS_FILE: self.intercepts, IDF_FILE: self.idf, TABLE_FILE: self.table.entries}


def read_arrays(folder: Path, manifest: Manifest) -> ModelArrays:
    """Read the arrays of a model, and check that they fit its manifest and that all answers are finite numbers.

    Raises
    ------
    ModelError
        If a file cannot be read.
    DamagedModelError
        If an array is none, does not fit, or has a value that cannot be used. The message names the file.
    """
    loaded = {}
    for name in array_files(manifest):
        with unreadable_as(ModelError, f"{folder / name} cannot be read"):
            loaded[name] = _read_array(folder / name)
    table = FingerprintTable(manifest.fingerprint_seed, loaded[TABLE_FILE])
    terms = WordList(folder / TERMS_FILE, loaded[IDF_FILE].size)
    weights: NDArray[np.float32] | SparseRows = loaded[WEIGHTS_FILE]
    if manifest.format == SPARSE_FORMAT:
        weights = _sparse_rows(folder, loaded)
    arrays = ModelArrays(terms, weights, loaded[INTERCEPTS_FILE], loaded[IDF_FILE], table)
    _check_shapes(folder, manifest, arrays)
    _check_values(folder, arrays)
    return arrays


def array_files(manifest: Manifest) -> tuple[str, ...]:
    """Return the files of arrays that a model must have."""
    return (*ARRAY_FILES, *SPARSE_FILES) if manifest.format == SPARSE_FORMAT else ARRAY_FILES


def _sparse_rows(folder: Path, loaded: Mapping[str, NDArray[Any]]) -> SparseRows:
    rows = SparseRows(loaded[STARTS_FILE], loaded[WEIGHTS_FILE], loaded[SCALES_FILE])
    if (problem := rows.problem()) is not None:
        raise DamagedModelError(f"{folder / WEIGHTS_FILE}: {problem}. {REMEDY}")
    return rows


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
        and [a.dtype.str for a in (arrays.intercepts, arrays.idf)] == ["<f8", "<f8"]
        and arrays.table.entries.dtype.str == "<u8"
        and (
            isinstance(arrays.weights, SparseRows)
            or (arrays.weights.dtype.str == "<f4" and arrays.weights.flags.c_contiguous)
        )
    )
    if not fits:
        raise DamagedModelError(f"{folder}: the arrays of the model do not match in shape or type. {REMEDY}")
    # compiled code uses these numbers without checking whether they are within the arrays
    problem = arrays.table.problem(n_terms)
    if problem:
        raise DamagedModelError(f"{folder / TABLE_FILE}: {problem}. {REMEDY}")


def _check_values(folder: Path, arrays: ModelArrays) -> None:
    """Refuse values that would make a probability NaN: the digests only prove that the files were written like this."""
    for name, values in arrays.files.items():
        if values.dtype.kind == "f" and values.size and not (np.isfinite(values.min()) and np.isfinite(values.max())):
            raise DamagedModelError(f"{folder / name} contains infinite or invalid numbers. {REMEDY}")
    if not arrays.idf.size:
        return
    least, most = arrays.idf.min(), arrays.idf.max()
    if least <= 0:
        raise DamagedModelError(f"{folder / IDF_FILE} contains numbers that are not positive. {REMEDY}")
    if least < _LEAST_IDF or most > _MOST_IDF:
        raise DamagedModelError(
            f"{folder / IDF_FILE} contains numbers that are not between {_LEAST_IDF:g} and {_MOST_IDF:g}. {REMEDY}"
        )
