"""The one way from an article to the text that is trained on, scored and explained."""

from collections.abc import Sequence
from typing import NamedTuple

from classifier.article import Article
from classifier.terms.hashing import utf8
from classifier.text.clean import clean
from classifier.text.page import split_header, without_boilerplate
from classifier.text.plain import look


class PreparedText(NamedTuple):
    """Cleaned headline and body as one text; the headline is its first ``headline_length`` characters."""

    text: str
    headline_length: int


def prepare(article: Article, spellings: Sequence[str]) -> PreparedText:
    """Clean an article's headline and body, without a header line of section names or a page's boilerplate.

    Parameters
    ----------
    article : Article
    spellings : sequence of str
        Names and aliases of the sections, longest first, as `Sections.spellings`.
    """
    headline = clean(article.headline) if article.headline else ""
    body = article.body
    found = look(utf8(body))  # 0: the body is its own story; all else takes longer than this look
    _, story = split_header(clean(body) if found else body.strip(), spellings)
    if found:
        story = without_boilerplate(story)
    return PreparedText(f"{headline}\n\n{story}" if headline and story else headline or story, len(headline))
