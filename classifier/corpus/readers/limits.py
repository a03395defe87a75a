"""How much of a file is taken into memory at once, whoever wrote it."""

from dataclasses import dataclass

#: The part of an oversized row that a reject keeps.
KEPT_OF_OVERSIZED = 10_000
KEPT_OVERSIZED_NOTE = f"the file of bad rows keeps only its first {KEPT_OF_OVERSIZED:,} characters"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on the parts of a file. No archive of articles comes near them.

    Parameters
    ----------
    row : int
        The longest line of JSON Lines or row of CSV (characters), the largest row of Parquet (bytes) and the longest
        dumped page (bytes).
    cell : int
        Characters in a cell of CSV; at most 2,000,000, which is the limit of the csv module in this process.
    item : int
        Bytes of a WordPress item, its comments included, or of any other element of an export.
    depth : int
        Levels of nested XML elements.
    unpacked, ratio : int
        Bytes that a .gz or .parquet file may unpack to: ``unpacked``, or ``ratio`` times its size if that is more.
    """

    row: int = 20_000_000
    cell: int = 2_000_000
    item: int = 64_000_000
    depth: int = 1_000
    unpacked: int = 100_000_000
    ratio: int = 200

    def unpacked_from(self, packed: int) -> int:
        """Return how many bytes a file of ``packed`` bytes may unpack to."""
        return max(self.unpacked, self.ratio * packed)


LIMITS = Limits()
