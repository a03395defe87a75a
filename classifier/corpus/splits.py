"""Splits of labelled articles: folds that keep each story together and spread every section evenly."""

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.stories import members


def assign_folds(labels: NDArray[np.bool_], stories: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.int64]:
    """Assign each article to a fold: stories stay whole, and each section is spread as evenly as they allow.

    Iterative stratification (Sechidis, Tsoumakas and Vlahavas, 2011) over stories instead of articles: the stories of
    the rarest section are placed first, each into the fold that lacks the most of that section.

    Parameters
    ----------
    labels : bool array of shape (n_articles, n_sections)
    stories : int64 array of shape (n_articles,)
        As `group_stories` returns them.
    n_folds : int
    seed : int
        Decides between folds that lack the same.

    Returns
    -------
    int64 array of shape (n_articles,)
        Fold numbers from 0.
    """
    groups = members(stories)
    # "no section" is an outcome, spread like any other
    outcomes = np.column_stack([labels, ~labels.any(axis=1)]).astype(np.int64)
    counts = np.array([outcomes[group].sum(axis=0) for group in groups])
    sizes = np.array([len(group) for group in groups])
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(groups))

    wanted = np.tile(counts.sum(axis=0) / n_folds, (n_folds, 1))
    room = np.full(n_folds, sizes.sum() / n_folds)
    fold_of_group = np.full(len(groups), -1)
    remaining = counts.sum(axis=0)
    for outcome in np.argsort(remaining, kind="stable"):
        for group in order:
            if fold_of_group[group] < 0 and counts[group, outcome]:
                tie_break = rng.random(n_folds)
                fold = np.lexsort((tie_break, -room, -wanted[:, outcome]))[0]
                fold_of_group[group] = fold
                wanted[fold] -= counts[group]
                room[fold] -= sizes[group]

    folds = np.empty(len(labels), dtype=np.int64)
    for group, fold in zip(groups, fold_of_group, strict=True):
        folds[group] = fold
    return folds
