"""MinHash signatures of texts: how much of two texts is common to both, from 128 bytes a text."""

from collections.abc import Sequence
from functools import cache
from zlib import crc32

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from classifier.terms.definition import fold

SHINGLE_TERMS = 4
N_MINIMA = 64
#: The scheme of signatures, kept next to each stored one: signatures of different schemes have nothing in common.
SCHEME = "minhash-64x16-mixed"
#: The scheme of signatures that were stored without a name: the lowest 16 bits, not mixed.
EARLIER_SCHEME = "minhash-64x16-low"
SCHEMES = (SCHEME, EARLIER_SCHEME)
_SEED = 1
_TEXTS_AT_ONCE = 4_096


def sign(texts: Sequence[str], scheme: str = SCHEME) -> NDArray[np.uint16]:
    """Return the MinHash signature of each text (Broder, 1997), made from its runs of four words.

    Only 16 bits of each minimum are kept ("b-bit minwise hashing", Li and König, 2010). They are cut off after the bits
    of the minimum are mixed: the lowest bits of the minima of a text depend on each other, because each minimum is an
    odd multiple of a hash, plus a constant. Without mixing, one in 65,536 pairs of texts of a single run agrees in
    all minima.

    Parameters
    ----------
    texts : sequence of str
    scheme : str
        One of `SCHEMES`.

    Returns
    -------
    uint16 array of shape (n_texts, 64)
    """
    signatures = np.empty((len(texts), N_MINIMA), np.uint16)
    minima = np.empty((_TEXTS_AT_ONCE, N_MINIMA), np.uint32)
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        part = texts[start : start + _TEXTS_AT_ONCE]
        for row, text in zip(minima, part, strict=False):
            found = _empty_signature().copy()
            found.update_batch(shingles(text))
            row[:] = found.hashvalues
        whole = minima[: len(part)] if scheme == EARLIER_SCHEME else _mixed(minima[: len(part)])
        signatures[start : start + len(part)] = whole & np.uint32(0xFFFF)
    return signatures


def shingles(text: str) -> list[bytes]:
    """Return the runs of four words of a text, with repetitions; a shorter text is one run."""
    words = fold(text).split()
    if len(words) < SHINGLE_TERMS:
        return [" ".join(words).encode()]
    return [" ".join(words[i : i + SHINGLE_TERMS]).encode() for i in range(len(words) - SHINGLE_TERMS + 1)]


@cache
def _empty_signature() -> MinHash:
    """Return the signature of an empty text, to be copied: drawing its permutations takes as long as using them."""
    return MinHash(num_perm=N_MINIMA, seed=_SEED, hashfunc=crc32, scheme="affine32")


def _mixed(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return each value with every bit dependent on every bit: the finalizer of MurmurHash3, one to one."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))
