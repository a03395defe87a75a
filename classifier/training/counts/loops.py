"""Compiled loops that count the features of a corpus: from hashes, by a hash map of feature numbers, to rows of counts.

The hashes come from `classifier.terms.kernel`. No function of that module is called here, because numba's cache does
not notice changes in other files.
"""

from typing import Any

import numpy as np

from classifier.terms.compiler import compiled, inlined
from classifier.terms.kernel import AT, KIND, KIND_BITS, PLACE_END

_U0, _U1 = np.uint64(0), np.uint64(1)


@inlined
def _slot(key: Any, keys: Any, size: int) -> Any:
    """Return the slot of a key, or the free slot for it; the number of slots is a power of two."""
    mask = np.uint64(size - 1)
    slot = key & mask
    while keys[slot] != _U0 and keys[slot] != key:
        slot = (slot + _U1) & mask
    return slot


@inlined
def _count(key: Any, weight: Any, n: int, map_keys: Any, map_places: Any, size: int, keys: Any, counts: Any) -> Any:
    """Count an occurrence of a key; return whether it is the first one, which is written to place ``n``."""
    slot = _slot(key, map_keys, size)
    if map_keys[slot] != _U0:
        counts[map_places[slot]] += weight
        return False
    map_keys[slot], map_places[slot] = key, n
    keys[n], counts[n] = key, weight
    return True


@compiled(
    "int64",
    "const uint64[:,:]",
    "int64",
    "const int64[:,:]",
    "const int32[:,:]",
    "const uint64[:]",
    "const int32[:,:]",
    "const int64[:]",
    "float64",
    "uint64[:]",
    "int32[:]",
    "uint64[:]",
    "float32[:]",
    "int32[:,:]",
    "int64[:]",
)
def count_rows(
    levels: Any,
    lowest: int,
    offsets: Any,
    words: Any,
    other_hashes: Any,
    places: Any,
    headline_ends: Any,
    headline_weight: float,
    map_keys: Any,
    map_places: Any,
    keys: Any,
    counts: Any,
    references: Any,
    indptr: Any,
) -> int:
    """Count the features of each text; return the number of counts.

    Parameters
    ----------
    levels : uint64 array of shape (longest, n_words)
        The hash of the feature of ``level + 1`` words that starts at each word. Features with fewer than ``lowest``
        words are skipped, and so are features that run into the next text.
    offsets, words, other_hashes, places : as in `classifier.terms.hashing.HashedTexts`
        The others are counted if ``lowest`` is 1.
    headline_ends : int64 array of shape (n_texts,)
        The end of each headline, in bytes. Features that end there or before count ``headline_weight`` times.
    map_keys, map_places : scratch arrays
        Zeros. Their size is a power of two, and larger than the number of features of any text.
    keys, counts, references : arrays to write, with room for every occurrence
        The features of each text: hash, count, and a reference to the first occurrence, as
        `classifier.terms.hashing.feature_lines` takes it.
    indptr : int64 array of shape (n_texts + 1,), to write
    """
    n = 0
    indptr[0] = 0
    for text in range(len(offsets) - 1):
        begin, end = offsets[text, 0], offsets[text + 1, 0]
        first_other, end_of_others = offsets[text, 1], offsets[text + 1, 1]
        size = 16
        while size < 2 * ((end - begin) * len(levels) + end_of_others - first_other):
            size *= 2
        for level in range(lowest - 1, len(levels)):
            for i in range(begin, end - level):
                weight = headline_weight if words[i + level, 2] <= headline_ends[text] else 1.0
                if _count(levels[level, i], weight, n, map_keys, map_places, size, keys, counts):
                    references[n, 0], references[n, 1] = i, (level + 1) << KIND_BITS
                    n += 1
        for i in range(first_other, end_of_others if lowest == 1 else first_other):
            weight = headline_weight if places[i, PLACE_END] <= headline_ends[text] else 1.0
            if _count(other_hashes[i], weight, n, map_keys, map_places, size, keys, counts):
                references[n, 0], references[n, 1] = places[i, AT], places[i, KIND]
                n += 1
        map_keys[:size] = _U0
        indptr[text + 1] = n
    return n


@compiled(
    "int64",
    "const uint64[:]",
    "uint64[:]",
    "int32[:]",
    "int64",
    "int32[:]",
    "int32[:]",
    "int32[:]",
)
def number_features(keys: Any, map_keys: Any, map_numbers: Any, n: int, df: Any, places: Any, numbers: Any) -> int:
    """Write the number of each key; new keys are numbered from ``n`` on. Return the next free number.

    ``df`` counts the keys; ``places`` stores the index of the key at which a new number first occurred. The map must
    have more slots than numbers.
    """
    for i in range(len(keys)):
        slot = _slot(keys[i], map_keys, len(map_keys))
        if map_keys[slot] == _U0:
            map_keys[slot], map_numbers[slot] = keys[i], n
            df[n], places[n] = 0, i
            n += 1
        numbers[i] = map_numbers[slot]
        df[map_numbers[slot]] += 1
    return n


@compiled("void", "const uint64[:]", "uint8[:]", "uint8[:]", "int64")
def note_keys(keys: Any, once: Any, again: Any, shift: int) -> None:
    """Set the bit of each key in ``once``, or in ``again`` if it was set before; the highest bits of a key name it."""
    for key in keys:
        place = key >> np.uint64(shift)
        byte, bit = place >> np.uint64(3), np.uint8(1 << (place & np.uint64(7)))
        if once[byte] & bit:
            again[byte] |= bit
        else:
            once[byte] |= bit


