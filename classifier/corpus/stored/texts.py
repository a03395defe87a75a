"""The texts of articles on disk, as a sequence of strings."""

from array import array
from collections.abc import Iterator, Sequence
from typing import overload

from classifier.corpus.stored.spool import Spool
from classifier.text.prepare import PreparedText


class StoredTexts(Sequence[str]):
    """Texts in a temporary file. A slice is read in one go, as a list; iteration reads a few hundred at a time.

    ``lengths`` holds the number of characters of each.
    """

    def __init__(self) -> None:
        self._spool = Spool()
        self.lengths = array("i")

    def __len__(self) -> int:
        return len(self.lengths)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            begin, end, step = at.indices(len(self))
            if step == 1:
                return list(self._read(begin, end))
            return [self[row] for row in range(begin, end, step)]
        return _text(self.utf8(range(len(self))[at]))

    def __iter__(self) -> Iterator[str]:
        return self._read(0, len(self))

    def __reduce__(self) -> tuple[type[list[str]], tuple[list[str]]]:
        return list, (list(self),)  # another process cannot read the file

    def append(self, prepared: PreparedText) -> None:
        """Write a text to the file."""
        data = prepared.utf8
        self._spool.append(data)
        self.lengths.append(len(data) if data.isascii() else len(prepared.text))

    def utf8(self, row: int) -> bytes:
        """Return a text as UTF-8."""
        return self._spool.read(row)

    @property
    def n_bytes(self) -> int:
        """The size of all texts as UTF-8."""
        return self._spool.n_bytes

    def _read(self, begin: int, end: int) -> Iterator[str]:
        return map(_text, self._spool.read_range(begin, end))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def characters_of(texts: Sequence[str]) -> int:
    """Return the number of characters of texts, without reading them if they are on disk."""
    return sum(texts.lengths) if isinstance(texts, StoredTexts) else sum(map(len, texts))
