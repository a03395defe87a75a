"""The part of an export that is in memory: its bytes by the parser's own positions."""

from collections.abc import Iterable


class Window:
    """The bytes that a parser was given, from some position on; ``start`` is the position of the first."""

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self._bytes = bytearray()

    @property
    def end(self) -> int:
        """The position after the last byte."""
        return self.start + len(self._bytes)

    def add(self, data: bytes) -> None:
        """Append bytes."""
        self._bytes += data

    def drop(self, before: int) -> None:
        """Forget the bytes before a position."""
        if before > self.start:
            del self._bytes[: before - self.start]
            self.start = before

    def piece(self, start: int, end: int | None = None) -> bytes:
        """Return the bytes between two positions, or up to the last."""
        return bytes(self._bytes[max(start - self.start, 0) : None if end is None else max(end - self.start, 0)])

    def after(self, mark: bytes, start: int) -> int:
        """Return the position after the first ``mark`` from ``start`` on."""
        return self.start + self._bytes.find(mark, start - self.start) + len(mark)

    def lines(self, start: int, end: int) -> int:
        """Return the number of line breaks between two positions."""
        return self._bytes.count(b"\n", max(start - self.start, 0), max(end - self.start, 0))

    def text(self, start: int, end: int, cuts: Iterable[tuple[int, int]]) -> str:
        """Return the text between two positions without the parts that are cut out of it.

        A cut that ends at -1 is not closed: the text ends before it.
        """
        pieces = []
        for cut_start, cut_end in [*cuts, (end, end)]:
            pieces.append(self.piece(start, min(cut_start, end)))
            if cut_end < 0 or cut_start >= end:
                break
            start = cut_end
        return b"".join(pieces).decode("utf-8", errors="surrogateescape")
