"""All figures of quality for tags on labelled articles, with 95 % intervals over stories.

Labels of sections that the model was not trained on count as missed, so that the figures are those of any other tool.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from classifier.corpus.findings import first_few
from classifier.rules.tagging import Predictions
from classifier.training.fitting.no_section import AppliedWithoutSection, applied_without_section
from classifier.training.measuring.bootstrap import Interval, interval_of, ratio, resampled_sums
from classifier.training.measuring.evaluation import Evaluation, Score, article_f1, evaluate, macro_f1, widened
from classifier.training.measuring.language_quality import LanguageQuality, assess_languages
from classifier.training.measuring.probability import average_precision, brier, expected_calibration_error, reliability

_DECIMALS = 6
_MAX_NAMED = 12


@dataclass(frozen=True)
class Intervals:
    """Precision, recall and F1 with their intervals."""

    precision: Interval
    recall: Interval
    f1: Interval

    def to_json(self, undefined: Collection[str] = ()) -> dict[str, Any]:
        """Return the bounds as plain JSON values, None for ratios that do not exist; the score has the values."""
        return {name: None if name in undefined else [item.low, item.high] for name, item in vars(self).items()}


@dataclass(frozen=True)
class TagQuality:
    """The quality of suggested tags, applied tags and probabilities, for one section or for all together.

    ``average_precision`` is None if no article has the section, ``calibration_error`` if no probability is above 0.01,
    ``brier`` without articles.
    ``applied_precision`` is the interval of the precision of applied tags. ``trained`` is false for a section that the
    model cannot give: it has no probabilities, so ``average_precision``, ``brier`` and ``calibration_error`` are None.
    """

    suggested: Score
    intervals: Intervals
    applied: Score
    applied_precision: Interval
    average_precision: float | None
    brier: float | None
    calibration_error: float | None
    trained: bool = True

    @property
    def applied_share(self) -> float:
        """The share of suggested tags that are applied without an editor."""
        return self.applied.predicted / self.suggested.predicted if self.suggested.predicted else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values; a figure that does not exist is None, with a reason."""
        why, sure = self.undefined, self.applied_precision
        return {
            **self.suggested.to_json(),
            "interval": self.intervals.to_json(why),
            "average_precision": self.average_precision,
            "brier": self.brier,
            "calibration_error": self.calibration_error,
            "applied": {
                **self.applied.to_json(),
                "share_of_suggested": self.applied_share if self.suggested.predicted else None,
                "precision_interval": [sure.low, sure.high] if self.applied.predicted else None,
            },
            **({"undefined": why} if why else {}),
        }

    @property
    def undefined(self) -> dict[str, str]:
        """Why a figure of the suggested tags or of the probabilities does not exist, by its name."""
        untrained = "" if self.trained else "not trained"
        of_probabilities = {
            "average_precision": untrained or "no labels",
            "brier": untrained or "no articles",
            "calibration_error": untrained or "no probability above 0.01",
        }
        missing = {name: why for name, why in of_probabilities.items() if getattr(self, name) is None}
        return self.suggested.undefined | missing


@dataclass(frozen=True)
class YearQuality:
    """The quality of the tags of the articles published in one year."""

    year: int
    n_articles: int
    micro: Score
    f1: Interval

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        interval = [self.f1.low, self.f1.high] if self.micro.occurs else None
        return {"articles": self.n_articles, **self.micro.to_json(), "f1_interval": interval}


