"""The request for tags: an article, and the newsroom's choices for it. HTTP and the command line share the schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, field_validator

from classifier.article import MAX_ID_LENGTH, Article, Identifier, Labels, number_as_text
from classifier.errors import FieldProblem, InvalidInputError
from classifier.schema import read_as_meant
from classifier.settings import MAX_BATCH


@dataclass(frozen=True)
class Choice:
    """The choices of a newsroom for an article: sections already decided, and the form of the answer.

    Parameters
    ----------
    current, rejected : labels of sections
        Sections that the editor chose, and sections that the editor removed: neither is suggested again. If the model
        has a minimum or maximum number of tags, the sections in ``current`` count towards it.
    only, exclude : labels of sections
        If ``only`` is given, no other section is suggested. Sections in ``exclude`` are never suggested.
    explain : bool
        Return the evidence of each tag, and the cleaned text that it points into.
    all : bool
        Also return the sections below their threshold, as ``below``.
    """

    current: Sequence[str] = ()
    rejected: Sequence[str] = ()
    only: Sequence[str] = ()
    exclude: Sequence[str] = ()
    explain: bool = False
    all: bool = False


NO_CHOICE = Choice()
#: The fields of `TagRequest` that are a choice.
CHOICE_FIELDS = frozenset({"current", "rejected", "only", "exclude"})


class TagRequest(Article):
    """An article to tag. ``current``, ``rejected``, ``only`` and ``exclude`` are as in `Choice`.

    ``set`` names the set of models that is to answer, if there are several. ``revision`` identifies this state of the
    article; a service that keeps suggestions keeps one for each.
    """

    current: Annotated[Labels, Field(description="Sections that the editor chose: not suggested again.")] = ()
    rejected: Annotated[Labels, Field(description="Sections that the editor removed: not suggested again.")] = ()
    only: Annotated[Labels, Field(description="If given, suggest only these sections.")] = ()
    exclude: Annotated[Labels, Field(description="Never suggest these sections.")] = ()
    set: Annotated[str, Field(max_length=MAX_ID_LENGTH)] | None = None
    revision: Annotated[Identifier | None, BeforeValidator(number_as_text)] = None

    def choice(self, *, explain: bool, all: bool) -> Choice:  # noqa: A002 - the name in the contract
        """Return the choice of the request, with the options of the whole call."""
        if not (explain or all or self.current or self.rejected or self.only or self.exclude):
            return NO_CHOICE
        return Choice(self.current, self.rejected, self.only, self.exclude, explain, all)


#: An article to tag: read, as the fields of the HTTP API, or its body alone.
Taggable = Article | Mapping[str, Any] | str


def read_taggable(given: Taggable, choice: Choice) -> tuple[Article, Choice]:
    """Return an article to tag, and the choice for it: a mapping's own choice is joined to the choice of the call.

    Raises
    ------
    InvalidInputError
        If it is not an article.
    """
    if isinstance(given, Article) or not isinstance(given, Mapping):
        return read_article(given), choice
    request = TagRequest.read(given)
    own = request.choice(explain=choice.explain, all=choice.all)
    if choice is NO_CHOICE or own is NO_CHOICE:
        return request, own if choice is NO_CHOICE else choice
    labels = {name: (*getattr(own, name), *getattr(choice, name)) for name in CHOICE_FIELDS}
    return request, Choice(**labels, explain=choice.explain, all=choice.all)


def read_article(given: Taggable) -> Article:
    """Return an article that may come as a mapping of its fields, or as its body.

    Raises
    ------
    InvalidInputError
        If it is not an article.
    """
    if isinstance(given, Article):
        return given
    if isinstance(given, str):
        return Article.read({"body": given})
    if isinstance(given, Mapping):
        return Article.read(given)
    detail = f"must be an Article, a mapping with its fields, or its text as a string, not {type(given).__name__}"
    raise InvalidInputError([FieldProblem("article", detail)])


class BatchRequest(BaseModel, extra="forbid", frozen=True, hide_input_in_errors=True):
    """Articles to tag in one call."""

    articles: Annotated[tuple[TagRequest, ...], Field(max_length=MAX_BATCH, json_schema_extra={"minItems": 1})]

    @classmethod
    def read(cls, sent: Any) -> Self:
        """Return the batch in a value of JSON, each article as its sender means it (see `Article.as_meant`).

        Raises
        ------
        InvalidInputError
            If a field is missing, unknown, too long or of the wrong type; the error names each one.
        """
        try:
            return cls.model_validate(sent)
        except ValidationError as error:
            return read_as_meant(cls, sent, _as_meant(sent), error)

    @field_validator("articles")
    @classmethod
    def _some(cls, articles: tuple[TagRequest, ...]) -> tuple[TagRequest, ...]:
        if not articles:  # min_length counts only valid articles
            raise ValueError("must not be empty. Fix: give at least one article")
        return articles


def _as_meant(sent: Any) -> Any:
    articles = sent.get("articles") if isinstance(sent, dict) else None
    if not isinstance(articles, list):
        return sent
    meant = [TagRequest.as_meant(article) for article in articles]
    return sent if all(map(is_, meant, articles)) else {**sent, "articles": meant}
