"""The one way from an article to the text that is trained on, scored and explained."""

from collections.abc import Sequence
from typing import NamedTuple

from classifier.article import Article
from classifier.terms.encoding import utf8
from classifier.text.clean import clean_in_full
from classifier.text.page import split_header, without_boilerplate
from classifier.text.plain import NOT_PLAIN, look


class PreparedText(NamedTuple):
    """The cleaned headline and body as one text; the headline is its first ``headline_length`` characters."""

    text: str
    headline_length: int


def prepare(article: Article, spellings: Sequence[str]) -> PreparedText:
    """Clean an article's headline and body; leave out a header line of section names and the page's boilerplate.

    Parameters
    ----------
    article : Article
    spellings : sequence of str
        Names and aliases of the sections, longest first, as `Sections.spellings` returns them.
    """
    headline, _ = _cleaned(article.headline)
    body, found = _cleaned(article.body)
    _, story = split_header(body, spellings)
    if found:
        story = without_boilerplate(story)
    return PreparedText(f"{headline}\n\n{story}" if headline and story else headline or story, len(headline))


def _cleaned(source: str) -> tuple[str, int]:
    """Return a cleaned text, and what one look at it found: that decides about cleaning and about boilerplate."""
    found = look(utf8(source)) if source else 0
    return (clean_in_full(source) if found & NOT_PLAIN else source.strip()), found
