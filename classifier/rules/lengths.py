"""Rules by the length of a text: a headline alone gives other margins than a whole story, so it has rules of its own.

The length is the number of words that `classifier.terms.vocabulary` counts. `RulesByLength` finds the rules of one
article or of many; `choosers_by_length` prepares them for serving, where one look into a list finds them.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.rules.chooser import TagChooser
from classifier.rules.family_chooser import chooser_for
from classifier.rules.parents import Parents
from classifier.rules.tagging import ModelRules, Predictions, SectionRule

#: Figures are given for texts of fewer words than each of these, and for longer ones.
MEASURED_BOUNDS = (30, 60, 120)


@dataclass(frozen=True)
class RulesByLength:
    """The rules of a model for each class of lengths, the shortest texts first.

    A text of fewer than ``bounds[k]`` words, and of at least ``bounds[k - 1]``, is of class ``k``. The last class has
    no end, so there is one more of ``classes`` than of ``bounds``. Without bounds, all texts have the same rules.
    """

    classes: tuple[ModelRules, ...]
    bounds: tuple[int, ...] = ()

    @property
    def longest(self) -> ModelRules:
        """The rules of the longest texts."""
        return self.classes[-1]

    @property
    def sections(self) -> tuple[SectionRule, ...]:
        """The rules of each section for the longest texts."""
        return self.longest.sections

    @property
    def parents(self) -> Parents:
        """The column of each section's parent, or None; it does not depend on the length."""
        return self.longest.parents

    @property
    def applied_somewhere(self) -> frozenset[int]:
        """The columns of the sections that are applied to texts of some length."""
        rules = (enumerate(of_class.sections) for of_class in self.classes)
        return frozenset(s for of_class in rules for s, rule in of_class if rule.apply is not None)

    def of(self, n_words: int) -> ModelRules:
        """Return the rules of a text of this length."""
        return self.classes[bisect_right(self.bounds, n_words)]

    def classes_of(self, n_words: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the class of each length, an int64 array of the same shape."""
        return np.searchsorted(np.array(self.bounds, np.int64), n_words, side="right").astype(np.int64)

    def predict(self, margins: NDArray[np.float64], n_words: NDArray[np.int64] | None = None) -> Predictions:
        """Return the tags of many articles.

        Parameters
        ----------
        margins : float64 array of shape (n_articles, n_sections)
            As for `ModelRules.predict`.
        n_words : int64 array of shape (n_articles,), optional
            The length of each article. By default, all count as long.
        """
        if n_words is None or not self.bounds:
            return self.longest.predict(margins)
        probabilities, (suggested, applied) = np.empty(margins.shape), np.empty((2, *margins.shape), np.bool_)
        of_article = self.classes_of(n_words)
        for number in np.unique(of_article).tolist():
            chosen = of_article == number
            found = self.classes[number].predict(margins[chosen])
            probabilities[chosen], suggested[chosen] = found.probabilities, found.suggested
            applied[chosen] = found.applied
        return Predictions(probabilities, suggested, applied)


def choosers_by_length(rules: RulesByLength, sections: Sequence[tuple[str, str]]) -> list[TagChooser]:
    """Return a chooser of tags for each length from 0 words to the last bound, which stands for all longer texts.

    Parameters
    ----------
    rules : RulesByLength
    sections : sequence of (str, str)
        The id and name of each section, in the order of the columns.
    """
    choosers = [chooser_for(of_class, sections, rules.applied_somewhere) for of_class in rules.classes]
    last = rules.bounds[-1] if rules.bounds else 0
    return [choosers[bisect_right(rules.bounds, n_words)] for n_words in range(last + 1)]
