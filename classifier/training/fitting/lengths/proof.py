"""Rules with proof: a section is applied at a length only if its applied tags were right there, in unseen articles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifier.rules.lengths import MEASURED_BOUNDS
from classifier.training.fitting.confirming import (
    confirmed,
    floor_of,
    floors_of_sections,
    with_applied_of,
    with_floors,
)
from classifier.training.fitting.lengths.length_fitter import fitter_for
from classifier.training.fitting.outoffold import NestedPredictions, OutOfFoldMargins, predict_nested
from classifier.training.fitting.rule_fitter import FittedRules
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings


@dataclass(frozen=True)
class AppliedTags:
    """The tags that are applied to some texts without an editor, their probabilities, and the labels of the articles.

    ``n_words`` has the shape (n_texts,), the others (n_texts, n_sections).
    """

    n_words: NDArray[np.int64]
    applied: NDArray[np.bool_]
    labels: NDArray[np.bool_]
    probabilities: NDArray[np.float64]

    def of_length(self, low: int, high: int) -> "AppliedTags":
        """Return the tags of the texts of at least ``low`` and fewer than ``high`` words."""
        which = (self.n_words >= low) & (self.n_words < high)
        return AppliedTags(self.n_words[which], self.applied[which], self.labels[which], self.probabilities[which])


def proven_rules(
    scored: OutOfFoldMargins, task: Task, settings: TrainingSettings, used: NDArray[np.bool_] | None = None
) -> tuple[FittedRules, NestedPredictions]:
    """Fit rules, and raise thresholds to apply until enough of the nested tags above them are right.

    Parameters
    ----------
    scored : OutOfFoldMargins
    task : Task
    settings : TrainingSettings
    used : bool array of shape (n_articles,), optional
        The articles that rules may be fitted on, by default all.

    Returns
    -------
    rules : FittedRules
    nested : NestedPredictions
        The tags that each fold gets from rules of the other folds; none is applied that ``rules`` never apply.
    """
    chosen = np.ones(len(task.labels), np.bool_) if used is None else used
    fitter = fitter_for(scored.margins, scored.cuts, task, settings, used)
    nested = predict_nested(fitter, scored, task, settings)
    target = settings.target_precision
    found = nested.predictions
    rules = confirmed(fitter.fit(), found.applied[chosen], task.labels[chosen], target, found.probabilities[chosen])
    rules = confirmed_at_lengths(rules, _applied_tags(nested, scored, task, chosen, rules), target)
    cuts = tuple(
        with_applied_of(found, rules, n_words)
        for found, n_words in zip(nested.cuts, scored.cuts.n_words if scored.cuts else (), strict=True)
    )
    whole = with_applied_of(nested.predictions, rules, task.counted.n_words)
    return rules, replace(nested, predictions=whole, cuts=cuts)


def _applied_tags(
    nested: NestedPredictions, scored: OutOfFoldMargins, task: Task, chosen: NDArray[np.bool_], rules: FittedRules
) -> list[AppliedTags]:
    """Return what is applied to articles as they stand, and to their cuts, by rules that leave out unproven tags."""
    n_words = task.counted.n_words
    whole = with_applied_of(nested.predictions, rules, n_words)
    found = [AppliedTags(n_words[chosen], whole.applied[chosen], task.labels[chosen], whole.probabilities[chosen])]
    for k, predictions in enumerate(nested.cuts):
        assert scored.cuts is not None  # noqa: S101 - the predictions are of these
        which = scored.cuts.exist(k) & chosen[scored.cuts.rows]
        labels, n_words = task.labels[scored.cuts.rows[which]], scored.cuts.n_words[k]
        kept = with_applied_of(predictions, rules, n_words)
        found.append(AppliedTags(n_words[which], kept.applied[which], labels, kept.probabilities[which]))
    return found


def confirmed_at_lengths(rules: FittedRules, tags: Sequence[AppliedTags], target_precision: float) -> FittedRules:
    """Return rules in which thresholds to apply are raised at lengths at which nested tags were too often wrong.

    At each length the target must hold for the tags of each section, on articles as they stand and cut short, and for
    all tags together on articles as they stand. The lengths are those that figures are given for, except the longest.

    Parameters
    ----------
    rules : FittedRules
    tags : sequence of AppliedTags
        Of rules that have not seen the articles; of the articles as they stand first.
    target_precision : float
    """
    floors = np.zeros((len(rules.classes), len(rules.sections)))
    for low, high in pairwise((0, *MEASURED_BOUNDS)):
        raised = _floors([item.of_length(low, high) for item in tags], target_precision)
        for k, begin in enumerate((0, *rules.bounds)[:-1]):
            if low <= begin < high:
                floors[k] = raised
    return with_floors(rules, floors) if floors.any() else rules


def _floors(tags: Sequence[AppliedTags], target: float) -> NDArray[np.float64]:
    """Return the probability below which no tag of each section may be applied, of shape (n_sections,)."""
    p, applied, labels = (
        np.concatenate([getattr(item, name) for item in tags]) for name in ("probabilities", "applied", "labels")
    )
    floors = floors_of_sections(p, applied, labels, target)
    stand = tags[0]
    kept = stand.applied & (stand.probabilities >= floors)
    return np.maximum(floors, floor_of(stand.probabilities[kept], stand.labels[kept], target))
