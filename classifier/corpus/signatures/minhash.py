"""The minima of MinHash signatures, compiled: 64 hashes of each run of terms, and the smallest of each.

The numbers are those of datasketch 2 with the scheme ``affine32`` and seed 1, because they are stored with models: a
run is mixed, multiplied by an odd number and shifted by another, all modulo 2**32. docs/decisions/0056 has the reasons.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.terms.compiler import compiled, inlined

N_MINIMA = 64
_SEED = 1
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@cache
def affine_hashes() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the factors and the shifts of the hashes, two uint32 arrays of shape (64,)."""
    drawn = np.random.RandomState(_SEED)  # its numbers never change (NumPy's NEP 19)
    factors = drawn.randint(0, 1 << 31, N_MINIMA, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, drawn.randint(0, 1 << 32, N_MINIMA, dtype=np.uint32)


def mixed(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return each value with every bit dependent on every bit: the finalizer of MurmurHash3, one to one."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


@inlined
def _mixed_one(value: Any) -> Any:
    """Return a value as `mixed` does."""
    value = np.uint32(value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    value = np.uint32(value)
    value = np.uint32(value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    value = np.uint32(value)
    return np.uint32(value ^ (value >> np.uint32(16)))


@compiled("void", "const uint32[:]", "const uint32[:]", "const uint32[:]", "uint32[:]")
def lower_minima(runs: Any, factors: Any, shifts: Any, minima: Any) -> None:
    """Lower each minimum to the smallest hash of these runs, if that is smaller."""
    for run in runs:
        value = _mixed_one(run)
        for k in range(len(minima)):
            found = np.uint32(np.uint32(value * factors[k]) + shifts[k])
            minima[k] = min(minima[k], found)


@compiled("int64", "const uint64[:]", "const int64[:]", "int64", "uint64[:]", "uint32[:]")
def write_runs(terms: Any, sizes: Any, longest: int, parts: Any, runs: Any) -> int:
    """Write a hash of each run of terms of size ``longest``, or of all terms if they are shorter; return their number.

    Parameters
    ----------
    terms : uint64 array of shape (n_terms,)
    sizes : int64 array of shape (n_terms,)
    parts : scratch space for the sum of all sizes
    runs : uint32 array to write, with room for ``n_terms``
    """
    n_parts = 0
    for i in range(len(terms)):
        for _ in range(sizes[i]):
            parts[n_parts] = terms[i]
            n_parts += 1
    length = min(longest, n_parts)
    n = first = 0
    for i in range(len(terms)):
        if first + length > n_parts:
            break
        found = np.uint64(0)
        for place in range(length):
            found = (found ^ parts[first + place]) * _FACTOR
            found ^= found >> _HALF
        runs[n] = np.uint32(found & np.uint64(0xFFFFFFFF))
        n += 1
        first += sizes[i]
    return n
