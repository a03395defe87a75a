"""The one way from an article to the text that is trained on, scored and explained."""

from collections.abc import Sequence
from typing import NamedTuple

from classifier.article import Article
from classifier.terms.encoding import utf8
from classifier.text.clean import clean, clean_in_full
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
    headline = clean(article.headline) if article.headline else ""
    body = article.body
    found = look(utf8(body))  # one look decides about both cleaning and boilerplate: either takes much longer
    _, story = split_header(clean_in_full(body) if found & NOT_PLAIN else body.strip(), spellings)
    if found:
        story = without_boilerplate(story)
    return PreparedText(f"{headline}\n\n{story}" if headline and story else headline or story, len(headline))
