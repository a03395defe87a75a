"""The articles whose labels the model contradicts most: a label may be wrong there, or the guide unclear."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.readers.sheets import read_sheet
from classifier.corpus.verdicts import SUSPECT_COLUMNS
from classifier.errors import CorpusError, unreadable_as
from classifier.rules.explaining import LogitSplit, split_logit
from classifier.rules.tagging import ModelRules
from classifier.training.fitting.outoffold import NestedPredictions, OutOfFoldMargins
from classifier.training.task import Task

MAX_SUSPECTS = 25
_MAX_TERMS = 6
_CERTAINTY_LIMIT = 1e-4
_ROWS_AT_ONCE = 4_096  # so that few logarithms of many sections are in memory at once


@dataclass(frozen=True)
class LogitTerms:
    """A section's logit as the sum of the shares of its strongest terms and a rest; the strongest term comes first."""

    logit: float
    rest: float
    terms: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Suspect:
    """An article whose labels are contradicted by a model that has not seen it.

    ``doubt`` is the log loss of the article's labels, in nats, summed over all sections. ``missing`` and ``surplus``
    are the sections that the model would add and remove, each with its probability. For each of them, ``evidence``
    names the terms that support the model, and ``reasons`` splits the logit. ``text`` is the article's cleaned text,
    which begins with its headline of ``headline_length`` characters.
    """

    article: LabelledArticle
    doubt: float
    missing: dict[str, float]
    surplus: dict[str, float]
    evidence: dict[str, tuple[str, ...]]
    reasons: dict[str, LogitTerms]
    text: str = ""
    headline_length: int = 0


def find_suspects(
    articles: Sequence[LabelledArticle],
    task: Task,
    scored: OutOfFoldMargins,
    nested: NestedPredictions,
    most: int = MAX_SUSPECTS,
) -> list[Suspect]:
    """Return the articles whose labels are least likely by out-of-fold probabilities, the least likely first."""
    probabilities = nested.predictions.probabilities
    doubt, contradicted = np.empty(len(probabilities)), np.empty(len(probabilities), np.bool_)
    for begin in range(0, len(probabilities), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        p = np.clip(probabilities[part], _CERTAINTY_LIMIT, 1 - _CERTAINTY_LIMIT)
        doubt[part] = -np.where(task.labels[part], np.log(p), np.log(1 - p)).sum(axis=1)
        # an article without a term that the model knows tells nothing about its labels
        known = ~np.isnan(scored.margins[part]).any(axis=1)
        contradicted[part] = known & ((probabilities[part] > 0.5) != task.labels[part]).any(axis=1)
    ranked = [int(i) for i in np.argsort(-doubt, kind="stable") if contradicted[i]][:most]
    in_doubt = {i: np.flatnonzero((probabilities[i] > 0.5) != task.labels[i]).tolist() for i in ranked}
    logits = _Logits(task, scored, nested, [(i, s) for i in ranked for s in in_doubt[i]])
    return [_suspect(i, articles[i], float(doubt[i]), in_doubt[i], task, nested, logits) for i in ranked]


def _suspect(
    i: int,
    article: LabelledArticle,
    doubt: float,
    in_doubt: Sequence[int],
    task: Task,
    nested: NestedPredictions,
    logits: "_Logits",
) -> Suspect:
    probabilities = nested.predictions.probabilities[i]
    missing: dict[str, float] = {}
    surplus: dict[str, float] = {}
    evidence: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, LogitTerms] = {}
    for s in in_doubt:
        name, is_label = task.trained[s].id, bool(task.labels[i, s])
        (surplus if is_label else missing)[name] = float(probabilities[s])
        split, terms = logits.split(i, s)
        places = split.strongest_against(_MAX_TERMS) if is_label else split.strongest_for(_MAX_TERMS)
        evidence[name] = tuple(str(term) for term in terms[places])
        strongest = split.strongest()
        shares = tuple((str(terms[k]), float(split.shares[k])) for k in strongest)
        reasons[name] = LogitTerms(split.logit, split.rest(strongest), shares)
    text, length = (task.texts[i], int(task.headlines[i])) if task.texts else ("", 0)
    return Suspect(article, doubt, missing, surplus, evidence, reasons, text, length)


class _Logits:
    """The logits of some sections of some articles, each by the model and the rules of the article's fold.

    Each is the logit that the probability is made from, perhaps of a section below the given one.
    """

    def __init__(
        self,
        task: Task,
        scored: OutOfFoldMargins,
        nested: NestedPredictions,
        asked: Iterable[tuple[int, int]],
    ) -> None:
        self._task, self._scored, self._nested = task, scored, nested
        needed: dict[int, set[int]] = {}
        for i, section in asked:
            needed.setdefault(int(task.folds[i]), set()).add(self._deciding(i, section))
        self._sections = {fold: np.array(sorted(sections)) for fold, sections in needed.items()}
        self._models = {fold: scored.model_of(fold, sections) for fold, sections in self._sections.items()}

    def split(self, i: int, section: int) -> tuple[LogitSplit, NDArray[np.object_]]:
        """Split the logit of article ``i``; return it with the article's terms."""
        task, section = self._task, self._deciding(i, section)
        fold = int(task.folds[i])
        model, columns = self._models[fold]
        column = int(columns[np.searchsorted(self._sections[fold], section)])
        row = model.tfidf.transform(task.counted.counts, rows=np.array([i]))
        scaling, margin = self._rules(i).sections[section].scaling, float(self._scored.margins[i, section])
        split = split_logit(margin, scaling, row.data, model.of_section(column)[row.indices].astype(np.float64))
        return split, task.counted.terms[model.tfidf.columns[row.indices]]

    def _deciding(self, i: int, section: int) -> int:
        return self._rules(i).deciding(self._scored.margins[i], section)

    def _rules(self, i: int) -> ModelRules:
        return self._nested.rules[int(self._task.folds[i])].of(int(self._task.counted.n_words[i]))


def write_suspects(path: Path, suspects: Iterable[Suspect]) -> None:
    """Write suspects as a table that an editor can open in a spreadsheet; each article is one row.

    If the file exists, its verdicts are kept: next to the same article, or at the end if it is no longer a suspect.

    Raises
    ------
    CorpusError
        If the file cannot be written, or exists and is another table.
    """
    with unreadable_as(CorpusError, f"{path} cannot be written"):
        decided = _decided(path) if path.exists() else {}
        rows = []
        for suspect in suspects:
            row = [_without_formula(cell) for cell in _row(suspect)]
            if (before := decided.pop(_article_of(row), None)) is not None:
                row[-1] = before[-1]
            rows.append(row)
        with path.open("w", encoding="utf-8-sig", newline="") as file:  # the byte order mark makes Excel read UTF-8
            csv.writer(file).writerows([SUSPECT_COLUMNS, *rows, *decided.values()])


def _decided(path: Path) -> dict[tuple[str, str], list[str]]:
    """Return the rows of an earlier table in which an editor has given a verdict, by article."""
    header, *rows = list(read_sheet(path, CorpusError)) or [[]]
    if header != SUSPECT_COLUMNS or any(len(row) != len(SUSPECT_COLUMNS) for row in rows):
        raise CorpusError(
            f"{path} exists, and is not a table of suspects that “copydesk check” wrote. Fix: name another file with "
            "--suspects"
        )
    return {_article_of(row): row for row in rows if row[-1].strip()}


def _article_of(row: Sequence[str]) -> tuple[str, str]:
    return row[0], row[2] or row[1]


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


def _without_formula(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell
