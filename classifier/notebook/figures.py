"""Figures of quality as columns of frames: by section, by year, by probability, and the answers behind them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.findings import Finding
from classifier.corpus.readers import LabelledArticle
from classifier.notebook.frames import Column
from classifier.rules.lengths import RulesByLength
from classifier.rules.tagging import Predictions
from classifier.training.measuring.assessment import Assessment, TagQuality
from classifier.training.measuring.bootstrap import Interval
from classifier.training.measuring.evaluation import Score
from classifier.training.measuring.probability import Bin, reliability
from classifier.training.measuring.suspects import Suspect

Columns = dict[str, Column]
#: Stands where a section stands in a row about all of them; no section has such an id.
ALL_SECTIONS = "all sections"


def section_columns(
    ids: Sequence[str], names: Sequence[str], assessment: Assessment, rules: RulesByLength | None = None
) -> Columns:
    """Return a row for each section: its counts, ratios with 95 % intervals, and thresholds if ``rules`` are given.

    A ratio of nothing, such as the precision of a section that is never suggested, is missing. Sections that the model
    was not trained on come last; their labels count as missed.
    """
    found = assessment.sections
    columns: Columns = {
        "section": ("text", list(ids)),
        "name": ("text", list(names)),
        "trained": ("yes or no", [m.trained for m in found]),
        "support": ("whole", [m.suggested.support for m in found]),
        "suggested": ("whole", [m.suggested.predicted for m in found]),
        **_ratios(found),
        "average_precision": ("number", [m.average_precision for m in found]),
        "brier": ("number", [m.brier for m in found]),
        "calibration_error": ("number", [m.calibration_error for m in found]),
        "applied": ("whole", [m.applied.predicted for m in found]),
        "applied_share": ("number", [m.applied_share if m.suggested.predicted else None for m in found]),
        "applied_precision": ("number", [_precision(m.applied) for m in found]),
        "applied_precision_low": ("number", [_bound(m.applied, m.applied_precision, "low") for m in found]),
        "applied_precision_high": ("number", [_bound(m.applied, m.applied_precision, "high") for m in found]),
    }
    if rules:
        none = [None] * (len(found) - len(rules.sections))
        columns["suggest_from"] = ("number", [*(rule.suggest for rule in rules.sections), *none])
        columns["apply_from"] = ("number", [*(rule.apply for rule in rules.sections), *none])
    return columns


def _ratios(found: Sequence[TagQuality]) -> Columns:
    columns: Columns = {}
    for name, ratio in (("precision", _precision), ("recall", _recall), ("f1", _f1)):
        values = [ratio(m.suggested) for m in found]
        intervals = [getattr(m.intervals, name) for m in found]
        pairs = list(zip(values, intervals, strict=True))
        columns[name] = ("number", values)
        columns[f"{name}_low"] = ("number", [None if value is None else at.low for value, at in pairs])
        columns[f"{name}_high"] = ("number", [None if value is None else at.high for value, at in pairs])
    return columns


def _precision(score: Score) -> float | None:
    return score.precision if score.predicted else None


def _recall(score: Score) -> float | None:
    return score.recall if score.support else None


def _f1(score: Score) -> float | None:
    return score.f1 if score.support + score.predicted else None


def _bound(score: Score, interval: Interval, side: str) -> float | None:
    return float(getattr(interval, side)) if score.predicted else None


def overall(assessment: Assessment) -> dict[str, int | float | None]:
    """Return the figures of all tags together; a ratio of nothing is None."""
    micro = assessment.micro
    return {
        "articles": assessment.n_articles,
        "stories": assessment.n_stories,
        "precision": _precision(micro.suggested),
        "recall": _recall(micro.suggested),
        "micro_f1": _f1(micro.suggested),
        "micro_f1_low": micro.intervals.f1.low,
        "micro_f1_high": micro.intervals.f1.high,
        "macro_f1": assessment.macro_f1.value,
        "macro_f1_low": assessment.macro_f1.low,
        "macro_f1_high": assessment.macro_f1.high,
        "article_f1": assessment.article_f1.value,
        "without_tags_f1": assessment.none.f1 if assessment.none.support else None,
        "average_precision": micro.average_precision,
        "brier": micro.brier,
        "calibration_error": micro.calibration_error,
        "applied": micro.applied.predicted,
        "applied_share": micro.applied_share if micro.suggested.predicted else None,
        "applied_precision": _precision(micro.applied),
        "labels_of_untrained_sections": assessment.n_missed_untrained,
    }


def year_columns(assessment: Assessment) -> Columns:
    """Return a row for each year in which articles were published."""
    years = assessment.years
    return {
        "year": ("whole", [item.year for item in years]),
        "articles": ("whole", [item.n_articles for item in years]),
        "precision": ("number", [_precision(item.micro) for item in years]),
        "recall": ("number", [_recall(item.micro) for item in years]),
        "micro_f1": ("number", [_f1(item.micro) for item in years]),
        "micro_f1_low": ("number", [item.f1.low for item in years]),
        "micro_f1_high": ("number", [item.f1.high for item in years]),
    }


def language_columns(assessment: Assessment) -> Columns:
    """Return a row for each language."""
    found = assessment.languages
    return {
        "language": ("text", [item.language for item in found]),
        "articles": ("whole", [item.n_articles for item in found]),
        "precision": ("number", [_precision(item.micro) for item in found]),
        "recall": ("number", [_recall(item.micro) for item in found]),
        "micro_f1": ("number", [_f1(item.micro) for item in found]),
        "micro_f1_low": ("number", [item.f1.low for item in found]),
        "micro_f1_high": ("number", [item.f1.high for item in found]),
        "macro_f1": ("number", [item.macro_f1 for item in found]),
        "applied": ("whole", [item.applied.predicted for item in found]),
        "applied_share": ("number", [item.applied_share if item.micro.predicted else None for item in found]),
        "applied_precision": ("number", [_precision(item.applied) for item in found]),
    }


def reliability_columns(ids: Sequence[str], predictions: Predictions, labels: NDArray[np.bool_]) -> Columns:
    """Return bins of similar probability of all sections together and of each."""
    listed: list[tuple[str, Bin]] = [(ALL_SECTIONS, b) for b in reliability(predictions.probabilities, labels)]
    for s, name in enumerate(ids):
        listed += [(name, b) for b in reliability(predictions.probabilities[:, s], labels[:, s])]
    return {
        "section": ("text", [name for name, _ in listed]),
        "pairs": ("whole", [b.n for _, b in listed]),
        "probability": ("number", [b.probability for _, b in listed]),
        "observed": ("number", [b.observed for _, b in listed]),
    }


def labels_of(articles: Sequence[LabelledArticle], ids: Sequence[str]) -> NDArray[np.bool_]:
    """Return which article has which of the sections, of shape (n_articles, n_sections)."""
    return np.array([[name in item.sections for name in ids] for item in articles], dtype=bool).reshape(-1, len(ids))


def answer_columns(articles: Sequence[LabelledArticle], ids: Sequence[str], predictions: Predictions) -> Columns:
    """Return a row for each article: its labels, its tags, and the probability of each section."""

    def named(chosen: NDArray[np.bool_]) -> list[list[str]]:
        return [[ids[s] for s in np.flatnonzero(row).tolist()] for row in chosen]

    probabilities: Columns = {
        f"p_{name}": ("number", predictions.probabilities[:, s].tolist()) for s, name in enumerate(ids)
    }
    return {
        **_places(articles),
        "labels": ("texts", [sorted(item.sections) for item in articles]),
        "tags": ("texts", named(predictions.suggested)),
        "applied": ("texts", named(predictions.applied)),
        **probabilities,
    }


def suspect_columns(suspects: Sequence[Suspect]) -> Columns:
    """Return a row for each article whose labels the model contradicts, the most doubtful first."""
    return {
        **_places([item.article for item in suspects]),
        "headline": ("text", [item.article.article.headline for item in suspects]),
        "labels": ("texts", [sorted(item.article.sections) for item in suspects]),
        "add": ("texts", [list(item.missing) for item in suspects]),
        "remove": ("texts", [list(item.surplus) for item in suspects]),
        "doubt": ("number", [item.doubt for item in suspects]),
        "because_of": ("texts", [list(dict.fromkeys(_terms(item))) for item in suspects]),
    }


def _terms(suspect: Suspect) -> list[str]:
    return [term for terms in suspect.evidence.values() for term in terms]


def finding_columns(findings: Sequence[Finding]) -> Columns:
    """Return a row for each finding of the checks, in their order."""
    return {
        "severity": ("text", [item.severity for item in findings]),
        "check": ("text", [item.check for item in findings]),
        "message": ("text", [item.message for item in findings]),
        "items": ("texts", [list(item.items) for item in findings]),
    }


def _places(articles: Sequence[LabelledArticle]) -> Columns:
    return {
        "file": ("text", [str(item.place.file) for item in articles]),
        "line": ("whole", [item.place.line for item in articles]),
        "id": ("text", [item.article.id for item in articles]),
    }


def score_cells(score: Score) -> tuple[str, str, str]:
    """Return precision, recall and F1 for a table."""
    return shown_figure(_precision(score)), shown_figure(_recall(score)), shown_figure(_f1(score))


def shown_figure(value: Any) -> str:
    """Return a figure for a table: three decimals, “-” if it is missing."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"
