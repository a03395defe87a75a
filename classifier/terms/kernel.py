"""The analyzer, compiled: bytes to hashes of terms, to feature numbers and counts, to margins. No object per term.

`classifier.terms.definition` defines a term, and the kernel agrees with it on every text. All functions stand in one
file because numba's cache does not notice a change in another file. Other modules call them from Python only.

A text comes as UTF-8; lone surrogates pass through. If a function returns `NEEDS_FOLDING`, fold the text in Python and
call the function again: the lowercase of a letter such as ``Σ`` depends on the letters around it.

Each step is a loop with as few branches as possible. The next byte of a text cannot be predicted, and a processor that
guesses wrong at the end of every word loses more time than all the arithmetic takes.

Recurring arguments:

- ``seed`` changes every hash.
- ``block_of`` and ``blocks`` are the table of `classifier.terms.characters`.
- ``entries`` are the table of `classifier.terms.fingerprints`.
- ``folded`` is scratch space (uint8) for the folded text, with room for eight more bytes, because eight bytes are read
  at once.
- ``bounds`` is scratch space (int32): four numbers for every three bytes of the longest text, and sixteen more.
"""

from typing import Any

import numpy as np

from classifier.terms.characters import BLOCK, BLOCK_BITS, NEEDS_TEXT, NO_WORD
from classifier.terms.compiler import compiled, compiled_when_called, eight_bytes, inlined

NEEDS_FOLDING = -1
_U0, _U1, _U2, _U3, _U4, _U8 = (np.uint64(n) for n in (0, 1, 2, 3, 4, 8))
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_FACTOR_1, _FACTOR_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)  # of MurmurHash3's finalizer
_PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio
_HALF = np.uint64(33)
_BYTE = np.uint8
_STRIDE = np.uint64(32)
_UNKNOWN = -1
_BYTE_MASK = np.uint64(0xFF)
_LOW_SEVEN = np.uint64(0x7F7F7F7F7F7F7F7F)
_GATHER = np.uint64(0x0102040810204080)  # a product with it gathers the lowest bits of eight bytes in the highest byte
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
_N_PLACES = _BITS.sum(axis=1).astype(np.uint8)
#: The places of the set bits of each byte, in order, one place per byte of a uint64.
_PLACES = np.argsort(1 - _BITS, axis=1, kind="stable").astype(np.uint8).view("<u8")[:, 0].astype(np.uint64)
_LOG_COUNTS = 1.0 + np.log(np.maximum(np.arange(256), 1.0))  # most counts are small

_CHARACTERS = ("const uint16[:]", "const int32[:,:]")


@inlined
def _mix(value: Any) -> Any:
    """Spread a change of any bit over all bits. One to one: different values have different results."""
    value = (value ^ (value >> _HALF)) * _FACTOR_1
    value = (value ^ (value >> _HALF)) * _FACTOR_2
    return value ^ (value >> _HALF)


@inlined
def _not_zero(fingerprint: Any) -> Any:
    return fingerprint if fingerprint != _U0 else _U1


@inlined
def _joined(first: Any, second: Any) -> Any:
    """Return the fingerprint of two adjacent features."""
    return _not_zero(_mix(first * _PAIR_FACTOR + second))


@inlined
def _fold(data: Any, begin: int, end: int, block_of: Any, blocks: Any, folded: Any, to: int) -> int:
    """Write a text's bytes from ``to`` on: folded if they belong to a word, otherwise 0.

    ASCII is folded by arithmetic, many bytes at once; the other characters are folded one by one.
    """
    seen = _BYTE(0)
    source, target = data[begin:end], folded[to : to + end - begin]
    for i in range(np.uint64(len(source))):
        c = source[i]
        seen |= c
        letter = _BYTE((c | _BYTE(32)) - _BYTE(97)) < 26
        digit = _BYTE(c - _BYTE(48)) < 10
        other = _BYTE(95) if c == 95 else _BYTE(0)
        target[i] = (c | _BYTE(32)) if letter else (_BYTE(48) if digit else other)
    return 0 if seen < 128 else _fold_others(source, block_of, blocks, target)


@inlined
def _fold_others(source: Any, block_of: Any, blocks: Any, target: Any) -> int:
    """Fold the characters outside ASCII; the number of bytes of each stays the same."""
    at, end = _U0, np.uint64(len(source))
    while at < end:
        stop = min(at + _STRIDE, end)
        seen = _BYTE(0)
        for i in range(at, stop):
            seen |= source[i]
        if seen < 128:
            at = stop
        while at < stop:
            if source[at] < 128:
                at += _U1
                continue
            point, width = _decode(source, at)
            change = blocks[block_of[point >> BLOCK_BITS], point & (BLOCK - 1)]
            if change < NEEDS_TEXT:
                _encode(point + change, width, target, at)
            elif change != NO_WORD:
                return NEEDS_FOLDING
            at += np.uint64(width)
    return 0


