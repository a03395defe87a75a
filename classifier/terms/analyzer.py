"""The analyzer of a model: which definition of terms it was trained with, and in which words it has subwords."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier.terms import definition, earlier_definition
from classifier.terms.characters import CharacterTable, character_table
from classifier.terms.definition import Subwords
from classifier.terms.feature_text import Term

#: The analyzer of new models, and the one of models whose manifest names none.
CURRENT, EARLIER = 2, 1
ANALYZERS = (EARLIER, CURRENT)
_IN_KERNEL = {Subwords.OFF: 0, Subwords.NON_LATIN: 1, Subwords.ON: 2}


@dataclass(frozen=True)
class Analyzer:
    """A definition of terms: its version, and the words that have subwords. Version 1 has no subwords."""

    version: int = CURRENT
    subwords: Subwords = Subwords.OFF

    def __post_init__(self) -> None:
        if self.version not in ANALYZERS:
            raise ValueError(f"there is no analyzer {self.version}")
        if self.version == EARLIER and self.subwords is not Subwords.OFF:
            raise ValueError(f"analyzer {self.version} has no subwords")

    @property
    def table(self) -> CharacterTable:
        """The characters, as the kernel reads them."""
        return character_table(self.version)

    @property
    def subwords_in_kernel(self) -> int:
        """The argument ``subwords`` of the kernel."""
        return _IN_KERNEL[self.subwords]

    def fold(self, text: str) -> str:
        """Return the text with every character in its folded form."""
        return earlier_definition.fold_words(text) if self.version == EARLIER else definition.fold(text)

    def places(self, text: str) -> Sequence[int]:
        """Map each position of the folded text to a position of the text."""
        if self.version == EARLIER:
            return earlier_definition.lowercase_places(text)
        return definition.places(text)

    def features(self, text: str) -> list[str]:
        """Return the features of a text, each as often as it occurs."""
        return [term.text for term in self.located_features(text)]

    def located_features(self, text: str) -> Iterator[Term]:
        """Yield the features of a text with their places in it."""
        if self.version == EARLIER:
            return earlier_definition.located_word_features(text)
        return definition.located_features(text, self.subwords)


#: The current analyzer without subwords.
DEFAULT_ANALYZER = Analyzer()