@compiled("int64", "const uint8[:]", "int64", "uint64[:]", "float32[:]", "int32[:,:]", "int64[:]")
def keep_noted(again: Any, shift: int, keys: Any, counts: Any, references: Any, indptr: Any) -> int:
    """Keep the counts whose key has its bit set, in place, and return their number."""
    n = begin = 0
    for row in range(len(indptr) - 1):
        end = indptr[row + 1]
        for i in range(begin, end):
            place = keys[i] >> np.uint64(shift)
            if again[place >> np.uint64(3)] & np.uint8(1 << (place & np.uint64(7))):
                keys[n], counts[n] = keys[i], counts[i]
                references[n, 0], references[n, 1] = references[i, 0], references[i, 1]
                n += 1
        begin = end
        indptr[row + 1] = n
    return n


@compiled("void", "const uint64[:]", "const int32[:]", "uint64[:]", "int32[:]")
def move_map(old_keys: Any, old_numbers: Any, map_keys: Any, map_numbers: Any) -> None:
    """Copy all entries of a map into a larger, empty one."""
    for i in range(len(old_keys)):
        if old_keys[i] != _U0:
            slot = _slot(old_keys[i], map_keys, len(map_keys))
            map_keys[slot], map_numbers[slot] = old_keys[i], old_numbers[i]


@compiled("void", "const int64[:]", "const int64[:]", "const int32[:]", "int64[:]")
def add_document_frequency(rows: Any, indptr: Any, columns: Any, df: Any) -> None:
    """Count the rows, of some rows, that hold each column; a row names a column once."""
    for row in rows:
        for i in range(indptr[row], indptr[row + 1]):
            df[columns[i]] += 1


def _sorted_rows(
    numbers: Any,
    counts: Any,
    indptr: Any,
    column_of: Any,
    places: Any,
    columns: Any,
    values: Any,
    out_indptr: Any,
) -> int:
    """Write rows with the final column of each number, in ascending order; numbers with column -1 are left out.

    Nothing is compared: the rows are written column by column, and from these the columns row by row. ``places`` is
    scratch space: zeros, one more than there are columns. Return the number of values written.
    """
    kept = 0
    for number in numbers:
        column = column_of[number] if number >= 0 else -1
        if column >= 0:
            places[column + 1] += 1
            kept += 1
    for column in range(1, len(places)):
        places[column] += places[column - 1]
    rows, row_values = np.empty(kept, np.int32), np.empty(kept, values.dtype)
    n = 0
    for row in range(len(indptr) - 1):
        out_indptr[row] = n
        for i in range(indptr[row], indptr[row + 1]):
            column = column_of[numbers[i]] if numbers[i] >= 0 else -1
            if column >= 0:
                place = places[column]
                places[column] = place + 1
                rows[place], row_values[place] = row, counts[i]
                n += 1
    out_indptr[len(indptr) - 1] = n
    at = out_indptr.copy()
    begin = 0
    for column in range(len(places) - 1):
        for place in range(begin, places[column]):
            row = rows[place]
            columns[at[row]], values[at[row]] = column, row_values[place]
            at[row] += 1
        begin = places[column]
    return n


def _sorted_rows_of(kind: str) -> Any:
    arrays = "const int32[:]", f"const {kind}[:]", "const int64[:]", "const int32[:]", "int32[:]", "int32[:]"
    return compiled("int64", *arrays, f"{kind}[:]", "int64[:]")(_sorted_rows)


def _weigh_rows(
    rows: Any,
    indptr: Any,
    indices: Any,
    counts: Any,
    column_of: Any,
    idf: Any,
    sublinear: bool,
    out_indptr: Any,
    out_indices: Any,
    out_values: Any,
) -> int:
    """Write the unit-length TF-IDF of some rows of counts in the kept columns; return the number of values.

    ``column_of`` gives the new number of a column, or -1, and keeps the order; ``idf`` belongs to the new columns.
    """
    n = 0
    out_indptr[0] = 0
    for place, row in enumerate(rows):
        begin, squares = n, 0.0
        for i in range(indptr[row], indptr[row + 1]):
            column = column_of[indices[i]]
            if column >= 0:
                count = np.float64(counts[i])
                value = (1.0 + np.log(count) if sublinear else count) * idf[column]
                out_indices[n], out_values[n] = column, value
                squares += value * value
                n += 1
        length = np.sqrt(squares)
        for i in range(begin, n):
            out_values[i] /= length
        out_indptr[place + 1] = n
    return n


def _weigh_rows_of(kind: str) -> Any:
    arrays = "const int64[:]", "const int64[:]", "const int32[:]", f"const {kind}[:]", "const int32[:]"
    return compiled("int64", *arrays, "const float64[:]", "boolean", "int64[:]", "int32[:]", "float64[:]")(_weigh_rows)


#: These take counts of either type: whole ones as uint16, weighted ones as float32.
sorted_rows: dict[Any, Any] = {np.dtype(kind): _sorted_rows_of(kind) for kind in ("uint16", "float32")}
weigh_rows: dict[Any, Any] = {np.dtype(kind): _weigh_rows_of(kind) for kind in ("uint16", "float32")}
