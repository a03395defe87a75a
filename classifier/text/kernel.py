"""The analyzer, compiled: bytes to hashes of terms, to feature numbers and counts, to margins. No object per term.

`classifier.text.terms` defines what a term is and this agrees with it on every text. All functions here stand in one
file because numba's cache does not notice a change in another; code elsewhere calls them from Python only.

A text comes as UTF-8 (lone surrogates passed through). Where a function returns `NEEDS_LOWERING`, call it again with
the text lowercased by Python: a letter such as ``Σ`` is lowercased by what is around it.

Arguments that recur: ``seed``, which changes every hash; ``block_of`` and ``blocks``, the table of
`classifier.text.characters`; ``table`` and ``slots``, those of `classifier.text.fingerprints`.
"""

from typing import Any

import numpy as np

from classifier.text.characters import BLOCK, BLOCK_BITS, NEEDS_TEXT, NO_WORD
from classifier.text.compiler import compiled, compiled_when_called, inlined

NEEDS_LOWERING = -1
_U0, _U1, _BYTE, _TOP_BYTE = np.uint64(0), np.uint64(1), np.uint64(8), np.uint64(56)
_NOT_ASCII = np.uint64(1 << 63)
_FACTOR_1, _FACTOR_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)  # of MurmurHash3's finalizer
_PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio
_ELSEWHERE = -2
_HALF = np.uint64(33)

_CHARACTERS = ("const uint16[:]", "const int32[:,:]")
_TABLE = ("const uint64[:]", "const int32[:]")


@inlined
def _mix(value: Any) -> Any:
    """Spread a change of any bit over all of them. One to one: blocks that differ never meet here."""
    value = (value ^ (value >> _HALF)) * _FACTOR_1
    value = (value ^ (value >> _HALF)) * _FACTOR_2
    return value ^ (value >> _HALF)


@inlined
def _fingerprint(value: Any) -> Any:
    """Return a mixed value that is not 0, which marks an empty slot."""
    mixed = _mix(value)
    return mixed if mixed != _U0 else _U1


@inlined
def _joined(first: Any, second: Any) -> Any:
    """Return the fingerprint of two adjacent features."""
    return _fingerprint(first * _PAIR_FACTOR + second)


