"""The promotion gate: a new model goes live only if it is not worse than the live model on the same articles.

docs/decisions/0004-promotion-gate.md names the articles, tags and labels that are compared, and gives the reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.errors import ModelError
from classifier.sections import Sections
from classifier.store.files import read_model
from classifier.store.manifest import Manifest
from classifier.store.registry import Registry
from classifier.training.measuring.comparison import Comparison, compare_tags
from classifier.training.measuring.outoffold_file import answer_unseen, read_outoffold
from classifier.training.task import Task

MIN_COMPARED_STORIES = 20
_MAX_SECTIONS_NAMED = 5


@dataclass(frozen=True)
class Verdict:
    """Whether a new model may go live, and why, in a sentence.

    ``current`` is the version that was live at the time. ``comparison`` is None if the two could not be compared.
    ``n_disputed`` counts the labels that differ between the two training sets and were left out.
    """

    allowed: bool
    reason: str
    current: str | None = None
    comparison: Comparison | None = None
    n_disputed: int = 0


def judge(
    registry: Registry,
    articles: Sequence[LabelledArticle],
    task: Task,
    suggested: NDArray[np.bool_],
    sections: Sections,
    margin: float,
    seed: int,
) -> Verdict:
    """Compare the out-of-fold tags of a new model with the tags that the live model gives the same articles unseen.

    Parameters
    ----------
    registry : Registry
    articles : sequence of LabelledArticle
        The articles that the new model was trained on: the rows of ``task`` and ``suggested``.
    task : Task
    suggested : bool array of shape (n_articles, n_sections)
        The out-of-fold tags of the new model, with rules from the other folds.
    sections : Sections
        The new model's vocabulary.
    margin : float
        How far the new micro-F1 may be below the live model's.
    seed : int
        Of the bootstrap.
    """
    current = None
    try:
        current = registry.current()
        if current is None:
            return Verdict(True, "there was no live model")
        folder = registry.folder(current)
        live = read_model(folder).manifest
        if read_outoffold(folder) is None:
            return _incomparable(current, "it lacks the file of its out-of-fold answers, which the comparison needs")
        ids = _comparable_sections(live, task, sections)
        if not ids:
            return _incomparable(current, "the two models have no sections in common")
        answers = answer_unseen(folder, ids, articles, task.signatures, task.stories)
    except ModelError as error:
        return Verdict(True, f"the live model cannot be loaded ({error.title.lower()})", current)
    chosen = answers.fair
    if len(np.unique(task.stories[chosen])) < MIN_COMPARED_STORIES:
        why = "" if chosen.all() else ", because it was trained on near copies of the others"
        return _incomparable(
            current, f"only {chosen.sum():,} of the {len(articles):,} articles can be compared fairly{why}"
        )
    labels = np.array([[name in article.sections for name in ids] for article in articles], dtype=bool)
    disputed = answers.trained_on[:, None] & (answers.labelled != labels)
    own = _in_columns(suggested, [section.id for section in task.trained], ids)
    comparison = compare_tags(
        answers.suggested[chosen],
        own[chosen],
        labels[chosen],
        task.stories[chosen],
        ids,
        seed,
        judged=~disputed[chosen],
    )
    return _verdict(current, comparison, margin, int(disputed.sum()))


def _comparable_sections(live: Manifest, task: Task, sections: Sections) -> list[str]:
    """Return the active sections that both vocabularies hold and at least one of the two models was trained on."""
    live_trained = {entry.section.id for entry in live.trained}
    known = live_trained | {entry.section.id for entry in live.untrained}
    trained = live_trained | {section.id for section in task.trained}
    return [section.id for section in sections.active if section.id in known & trained]


def _in_columns(tags: NDArray[np.bool_], have: Sequence[str], want: Sequence[str]) -> NDArray[np.bool_]:
    """Return tags with the columns ``want``; sections that are not among ``have`` are never given."""
    out = np.zeros((len(tags), len(want)), dtype=bool)
    for column, name in enumerate(want):
        if name in have:
            out[:, column] = tags[:, have.index(name)]
    return out


def _incomparable(current: str, why: str) -> Verdict:
    return Verdict(False, f"it cannot be compared with the live model: {why}", current)


def _verdict(current: str, comparison: Comparison, margin: float, n_disputed: int) -> Verdict:
    micro = comparison.micro_f1
    gap = micro.difference.value
    bounds = f"95 % interval {micro.difference.low:+.3f} to {micro.difference.high:+.3f}"
    common = f"on the same {comparison.n_articles:,} articles"
    left_out = f"; {n_disputed:,} labels that differ between the two training sets were left out" if n_disputed else ""
    if gap >= -margin:
        reason = f"micro-F1 is {micro.second:.3f}; the live model has {micro.first:.3f} {common} ({bounds}){left_out}"
        return Verdict(True, reason, current, comparison, n_disputed)
    reason = (
        f"micro-F1 is {-gap:.3f} below the live model's {common} (new {micro.second:.3f}, live {micro.first:.3f}, "
        f"{bounds}), more than the margin of {margin:g}{left_out}; {_largest_losses(comparison)}"
    )
    return Verdict(False, reason, current, comparison, n_disputed)


def _largest_losses(comparison: Comparison) -> str:
    by_loss = sorted(comparison.sections.items(), key=lambda item: item[1].difference.value)
    named = [
        f"{name} {item.difference.value:+.3f}"
        for name, item in by_loss[:_MAX_SECTIONS_NAMED]
        if item.difference.value < 0
    ]
    return f"the largest losses: {', '.join(named)}"
