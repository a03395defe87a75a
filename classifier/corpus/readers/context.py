"""What a reader knows besides the file."""

from dataclasses import dataclass
from functools import cached_property

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import Reading
from classifier.sections import Sections
from classifier.text.page import HeaderNames


@dataclass(frozen=True)
class Context:
    """What a reader knows besides the file: the vocabulary, how to read, and the limits."""

    sections: Sections
    reading: Reading
    limits: Limits = LIMITS

    @cached_property
    def header(self) -> HeaderNames:
        """The names that the header line of a page consists of."""
        return HeaderNames(self.sections.spellings)

    @property
    def text(self) -> tuple[Limits, str | None]:
        """What readers of text take: the limits, and the encoding."""
        return self.limits, self.reading.encoding
