"""Take `apply` from sections whose applied tags were not right often enough in articles that no threshold had seen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifier.rules.tagging import Predictions
from classifier.training.fitting.applying import NeverApplied
from classifier.training.fitting.rule_fitter import FittedRules


def confirmed(
    rules: FittedRules, applied: NDArray[np.bool_], labels: NDArray[np.bool_], target_precision: float
) -> FittedRules:
    """Return rules in which a section is never applied if its nested precision is under the target.

    Parameters
    ----------
    rules : FittedRules
    applied : bool array of shape (n_articles, n_sections)
        The tags that rules of the same kind apply to each fold, fitted without that fold.
    labels : bool array of the same shape
    target_precision : float
    """
    n_tags, n_right = applied.sum(axis=0).tolist(), (applied & labels).sum(axis=0).tolist()
    failed = {
        s: NeverApplied("not_confirmed", target_precision, n, right)
        for s, (n, right) in enumerate(zip(n_tags, n_right, strict=True))
        if right < target_precision * n and _is_applied(rules, s)
    }
    if not failed:
        return rules
    classes = [
        replace(
            of_class,
            sections=tuple(
                replace(rule, apply=None) if s in failed else rule for s, rule in enumerate(of_class.sections)
            ),
        )
        for of_class in rules.classes
    ]
    never = tuple(failed.get(s, reason) for s, reason in enumerate(rules.never))
    return replace(rules, classes=tuple(classes), never=never)


def with_applied_of(
    predictions: Predictions, rules: FittedRules, n_words: NDArray[np.int64] | None = None
) -> Predictions:
    """Return predictions in which no tag is applied of the sections that rules never apply: as a model would have it.

    Parameters
    ----------
    predictions : Predictions
        Of rules that were fitted on other articles.
    rules : FittedRules
    n_words : int64 array of shape (n_articles,), optional
        The length of each article. By default, all count as long.
    """
    table = [[rule.apply is not None for rule in of_class.sections] for of_class in rules.classes]
    of_article = np.array(-1) if n_words is None else rules.classes_of(n_words)
    return replace(predictions, applied=predictions.applied & np.array(table, dtype=np.bool_)[of_article])


def _is_applied(rules: FittedRules, section: int) -> bool:
    return any(of_class.sections[section].apply is not None for of_class in rules.classes)


def why_never(rules: FittedRules, ids: Sequence[str]) -> dict[str, NeverApplied]:
    """Return why sections are never applied, by id.

    Parameters
    ----------
    rules : FittedRules
    ids : sequence of str
        The id of each section.
    """
    return {name: reason for name, reason in zip(ids, rules.never, strict=True) if reason is not None}
