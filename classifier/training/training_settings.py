"""What a training run depends on besides the data."""

from dataclasses import dataclass
from typing import Literal

Loss = Literal["squared_hinge", "hinge", "logistic"]


@dataclass(frozen=True)
class TrainingSettings:
    """What a training run depends on besides the data.

    Parameters
    ----------
    seed : int
        Decides the folds, and what else is left to chance.
    n_folds : int
    min_support : int
        A section with positives in fewer stories is not trained.
    min_df : int
        A feature occurs in at least so many articles.
    max_df : float
        A feature occurs in at most this share of the articles.
    pair_weight : float
        Weight of a pair of words beside a word; with 0 there are no pairs.
    c : float
        Inverse regularisation of the linear classifiers.
    loss : {"squared_hinge", "hinge", "logistic"}
        The first two make a support vector machine, the last logistic regression.
    rarity : float
        A section's positives weigh ``(negatives / positives) ** rarity`` times as much as its negatives.
    target_precision : float
        What the precision of tags that go without an editor must reach, with 95 % confidence.
    min_tags : int
        An article gets at least so many tags, those below their threshold for an editor to decide.
    max_tags : int, optional
        An article gets at most so many tags, the most probable ones.
    """

    seed: int = 0
    n_folds: int = 5
    min_support: int = 5
    min_df: int = 2
    max_df: float = 0.5
    pair_weight: float = 0.3
    c: float = 1.0
    loss: Loss = "squared_hinge"
    rarity: float = 0.5
    target_precision: float = 0.90
    min_tags: int = 0
    max_tags: int | None = None
