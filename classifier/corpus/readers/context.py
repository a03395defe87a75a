"""What a reader knows besides the file."""

from dataclasses import dataclass
from functools import cached_property

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import Reading
from classifier.sections import Sections
from classifier.text.page import HeaderNames


@dataclass(frozen=True)
class Context:
    """What a reader knows besides the file: the vocabulary, how to read, and the limits.

    ``around_damage``: if only a part of a file is damaged, its rows are rejects, and the rows after it are read.
    Otherwise the damage ends the file with an error.
    """

    sections: Sections
    reading: Reading
    limits: Limits = LIMITS
    around_damage: bool = False

    @cached_property
    def header(self) -> HeaderNames:
        """The names that the header line of a page consists of."""
        return HeaderNames(self.sections.spellings)

    @property
    def text(self) -> tuple[Limits, str | None]:
        """What readers of text take: the limits, and the encoding."""
        return self.limits, self.reading.encoding
