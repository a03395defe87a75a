"""A sample of a large archive for the doctor, which holds all of its articles in memory."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from classifier.corpus.readers import LabelledArticle

#: The articles that are examined at most.
MOST_ARTICLES = 100_000
#: Sections with fewer articles keep all of them, because a sample of them would show too little.
RARE = 200


def sampled(
    articles: Sequence[LabelledArticle], seed: int, most: int = MOST_ARTICLES, rare: int = RARE
) -> tuple[Sequence[LabelledArticle], str]:
    """Return ``most`` articles at most, in their order, and a sentence on the others: empty if there are none.

    Articles of sections with fewer than ``rare`` articles are kept, and the rest is drawn at random from the others.
    """
    if len(articles) <= most:
        return articles, ""
    sizes = Counter(name for item in articles for name in item.sections)
    is_rare = np.array([any(sizes[name] < rare for name in item.sections) for item in articles])
    order = np.random.default_rng(seed).permutation(len(articles))
    chosen = np.sort(order[np.argsort(~is_rare[order], kind="stable")][:most])
    of_rare = f", with the articles of sections that have fewer than {rare}" if is_rare.any() else ""
    return [articles[i] for i in chosen.tolist()], (
        f"{len(articles) - most:,} of the {len(articles):,} articles: only {most:,} were examined, a random "
        f"sample{of_rare}; all numbers are those of the sample"
    )
