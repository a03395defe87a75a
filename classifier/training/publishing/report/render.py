"""Facts to documents: gathers what the templates show and fills them in. Texts are escaped by Jinja."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from classifier.corpus.readers import LabelledArticle
from classifier.sections import Section
from classifier.store.manifest import CARD_FILE, REPORT_FILE
from classifier.training.fitting.rules import SectionRule
from classifier.training.fitting.trainer import TrainedModel
from classifier.training.measuring.assessment import Measured
from classifier.training.measuring.curve import Curve
from classifier.training.measuring.suspects import find_suspects
from classifier.training.publishing.gate import Verdict
from classifier.training.publishing.record import Record
from classifier.training.publishing.report.charts import (
    curve_chart,
    histogram,
    precision_recall_chart,
    reliability_chart,
)
from classifier.training.publishing.report.terms import SectionTerms, section_terms
from classifier.training.publishing.report.together import co_occurrence, confusion
from classifier.training.publishing.report.words import settings_in_words
from classifier.training.publishing.search import SEARCHED, Search
from classifier.training.task import Task

MAX_MISTAKES = 15
_WEAK_F1 = 0.7


@dataclass(frozen=True)
class SectionPage:
    """Everything that the report shows of one section."""

    section: Section
    rule: SectionRule
    measured: Measured
    terms: SectionTerms
    precision_recall: Markup
    reliability: Markup
    histogram: Markup


def documents(
    articles: Sequence[LabelledArticle],
    task: Task,
    trained: TrainedModel,
    record: Record,
    verdict: Verdict,
    curve: Curve | None,
    search: Search | None,
    about: Mapping[str, Any],
) -> dict[str, str]:
    """Return the documents that lie beside a model, by file name.

    Parameters
    ----------
    articles : sequence of LabelledArticle
    task : Task
    trained : TrainedModel
    record : Record
    verdict : Verdict
        On going live, with the comparison to the live model.
    curve : Curve, optional
    search : Search, optional
        That chose the settings.
    about : mapping
        The fields of the manifest.
    """
    scores = trained.nested.scores
    settings_digest = hashlib.sha256(json.dumps(about["settings"], sort_keys=True).encode()).hexdigest()
    swaps, pairs = confusion(scores.suggested, task.labels)
    days = sorted(item.article.published for item in articles if item.article.published)
    facts = {
        "about": about,
        "record": record,
        "all": record.outoffold,
        "pages": _pages(task, trained, record),
        "verdict": verdict,
        "curve": curve,
        "search": search,
        "searched": SEARCHED,
        "settings_in_words": settings_in_words(about["settings"]),
        "curve_chart": curve_chart(curve) if curve else None,
        "precision_recall": precision_recall_chart(
            "all sections", scores.probabilities.ravel(), task.labels.ravel(), _marks(record.outoffold.micro)
        ),
        "reliability": reliability_chart("all sections", scores.probabilities, task.labels),
        "together": co_occurrence(task.labels),
        "swaps": swaps,
        "pairs": pairs,
        "mistakes": find_suspects(articles, task, trained.scored, trained.nested, MAX_MISTAKES),
        "names": {section.id: section.name for section in task.trained},
        "first_day": days[0] if days else None,
        "last_day": days[-1] if days else None,
        "settings_digest": settings_digest,
        "weak_f1": _WEAK_F1,
    }
    environment = _environment()
    return {
        REPORT_FILE: environment.get_template("report.html.j2").render(facts),
        CARD_FILE: environment.get_template("model-card.md.j2").render(facts),
    }


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("classifier.training.publishing.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["three"] = lambda value: "–" if value is None else f"{value:.3f}"
    environment.filters["percent"] = lambda value: f"{value:.0%}"
    environment.filters["hundred"] = lambda value: f"{100 * value:.0f}"
    environment.filters["thousands"] = lambda value: f"{value:,}"
    environment.filters["signed"] = lambda value: f"{value:+.3f}".replace("-", "−")
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    return environment


def _pages(task: Task, trained: TrainedModel, record: Record) -> list[SectionPage]:
    scores = trained.nested.scores
    pages = []
    for s, (section, terms) in enumerate(zip(task.trained, section_terms(task, trained), strict=True)):
        rule, measured = trained.rules.sections[s], record.outoffold.sections[s]
        p, y = scores.probabilities[:, s], task.labels[:, s]
        pages.append(
            SectionPage(
                section,
                rule,
                measured,
                terms,
                precision_recall_chart(section.name, p, y, _marks(measured)),
                reliability_chart(section.name, p, y),
                histogram(section.name, p, y, rule.suggest, rule.apply),
            )
        )
    return pages


def _marks(measured: Measured) -> dict[str, tuple[float, float]]:
    """Return recall and precision of what is suggested, and of what is applied."""
    pairs = {"suggest": measured.suggested, "apply": measured.applied}
    return {kind: (score.recall, score.precision) for kind, score in pairs.items() if score.predicted}