@inlined
def _decode(data: Any, at: int, first: Any) -> tuple[int, int]:
    """Return the code point that begins at a byte, ``first``, above 127, and how many bytes it has."""
    second = np.int64(data[at + 1]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, 2
    third = np.int64(data[at + 2]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, 3
    return (first & 0x07) << 18 | second << 12 | third << 6 | np.int64(data[at + 3]) & 0x3F, 4


@inlined
def _terms(
    data: Any, begin: int, end: int, seed: Any, block_of: Any, blocks: Any, hashes: Any, starts: Any, ends: Any
) -> int:
    """Write each term's hash and its first and last byte (excluded) in ``data``; return how many there are.

    ASCII goes into the hash eight characters at a time, others one by one.
    """
    n = 0
    state, block = seed, _U0
    start, length = begin, 0
    at = begin
    ascii_row = blocks[block_of[0]]
    while at < end:
        point: Any = np.int64(data[at])
        width = 1
        if point < BLOCK:
            change = ascii_row[point]
        else:
            point, width = _decode(data, at, point)
            change = blocks[block_of[point >> BLOCK_BITS], point & (BLOCK - 1)]
        if change < NEEDS_TEXT:
            folded = np.uint64(point + change)
            if length == 0:
                start = at
            length += 1
            if folded < np.uint64(128):
                block = block << _BYTE | folded
                if block >> _TOP_BYTE:
                    state, block = _mix(state ^ block), _U0
            else:
                if block:
                    state, block = _mix(state ^ block), _U0
                state = _mix(state ^ (folded | _NOT_ASCII))
        elif change == NO_WORD:
            if length > 1:
                hashes[n], starts[n], ends[n] = _fingerprint(state ^ block), start, at
                n += 1
            state, block, length = seed, _U0, 0
        else:
            return NEEDS_LOWERING
        at += width
    if length > 1:
        hashes[n], starts[n], ends[n] = _fingerprint(state ^ block), start, end
        n += 1
    return n


@inlined
def _find(hashes: Any, n_terms: int, table: Any, slots: Any, numbers: Any) -> int:
    """Write the number of each term and then of each pair, -1 where it is not known; return how many there are.

    The pairs' hashes are written behind the terms'. The first loop has no branches, so that the processor waits for
    many places of the table at once.
    """
    mask = np.uint64(len(table) - 1)
    n_features = max(0, 2 * n_terms - 1)
    for i in range(n_terms - 1):
        hashes[n_terms + i] = _joined(hashes[i], hashes[i + 1])
    for i in range(n_features):
        slot = hashes[i] & mask
        numbers[i] = slots[slot] if table[slot] == hashes[i] else (-1 if table[slot] == _U0 else _ELSEWHERE)
    for i in range(n_features):
        if numbers[i] == _ELSEWHERE:
            numbers[i] = _walk(hashes[i], table, slots)
    return n_features


@inlined
def _walk(fingerprint: Any, table: Any, slots: Any) -> Any:
    """Return the number of a feature, or -1, from the first slot that it could stand in."""
    mask = np.uint64(len(table) - 1)
    slot = fingerprint & mask
    while table[slot] != _U0:
        if table[slot] == fingerprint:
            return slots[slot]
        slot = (slot + _U1) & mask
    return np.int32(-1)


@inlined
def _count(n_features: int, counts: Any, numbers: Any) -> int:
    """Add up known features in ``counts`` (all 0 before) and move their numbers, as they first occur, to the front."""
    n_known = 0
    for i in range(n_features):
        number = numbers[i]
        if number >= 0:
            if counts[number] == 0:
                numbers[n_known] = number
                n_known += 1
            counts[number] += 1
    return n_known


@inlined
def _add_up(n_known: int, numbers: Any, values: Any, weights: Any, margins: Any) -> None:
    """Add each feature's share to the margins, feature by feature; four at a time only in how memory is read."""
    n_sections = len(margins)
    whole = n_known - n_known % 4
    for i in range(0, whole, 4):
        a, b, c, d = numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]
        at_a, at_b, at_c, at_d = values[i], values[i + 1], values[i + 2], values[i + 3]
        for s in range(n_sections):
            margins[s] = (
                margins[s] + at_a * weights[a, s] + at_b * weights[b, s] + at_c * weights[c, s] + at_d * weights[d, s]
            )
    for i in range(whole, n_known):
        for s in range(n_sections):
            margins[s] += values[i] * weights[numbers[i], s]


@compiled("int64", "bytes", "const int64[:]", "uint64", *_CHARACTERS, "uint64[:]", "int32[:]", "int32[:]", "int64[:]")
def terms_of_texts(
    data: Any, bounds: Any, seed: Any, block_of: Any, blocks: Any, hashes: Any, starts: Any, ends: Any, offsets: Any
) -> int:
    """Write each term's hash and its first and last byte (excluded), and where the terms of each text begin.

    The texts stand one after the other: ``bounds`` (int64) holds where each begins in ``data`` and, last, the end;
    ``offsets``, as long, is written. ``hashes`` (uint64), ``starts`` and ``ends`` (int32) have room for a third of the
    bytes and one a text.
    Returns the number of the first text that must be lowercased first, or -1.
    """
    offsets[0] = 0
    for text in range(len(bounds) - 1):
        first = offsets[text]
        n = _terms(
            data,
            bounds[text],
            bounds[text + 1],
            seed,
            block_of,
            blocks,
            hashes[first:],
            starts[first:],
            ends[first:],
        )
        if n == NEEDS_LOWERING:
            return text
        offsets[text + 1] = first + n
    return -1


@inlined
def _encode(point: Any, out: Any, at: int) -> int:
    """Write a code point as UTF-8 and return where the next one goes."""
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | point >> 6
    else:
        if point < 0x10000:
            out[at] = 0xE0 | point >> 12
        else:
            out[at] = 0xF0 | point >> 18
            at += 1
            out[at] = 0x80 | point >> 12 & 0x3F
        at += 1
        out[at] = 0x80 | point >> 6 & 0x3F
    out[at + 1] = 0x80 | point & 0x3F
    return at + 2


@compiled_when_called("int64", "bytes", "const int32[:]", "const int32[:]", *_CHARACTERS, "uint8[:]")
def write_features(data: Any, starts: Any, ends: Any, block_of: Any, blocks: Any, out: Any) -> int:
    """Write the feature that stands from each start to its end as UTF-8, terms joined by a space, a line each.

    ``out`` has room for twice the bytes of the features and one for each. Returns how many bytes were written.
    """
    at = 0
    for feature in range(len(starts)):
        here, begin, length = int(starts[feature]), at, 0
        while here < ends[feature]:
            point: Any = np.int64(data[here])
            width = 1
            if point >= BLOCK:
                point, width = _decode(data, here, point)
            change = blocks[block_of[point >> BLOCK_BITS], point & (BLOCK - 1)]
            if change < NEEDS_TEXT:
                at = _encode(point + change, out, at)
                length += 1
            elif length:
                if length > 1:
                    out[at] = ord(" ")
                    begin = at + 1
                at, length = begin, 0  # a single character is no term
            here += width
        out[at] = ord("\n")
        at += 1
    return at


@compiled_when_called("void", "uint64[:]", "const uint64[:]", "int64")
def join(hashes: Any, following: Any, n: int) -> None:
    """Replace the first ``n`` hashes by those of the feature with the one ``following`` it joined on."""
    for i in range(n):
        hashes[i] = _joined(hashes[i], following[i])


@compiled_when_called("int64", "const uint64[:]", "uint64[:]", "int32[:]")
def fill_table(fingerprints: Any, table: Any, slots: Any) -> int:
    """Fill an empty table with fingerprints numbered from 0; return the first that is there already, or -1."""
    mask = np.uint64(len(table) - 1)
    for number in range(len(fingerprints)):
        slot = fingerprints[number] & mask
        while table[slot] != _U0:
            if table[slot] == fingerprints[number]:
                return number
            slot = (slot + _U1) & mask
        table[slot], slots[slot] = fingerprints[number], number
    return -1


@compiled("int64", "uint64[:]", "int64", *_TABLE, "int32[:]")
def find(hashes: Any, n_terms: int, table: Any, slots: Any, numbers: Any) -> int:
    """Write the number of each term and then of each pair, -1 where it is not known; return how many there are.

    ``hashes`` and ``numbers`` have room for that many, `terms_of_texts` having filled the first half of ``hashes``.
    """
    return _find(hashes, n_terms, table, slots, numbers)


@compiled(
    "int64",
    "bytes",
    "uint64",
    *_CHARACTERS,
    *_TABLE,
    "const float64[:]",
    "const float32[:,:]",
    "const float64[:]",
    "const float64[:]",
    "uint64[:]",
    "int32[:]",
    "int32[:]",
    "int32[:]",
    "int32[:]",
    "float64[:]",
    "float64[:]",
)
def score(
    data: Any,
    seed: Any,
    block_of: Any,
    blocks: Any,
    table: Any,
    slots: Any,
    idf: Any,
    weights: Any,
    intercepts: Any,
    log_counts: Any,
    hashes: Any,
    starts: Any,
    ends: Any,
    counts: Any,
    numbers: Any,
    values: Any,
    margins: Any,
) -> int:
    """Write the numbers of a text's known features, their TF-IDF values, and the margins; return how many are known.

    Features stand, and are summed, in the order in which they first occur, terms before pairs: the same text gives
    the same bits whatever is scored with it.

    Parameters
    ----------
    idf, weights, intercepts : those of `classifier.model.files.ModelArrays`
    log_counts : float64 array
        ``1 + ln(n)`` at ``n``: most counts are small.
    hashes, starts, ends, counts, numbers, values : scratch arrays
        ``counts`` has room for every feature and holds zeros before and after; ``starts`` and ``ends`` have room for
        ``len(data) // 3 + 1``, the others for twice that.
    margins : float64 array of shape (n_sections,)
    """
    n_terms = _terms(data, 0, len(data), seed, block_of, blocks, hashes, starts, ends)
    if n_terms == NEEDS_LOWERING:
        return NEEDS_LOWERING
    n_features = _find(hashes, n_terms, table, slots, numbers)
    n_known = _count(n_features, counts, numbers)
    squares = 0.0
    for i in range(n_known):
        number = numbers[i]
        count = np.int64(counts[number])
        log_count = log_counts[count] if count < len(log_counts) else 1.0 + np.log(np.float64(count))
        values[i] = log_count * idf[number]
        squares += values[i] * values[i]
        counts[number] = 0
    length = np.sqrt(squares)
    n_sections = len(intercepts)
    for s in range(n_sections):
        margins[s] = 0.0
    for i in range(n_known):
        values[i] /= length
    _add_up(n_known, numbers, values, weights, margins)
    for s in range(n_sections):
        margins[s] += intercepts[s]
    return n_known
