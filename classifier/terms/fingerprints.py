"""Features as 64-bit fingerprints in an open-addressed table.

The table is one array, so that a model's table is mapped from disk and nothing is hashed when the model is loaded.
Building a table fails if two features share a fingerprint. An unknown term is mistaken for a feature only if it meets
the feature in the table and their fingerprints agree in all bits except the ones for the feature's number. In a model
of 100,000 features this happens to one unknown term in a hundred million million.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.terms.compiler import compiled_when_called

MAX_SEEDS = 16
_MAX_LOAD = 0.5  # shorter searches are worth the memory
_U0, _U1 = np.uint64(0), np.uint64(1)


@dataclass(frozen=True)
class FingerprintTable:
    """Feature numbers by fingerprint.

    Parameters
    ----------
    seed : int
        The seed of every fingerprint.
    entries : uint64 array of shape (n_slots,), a power of two
        A feature is in the first free slot from ``fingerprint % n_slots`` on: its number plus 1 in the lowest
        `number_bits`, the rest of its fingerprint above. An entry of 0 is a free slot.
    """

    seed: int
    entries: NDArray[np.uint64]

    def problem(self, n_features: int) -> str | None:
        """Return what makes this table unusable for ``n_features`` features, or None."""
        n_slots = len(self.entries)
        if n_slots & (n_slots - 1) or n_slots <= n_features:
            return f"a table of {n_slots} slots does not fit {n_features} features"
        taken = self.entries[self.entries != 0]
        numbers = taken & np.uint64((1 << number_bits(n_features)) - 1)
        if len(numbers) != n_features or not np.array_equal(np.sort(numbers), np.arange(1, n_features + 1)):
            return "the slots do not hold every feature exactly once"
        return None


class CollisionError(ValueError):
    """Two features have the same fingerprint under every seed, because they are the same once folded."""


def collision_free_table(fingerprint: Callable[[int], NDArray[np.uint64]]) -> FingerprintTable:
    """Return the table of features under the first seed that gives every feature its own fingerprint.

    Parameters
    ----------
    fingerprint : callable
        Takes a seed and returns the fingerprint of every feature, uint64 of shape (n_features,).

    Raises
    ------
    CollisionError
        If two features share a fingerprint under each of the first `MAX_SEEDS` seeds.
    """
    for seed in range(MAX_SEEDS):
        try:
            return make_table(seed, fingerprint(seed))
        except CollisionError:
            continue
    raise CollisionError(
        "the list of terms contains a term twice (case and digits make no difference). Fix: list every term once; if "
        "you gave no list, report this as a fault of Copydesk"
    )


def number_bits(n_features: int) -> int:
    """Return how many bits of an entry hold the feature's number."""
    return n_features.bit_length()


def make_table(seed: int, found: NDArray[np.uint64]) -> FingerprintTable:
    """Return the table of features with these fingerprints, numbered in order.

    Raises
    ------
    CollisionError
        If one feature would be mistaken for another.
    """
    n_slots = 1 << max(3, int(len(found) / _MAX_LOAD).bit_length())
    table = FingerprintTable(seed, np.zeros(n_slots, np.uint64))
    bits = number_bits(len(found))
    _fill(found, bits, table.entries)
    numbers = np.empty(len(found), np.int32)
    look_up(found, table.entries, bits, numbers)
    if not np.array_equal(numbers, np.arange(len(found))):
        raise CollisionError(f"two features have the same fingerprint under seed {seed}")
    return table


@compiled_when_called("void", "const uint64[:]", "int64", "uint64[:]")
def _fill(fingerprints: Any, bits: int, entries: Any) -> None:
    """Fill an empty table with fingerprints, numbered in order."""
    mask, above = np.uint64(len(entries) - 1), ~((_U1 << np.uint64(bits)) - _U1)
    for number in range(np.uint64(len(fingerprints))):
        slot = fingerprints[number] & mask
        while entries[slot] != _U0:
            slot = (slot + _U1) & mask
        entries[slot] = (fingerprints[number] & above) | (number + _U1)


@compiled_when_called("void", "const uint64[:]", "const uint64[:]", "int64", "int32[:]")
def look_up(fingerprints: Any, entries: Any, bits: int, numbers: Any) -> None:
    """Write the number of the feature with each fingerprint, -1 if there is none; ``bits`` is from `number_bits`."""
    mask, shift = np.uint64(len(entries) - 1), np.uint64(bits)
    low = (_U1 << shift) - _U1
    for i in range(len(fingerprints)):
        slot = fingerprints[i] & mask
        while entries[slot] != _U0 and (entries[slot] ^ fingerprints[i]) >> shift != _U0:
            slot = (slot + _U1) & mask
        numbers[i] = np.int32(entries[slot] & low) - np.int32(1)
