"""The analyzer, compiled: bytes to hashes of terms, to feature numbers and counts, to margins. No object per term.

`classifier.terms.definition` defines a term, and the kernel agrees with it on every text. All functions stand in one
file because numba's cache does not notice a change in another file. Other modules call them from Python only.

A text comes as UTF-8; lone surrogates pass through. If a function returns `NEEDS_FOLDING`, fold the text in Python and
call the function again: the lowercase of a letter such as ``Σ`` depends on the letters around it.

There are two ways from a text to its terms. A text whose letters all make words, as in Latin, Greek and Cyrillic
script, is folded in place, and the ends of its words are found eight bytes at a time. At the first character of another
class, such as a mark or a letter of a script without spaces, the text is scanned again, character by character.

Each step is a loop with as few branches as possible. The next byte of a text cannot be predicted, and a processor that
guesses wrong at the end of every word loses more time than all the arithmetic takes.

Recurring arguments:

- ``seed`` changes every hash.
- ``block_of`` and ``blocks`` are the table of `classifier.terms.characters`, for one of the analyzers.
- ``subwords`` is one of `NO_SUBWORDS`, `NON_LATIN_SUBWORDS` and `ALL_SUBWORDS`.
- ``entries`` are the table of `classifier.terms.fingerprints`.
- ``folded`` is scratch space (uint8) for the folded text, with room for eight more bytes, because eight bytes are read
  at once. A term has its folded bytes from its first byte on, without the characters that it ignores.
- ``bounds`` is scratch space (int32): where words begin and end. `classifier.terms.hashing.scratch_arrays` makes it.
- ``tokens`` is scratch space (int32): a row for each unit, with the beginning and the end of its folded bytes, where it
  begins and ends in the text, and its link to the unit before it. The last column belongs to the words: their ends.
- ``places`` is an array (int32) for the places of features, or empty if nobody asks for them.
"""

from typing import Any

import numpy as np

from classifier.terms.characters import BLOCK, BLOCK_BITS, CLASS_BITS
from classifier.terms.compiler import compiled, compiled_when_called, eight_bytes, inlined, prefetch_row
from classifier.terms.feature_text import FeatureKind
from classifier.terms.scripts import DOT_BELOW, KILLER, LATIN, STACKER

NEEDS_FOLDING = -1
_NEEDS_SCAN = -2
_LATIN_ONLY, _OTHER_LETTERS = 0, 1
NO_SUBWORDS, NON_LATIN_SUBWORDS, ALL_SUBWORDS = 0, 1, 2
#: The columns of ``tokens``.
BEGIN, FOLDED_END, START, END, LINK, WORD_END = range(6)
N_COLUMNS = 6
#: The links of a unit: it begins a chain, or is the neighbour of the unit before; the same for Hangul syllables.
_FIRST, _NEXT, _FIRST_SYLLABLE, _NEXT_SYLLABLE = range(4)
#: The columns of ``places``: the first word or unit, or the first byte of a subword; the kind, and above it the number
#: of bytes of a subword; where the feature begins and ends in the text.
AT, KIND, PLACE, PLACE_END = range(4)
KIND_BITS = 3
_U0, _U1, _U2, _U3, _U4, _U8 = (np.uint64(n) for n in (0, 1, 2, 3, 4, 8))
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_FACTOR_1, _FACTOR_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)  # of MurmurHash3's finalizer
_PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio
#: Seeds of the subwords at the beginning, inside and at the end of a word differ from each other and from a word's.
_BEGINNING, _INSIDE = np.uint64(0xA0761D6478BD642F), np.uint64(0xE7037ED1A0B428DB)
_ENDING = np.uint64(0x8EBC6AF09C88C6E3)
_HALF = np.uint64(33)
_BYTE = np.uint8
_STRIDE = np.uint64(32)
_BYTE_MASK = np.uint64(0xFF)
_LOW_SEVEN = np.uint64(0x7F7F7F7F7F7F7F7F)
_GATHER = np.uint64(0x0102040810204080)  # a product with it gathers the lowest bits of eight bytes in the highest byte
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
_N_PLACES = _BITS.sum(axis=1).astype(np.uint8)
#: The places of the set bits of each byte, in order, one place per byte of a uint64.
_PLACES = np.argsort(1 - _BITS, axis=1, kind="stable").astype(np.uint8).view("<u8")[:, 0].astype(np.uint64)
_LOG_COUNTS = 1.0 + np.log(np.maximum(np.arange(256), 1.0))  # most counts are small

