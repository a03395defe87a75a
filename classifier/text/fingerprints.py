"""Features as 64-bit fingerprints in an open-addressed table: what is stored, and whether it can be used.

The table is arrays only, so that a model's is mapped from disk and nothing is hashed when it is loaded. That two
features of a model share a fingerprint is noticed when it is built. That a term outside the model shares one with a
feature happens once in ``2**64 / n_features`` terms: for 100,000 features in 180 million million.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_SEEDS = 16
_MAX_LOAD = 0.5  # shorter walks are worth the memory


@dataclass(frozen=True)
class FingerprintTable:
    """A feature's number by its fingerprint.

    ``fingerprints`` is uint64 and ``slots`` int32, both of shape (n_slots,), a power of two. A feature stands in the
    first free slot from ``fingerprint % n_slots`` on; ``slots`` holds its number. A fingerprint of 0 is a free slot.
    ``seed`` went into every fingerprint.
    """

    seed: int
    fingerprints: NDArray[np.uint64]
    slots: NDArray[np.int32]

    def problem(self, n_features: int) -> str | None:
        """Return what would lead a search astray in a table of so many features, or None."""
        n_slots = len(self.fingerprints)
        taken = self.fingerprints != 0
        if self.slots.shape != (n_slots,) or n_slots & (n_slots - 1) or n_slots <= n_features:
            return f"{n_slots} slots do not fit {n_features} features"
        numbers = self.slots[taken]
        if len(numbers) != n_features or not np.array_equal(np.sort(numbers), np.arange(n_features)):
            return "the slots do not hold each feature once"
        return None


class CollisionError(ValueError):
    """Two features have the same fingerprint whatever the seed: they are the same once folded."""


def distinct_fingerprints(fingerprint: Callable[[int], NDArray[np.uint64]]) -> tuple[int, NDArray[np.uint64]]:
    """Return the first seed for which all fingerprints differ, and those.

    Parameters
    ----------
    fingerprint : callable
        Gives every feature's fingerprint, uint64 of shape (n_features,), for a seed.

    Raises
    ------
    CollisionError
        If no seed of the first `MAX_SEEDS` tells two features apart.
    """
    for seed in range(MAX_SEEDS):
        found = fingerprint(seed)
        ordered = np.sort(found)
        if not np.any(ordered[1:] == ordered[:-1]):
            return seed, found
    raise CollisionError(f"two features have the same fingerprint with each of {MAX_SEEDS} seeds: they are the same")


def n_slots(n_features: int) -> int:
    """Return the number of slots for so many features: a power of two, at least one of them free."""
    return 1 << max(3, int(n_features / _MAX_LOAD).bit_length())
