"""Texts as the bytes that compiled code reads, and back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def utf8(text: str) -> bytes:
    """Return a text as UTF-8; lone surrogates pass through."""
    return text.encode("utf-8", "surrogatepass")


def bounds_of(encoded: Sequence[bytes]) -> NDArray[np.int64]:
    """Return where each text begins once the texts are joined, and the end of the last one.

    Returns
    -------
    int64 array of shape (n_texts + 1,)
    """
    bounds = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(part) for part in encoded], out=bounds[1:])
    return bounds


def lines_of(encoded: bytes) -> list[str]:
    """Return each line of UTF-8 as a string without its line break: the inverse of `utf8`."""
    return encoded.decode("utf-8", "surrogatepass").split("\n")[:-1]
