"""The features that several texts of a large corpus have, found before they are numbered.

Most features of a million articles are pairs of words that a single article has. To number them only to leave them out
would take more memory than all counts.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from classifier.training.counts import loops
from classifier.training.counts.assembling import CountedChunk

#: Below this many characters, singles are numbered like others: that is faster than to read the texts twice.
MANY_CHARACTERS = 1_000_000_000
#: One bit for each four characters: then about one single feature in fifteen is taken for a repeated one.
_CHARACTERS_A_BIT = 4
_KEY_BITS = 64


class RepeatedFeatures:
    """Two bits for each feature, found by its hash: whether one text has it, and whether another has it too.

    Features with equal bits are taken for one, so that a few that only one text has remain. None that several texts
    have is missing.

    Parameters
    ----------
    chunks : iterable of CountedChunk
        Of all texts.
    n_characters : int
        Of all texts.
    """

    def __init__(self, chunks: Iterable[CountedChunk], n_characters: int) -> None:
        bits = max(3, (n_characters // _CHARACTERS_A_BIT).bit_length())
        self._shift = _KEY_BITS - bits
        once, self._again = np.zeros((2, 1 << (bits - 3)), np.uint8)
        for chunk in chunks:
            loops.note_keys(chunk.keys, once, self._again, self._shift)

    def of(self, chunk: CountedChunk) -> CountedChunk:
        """Return a chunk without the features that no other text has. Its arrays are written over."""
        keys, counts, references = chunk.keys, chunk.counts, chunk.references
        n = loops.keep_noted(self._again, self._shift, keys, counts, references, chunk.indptr)
        return replace(chunk, keys=keys[:n].copy(), counts=counts[:n].copy(), references=references[:n].copy())
