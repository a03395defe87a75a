"""Fill the templates of the report and the model card. Jinja escapes all texts."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from classifier.corpus.language import language_name
from classifier.pages.environment import environment_of, table_script
from classifier.rules.lengths import RulesByLength
from classifier.rules.tagging import SectionRule
from classifier.sections import Section
from classifier.store.manifest import CARD_FILE, REPORT_FILE
from classifier.training.diagnosing.proposals import Diagnosis
from classifier.training.fitting.trainer import TrainedModel
from classifier.training.measuring.assessment import TagQuality
from classifier.training.measuring.comparison import Difference
from classifier.training.measuring.curve import LearningCurve
from classifier.training.measuring.evaluation import widened
from classifier.training.measuring.suspects import Suspect
from classifier.training.publishing.gate import Verdict
from classifier.training.publishing.report.alone import readiness
from classifier.training.publishing.report.charts import (
    curve_chart,
    histogram,
    precision_recall_chart,
    reliability_chart,
    shared_axes,
)
from classifier.training.publishing.report.co_occurrence import co_occurrence, confusion
from classifier.training.publishing.report.edition import Edition, PastVersion
from classifier.training.publishing.report.excerpts import Excerpt, excerpt_of, opening_of
from classifier.training.publishing.report.section_terms import SectionTerms, section_terms
from classifier.training.publishing.report.settings_text import describe_settings
from classifier.training.publishing.report.time_charts import versions_chart, years_chart
from classifier.training.publishing.run_evaluation import RunEvaluation
from classifier.training.publishing.search import SEARCHED, SearchResult
from classifier.training.task import Task

MAX_MISTAKES = 15
_WEAK_F1 = 0.7
#: From so many sections on, the charts of each section are lean, so that the file stays small.
_MANY_SECTIONS = 60
#: From more sections on, charts are drawn only of those with the most articles, and as many with the lowest F1.
MOST_WITH_CHARTS, CHARTED_OF_A_KIND = 200, 50
#: In a report of more sections, lists of sections are cut after as many; the table of all can be searched.
MOST_LISTED = 50


@dataclass(frozen=True)
class SectionPage:
    """All that the report shows about one section; ``applied_from`` says from which length on it can be applied.

    The charts are empty if there are too many sections to draw those of all.
    """

    section: Section
    rule: SectionRule
    quality: TagQuality
    applied_from: str
    terms: SectionTerms
    precision_recall: Markup
    reliability: Markup
    histogram: Markup


def documents(
    task: Task,
    trained: TrainedModel,
    evaluation: RunEvaluation,
    verdict: Verdict,
    curve: LearningCurve | None,
    search: SearchResult | None,
    fields: Mapping[str, Any],
    published: Iterable[date | None],
    mistakes: Sequence[Suspect],
    edition: Edition,
    diagnosis: Diagnosis | None = None,
) -> dict[str, str]:
    """Return the documents that are stored next to a model, by file name.

    Parameters
    ----------
    task : Task
    trained : TrainedModel
    evaluation : RunEvaluation
    verdict : Verdict
        The gate's, with the comparison with the live model.
    curve : LearningCurve, optional
    search : SearchResult, optional
        The search that chose the settings.
    fields : mapping
        The fields of the manifest.
    published : iterable of date or None
        The days of the articles.
    mistakes : sequence of Suspect
        The articles that the report shows as the worst mistakes.
    edition : Edition
        The version and its moment, the newsroom, and the versions before it.
    diagnosis : Diagnosis, optional
        What the vocabulary doctor found.
    """
    predictions = trained.nested.predictions
    probabilities = widened(predictions.probabilities, task.all_labels.shape[1])
    settings_digest = hashlib.sha256(
        json.dumps(fields["settings"], sort_keys=True, allow_nan=False).encode()
    ).hexdigest()
    swaps, pairs = confusion(predictions.suggested, task.labels)
    days = sorted(day for day in published if day)
    pages = _pages(task, trained, evaluation)
    is_large = len(pages) > MOST_WITH_CHARTS
    facts = {
        "fields": fields,
        "evaluation": evaluation,
        "all": evaluation.out_of_fold,
        "lengths": evaluation.by_length,
        "pages": pages,
        "by_f1": sorted(pages, key=lambda page: (-page.quality.suggested.f1, page.section.name)),
        "readiness": readiness(
            ((page.section, page.applied_from) for page in pages), evaluation.promise.never, task.story_support
        ),
        "edition": edition,
        "years_chart": years_chart(evaluation.out_of_fold.years),
        "versions_chart": versions_chart([*edition.past, _this_version(evaluation, edition)]),
        "shared_axes": shared_axes() if len(pages) >= _MANY_SECTIONS else "",
        "verdict": verdict,
        "curve": curve,
        "search": search,
        "searched": SEARCHED,
        "settings_in_words": describe_settings(fields["settings"]),
        "curve_chart": curve_chart(curve) if curve else None,
        "precision_recall": precision_recall_chart(
            "all sections", probabilities.ravel(), task.all_labels.ravel(), _marks(evaluation.out_of_fold.micro)
        ),
        "reliability": reliability_chart("all sections", probabilities, task.all_labels),
        "shared": co_occurrence(task.labels),
        "swaps": swaps,
        "pairs": pairs,
        "mistakes": [_mistake(suspect, task) for suspect in mistakes],
        "diagnosis": diagnosis,
        "names": {section.id: section.name for section in (*task.trained, *task.untrained)},
        "untrained": trained.untrained,
        "why_untrained": trained.why_untrained,
        "section_ids": trained.section_ids,
        "first_day": days[0] if days else None,
        "last_day": days[-1] if days else None,
        "settings_digest": settings_digest,
        "weak_f1": _WEAK_F1,
        "n_charted": CHARTED_OF_A_KIND if is_large else None,
        "is_large": is_large,
        "most_listed": MOST_LISTED if is_large else len(pages) + len(trained.untrained),
        "changed": _changed(verdict),
        "table_script": table_script(),
    }
    environment = page_environment()
    return {
        REPORT_FILE: environment.get_template("report.html.j2").render(facts),
        CARD_FILE: environment.get_template("model-card.md.j2").render(facts),
    }


def _changed(verdict: Verdict) -> list[tuple[str, Difference]]:
    """Return the sections of the comparison with the live model; of very many those whose F1 differs most."""
    found = list(verdict.comparison.sections.items()) if verdict.comparison else []
    if len(found) <= MOST_WITH_CHARTS:
        return found
    return sorted(found, key=lambda item: -abs(item[1].difference.value))[:MOST_LISTED]


def _this_version(evaluation: RunEvaluation, edition: Edition) -> PastVersion:
    figures = evaluation.out_of_fold
    f1 = figures.micro.intervals.f1
    return PastVersion(
        edition.version, figures.n_articles, figures.micro.suggested.f1, f1.low, f1.high, figures.micro.applied_share
    )


@dataclass(frozen=True)
class Mistake:
    """An article that contradicts the model, with an excerpt for each section in question, by id."""

    suspect: Suspect
    title: str
    excerpts: Mapping[str, Excerpt]


def _mistake(suspect: Suspect, task: Task) -> Mistake:
    title = suspect.article.article.headline.strip() or opening_of(suspect.text)
    excerpts = {
        id_: excerpt_of(suspect.text, suspect.headline_length, reasons, task.counted.analyzer)
        for id_, reasons in suspect.reasons.items()
        if suspect.text
    }
    return Mistake(suspect, title, excerpts)


def page_environment() -> Environment:
    """Return the environment of all templates."""
    environment = environment_of("classifier.training.publishing.report")
    environment.filters["three"] = lambda value: "–" if value is None else f"{value:.3f}"
    environment.filters["hundred"] = lambda value: f"{100 * value:.0f}"
    environment.filters["signed"] = lambda value: f"{value:+.3f}".replace("-", "−")
    environment.filters["language"] = language_name
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    return environment


def _pages(task: Task, trained: TrainedModel, evaluation: RunEvaluation) -> list[SectionPage]:
    predictions = trained.nested.predictions
    lean = len(task.trained) >= _MANY_SECTIONS
    charted = charted_sections(evaluation.out_of_fold.sections[: len(task.trained)])
    pages = []
    for s, (section, terms) in enumerate(zip(task.trained, section_terms(task, trained), strict=True)):
        rule, quality = trained.rules.sections[s], evaluation.out_of_fold.sections[s]
        p, y = predictions.probabilities[:, s], task.labels[:, s]
        charts = (Markup(""),) * 3
        if s in charted:
            charts = (
                precision_recall_chart(section.name, p, y, _marks(quality), lean=lean),
                reliability_chart(section.name, p, y, lean=lean),
                histogram(section.name, p, y, rule.suggest, rule.apply, lean=lean),
            )
        pages.append(SectionPage(section, rule, quality, _applied_from(trained.rules, s), terms, *charts))
    return pages


def charted_sections(sections: Sequence[TagQuality]) -> set[int]:
    """Return the numbers of the sections whose charts are drawn: all, unless these would make the file too large."""
    numbers = range(len(sections))
    if len(sections) <= MOST_WITH_CHARTS:
        return set(numbers)
    largest = sorted(numbers, key=lambda s: -sections[s].suggested.support)[:CHARTED_OF_A_KIND]
    weakest = sorted(numbers, key=lambda s: sections[s].suggested.f1)[:CHARTED_OF_A_KIND]
    return {*largest, *weakest}


def _applied_from(rules: RulesByLength, section: int) -> str:
    """Return the length from which on a section can be applied without an editor, in words."""
    never = [of_class.sections[section].apply is None for of_class in rules.classes]
    if never[-1]:
        return "never" if all(never) else "some lengths"
    last = len(never) - 1 - never[::-1].index(True) if any(never) else -1
    return f"{rules.bounds[last]} words" if last >= 0 else "any length"


def _marks(quality: TagQuality) -> dict[str, tuple[float, float]]:
    """Return recall and precision of the suggested and of the applied tags."""
    pairs = {"suggest": quality.suggested, "apply": quality.applied}
    return {kind: (score.recall, score.precision) for kind, score in pairs.items() if score.predicted}