@dataclass(frozen=True)
class Assessment:
    """All figures: each section in the order of the columns, all tags together, articles, years, languages.

    ``none`` scores articles without a section as an outcome of their own; ``years`` is empty if no article has a date,
    ``languages`` if languages were not given. ``without_section`` counts the stories without a section that would get a
    tag applied without an editor.
    The sections that the model cannot give come last. All figures count their labels as missed, except
    ``micro_of_trained`` and ``macro_f1_of_trained``, which leave these sections out.
    """

    n_articles: int
    n_stories: int
    sections: tuple[TagQuality, ...]
    micro: TagQuality
    macro_f1: Interval
    article_f1: Interval
    none: Score
    none_intervals: Intervals
    years: tuple[YearQuality, ...]
    micro_of_trained: Score
    macro_f1_of_trained: float
    without_section: AppliedWithoutSection
    languages: tuple[LanguageQuality, ...] = ()

    @property
    def n_missed_untrained(self) -> int:
        """The number of labels that the model cannot give; they count as missed."""
        return sum(item.suggested.support for item in self.sections if not item.trained)

    def words_on_untrained(self, section_ids: Sequence[str]) -> str:
        """Return a sentence on the labels that the model cannot give, and on the figures without them; else ""."""
        named = [
            f"{name} {item.suggested.support:,}"
            for name, item in zip(section_ids, self.sections, strict=True)
            if not item.trained
        ]
        if not named:
            return ""
        missed = (
            f"{self.n_missed_untrained:,} of {self.micro.suggested.support:,} labels count as missed, because the "
            f"model was not trained on their sections: {first_few(named, _MAX_NAMED)}"
        )
        if not self.micro_of_trained.occurs:
            return missed
        return (
            f"{missed}. Over the trained sections alone, micro-F1 is {self.micro_of_trained.f1:.3f} and macro-F1 "
            f"{self.macro_f1_of_trained:.3f}"
        )

    def to_json(self, section_ids: Sequence[str]) -> dict[str, Any]:
        """Return all of it as plain JSON values, sections by id."""
        return {
            "articles": self.n_articles,
            "stories": self.n_stories,
            "micro": self.micro.to_json(),
            # without a label or a tag there is no mean of sections; without articles there is no mean of them
            "macro_f1": self.macro_f1.to_json() if self.micro.suggested.occurs else None,
            "article_f1": self.article_f1.to_json() if self.n_articles else None,
            "none": self._none_to_json(),
            "trained_sections_only": {
                "micro": self.micro_of_trained.to_json(),
                "macro_f1": self.macro_f1_of_trained if self.micro_of_trained.occurs else None,
            },
            "untrained": {
                "labels": self.n_missed_untrained,
                "sections": {
                    name: item.suggested.support
                    for name, item in zip(section_ids, self.sections, strict=True)
                    if not item.trained
                },
            },
            "sections": {
                name: {"trained": item.trained, **item.to_json()}
                for name, item in zip(section_ids, self.sections, strict=True)
            },
            "years": {str(item.year): item.to_json() for item in self.years},
            "by_language": {item.language: item.to_json() for item in self.languages},
        }

    def _none_to_json(self) -> dict[str, Any]:
        """Return the scores of articles without a section; without such articles, recall and F1 are None."""
        scores = {
            **self.none.to_json(),
            "interval": self.none_intervals.to_json(self.none.undefined),
            "applied": self.without_section.to_json(),
        }
        if self.none.support:
            return scores
        why = self.none.undefined | dict.fromkeys(("recall", "f1"), "every article has a label")
        return {**scores, "recall": None, "f1": None, "interval": None, "undefined": why}


def assess(
    predictions: Predictions,
    labels: NDArray[np.bool_],
    stories: NDArray[np.int64],
    published: Sequence[date | None],
    seed: int,
    languages: Sequence[str] = (),
) -> Assessment:
    """Measure the quality of tags.

    Parameters
    ----------
    predictions : Predictions
        Of the trained sections: arrays of shape (n_articles, n_trained).
    labels : bool array of shape (n_articles, n_sections)
        The columns after the trained sections are sections that the model cannot give.
    stories : int64 array of shape (n_articles,)
    published : sequence of date or None
        One for each article.
    seed : int
        Of the bootstrap.
    languages : sequence of str
        The language of each article, for figures by language. Empty for none.
    """
    n_trained, n_sections = predictions.suggested.shape[1], labels.shape[1]
    predictions = Predictions(
        widened(predictions.probabilities, n_sections),
        widened(predictions.suggested, n_sections),
        widened(predictions.applied, n_sections),
    )
    suggested, applied = evaluate(predictions.suggested, labels), evaluate(predictions.applied, labels)
    years = np.array([day.year if day else 0 for day in published])
    sums = _Sums(predictions, labels, stories, years, seed)
    occurs = (predictions.suggested | labels).any(axis=0)
    f1 = ratio(2 * sums.of("correct"), sums.of("given") + sums.of("right"))[:, occurs]
    of_all = _intervals(*(sums.of(name).sum(axis=1) for name in ("correct", "given", "right")))
    return Assessment(
        n_articles=len(labels),
        n_stories=len(np.unique(stories)),
        sections=tuple(
            _section(s, predictions, labels, suggested, applied, sums, trained=s < n_trained) for s in range(n_sections)
        ),
        micro=TagQuality(
            suggested.micro,
            of_all,
            applied.micro,
            interval_of(ratio(sums.of("applied correct").sum(axis=1), sums.of("applied").sum(axis=1))),
            average_precision(predictions.probabilities.ravel(), labels.ravel()),
            brier(predictions.probabilities, labels),
            expected_calibration_error(reliability(predictions.probabilities, labels)),
        ),
        macro_f1=interval_of(f1.mean(axis=1) if occurs.any() else np.zeros(len(f1))),
        article_f1=interval_of(ratio(sums.of("article F1")[:, 0], sums.of("articles")[:, 0])),
        none=suggested.none,
        none_intervals=_intervals(*sums.of("none").T),
        years=tuple(_year(int(year), years, predictions, labels, sums) for year in np.unique(years[years > 0])),
        micro_of_trained=evaluate(predictions.suggested[:, :n_trained], labels[:, :n_trained]).micro,
        macro_f1_of_trained=macro_f1(suggested.sections[:n_trained]),
        without_section=applied_without_section(predictions.applied, labels, stories),
        languages=assess_languages(predictions, labels, stories, languages, seed, of_all.f1),
    )


