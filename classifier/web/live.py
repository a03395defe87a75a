"""The model that is being served, or the reason why there is none."""

import math
from pathlib import Path

from classifier.article import Article
from classifier.errors import ModelError
from classifier.model.tagger import Choice, Tagger

_PROBE_TERMS = 50


class LiveModel:
    """Holds the tagger that answers requests. A tagger gets in only after it has scored a probe."""

    def __init__(self) -> None:
        self._tagger: Tagger | None = None
        self._error = ModelError("no model has been loaded yet")

    def load(self, models: Path) -> None:
        """Load the current model and probe it; where that fails, remember why and keep what was live."""
        try:
            tagger = Tagger.load(models)
            probe(tagger)
        except ModelError as error:
            self._error = error
        else:
            self._tagger = tagger

    def tagger(self) -> Tagger:
        """Return the live tagger.

        Raises
        ------
        ModelError
            If there is none: the error that the last attempt to load one ended with.
        """
        if self._tagger is None:
            raise self._error
        return self._tagger


def probe(tagger: Tagger) -> None:
    """Score a text made of the model's own terms.

    Raises
    ------
    ModelError
        If the answer is not a probability for every section.
    """
    article = Article(body=" ".join(tagger.probe_terms(_PROBE_TERMS)))
    answer = tagger.tag(article, Choice(all=True))
    sane = all(math.isfinite(tag.probability) and 0 <= tag.probability <= 1 for tag in answer.tags)
    if answer.outcome == "no_known_terms" or not sane:
        raise ModelError(f"model {tagger.version} loads but does not score; train again or roll back")
