"""What a reader knows besides the file."""

from dataclasses import dataclass

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import Reading
from classifier.sections import Sections


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader knows besides the file: the vocabulary, how to read, and the limits."""

    sections: Sections
    reading: Reading
    limits: Limits = LIMITS

    @property
    def text(self) -> tuple[Limits, str | None]:
        """What readers of text take: the limits, and the encoding."""
        return self.limits, self.reading.encoding