class _Sums:
    """Named columns of counts, summed over all articles and over each resample of stories."""

    def __init__(
        self,
        predictions: Predictions,
        labels: NDArray[np.bool_],
        stories: NDArray[np.int64],
        years: NDArray[np.int64],
        seed: int,
    ) -> None:
        given, hits = predictions.suggested, predictions.suggested & labels
        none = np.column_stack([~given.any(axis=1) & ~labels.any(axis=1), ~given.any(axis=1), ~labels.any(axis=1)])
        totals = np.column_stack([hits.sum(axis=1), given.sum(axis=1), labels.sum(axis=1)])
        columns = {
            "correct": hits,
            "given": given,
            "right": labels,
            "applied correct": predictions.applied & labels,
            "applied": predictions.applied,
            "none": none,
            "article F1": article_f1(given, labels)[:, None],
            "articles": np.ones((len(labels), 1)),
        } | {f"year {year}": totals * (years == year)[:, None] for year in np.unique(years[years > 0])}
        self._ends = dict(zip(columns, np.cumsum([c.shape[1] for c in columns.values()]).tolist(), strict=True))
        self._widths = {name: c.shape[1] for name, c in columns.items()}
        sparse = hstack([csr_matrix(c, dtype=np.float64) for c in columns.values()], format="csr")
        self._sums = resampled_sums(sparse, stories, seed)

    def of(self, name: str) -> NDArray[np.float64]:
        """Return the sums of a group of columns, of shape (1 + RESAMPLES, its columns)."""
        end = self._ends[name]
        return self._sums[:, end - self._widths[name] : end]


def _intervals(correct: NDArray[np.float64], given: NDArray[np.float64], right: NDArray[np.float64]) -> Intervals:
    return Intervals(
        interval_of(ratio(correct, given)),
        interval_of(ratio(correct, right)),
        interval_of(ratio(2 * correct, given + right)),
    )


def _section(
    s: int,
    predictions: Predictions,
    labels: NDArray[np.bool_],
    suggested: Evaluation,
    applied: Evaluation,
    sums: _Sums,
    *,
    trained: bool,
) -> TagQuality:
    p, y = predictions.probabilities[:, s], labels[:, s]
    return TagQuality(
        suggested.sections[s],
        _intervals(*(sums.of(name)[:, s] for name in ("correct", "given", "right"))),
        applied.sections[s],
        interval_of(ratio(sums.of("applied correct")[:, s], sums.of("applied")[:, s])),
        average_precision(p, y) if trained else None,
        brier(p, y) if trained else None,
        expected_calibration_error(reliability(p, y)) if trained else None,
        trained,
    )


def _year(
    year: int, years: NDArray[np.int64], predictions: Predictions, labels: NDArray[np.bool_], sums: _Sums
) -> YearQuality:
    chosen = years == year
    correct, given, right = sums.of(f"year {year}").T
    return YearQuality(
        year,
        int(chosen.sum()),
        evaluate(predictions.suggested[chosen], labels[chosen]).micro,
        interval_of(ratio(2 * correct, given + right)),
    )


def rounded(value: Any) -> Any:
    """Return JSON values with every float rounded to six decimals."""
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list | tuple) else value
