"""Rules with proof: a section is applied at a length only if its applied tags were right there, in unseen articles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifier.rules.lengths import MEASURED_BOUNDS
from classifier.rules.tagging import ModelRules
from classifier.training.fitting.confirming import confirmed, with_applied_of
from classifier.training.fitting.lengths.length_fitter import fitter_for
from classifier.training.fitting.outoffold import NestedPredictions, OutOfFoldMargins, predict_nested
from classifier.training.fitting.rule_fitter import FittedRules
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings


@dataclass(frozen=True)
class AppliedTags:
    """The tags that are applied to some texts without an editor, and the labels of the articles.

    ``n_words`` has the shape (n_texts,), the other two (n_texts, n_sections).
    """

    n_words: NDArray[np.int64]
    applied: NDArray[np.bool_]
    labels: NDArray[np.bool_]


def proven_rules(
    scored: OutOfFoldMargins, task: Task, settings: TrainingSettings, used: NDArray[np.bool_] | None = None
) -> tuple[FittedRules, NestedPredictions]:
    """Fit rules, and take `apply` from sections whose nested tags were not right often enough.

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
    rules = confirmed(fitter.fit(), nested.predictions.applied[chosen], task.labels[chosen], target)
    rules = confirmed_at_lengths(rules, _applied_tags(nested, scored, task, chosen), target)
    cuts = tuple(
        with_applied_of(found, rules, n_words)
        for found, n_words in zip(nested.cuts, scored.cuts.n_words if scored.cuts else (), strict=True)
    )
    whole = with_applied_of(nested.predictions, rules, task.counted.n_words)
    return rules, replace(nested, predictions=whole, cuts=cuts)


def _applied_tags(
    nested: NestedPredictions, scored: OutOfFoldMargins, task: Task, chosen: NDArray[np.bool_]
) -> list[AppliedTags]:
    """Return what is applied to articles as they stand, and to their cuts."""
    found = [AppliedTags(task.counted.n_words[chosen], nested.predictions.applied[chosen], task.labels[chosen])]
    for k, predictions in enumerate(nested.cuts):
        assert scored.cuts is not None  # noqa: S101 - the predictions are of these
        which = scored.cuts.exist(k) & chosen[scored.cuts.rows]
        labels = task.labels[scored.cuts.rows[which]]
        found.append(AppliedTags(scored.cuts.n_words[k, which], predictions.applied[which], labels))
    return found


def confirmed_at_lengths(rules: FittedRules, tags: Sequence[AppliedTags], target_precision: float) -> FittedRules:
    """Return rules in which a section is not applied at lengths at which its nested precision is under the target.

    The lengths are those that figures are given for, except the longest.

    Parameters
    ----------
    rules : FittedRules
    tags : sequence of AppliedTags
        Of rules that have not seen the articles.
    target_precision : float
    """
    n_words = np.concatenate([item.n_words for item in tags])
    applied, labels = (np.concatenate([getattr(item, name) for item in tags]) for name in ("applied", "labels"))
    classes = list(rules.classes)
    for low, high in pairwise((0, *MEASURED_BOUNDS)):
        which = (n_words >= low) & (n_words < high)
        n_tags, n_right = applied[which].sum(axis=0), (applied[which] & labels[which]).sum(axis=0)
        failed = n_right < target_precision * n_tags
        for k, begin in enumerate((0, *rules.bounds)[:-1]):
            if low <= begin < high:
                classes[k] = _without_apply(classes[k], failed)
    return replace(rules, classes=tuple(classes))


def _without_apply(rules: ModelRules, failed: NDArray[np.bool_]) -> ModelRules:
    sections = zip(rules.sections, failed.tolist(), strict=True)
    return replace(rules, sections=tuple(replace(rule, apply=None) if fails else rule for rule, fails in sections))
