"""The settings of a training run: together with the data, they determine the model."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from classifier.terms.analyzer import Analyzer
from classifier.terms.definition import Subwords
from classifier.terms.weighing import MOST_SECTIONS

Loss = Literal["squared_hinge", "hinge", "logistic"]
LengthsChoice = Literal["on", "off"]
SubwordsChoice = Literal["off", "non-latin", "on"]
LatentChoice = Literal["off", "auto", "on"]

#: If all articles together have fewer characters than this, words that only one article has are features too.
FEW_CHARACTERS = 1_500_000
#: From this number of sections on, small weights are left out: those below this, times the idf of their feature.
SPARSE_FROM, LEAST_WEIGHT = 100, 0.15
#: Pairs of words that only one article has are never features: they are many, and add nothing.
LEAST_OF_A_PAIR = 2


@dataclass(frozen=True)
class TrainingSettings:
    """The settings of a training run: together with the data, they determine the model.

    Parameters
    ----------
    seed : int
        The random seed: of the folds, the order of the solver and the bootstrap.
    n_folds : int
    min_support : int
        A section with articles in fewer stories is not trained.
    min_df : int, optional
        Words in fewer articles are dropped; pairs of words need two articles at least. By default it is 1 if
        the articles have fewer than `FEW_CHARACTERS` characters, else 2.
    max_df : float
        Features in a larger share of the articles are dropped.
    pair_weight : float
        The weight of a pair of words relative to a single word; with 0 there are no pairs.
    phrase_weight : float
        The weight of a pair that is a phrase, such as “China Sea”, relative to other pairs: see
        `classifier.training.counts.pairs`.
    subwords : {"off", "non-latin", "on"}
        The words whose parts of 2 to 4 letters are features too: none, those of other scripts than Latin, or all.
    c : float
        Inverse regularisation of the linear classifiers.
    loss : {"squared_hinge", "hinge", "logistic"}
        The first two give support vector machines, the last gives logistic regression.
    rarity : float
        A section's positives weigh ``(negatives / positives) ** rarity`` times as much as its negatives.
    prior : float
        The strength of the prior on the weights, from 0 for none to 1: see `classifier.training.fitting.solving.prior`.
    latent : {"off", "auto", "on"}
        Whether to learn from an archive too: never, if it helps and labelled stories are few, or always.
    target_precision : float
        The precision that tags applied without an editor must reach, with 95 % confidence: from 0.5 to 0.999.
    review_only : bool
        No tag is applied without an editor.
    lengths : {"on", "off"}
        Whether texts of different lengths have rules of their own: see `classifier.training.fitting.lengths`.
    min_tags : int
        The minimum number of tags for each article. Tags added to reach it need an editor.
    max_tags : int, optional
        The maximum number of tags for each article; the most probable tags are kept.
    least_weight : float, optional
        Weights below this, times the inverse document frequency of their feature, are left out: see
        `classifier.training.fitting.pruning`. With 0 all weights are kept, as by default with fewer than `SPARSE_FROM`
        sections.
    """

    seed: int = 0
    n_folds: int = 5
    min_support: int = 5
    min_df: int | None = None
    max_df: float = 0.5
    pair_weight: float = 0.3
    phrase_weight: float = 2.0
    subwords: SubwordsChoice = "non-latin"
    c: float = 1.0
    loss: Loss = "squared_hinge"
    rarity: float = 0.5
    prior: float = 0.3
    latent: LatentChoice = "auto"
    target_precision: float = 0.90
    review_only: bool = False
    lengths: LengthsChoice = "on"
    min_tags: int = 0
    max_tags: int | None = None
    least_weight: float | None = None

    def decided(self, n_characters: int, n_sections: int = 0) -> "TrainingSettings":
        """Return the settings with a ``min_df`` for articles of this many characters in all, and a ``least_weight``.

        Parameters
        ----------
        n_characters : int
        n_sections : int
            The number of sections that are trained.
        """
        min_df, least_weight = self.min_df, self.least_weight
        if min_df is None:
            min_df = 1 if n_characters < FEW_CHARACTERS else 2
        if least_weight is None and SPARSE_FROM <= n_sections <= MOST_SECTIONS:
            least_weight = LEAST_WEIGHT
        return replace(self, min_df=min_df, least_weight=least_weight)

    def recorded(self) -> dict[str, Any]:
        """Return the settings as a manifest holds them: without ``least_weight`` if all weights are kept."""
        fields = asdict(self)
        if not self.least_weight:
            del fields["least_weight"]
        return fields

    @property
    def least_articles(self) -> int:
        """The number of articles that a word must be in; 2 if it is not decided yet."""
        return 2 if self.min_df is None else self.min_df

    @property
    def analyzer(self) -> Analyzer:
        """What a term is."""
        return Analyzer(subwords=Subwords(self.subwords))
