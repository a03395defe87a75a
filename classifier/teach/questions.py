"""What a teacher is asked: one yes-or-no question about each active section."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from classifier.sections import Section

#: Characters of Latin script in a token of a language model, roughly; a character of another script is a token.
_CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Question:
    """The question whether an article belongs to a section.

    ``yes`` and ``no`` say when each answer is right, in the words of the vocabulary.
    """

    section: str
    instructions: str
    yes: str
    no: str

    @property
    def n_tokens(self) -> int:
        """About how many tokens the question has."""
        return tokens(self.instructions) + tokens(self.yes) + tokens(self.no)


def questions_of(sections: Iterable[Section]) -> tuple[Question, ...]:
    """Return the questions about sections, with their definitions as the criteria."""
    return tuple(_question(section) for section in sections)


def _question(section: Section) -> Question:
    what = section.definition.strip() or f"The story is about {section.name}."
    return Question(
        section=section.id,
        instructions=f"Does this news article belong in the section “{section.name}” of the site that publishes it?",
        yes=f"The story itself is about this: {what}",
        no="The story is about something else, or only mentions this in passing.",
    )


def key_of(question: Question, text: str, model: str) -> bytes:
    """Return the name of an answer in the cache: a digest of the model, the question's words and the text."""
    parts = (model, question.instructions, question.yes, question.no, text)
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8, "big") + data)
    return found.digest()


def tokens(text: str) -> int:
    """Return about how many tokens a language model makes of a text."""
    ascii_letters = sum(map(str.isascii, text))
    return -(-ascii_letters // _CHARACTERS_A_TOKEN) + len(text) - ascii_letters
