"""What a training run depends on besides the data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingSettings:
    """What a training run depends on besides the data.

    ``min_df`` and ``max_df`` bound the articles that a feature occurs in (a count; a share); ``c`` is the SVM's
    inverse regularisation; a section with fewer than ``min_support`` positives is not trained.
    """

    seed: int = 0
    n_folds: int = 5
    min_support: int = 5
    min_df: int = 2
    max_df: float = 0.5
    c: float = 1.0
    target_precision: float = 0.90
