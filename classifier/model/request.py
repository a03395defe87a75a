"""TagRequest: an article with what the newsroom has decided of it already. One schema for HTTP and the command line."""

from pydantic import BaseModel, field_validator

from classifier.article import Article, Labels
from classifier.model.tagger import Choice


class TagRequest(Article):
    """An article to tag. ``current``, ``rejected``, ``only`` and ``exclude`` are as in `Choice`."""

    current: Labels = ()
    rejected: Labels = ()
    only: Labels = ()
    exclude: Labels = ()

    def choice(self, *, explain: bool, all: bool) -> Choice:  # noqa: A002 - the name that the service gives it
        """Return the request's choice, with what is asked for the whole call."""
        return Choice(self.current, self.rejected, self.only, self.exclude, explain, all)


class BatchRequest(BaseModel, extra="forbid", frozen=True, hide_input_in_errors=True):
    """Articles to tag in one call."""

    articles: tuple[TagRequest, ...]

    @field_validator("articles")
    @classmethod
    def _some(cls, articles: tuple[TagRequest, ...]) -> tuple[TagRequest, ...]:
        if not articles:
            raise ValueError("give at least one article")
        return articles