@inlined
def _decode(data: Any, at: Any) -> Any:
    """Return the code point (above 127) that begins at a byte, and its number of bytes."""
    first = np.int64(data[at])
    second = np.int64(data[at + _U1]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, 2
    third = np.int64(data[at + _U2]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, 3
    return (first & 0x07) << 18 | second << 12 | third << 6 | np.int64(data[at + _U3]) & 0x3F, 4


@inlined
def _encode(point: int, width: int, out: Any, at: Any) -> None:
    """Write a code point of ``width`` bytes, two to four."""
    for byte in range(width - 1, 0, -1):
        out[at + np.uint64(byte)] = 0x80 | point & 0x3F
        point >>= 6
    out[at] = (0xF00 >> width) & 0xFF | point


@inlined
def _word_bounds(folded: Any, begin: int, end: int, bounds: Any) -> Any:
    """Write where words begin and end, in turn; return how many words there are.

    Eight bytes at a time: a table gives the places at which they change between word and no word. Four places are
    always written; the next eight bytes overwrite the surplus. More than four changes are rare.
    """
    n, before = _U0, _U0
    last = np.uint64(end)
    for at in range(np.uint64(begin), last, _U8):
        inside = _not_zero_bytes(eight_bytes(folded, at) & (_ALL >> ((_U8 - min(last - at, _U8)) << _U3)))
        change = inside ^ (((inside << _U1) | before) & _BYTE_MASK)
        before = inside >> np.uint64(7)
        places, n_places = _PLACES[change], np.uint64(_N_PLACES[change])
        for k in range(_U4):
            bounds[n + k] = np.int32(at) + np.int32((places >> (k << _U3)) & _BYTE_MASK)
        if n_places > _U4:
            for k in range(_U4, _U8):
                bounds[n + k] = np.int32(at) + np.int32((places >> (k << _U3)) & _BYTE_MASK)
        n += n_places
    bounds[n] = end
    return np.int64((n + before) // _U2)


@inlined
def _not_zero_bytes(word: Any) -> Any:
    """Return eight bits, the lowest for the lowest byte: 1 if the byte is not 0."""
    high = (((word & _LOW_SEVEN) + _LOW_SEVEN) | word) & ~_LOW_SEVEN
    return ((high >> np.uint64(7)) * _GATHER) >> np.uint64(56)


@inlined
def _hash_words(folded: Any, n_words: int, bounds: Any, seed: Any, hashes: Any) -> Any:
    """Write the hash of each word of two characters or more, and move their bounds to the front; return their number.

    Each step hashes eight bytes; the last bytes are padded with zeros.
    """
    n = _U0
    for word in range(np.uint64(n_words)):
        begin, end = np.uint64(bounds[_U2 * word]), np.uint64(bounds[_U2 * word + _U1])
        length = end - begin
        block = eight_bytes(folded, begin) & (_ALL >> ((_U8 - min(length, _U8)) << _U3))
        found = _mix(seed ^ block)
        at = begin + _U8
        while at < end:
            rest = eight_bytes(folded, at) & (_ALL >> ((_U8 - min(end - at, _U8)) << _U3))
            found = _mix(found ^ rest)
            at += _U8
        hashes[n] = _not_zero(found)
        bounds[_U2 * n], bounds[_U2 * n + _U1] = begin, end
        first = block & _BYTE_MASK
        width = _U1 + np.uint64(first >= 0xC0) + np.uint64(first >= 0xE0) + np.uint64(first >= 0xF0)
        n += np.uint64(length > width)  # longer than its first character
    return np.int64(n)


@inlined
def _find(hashes: Any, n_terms: int, entries: Any, number_bits: int, numbers: Any) -> int:
    """Write the number of each term and then of each pair, -1 if it is unknown; return how many there are.

    The hashes of the pairs are written after those of the terms. The first search has no branches, so that the
    processor waits for many places of the table at once.
    """
    bits, mask = np.uint64(number_bits), np.uint64(len(entries) - 1)
    low = (_U1 << bits) - _U1
    n_features = max(0, 2 * n_terms - 1)
    for i in range(np.uint64(max(0, n_terms - 1))):
        hashes[np.uint64(n_terms) + i] = _joined(hashes[i], hashes[i + _U1])
    displaced, n_displaced = numbers[n_features:], _U0  # after the numbers: features whose first slot was taken
    for i in range(np.uint64(n_features)):
        entry = entries[hashes[i] & mask]
        number = np.int32(entry & low) - np.int32(1)
        numbers[i] = number
        displaced[n_displaced] = i
        n_displaced += np.uint64(((entry ^ hashes[i]) >> bits != 0) & (number >= 0))
    for k in range(n_displaced):
        place = np.uint64(displaced[k])
        numbers[place] = _probe(hashes[place], entries, bits)
    return n_features


@inlined
def _probe(fingerprint: Any, entries: Any, bits: Any) -> Any:
    """Return the number of a feature, or -1, searching from the first slot that can hold it."""
    mask, low = np.uint64(len(entries) - 1), (_U1 << bits) - _U1
    slot = fingerprint & mask
    while entries[slot] != _U0:
        if (entries[slot] ^ fingerprint) >> bits == _U0:
            return np.int32(entries[slot] & low) - np.int32(1)
        slot = (slot + _U1) & mask
    return np.int32(_UNKNOWN)


@inlined
def _count(n_features: int, counts: Any, numbers: Any) -> Any:
    """Add up known features in ``counts`` (all 0 before) and move their numbers, as they first occur, to the front.

    The last place of ``counts`` is for unknown features.
    """
    n_known = _U0
    sink = np.int32(len(counts) - 1)
    for i in range(np.uint64(n_features)):
        number = numbers[i] if numbers[i] >= 0 else sink
        before = counts[np.uint64(number)]
        numbers[n_known] = number
        n_known += np.uint64((before == 0) & (number != sink))
        counts[np.uint64(number)] = before + 1
    counts[np.uint64(sink)] = 0
    return np.int64(n_known)


@inlined
def _weigh(n_known: int, numbers: Any, counts: Any, idf: Any, values: Any) -> None:
    """Write the TF-IDF value of each known feature, scaled to unit length, and reset ``counts`` to 0."""
    for i in range(np.uint64(n_known)):
        number = np.uint64(numbers[i])
        count = counts[number]
        values[i] = (_LOG_COUNTS[count] if count < len(_LOG_COUNTS) else 1.0 + np.log(np.float64(count))) * idf[number]
        counts[number] = 0
    a, b, c, d = 0.0, 0.0, 0.0, 0.0  # four sums, so that no addition waits for the previous one
    whole = n_known - n_known % 4
    for i in range(_U0, np.uint64(whole), np.uint64(4)):
        a += values[i] * values[i]
        b += values[i + _U1] * values[i + _U1]
        c += values[i + _U2] * values[i + _U2]
        d += values[i + _U3] * values[i + _U3]
    for i in range(np.uint64(whole), np.uint64(n_known)):
        a += values[i] * values[i]
    scale = 1.0 / np.sqrt((a + b) + (c + d)) if n_known else 0.0
    for i in range(np.uint64(n_known)):
        values[i] *= scale


@inlined
def _add_up(n_known: int, numbers: Any, values: Any, weights: Any, margins: Any) -> None:
    """Add the features' shares to the margins, four features at a time, in their order."""
    n_sections = np.uint64(len(margins))
    whole = np.uint64(n_known - n_known % 4)
    for i in range(_U0, whole, _U4):
        a, b = np.uint64(numbers[i]), np.uint64(numbers[i + _U1])
        c, d = np.uint64(numbers[i + _U2]), np.uint64(numbers[i + _U3])
        at_a, at_b, at_c, at_d = values[i], values[i + _U1], values[i + _U2], values[i + _U3]
        for s in range(n_sections):
            margins[s] += (at_a * weights[a, s] + at_b * weights[b, s]) + (at_c * weights[c, s] + at_d * weights[d, s])
    for i in range(whole, np.uint64(n_known)):
        for s in range(n_sections):
            margins[s] += values[i] * weights[np.uint64(numbers[i]), s]


@compiled(
    "int64",
    "bytes",
    "const int64[:]",
    "uint64",
    *_CHARACTERS,
    "uint8[:]",
    "int32[:]",
    "uint64[:]",
    "int32[:]",
    "int32[:]",
    "int64[:]",
)
def terms_of_texts(
    data: Any,
    texts: Any,
    seed: Any,
    block_of: Any,
    blocks: Any,
    folded: Any,
    bounds: Any,
    hashes: Any,
    starts: Any,
    ends: Any,
    offsets: Any,
) -> int:
    """Write each term's hash, its start and end in ``folded``, and where the terms of each text begin.

    The texts stand one after the other: ``texts`` (int64) holds where each begins in ``data`` and, last, the end.
    ``offsets``, of the same length, is written, and so is ``folded``, in which every byte keeps its place in ``data``.
    ``hashes`` (uint64), ``starts`` and ``ends`` (int32) have room for one term per three bytes and one more per text.

    Returns the number of the first text that Python must fold, or -1.
    """
    source = np.frombuffer(data, np.uint8)
    offsets[0] = 0
    for text in range(len(texts) - 1):
        begin, end, first = texts[text], texts[text + 1], offsets[text]
        if _fold(source, begin, end, block_of, blocks, folded, begin) == NEEDS_FOLDING:
            return text
        n = _hash_words(folded, _word_bounds(folded, begin, end, bounds), bounds, seed, hashes[first:])
        for i in range(n):
            starts[first + i], ends[first + i] = bounds[2 * i], bounds[2 * i + 1]
        offsets[text + 1] = first + n
    return -1


@compiled_when_called("void", "uint64[:]", "const uint64[:]", "int64")
def join_hashes(hashes: Any, following: Any, n: int) -> None:
    """Replace each of the first ``n`` hashes by the hash of that feature joined with the one ``following`` it."""
    for i in range(n):
        hashes[i] = _joined(hashes[i], following[i])


@compiled("int64", "uint64[:]", "int64", "const uint64[:]", "int64", "int32[:]")
def find(hashes: Any, n_terms: int, entries: Any, number_bits: int, numbers: Any) -> int:
    """Write the number of each term and then of each pair, -1 if it is unknown; return how many there are.

    ``hashes`` has room for the terms and the pairs; `terms_of_texts` has filled the first half. ``numbers`` has room
    for twice as many.
    """
    return _find(hashes, n_terms, entries, number_bits, numbers)


@compiled(
    "int64",
    "bytes",
    "const int64[:]",
    "uint64",
    *_CHARACTERS,
    "const uint64[:]",
    "int64",
    "const float64[:]",
    "const float32[:,:]",
    "const float64[:]",
    "uint8[:]",
    "int32[:]",
    "uint64[:]",
    "int32[:]",
    "float64[:,:]",
    "int64[:]",
)
def score_texts(
    data: Any,
    texts: Any,
    seed: Any,
    block_of: Any,
    blocks: Any,
    entries: Any,
    number_bits: int,
    idf: Any,
    weights: Any,
    intercepts: Any,
    folded: Any,
    bounds: Any,
    hashes: Any,
    counts: Any,
    margins: Any,
    n_known: Any,
) -> int:
    """Write the margins of each text and its number of known features, or `NEEDS_FOLDING`; return the last number.

    Features are summed in the order in which they first occur, terms before pairs: a text gives the same bits whatever
    other texts are scored with it. For the last text, the feature numbers stay in ``bounds`` and the TF-IDF values, as
    float64, in ``hashes``: both arrays are free by then, and they are in the processor's cache.

    Parameters
    ----------
    texts : int64 array of shape (n_texts + 1,)
        Where each text begins in ``data`` and, last, the end.
    idf, weights, intercepts : as in `classifier.store.files.ModelArrays`
    hashes, counts : scratch arrays
        ``counts`` has room for every feature and one more, and holds zeros before and after. ``hashes`` has room for
        two thirds of the bytes of the longest text and two more.
    margins : float64 array of shape (n_texts, n_sections)
    n_known : int64 array of shape (n_texts,)
    """
    source = np.frombuffer(data, np.uint8)
    numbers, values = bounds, hashes.view(np.float64)
    for text in range(len(texts) - 1):
        begin, end = texts[text], texts[text + 1]
        if _fold(source, begin, end, block_of, blocks, folded, 0) == NEEDS_FOLDING:
            n_known[text] = NEEDS_FOLDING
            continue
        n_terms = _hash_words(folded, _word_bounds(folded, 0, end - begin, bounds), bounds, seed, hashes)
        n = _count(_find(hashes, n_terms, entries, number_bits, numbers), counts, numbers)
        _weigh(n, numbers, counts, idf, values)
        of_text = margins[text]
        of_text[:] = 0.0
        _add_up(n, numbers, values, weights, of_text)
        for s in range(len(intercepts)):
            of_text[s] += intercepts[s]
        n_known[text] = n
    return n_known[-1] if len(n_known) else 0
