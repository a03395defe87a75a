"""The tags that a version gives to articles that it has not seen: what a fair comparison of two versions looks at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.stories import N_MINIMA
from classifier.errors import LanguageError
from classifier.store.files import read_model
from classifier.tagger import Tagger
from classifier.training.measuring.earlier.seen import SeenArticles
from classifier.training.measuring.outoffold_file import OutOfFoldAnswers, article_digest, read_outoffold


@dataclass(frozen=True)
class UnseenAnswers:
    """The tags that a version gives to articles that it has not seen, or would have given if it had not seen them.

    ``suggested`` is a bool array of shape (n_articles, n_sections). ``fair`` marks the articles that have such tags;
    ``trained_on`` marks the articles among them that are answered out-of-fold; both have the shape (n_articles,).
    ``labelled`` holds the labels that the version was trained on, if it was; its shape is that of ``suggested``.
    ``seen`` has the articles that it was trained on by kind, None if its folder does not record them.
    """

    suggested: NDArray[np.bool_]
    fair: NDArray[np.bool_]
    trained_on: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    seen: SeenArticles | None = None

    @property
    def copies(self) -> NDArray[np.bool_]:
        """The articles without an answer because they are near copies of training articles, or of their stories."""
        if self.seen is None:
            return np.zeros_like(self.fair)
        return np.asarray(self.seen.near | self.seen.same_story, dtype=np.bool_)


def answer_unseen(
    folder: Path,
    section_ids: Sequence[str],
    articles: Sequence[LabelledArticle],
    signatures: NDArray[np.uint16],
    stories: NDArray[np.int64],
    renamed: Mapping[str, str] | None = None,
) -> UnseenAnswers:
    """Return the tags that a version gives to articles that it has not seen, or would have given.

    An article that the version was trained on is answered out-of-fold. An article that it has never seen is answered by
    the version itself. A near copy or translation of a training article, or another article of its story, is not
    answered.

    Parameters
    ----------
    folder : Path
        Of the version.
    section_ids : sequence of str
        The columns of the answers.
    articles : sequence of LabelledArticle
    signatures : uint16 array of shape (n_articles, 64)
    stories : int64 array of shape (n_articles,)
    renamed : mapping, optional
        The ids among ``section_ids`` that the version knows by another id, by that id.

    Raises
    ------
    ModelError
        If the version cannot be read.
    """
    recorded = read_outoffold(folder)
    known = recorded or OutOfFoldAnswers({}, np.empty((0, N_MINIMA), np.uint16))
    names = renamed or {}

    def in_columns(sections: Iterable[str]) -> list[bool]:
        present = {names.get(name, name) for name in sections}
        return [name in present for name in section_ids]

    seen = known.seen_among(articles, signatures, stories)
    trained_on = seen.identical
    suggested, labelled = np.zeros((2, len(articles), len(section_ids)), dtype=bool)
    for i in np.flatnonzero(trained_on).tolist():
        # copies of a text are in one story, so in one fold, and have the same tags; prefer the copy with equal labels
        of_text = known.of_text[article_digest(articles[i])]
        own = in_columns(articles[i].sections)
        answer = next((found for found in of_text if in_columns(found.sections) == own), of_text[0])
        suggested[i] = in_columns(answer.suggested)
        labelled[i] = in_columns(answer.sections)
    fair = trained_on | ~seen.mask
    if (fair & ~trained_on).any():
        tagger = Tagger(read_model(folder))
        for i in np.flatnonzero(fair & ~trained_on).tolist():
            given = _sections_given(tagger, articles[i])
            fair[i] = given is not None
            suggested[i] = in_columns(given or ())
    return UnseenAnswers(suggested, fair, trained_on & fair, labelled, seen if recorded else None)


def _sections_given(tagger: Tagger, article: LabelledArticle) -> set[str] | None:
    """Return the sections that an article gets, or None if the model does not know its language."""
    try:
        return {tag.section for tag in tagger.tag(article.article).tags}
    except LanguageError:
        return None