(_WORD, _ARABIC, _SEPARATOR, _NEEDS_TEXT, _HANGUL, _NARROWED, _MARK, _IGNORED, _NON_JOINER) = range(9)
(_BASE, _LEADING, _FOLLOWING, _STACKER, _MYANMAR) = range(9, 14)
_CLASS_MASK = (1 << CLASS_BITS) - 1
_WITHIN_UNITS = 1 << _MARK | 1 << _BASE | 1 << _LEADING | 1 << _FOLLOWING
_KILLER, _STACKING, _DOT_BELOW = ord(KILLER), ord(STACKER), ord(DOT_BELOW)
_LATIN = np.array(LATIN)
_END_OF_LATIN = LATIN[0][1]
_UNITS, _WORDS = 2, 1  # what a run consists of
#: The number of a section, in an entry of `classifier.terms.weighing`; above it is the weight, in steps.
_SECTION, _SECTION_BITS = np.uint32(0xFFFF), np.int32(16)

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

    ASCII is folded by arithmetic, many bytes at once; the other characters are folded one by one. Returns whether there
    are letters of other scripts than Latin, or what the text needs instead.
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
    return _LATIN_ONLY if seen < 128 else _fold_others(source, block_of, blocks, target)


@inlined
def _fold_others(source: Any, block_of: Any, blocks: Any, target: Any) -> int:
    """Fold the characters outside ASCII; the number of bytes of each stays the same."""
    at, end, largest = _U0, np.uint64(len(source)), 0
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
            entry = blocks[block_of[point >> BLOCK_BITS], point & (BLOCK - 1)]
            kind = entry & _CLASS_MASK
            if kind <= _ARABIC:
                _encode(point + (entry >> CLASS_BITS), width, target, at)
                largest = max(largest, point)
            elif kind != _SEPARATOR:
                return NEEDS_FOLDING if kind == _NEEDS_TEXT else _NEEDS_SCAN
            at += np.uint64(width)
    return _OTHER_LETTERS if largest > _END_OF_LATIN else _LATIN_ONLY


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
        hashes[n] = _hash_bytes(folded, begin, end, seed)
        bounds[_U2 * n], bounds[_U2 * n + _U1] = begin, end
        first = np.uint64(folded[begin])
        width = _U1 + np.uint64(first >= 0xC0) + np.uint64(first >= 0xE0) + np.uint64(first >= 0xF0)
        n += np.uint64(length > width)  # longer than its first character
    return np.int64(n)


@inlined
def _hash_bytes(folded: Any, begin: Any, end: Any, seed: Any) -> Any:
    """Return the hash of some folded bytes, one at least."""
    return _not_zero(_mix(_before_last_mix(folded, begin, end, seed)))


@inlined
def _before_last_mix(folded: Any, begin: Any, end: Any, seed: Any) -> Any:
    """Return what becomes the hash of some folded bytes when it is mixed."""
    found = seed ^ (eight_bytes(folded, begin) & (_ALL >> ((_U8 - min(end - begin, _U8)) << _U3)))
    at = begin + _U8
    while at < end:
        rest = eight_bytes(folded, at) & (_ALL >> ((_U8 - min(end - at, _U8)) << _U3))
        found = _mix(found) ^ rest
        at += _U8
    return found


