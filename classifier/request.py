"""TagRequest: an article with what the newsroom has decided of it already. One schema for HTTP and the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, field_validator

from classifier.article import Article, Labels
from classifier.settings import MAX_BATCH


@dataclass(frozen=True)
class Choice:
    """What a newsroom has decided already, and what it wants to see.

    Parameters
    ----------
    current, rejected : labels of sections
        Those that the editor chose, and those taken off: neither is suggested again. Where a model has a least or most
        number of tags for an article, those in ``current`` count.
    only, exclude : labels of sections
        Where ``only`` is given no other section is suggested; those in ``exclude`` never are.
    explain : bool
        Give the evidence of each tag, and the cleaned text that it points into.
    all : bool
        Also give the sections below their threshold, as ``below``.
    """

    current: Sequence[str] = ()
    rejected: Sequence[str] = ()
    only: Sequence[str] = ()
    exclude: Sequence[str] = ()
    explain: bool = False
    all: bool = False


NO_CHOICE = Choice()


class TagRequest(Article):
    """An article to tag. ``current``, ``rejected``, ``only`` and ``exclude`` are as in `Choice`."""

    current: Annotated[Labels, Field(description="Sections that the editor chose: not suggested again.")] = ()
    rejected: Annotated[Labels, Field(description="Sections that the editor took off: not suggested again.")] = ()
    only: Annotated[Labels, Field(description="Suggest no other section, if any is given.")] = ()
    exclude: Annotated[Labels, Field(description="Never suggest these sections.")] = ()

    def choice(self, *, explain: bool, all: bool) -> Choice:  # noqa: A002 - the name that the service gives it
        """Return the request's choice, with what is asked for the whole call."""
        if not (explain or all or self.current or self.rejected or self.only or self.exclude):
            return NO_CHOICE
        return Choice(self.current, self.rejected, self.only, self.exclude, explain, all)


class BatchRequest(BaseModel, extra="forbid", frozen=True, hide_input_in_errors=True):
    """Articles to tag in one call."""

    articles: Annotated[tuple[TagRequest, ...], Field(max_length=MAX_BATCH, json_schema_extra={"minItems": 1})]

    @field_validator("articles")
    @classmethod
    def _some(cls, articles: tuple[TagRequest, ...]) -> tuple[TagRequest, ...]:
        if not articles:  # min_length would count only the articles that are valid
            raise ValueError("give at least one article")
        return articles
