"""From an article that was tagged to the suggestion that is kept."""

import hashlib
import re
from dataclasses import dataclass

from classifier.answer import Answer
from classifier.errors import FieldProblem, InvalidInputError
from classifier.feedback.suggestion import MOST_TERMS, SuggestedTag, SuggestionDraft
from classifier.request import TagRequest
from classifier.tagger import Tagger
from classifier.terms.encoding import utf8
from classifier.terms.vocabulary import ScoredText

_VISIBLE = re.compile(r"[^\x00-\x1f\x7f]+")
_SLASH = "must not contain “/”, because its suggestion is kept, and the source is a part of its address. Fix: remove it"
_CONTROL = "must not contain control characters, because its suggestion is kept. Fix: remove them"


@dataclass(frozen=True, slots=True)
class Tagged:
    """An article that was tagged, with its source, and the model that did.

    ``scored`` is its text with the features that were found, if the tagger still had that (`Tagger.scored_last`).
    """

    source: str
    article: TagRequest
    answer: Answer
    tagger: Tagger
    scored: tuple[bytes, ScoredText] | None = None

    def check(self) -> None:
        """Check that a database takes the fields that identify the article.

        Raises
        ------
        InvalidInputError
            If one of them has a control character, or the source a slash.
        """
        if "/" in self.source:
            raise InvalidInputError([FieldProblem("source", _SLASH)])
        fields = {"source": self.source, "id": self.article.id, "revision": self.article.revision}
        if wrong := [name for name, value in fields.items() if value and not _VISIBLE.fullmatch(value)]:
            raise InvalidInputError([FieldProblem(name, _CONTROL) for name in wrong])

    def draft(self, *, keep_text: bool) -> SuggestionDraft:
        """Return the suggestion. An article without a revision gets a digest of its text as one."""
        article, answer = self.article, self.answer
        given = [tag for tag in answer.tags if tag.decision != "below"]
        sections = [tag.section for tag in given]
        words = self.tagger.words_for(article, sections, MOST_TERMS, self.scored) if given else []
        tags = tuple(
            SuggestedTag(tag.section, tag.name, tag.probability, tag.decision, terms)
            for tag, terms in zip(given, words, strict=True)
        )
        return SuggestionDraft(
            self.source,
            article.id or "",
            article.revision or _digest(article),
            answer.model,
            answer.outcome,
            tags,
            set=answer.set,
            language=article.language,
            headline=article.headline,
            body=article.body if keep_text else None,
            url=article.url,
        )


def _digest(article: TagRequest) -> str:
    """Return a digest of the texts of an article, in a tenth of the time of `Article.digest`."""
    return hashlib.blake2b(utf8(article.headline) + b"\0" + utf8(article.body), digest_size=32).hexdigest()