@inlined
def _scan(
    source: Any, block_of: Any, blocks: Any, seed: Any, folded: Any, bounds: Any, tokens: Any, hashes: Any
) -> Any:
    """Write the bounds and the hash of each word, and the row of each unit, character by character.

    From `_units_from` on, write what becomes the hash of each unit when it is mixed. Returns the numbers of words and
    of units, the first one `NEEDS_FOLDING` if Python must fold the text.
    """
    at, end = _U0, np.uint64(len(source))
    n_words, n_units, units_from = _U0, _U0, _units_from(len(source))
    run, after_arabic, goes_on = 0, False, False
    run_begin, to, stop, n_letters, unit_begin, unit_start, units_before = _U0, _U0, _U0, _U0, _U0, _U0, _U0
    has_unit, link = False, 0
    for i in range(end):  # most characters are their own folded form
        folded[i] = source[i]
    while at <= end:
        # within a run of units, characters of three bytes that stay as they are: nearly all of Chinese and Thai
        while has_unit and run == _UNITS and to == at and at + _U3 <= end and (source[at] & 0xF0) == 0xE0:
            point, _ = _decode(source, at)
            entry = blocks[np.uint64(block_of[np.uint64(point >> BLOCK_BITS)]), np.uint64(point & (BLOCK - 1))]
            if entry & ~_CLASS_MASK or not (_WITHIN_UNITS >> entry) & 1:
                break
            if entry == _LEADING or (entry == _BASE and not goes_on):
                tokens[n_units, BEGIN], tokens[n_units, FOLDED_END] = unit_begin, at
                tokens[n_units, START], tokens[n_units, END], tokens[n_units, LINK] = unit_start, stop, link
                hashes[units_from + n_units] = _before_last_mix(folded, unit_begin, at, seed)
                n_units += _U1
                unit_begin, unit_start, link = at, at, _NEXT
            if entry != _MARK:
                goes_on, after_arabic = entry == _LEADING, False
            at += _U3
            to, stop = at, at
        kind, width, point, change = _SEPARATOR, 1, 0, 0
        if at < end:
            point = int(source[at])
            if point >= 128:
                point, width = _decode(source, at)
            entry = blocks[np.uint64(block_of[np.uint64(point >> BLOCK_BITS)]), np.uint64(point & (BLOCK - 1))]
            kind, change = entry & _CLASS_MASK, entry >> CLASS_BITS
        next_at = at + np.uint64(width)
        if kind == _NEEDS_TEXT:
            return np.int64(NEEDS_FOLDING), np.int64(0)
        if kind == _NON_JOINER:
            kind = _SEPARATOR if after_arabic else _MARK
        if kind in (_MARK, _IGNORED, _STACKER):
            if run:
                if kind != _IGNORED:
                    if to != at:
                        _encode(point, width, folded, to)
                    to += np.uint64(width)
                    n_letters += _U1
                goes_on |= kind == _STACKER
                stop = next_at
            at = next_at
            continue
        wanted = 0 if kind == _SEPARATOR else (_UNITS if kind >= _BASE else _WORDS)
        begins = kind == _HANGUL
        if wanted == _UNITS:
            begins = kind == _LEADING or not (goes_on or kind == _FOLLOWING)
            if kind == _MYANMAR and begins:
                begins = not _is_killed(source, next_at, block_of, blocks)
            begins |= run != _UNITS
        # what ends before this character
        chained = 0
        if has_unit and (begins or wanted != run or run == _WORDS):
            tokens[n_units, BEGIN], tokens[n_units, FOLDED_END] = unit_begin, to
            tokens[n_units, START], tokens[n_units, END], tokens[n_units, LINK] = unit_start, stop, link
            hashes[units_from + n_units] = _before_last_mix(folded, unit_begin, to, seed)
            n_units += _U1
            has_unit = False
            chained = int(wanted == run)
        if wanted != run:
            if run == _WORDS and n_letters > _U1:
                bounds[_U2 * n_words], bounds[_U2 * n_words + _U1] = run_begin, to
                tokens[n_words, WORD_END] = stop
                hashes[n_words] = _hash_bytes(folded, run_begin, to, seed)
                n_words += _U1
                n_units = _without_whole_word(tokens, units_before, n_units, run_begin, to)
            run, run_begin, to, n_letters, units_before = wanted, at, at, _U0, n_units
        # what begins with it
        if wanted:
            if begins:
                has_unit = True
                link = chained + 2 * (kind == _HANGUL)
                if wanted == _UNITS:
                    to = at
                unit_begin, unit_start = to, at
            if change or to != at:
                point += change
                if kind == _NARROWED:
                    width = 1 + (point >= 0x80) + (point >= 0x800)
                if width == 1:
                    folded[to] = point
                else:
                    _encode(point, width, folded, to)
            to += np.uint64(width)
            n_letters += _U1
        goes_on, after_arabic, stop, at = kind == _LEADING, kind == _ARABIC, next_at, next_at
    return np.int64(n_words), np.int64(n_units)


