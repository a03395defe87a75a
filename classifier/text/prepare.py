"""The one way from an article to the text that is trained on, scored and explained."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from classifier.article import Article
from classifier.terms.encoding import utf8
from classifier.text.boilerplate import split_boilerplate
from classifier.text.clean import clean_and_count
from classifier.text.letters import count_letters, has_fewer_letters
from classifier.text.page import split_header
from classifier.text.plain import NOT_PLAIN, look


class PreparedText(NamedTuple):
    """The cleaned headline and body as one text; the headline is its first ``headline_length`` characters.

    ``dropped`` counts the letters of the body's text that cleaning left out: small forms, buttons, hidden blocks,
    frames, boilerplate, a header line. Letters in tags, comments, scripts, styles, the title of a page and shortcodes
    are not letters of its text.
    """

    text: str
    headline_length: int
    dropped: int = 0

    @property
    def dropped_share(self) -> float:
        """Return the share of the letters of the body that cleaning left out, from 0 to 1."""
        return self.dropped / (self.dropped + count_letters(self.text[self.headline_length :])) if self.dropped else 0.0

    @property
    def is_mostly_dropped(self) -> bool:
        """Return whether cleaning left out more than half of the letters of the body."""
        return self.dropped > 0 and has_fewer_letters(self.text[self.headline_length :], self.dropped)


#: Half the time of the class's own constructor.
_new_prepared = partial(tuple.__new__, PreparedText)


def prepare(article: Article, spellings: Sequence[str]) -> PreparedText:
    """Clean an article's headline and body; leave out a header line of section names and the page's boilerplate.

    A body without a headline that holds only names of sections stays: those names are the article.

    Parameters
    ----------
    article : Article
    spellings : sequence of str
        Names and aliases of the sections, longest first, as `Sections.spellings` returns them.
    """
    headline, _, _ = _cleaned(article.headline)
    body, dropped, found = _cleaned(article.body)
    labels, story = split_header(body, spellings)
    if labels:
        if story or headline:
            dropped += count_letters(body[: len(body) - len(story)])
        else:
            story = body
    if found:
        story, boilerplate = split_boilerplate(story)
        dropped += boilerplate
    text = f"{headline}\n\n{story}" if headline and story else headline or story
    return _new_prepared((text, len(headline), dropped))


def _cleaned(source: str) -> tuple[str, int, int]:
    """Return a cleaned text, the letters dropped, and what one look found, which decides about both steps."""
    found = look(utf8(source)) if source else 0
    return (*clean_and_count(source), found) if found & NOT_PLAIN else (source.strip(), 0, found)
