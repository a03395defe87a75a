"""Raise thresholds to apply if too many of the tags above them were wrong in articles that no threshold had seen."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifier.rules.tagging import ModelRules, Predictions
from classifier.training.fitting.applying import NeverApplied
from classifier.training.fitting.rule_fitter import FittedRules


def confirmed(
    rules: FittedRules,
    applied: NDArray[np.bool_],
    labels: NDArray[np.bool_],
    target_precision: float,
    probabilities: NDArray[np.float64],
) -> FittedRules:
    """Return rules in which a section whose nested precision is under the target is applied from a higher probability.

    If no probability is high enough, it is never applied.

    Parameters
    ----------
    rules : FittedRules
    applied : bool array of shape (n_articles, n_sections)
        The tags that rules of the same kind apply to each fold, fitted without that fold.
    labels : bool array of the same shape
    target_precision : float
    probabilities : float64 array of the same shape
        Of these tags, by the same rules.
    """
    floors = floors_of_sections(probabilities, applied, labels, target_precision)
    failed = {
        s: NeverApplied("not_confirmed", target_precision, int(n), int(right))
        for s, (n, right) in enumerate(zip(applied.sum(axis=0), (applied & labels).sum(axis=0), strict=True))
        if math.isinf(floors[s]) and _is_applied(rules, s)
    }
    if not any(floors[s] > 0 and _is_applied(rules, s) for s in range(len(floors))):
        return rules
    never = tuple(failed.get(s, reason) for s, reason in enumerate(rules.never))
    return replace(with_floors(rules, np.tile(floors, (len(rules.classes), 1))), never=never)


def floors_of_sections(
    probabilities: NDArray[np.float64], applied: NDArray[np.bool_], labels: NDArray[np.bool_], target: float
) -> NDArray[np.float64]:
    """Return the lowest probability from which on enough of each section's applied tags were right.

    Parameters
    ----------
    probabilities : float64 array of shape (n_articles, n_sections)
    applied, labels : bool arrays of the same shape
    target : float

    Returns
    -------
    float64 array of shape (n_sections,)
        0 if enough of all its tags were right, infinite if there is no such probability.
    """
    columns = zip(probabilities.T, applied.T, labels.T, strict=True)
    return np.array([floor_of(p[tags], of_tags[tags], target) for p, tags, of_tags in columns])


def floor_of(probabilities: NDArray[np.float64], labels: NDArray[np.bool_], target: float) -> float:
    """Return the lowest probability from which on the share ``target`` of some tags was right; both of shape (n,).

    It is 0 if that holds for all tags. Else one more error is counted than there was, because the lowest of many
    probabilities is taken. It is infinite if there is none.
    """
    if labels.sum() >= target * len(labels):
        return 0.0
    order = np.argsort(-probabilities, kind="stable")
    ranked, right = probabilities[order], np.cumsum(labels[order])
    last = np.r_[ranked[:-1] != ranked[1:], True]  # no threshold separates equal probabilities
    enough = np.flatnonzero(last & (right >= target * np.arange(2, len(right) + 2)))
    return float(ranked[enough[-1]]) if len(enough) else math.inf


def with_floors(rules: FittedRules, floors: NDArray[np.float64]) -> FittedRules:
    """Return rules in which no tag is applied below a probability, of shape (n_classes, n_sections)."""
    classes = tuple(_raised(of_class, row) for of_class, row in zip(rules.classes, floors.tolist(), strict=True))
    before = np.array(rules.floors) if rules.floors else np.zeros(floors.shape)
    return replace(rules, classes=classes, floors=tuple(map(tuple, np.maximum(before, floors).tolist())))


def _raised(rules: ModelRules, floors: Sequence[float]) -> ModelRules:
    sections = tuple(
        replace(rule, apply=None if math.isinf(floor) else max(rule.apply, floor)) if rule.apply is not None else rule
        for rule, floor in zip(rules.sections, floors, strict=True)
    )
    return replace(rules, sections=sections)


def with_applied_of(
    predictions: Predictions, rules: FittedRules, n_words: NDArray[np.int64] | None = None
) -> Predictions:
    """Return predictions in which no tag is applied that the rules never apply, or only from a higher floor on.

    That is how a model would have it.

    Parameters
    ----------
    predictions : Predictions
        Of rules that were fitted on other articles.
    rules : FittedRules
    n_words : int64 array of shape (n_articles,), optional
        The length of each article. By default, all count as long.
    """
    table = np.array([[0.0 if rule.apply is not None else np.inf for rule in c.sections] for c in rules.classes])
    floors = np.maximum(table, np.array(rules.floors)) if rules.floors else table
    of_article = np.array(-1) if n_words is None else rules.classes_of(n_words)
    return replace(predictions, applied=predictions.applied & (predictions.probabilities >= floors[of_article]))


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