@inlined
def _units_from(n_bytes: int) -> Any:
    """Return the place of the hash of the first unit while a text is scanned, behind the hashes of the words."""
    return np.uint64(n_bytes // 3 + 1)


@inlined
def _is_killed(source: Any, at: Any, block_of: Any, blocks: Any) -> Any:
    """Return whether a killer, with or without a dot below, or a stacker follows a Myanmar letter."""
    end, dotted = np.uint64(len(source)), False
    while at < end and source[at] >= 128:
        point, width = _decode(source, at)
        at += np.uint64(width)
        if point == _KILLER or (point == _STACKING and not dotted):
            return True
        if point == _DOT_BELOW and not dotted:
            dotted = True
        elif blocks[block_of[point >> BLOCK_BITS], point & (BLOCK - 1)] & _CLASS_MASK != _IGNORED:
            return False
    return False


@inlined
def _without_whole_word(tokens: Any, first: Any, n_units: Any, begin: Any, end: Any) -> Any:
    """Leave out a syllable, or two neighbouring ones, that are the whole word; return the number of units."""
    if (
        n_units == first
        or tokens[first, BEGIN] != np.int32(begin)
        or tokens[n_units - _U1, FOLDED_END] != np.int32(end)
    ):
        return n_units
    if n_units == first + _U1:
        return first
    if n_units == first + _U2 and tokens[first + _U1, LINK] == _NEXT_SYLLABLE:
        tokens[first + _U1, LINK] = _FIRST_SYLLABLE
    return n_units


@inlined
def _write_units(
    folded: Any, n_units: int, tokens: Any, seed: Any, n: Any, units_from: Any, hashes: Any, places: Any
) -> Any:
    """Write the hashes of units and of neighbouring units behind the first ``n``; return the number of hashes."""
    first, last = n, np.uint64(n_units)
    units = hashes[first : first + last]
    for unit in range(last):
        units[unit] = _not_zero(_mix(hashes[units_from + unit]))
    for unit in range(last if len(places) else _U0):
        _place_units(places, unit, tokens, unit, _U1, np.int32(FeatureKind.UNIT))
    n += last
    # every unit is joined with those before it, many at a time; then the neighbours of a run move to the front
    pairs, triples = hashes[n : n + last], hashes[n + last : n + last + last]
    for unit in range(_U1, last):
        pairs[unit] = _joined(units[unit - _U1], units[unit])
    for unit in range(_U2, last):
        triples[unit] = _joined(pairs[unit - _U1], units[unit])
    for unit in range(_U1, last):
        link = tokens[unit, LINK]
        found = pairs[unit]
        if link == _NEXT_SYLLABLE:
            begin, end = np.uint64(tokens[unit - _U1, BEGIN]), np.uint64(tokens[unit, FOLDED_END])
            found = _hash_bytes(folded, begin, end, seed)
        hashes[n] = found
        if len(places):
            kind = FeatureKind.UNIT_PAIR if link == _NEXT else FeatureKind.HANGUL_PAIR
            _place_units(places, n - first, tokens, unit - _U1, _U2, np.int32(kind))
        n += np.uint64((link == _NEXT) | (link == _NEXT_SYLLABLE))
    for unit in range(_U2, last):
        hashes[n] = triples[unit]
        if len(places):
            _place_units(places, n - first, tokens, unit - _U2, _U3, np.int32(FeatureKind.UNIT_TRIPLE))
        n += np.uint64((tokens[unit, LINK] == _NEXT) & (tokens[unit - _U1, LINK] == _NEXT))
    return n


@inlined
def _place_units(places: Any, at: Any, tokens: Any, unit: Any, n_units: Any, kind: Any) -> None:
    places[at, AT], places[at, KIND] = unit, kind
    places[at, PLACE], places[at, PLACE_END] = tokens[unit, START], tokens[unit + n_units - _U1, END]


@inlined
def _write_subwords(
    folded: Any,
    n_words: int,
    bounds: Any,
    word_ends: Any,
    seed: Any,
    subwords: int,
    n: Any,
    hashes: Any,
    places: Any,
) -> Any:
    """Write the hashes of the subwords of words behind the first ``n``; return the number of hashes."""
    letters = bounds[len(bounds) // 2 :]  # where each letter of a word begins
    for word in range(np.uint64(n_words)):
        begin, end = np.uint64(bounds[_U2 * word]), np.uint64(bounds[_U2 * word + _U1])
        if subwords != ALL_SUBWORDS and (folded[begin] < 128 or _is_latin(_decode(folded, begin)[0])):
            continue
        n_letters = _U0
        for at in range(begin, end):
            letters[n_letters] = at
            n_letters += np.uint64((folded[at] & 0xC0) != 0x80)
        letters[n_letters] = end
        for length in range(_U2, _U4 + _U1):
            if length >= n_letters + _U2:
                break
            for start in range(n_letters + _U3 - length):  # counted from the mark before the word
                kind, state = FeatureKind.WORD_INSIDE, seed ^ _INSIDE
                left, right = start - _U1, start + length - _U1
                if start == _U0:
                    kind, state, left = FeatureKind.WORD_BEGINNING, seed ^ _BEGINNING, _U0
                elif right > n_letters:
                    kind, state, right = FeatureKind.WORD_ENDING, seed ^ _ENDING, n_letters
                left, right = np.uint64(letters[left]), np.uint64(letters[right])
                hashes[n] = _hash_bytes(folded, left, right, state)
                if len(places):
                    at = n - np.uint64(n_words)
                    places[at, AT], places[at, KIND] = left, np.int64(kind) | np.int64(right - left) << KIND_BITS
                    places[at, PLACE], places[at, PLACE_END] = begin, word_ends[word]
                n += _U1
    return n


@inlined
def _is_latin(point: int) -> Any:
    found = False
    for k in range(len(_LATIN)):
        found |= (point >= _LATIN[k, 0]) & (point <= _LATIN[k, 1])
    return found


@inlined
def _find(hashes: Any, n_words: int, n_terms: int, entries: Any, number_bits: int, numbers: Any) -> int:
    """Write the number of each term and then of each pair, -1 if it is unknown; return how many there are.

    The words come first. The hashes of their pairs are written after those of all terms. The search has no branches, so
    that the processor waits for many places of the table at once: all first slots are looked at, then the second ones
    of all features whose first slot was taken, and so on.
    """
    bits, mask = np.uint64(number_bits), np.uint64(len(entries) - 1)
    low = (_U1 << bits) - _U1
    n_features = n_terms + max(0, n_words - 1)
    for i in range(np.uint64(max(0, n_words - 1))):
        hashes[np.uint64(n_terms) + i] = _joined(hashes[i], hashes[i + _U1])
    displaced, n_displaced = numbers[n_features:], _U0  # after the numbers: features whose first slot was taken
    for i in range(np.uint64(n_features)):
        entry = entries[hashes[i] & mask]
        number = np.int32(entry & low) - np.int32(1)
        numbers[i] = number
        displaced[n_displaced] = i
        n_displaced += np.uint64(((entry ^ hashes[i]) >> bits != 0) & (number >= 0))
    distance = _U0
    while n_displaced > _U0:
        distance += _U1
        n_taken = _U0
        for k in range(n_displaced):
            place = displaced[k]
            found = hashes[np.uint64(place)]
            entry = entries[(found + distance) & mask]
            number = np.int32(entry & low) - np.int32(1)
            numbers[np.uint64(place)] = number
            displaced[n_taken] = place
            n_taken += np.uint64(((entry ^ found) >> bits != 0) & (number >= 0))
        n_displaced = n_taken
    return n_features


@inlined
def _count(n_features: int, counts: Any, numbers: Any) -> Any:
    """Add up known features in ``counts`` (all 0 before) and move their numbers, as they first occur, to the front."""
    n_occurrences, n_known = _U0, _U0
    for i in range(np.uint64(n_features)):
        number = numbers[i]
        numbers[n_occurrences] = number
        n_occurrences += np.uint64(number >= 0)
    for i in range(n_occurrences):
        number = numbers[i]
        before = counts[np.uint64(number)]
        numbers[n_known] = number
        n_known += np.uint64(before == 0)
        counts[np.uint64(number)] = before + 1
    return np.int64(n_known)


@inlined
def _weigh(n_known: int, numbers: Any, counts: Any, idf: Any, weights: Any, values: Any) -> None:
    """Write the TF-IDF value of each known feature, scaled to unit length, and reset ``counts`` to 0.

    The rows of weights that `_add_up` needs come to the processor's cache meanwhile.
    """
    for i in range(np.uint64(n_known)):
        number = np.uint64(numbers[i])
        prefetch_row(weights, number)
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


@inlined
def _add_up_sparse(n_known: int, numbers: Any, values: Any, starts: Any, entries: Any, margins: Any) -> None:
    """Add the features' shares to the margins, in steps of each section; `_weigh` has fetched where their rows start.

    A row is fetched a few features before it is read.
    """
    for i in range(_U0, np.uint64(n_known)):
        ahead = i + _U4
        if ahead < np.uint64(n_known):
            prefetch_row(entries, np.uint64(starts[np.uint64(numbers[ahead])]))
        number, value = np.uint64(numbers[i]), values[i]
        for place in range(np.uint64(starts[number]), np.uint64(starts[number + _U1])):
            entry = entries[place]
            section = np.uint64(entry & _SECTION)
            margins[section] += value * np.float64(np.int32(entry) >> _SECTION_BITS)


@inlined
def _begins_unit(source: Any, block_of: Any, blocks: Any) -> Any:
    """Return whether a text begins with a letter of a script without spaces, so that it surely needs the scan."""
    if len(source) < 3 or source[_U0] < 0xE0 or source[_U0] > 0xEF:
        return False
    point, _ = _decode(source, _U0)
    return blocks[np.uint64(block_of[np.uint64(point >> BLOCK_BITS)]), np.uint64(point & (BLOCK - 1))] == _BASE


@inlined
def _terms(
    source: Any,
    seed: Any,
    block_of: Any,
    blocks: Any,
    subwords: int,
    folded: Any,
    bounds: Any,
    tokens: Any,
    hashes: Any,
    places: Any,
) -> Any:
    """Write the hashes of a text's words, and behind them those of its units and subwords.

    Returns the numbers of words, of words, units and subwords together, and of units, and whether the text was scanned.
    The first one is `NEEDS_FOLDING` if Python must fold the text.
    """
    found = _NEEDS_SCAN
    if not _begins_unit(source, block_of, blocks):
        found = _fold(source, 0, len(source), block_of, blocks, folded, 0)
    if found >= 0:
        n_words = _hash_words(folded, _word_bounds(folded, 0, len(source), bounds), bounds, seed, hashes)
        n_terms = np.uint64(n_words)
        if subwords == ALL_SUBWORDS or (subwords == NON_LATIN_SUBWORDS and found == _OTHER_LETTERS):
            for word in range(len(places) and n_words):
                tokens[word, WORD_END] = bounds[2 * word + 1]
            n_terms = _write_subwords(
                folded, n_words, bounds, tokens[:, WORD_END], seed, subwords, n_terms, hashes, places
            )
        return n_words, np.int64(n_terms), 0, False
    if found == NEEDS_FOLDING:
        return NEEDS_FOLDING, 0, 0, False
    n_words, n_units = _scan(source, block_of, blocks, seed, folded, bounds, tokens, hashes)
    if n_words == NEEDS_FOLDING:
        return NEEDS_FOLDING, 0, 0, True
    units_from = _units_from(len(source))
    n_terms = _write_units(folded, n_units, tokens, seed, np.uint64(n_words), units_from, hashes, places)
    if subwords != NO_SUBWORDS:
        n_terms = _write_subwords(folded, n_words, bounds, tokens[:, WORD_END], seed, subwords, n_terms, hashes, places)
    return n_words, np.int64(n_terms), n_units, True


@inlined
def _length(n_words: int, n_units: int, tokens: Any) -> Any:
    """Return how long a text is, in words: two units count as a word, and the syllables of a word do not count."""
    n_outside = np.int64(0)
    for unit in range(np.uint64(n_units)):
        n_outside += np.int64(tokens[unit, LINK] < _FIRST_SYLLABLE)
    return n_words + n_outside // 2


@compiled(
    "int64",
    "bytes",
    "const int64[:]",
    "uint64",
    *_CHARACTERS,
    "int64",
    "uint8[:]",
    "int32[:]",
    "int32[:,:]",
    "uint64[:]",
    "int32[:,:]",
    "uint64[:]",
    "int32[:,:]",
    "uint64[:]",
    "int32[:,:]",
    "int32[:,:]",
    "int64[:,:]",
)
def terms_of_texts(
    data: Any,
    texts: Any,
    seed: Any,
    block_of: Any,
    blocks: Any,
    subwords: int,
    folded: Any,
    bounds: Any,
    tokens: Any,
    found: Any,
    found_places: Any,
    hashes: Any,
    words: Any,
    other_hashes: Any,
    places: Any,
    units: Any,
    offsets: Any,
) -> int:
    """Write the hash and the place of each word, and then of each unit and subword, text by text.

    The texts stand one after the other: ``texts`` (int64) holds where each begins in ``data`` and, last, the end.
    ``folded`` is written, and every term begins in it where it begins in ``data``.

    Parameters
    ----------
    bounds, tokens, found, found_places : scratch arrays
        For one text: see `classifier.terms.hashing.scratch_arrays`.
    hashes, words : arrays to write, uint64 of shape (n_words,) and int32 of shape (n_words, 3)
        The hash of each word, its first byte, the end of its folded bytes, and its end.
    other_hashes, places : arrays to write, uint64 of shape (n_others,) and int32 of shape (n_others, 4)
        The hashes and places of the units and subwords. Words and units are counted from the first text on.
    units : int32 array of shape (n_units, 2), to write
        The first byte of each unit and the end of its folded bytes.
    offsets : int64 array of shape (n_texts + 1, 4), to write
        Where the words, the others and the units of each text begin, and the sum of the lengths of the texts before it.

    Returns the number of the first text that Python must fold, or -1.
    """
    source = np.frombuffer(data, np.uint8)
    offsets[0] = 0
    for text in range(len(texts) - 1):
        begin, end = texts[text], texts[text + 1]
        n_words, n_terms, n_units, is_scanned = _terms(
            source[begin:end],
            seed,
            block_of,
            blocks,
            subwords,
            folded[begin:],
            bounds,
            tokens,
            found,
            found_places,
        )
        if n_words == NEEDS_FOLDING:
            return text
        first_word, first_other, first_unit, length_before = offsets[text]
        for word in range(n_words):
            at = first_word + word
            folded_end = bounds[2 * word + 1]
            hashes[at] = found[word]
            words[at, 0], words[at, 1] = begin + bounds[2 * word], begin + folded_end
            words[at, 2] = begin + (tokens[word, WORD_END] if is_scanned else folded_end)
        for unit in range(n_units):
            units[first_unit + unit, 0] = begin + tokens[unit, BEGIN]
            units[first_unit + unit, 1] = begin + tokens[unit, FOLDED_END]
        for other in range(n_terms - n_words):
            at = first_other + other
            other_hashes[at] = found[n_words + other]
            is_subword = (found_places[other, KIND] & ((1 << KIND_BITS) - 1)) >= FeatureKind.WORD_BEGINNING
            places[at, AT] = found_places[other, AT] + (begin if is_subword else first_unit)
            places[at, KIND] = found_places[other, KIND]
            places[at, PLACE] = begin + found_places[other, PLACE]
            places[at, PLACE_END] = begin + found_places[other, PLACE_END]
        offsets[text + 1, 0] = first_word + n_words
        offsets[text + 1, 1] = first_other + n_terms - n_words
        offsets[text + 1, 2] = first_unit + n_units
        offsets[text + 1, 3] = length_before + _length(n_words, n_units, tokens)
    return -1


@compiled_when_called("void", "const uint8[:]", "const int64[:]", "const uint64[:]", "uint64[:]")
def hash_subwords(letters: Any, bounds: Any, states: Any, hashes: Any) -> None:
    """Write the hash of the folded bytes between two ``bounds``, each from a state of `subword_state`.

    ``letters`` has eight more bytes than the last bound.
    """
    for part in range(len(states)):
        hashes[part] = _hash_bytes(letters, np.uint64(bounds[part]), np.uint64(bounds[part + 1]), states[part])


def subword_state(kind: FeatureKind, seed: np.uint64) -> np.uint64:
    """Return the state that the hash of a kind of subword starts from, given the state of a word."""
    return seed ^ (_BEGINNING, _INSIDE, _ENDING)[kind - FeatureKind.WORD_BEGINNING]


@compiled_when_called("void", "uint64[:]", "const uint64[:]", "int64")
def join_hashes(hashes: Any, following: Any, n: int) -> None:
    """Replace each of the first ``n`` hashes by the hash of that feature joined with the one ``following`` it."""
    for i in range(n):
        hashes[i] = _joined(hashes[i], following[i])


@compiled("int64", "uint64[:]", "int64", "int64", "const uint64[:]", "int64", "int32[:]")
def find(hashes: Any, n_words: int, n_terms: int, entries: Any, number_bits: int, numbers: Any) -> int:
    """Write the number of each term and then of each pair, -1 if it is unknown; return how many there are.

    ``hashes`` has room for the terms, words first, and for the pairs of words, which are written. ``numbers`` has room
    for twice as many.
    """
    return _find(hashes, n_words, n_terms, entries, number_bits, numbers)


@compiled(
    "int64",
    "bytes",
    "const int64[:]",
    "uint64",
    *_CHARACTERS,
    "int64",
    "const uint64[:]",
    "int64",
    "const float64[:]",
    "const float32[:,:]",
    "const float64[:]",
    "uint8[:]",
    "int32[:]",
    "int32[:,:]",
    "uint64[:]",
    "int32[:]",
    "float64[:,:]",
    "int64[:,:]",
)
def score_texts(
    data: Any,
    texts: Any,
    seed: Any,
    block_of: Any,
    blocks: Any,
    subwords: int,
    entries: Any,
    number_bits: int,
    idf: Any,
    weights: Any,
    intercepts: Any,
    folded: Any,
    bounds: Any,
    tokens: Any,
    hashes: Any,
    counts: Any,
    margins: Any,
    sizes: Any,
) -> int:
    """Write the margins of each text, its number of known features, or `NEEDS_FOLDING`, and its length in words.

    Returns the number of known features of the last text.

    Features are summed in the order in which they first occur, words before units, subwords and pairs: a text gives the
    same bits whatever other texts are scored with it. For the last text, the feature numbers stay in ``bounds`` and the
    TF-IDF values, as float64, in ``hashes``: both arrays are free by then, and they are in the processor's cache.

    Parameters
    ----------
    texts : int64 array of shape (n_texts + 1,)
        Where each text begins in ``data`` and, last, the end.
    idf, weights, intercepts : as in `classifier.store.files.ModelArrays`
    hashes, counts : scratch arrays
        ``counts`` has room for every feature, and holds zeros before and after. The others are those of
        `classifier.terms.hashing.scratch_arrays`.
    margins : float64 array of shape (n_texts, n_sections)
    sizes : int64 array of shape (n_texts, 2)
        The number of known features and the length of each text.
    """
    source = np.frombuffer(data, np.uint8)
    numbers, values = bounds, hashes.view(np.float64)
    for text in range(len(texts) - 1):
        whole = source[texts[text] : texts[text + 1]]
        n_words, n_terms, n_units, _ = _terms(
            whole, seed, block_of, blocks, subwords, folded, bounds, tokens, hashes, tokens[:0]
        )
        if n_words == NEEDS_FOLDING:
            sizes[text, 0] = NEEDS_FOLDING
            continue
        sizes[text, 1] = _length(n_words, n_units, tokens)
        n = _count(_find(hashes, n_words, n_terms, entries, number_bits, numbers), counts, numbers)
        _weigh(n, numbers, counts, idf, weights, values)
        of_text = margins[text]
        of_text[:] = 0.0
        _add_up(n, numbers, values, weights, of_text)
        for s in range(len(intercepts)):
            of_text[s] += intercepts[s]
        sizes[text, 0] = n
    return sizes[-1, 0] if len(sizes) else 0


@compiled_when_called(
    "int64",
    "bytes",
    "const int64[:]",
    "uint64",
    *_CHARACTERS,
    "int64",
    "const uint64[:]",
    "int64",
    "const float64[:]",
    "const int64[:]",
    "const uint32[:]",
    "const float64[:]",
    "const float64[:]",
    "uint8[:]",
    "int32[:]",
    "int32[:,:]",
    "uint64[:]",
    "int32[:]",
    "float64[:,:]",
    "int64[:,:]",
)
def score_sparse_texts(
    data: Any,
    texts: Any,
    seed: Any,
    block_of: Any,
    blocks: Any,
    subwords: int,
    entries: Any,
    number_bits: int,
    idf: Any,
    starts: Any,
    weights: Any,
    scales: Any,
    intercepts: Any,
    folded: Any,
    bounds: Any,
    tokens: Any,
    hashes: Any,
    counts: Any,
    margins: Any,
    sizes: Any,
) -> int:
    """Do what `score_texts` does, with the weights of `classifier.terms.weighing`.

    Parameters
    ----------
    starts, weights, scales : the `parts` of `classifier.terms.weighing.SparseRows`
    """
    source = np.frombuffer(data, np.uint8)
    numbers, values = bounds, hashes.view(np.float64)
    for text in range(len(texts) - 1):
        whole = source[texts[text] : texts[text + 1]]
        n_words, n_terms, n_units, _ = _terms(
            whole, seed, block_of, blocks, subwords, folded, bounds, tokens, hashes, tokens[:0]
        )
        if n_words == NEEDS_FOLDING:
            sizes[text, 0] = NEEDS_FOLDING
            continue
        sizes[text, 1] = _length(n_words, n_units, tokens)
        n = _count(_find(hashes, n_words, n_terms, entries, number_bits, numbers), counts, numbers)
        _weigh(n, numbers, counts, idf, starts, values)
        of_text = margins[text]
        of_text[:] = 0.0
        _add_up_sparse(n, numbers, values, starts, weights, of_text)
        for s in range(len(intercepts)):
            of_text[s] = of_text[s] * scales[s] + intercepts[s]
        sizes[text, 0] = n
    return sizes[-1, 0] if len(sizes) else 0


@compiled_when_called(
    "void", "const int64[:]", "const uint32[:]", "const float64[:]", "const int32[:]", "int64", "float64[:]"
)
def find_weights(starts: Any, weights: Any, scales: Any, numbers: Any, section: int, found: Any) -> None:
    """Write the weight of each of some features in a section; ``starts``, ``weights`` and ``scales`` as above."""
    for i, number in enumerate(numbers):
        low, high = starts[number], starts[number + 1]
        while low < high:
            middle = (low + high) // 2
            if np.int64(weights[middle] & _SECTION) < section:
                low = middle + 1
            else:
                high = middle
        found[i] = 0.0
        if low < starts[number + 1] and np.int64(weights[low] & _SECTION) == section:
            found[i] = np.float64(np.int32(weights[low]) >> _SECTION_BITS) * scales[section]
