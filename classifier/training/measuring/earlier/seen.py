"""Which labelled articles a model has seen: training articles themselves, near copies, others of the same story."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.errors import number_of

_ONE_PERCENT = 0.01


@dataclass(frozen=True)
class SeenArticles:
    """The articles that a model was trained on, each of one kind; bool arrays of shape (n_articles,).

    Parameters
    ----------
    identical : bool array
        The text is that of a training article, as the model sees it.
    near : bool array
        Near copies of a training article, in the sense of `classifier.corpus.stories`.
    same_story : bool array
        Other articles of a story that was trained on: translations, articles that name the same story, other versions
        of an article (with its id and a quarter of its text), and near copies of any of the articles before.
    same_id : bool array
        Articles of none of these kinds that have the id of a training article. They count as not seen: files are often
        numbered from 1 each.
    """

    identical: NDArray[np.bool_]
    near: NDArray[np.bool_]
    same_story: NDArray[np.bool_]
    same_id: NDArray[np.bool_]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Which articles were seen, of any of the first three kinds."""
        return np.asarray(self.identical | self.near | self.same_story, dtype=np.bool_)

    @property
    def n(self) -> int:
        """The number of articles that were seen."""
        return int(self.mask.sum())

    @property
    def share(self) -> float | None:
        """The share of the articles that were seen; None without articles."""
        return self.n / len(self.identical) if len(self.identical) else None

    @property
    def counts(self) -> str:
        """How many articles were seen, such as “7 of the 948 articles (0.7 %; 2 identical, 5 near copies)”."""
        kinds = [
            f"{int(self.identical.sum()):,} identical" if self.identical.any() else "",
            number_of(int(self.near.sum()), "near copy", "near copies") if self.near.any() else "",
            f"{int(self.same_story.sum()):,} of the same story" if self.same_story.any() else "",
        ]
        parts = "; ".join(filter(None, [percent(self.share), ", ".join(filter(None, kinds))]))
        return f"{self.n:,} of the {len(self.identical):,} articles ({parts})"

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain JSON values."""
        return {
            "articles": self.n,
            "share": self.share,
            "identical": int(self.identical.sum()),
            "near_copies": int(self.near.sum()),
            "same_story": int(self.same_story.sum()),
            "same_id_other_text": int(self.same_id.sum()),
        }


def percent(share: float | None) -> str:
    """Return a share for a sentence: “31 %”, “0.7 %”, “under 0.1 %”; “-” if there is none."""
    if share is None:
        return "-"
    if 0 < share < _ONE_PERCENT / 10:
        return "under 0.1 %"
    return f"{100 * share:.1f} %" if 0 < share < 10 * _ONE_PERCENT else f"{100 * share:.0f} %"
