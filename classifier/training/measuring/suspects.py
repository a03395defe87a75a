"""The articles whose labels the model contradicts most: where a label is likely wrong, or the guide unclear."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.corpus.readers import LabelledArticle
from classifier.errors import CorpusError, unreadable_as
from classifier.training.fitting.outoffold import NestedScores, OutOfFold
from classifier.training.measuring.explaining import Reasons, explain_out_of_fold
from classifier.training.task import Task

MAX_SUSPECTS = 25
_MAX_TERMS = 6
_CERTAINTY_LIMIT = 1e-4


@dataclass(frozen=True)
class Suspect:
    """An article whose labels a model that had not seen it contradicts.

    ``doubt`` is the log loss of the article's labels, in nats, over all sections. ``missing`` and ``surplus`` are the
    sections that the model would add and take away, each with its probability; ``evidence`` gives for each of them
    the terms that speak for the model's view, ``reasons`` the split of its logit.
    """

    article: LabelledArticle
    doubt: float
    missing: dict[str, float]
    surplus: dict[str, float]
    evidence: dict[str, tuple[str, ...]]
    reasons: dict[str, Reasons]


def find_suspects(
    articles: Sequence[LabelledArticle],
    task: Task,
    scored: OutOfFold,
    nested: NestedScores,
    most: int = MAX_SUSPECTS,
) -> list[Suspect]:
    """Return the articles whose labels are least likely by out-of-fold probabilities, the least likely first."""
    probabilities = nested.scores.probabilities
    p = np.clip(probabilities, _CERTAINTY_LIMIT, 1 - _CERTAINTY_LIMIT)
    doubt = -np.where(task.labels, np.log(p), np.log(1 - p)).sum(axis=1)
    # an article without a term that the model knows says nothing of its labels
    known = ~np.isnan(scored.margins).any(axis=1)
    contradicted = known & ((probabilities > 0.5) != task.labels).any(axis=1)
    ranked = [int(i) for i in np.argsort(-doubt, kind="stable") if contradicted[i]][:most]
    return [_suspect(i, articles[i], float(doubt[i]), task, scored, nested) for i in ranked]


def _suspect(
    i: int, article: LabelledArticle, doubt: float, task: Task, scored: OutOfFold, nested: NestedScores
) -> Suspect:
    probabilities = nested.scores.probabilities[i]
    wrong = {task.trained[s].id: int(s) for s in np.flatnonzero((probabilities > 0.5) != task.labels[i])}
    rules = nested.rules[int(task.folds[i])].sections
    return Suspect(
        article=article,
        doubt=doubt,
        missing={name: float(probabilities[s]) for name, s in wrong.items() if not task.labels[i, s]},
        surplus={name: float(probabilities[s]) for name, s in wrong.items() if task.labels[i, s]},
        evidence={name: _terms(i, s, task, scored) for name, s in wrong.items()},
        reasons={name: explain_out_of_fold(i, s, rules[s].platt, task, scored) for name, s in wrong.items()},
    )


def _terms(i: int, section: int, task: Task, scored: OutOfFold) -> tuple[str, ...]:
    """Return the article's terms that speak most for the view of the model: against a label, or for a missing one."""
    model = scored.models[task.folds[i]]
    row = model.tfidf.transform(task.counted.counts[[i]])
    shares = row.data * model.weights[row.indices, section]
    order = np.argsort(shares if task.labels[i, section] else -shares, kind="stable")[:_MAX_TERMS]
    return tuple(str(task.counted.terms[model.tfidf.columns[row.indices[k]]]) for k in order)


def write_suspects(path: Path, suspects: Iterable[Suspect]) -> None:
    """Write suspects as a table that a spreadsheet opens, one row an article, to be gone through by an editor.

    Raises
    ------
    CorpusError
        If the file cannot be written.
    """
    columns = ["file", "line", "id", "headline", "sections", "add?", "remove?", "because of", "verdict"]
    with (
        unreadable_as(CorpusError, f"{path} cannot be written"),
        path.open("w", encoding="utf-8-sig", newline="") as file,  # the mark at the start tells Excel that it is UTF-8
    ):
        table = csv.writer(file)
        table.writerow(columns)
        for suspect in suspects:
            table.writerow(map(_harmless, _row(suspect)))


def _row(suspect: Suspect) -> list[str]:
    item = suspect.article
    return [
        str(item.place.file),
        str(item.place.line),
        item.article.id or "",
        item.article.headline,
        "|".join(sorted(item.sections)),
        "|".join(f"{name} {p:.2f}" for name, p in suspect.missing.items()),
        "|".join(f"{name} {p:.2f}" for name, p in suspect.surplus.items()),
        "; ".join(f"{name}: {', '.join(terms)}" for name, terms in suspect.evidence.items()),
        "",
    ]


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell
