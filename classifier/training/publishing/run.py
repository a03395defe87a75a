"""A training run, from files of articles to a version in models/ that goes live if the gate allows it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from numpy.typing import NDArray

from classifier.corpus.archive import ArchiveRequest
from classifier.corpus.checks import check
from classifier.corpus.findings import Finding, worst
from classifier.corpus.intake import TRAINING_ADVICE, read_or_refuse
from classifier.corpus.language import Languages, languages_of
from classifier.corpus.readers import Corpus, LabelledArticle
from classifier.corpus.starter import is_starter_corpus
from classifier.corpus.stored.subset import texts_of
from classifier.corpus.verdicts import read_verdicts
from classifier.errors import ChecksFailedError, CorpusError
from classifier.language_codes import ALL_LANGUAGES
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.store.arrays import ModelArrays
from classifier.store.files import write_model
from classifier.store.manifest import READING_FILE, SUSPECTS_FILE
from classifier.store.registry import Registry
from classifier.training.diagnosing.doctor import examine
from classifier.training.diagnosing.proposals import Diagnosis
from classifier.training.estimating.needs import require_disk, require_memory
from classifier.training.fitting.trainer import TrainedModel, train
from classifier.training.measuring.curve import LearningCurve, learning_curve
from classifier.training.measuring.date_split import split_by_date
from classifier.training.measuring.outoffold_file import OUTOFFOLD_FILE, outoffold_lines
from classifier.training.measuring.suspects import find_suspects
from classifier.training.publishing.few_labels import LatentOutcome, choose_latent
from classifier.training.publishing.gate import GateOptions, Verdict, judge
from classifier.training.publishing.kept_trials import KeptTrials
from classifier.training.publishing.manifest_fields import manifest_fields
from classifier.training.publishing.promise import with_promise
from classifier.training.publishing.promotion import PromotionOutcome, promote_by_verdict
from classifier.training.publishing.report import MAX_MISTAKES, Edition, documents, past_versions
from classifier.training.publishing.run_evaluation import RunEvaluation, evaluate_run
from classifier.training.publishing.run_options import RunOptions as RunOptions
from classifier.training.publishing.search import TRIALS_FILE, SearchResult, search
from classifier.training.publishing.suspects_file import suspects_text
from classifier.training.quantifying.reliability import RELIABILITY_FILE, reliability_text
from classifier.training.scheduling import scheduling
from classifier.training.task import Task, make_task
from classifier.training.training_settings import TrainingSettings

if TYPE_CHECKING:
    import numpy as np

    from classifier.training.publishing.teacher import TeacherOutcome

_DIGEST = attrgetter("article.digest")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a training run: the version that it wrote, what went into it, and whether it is live.

    ``no_curve`` gives the reason if a learning curve was asked for and the report has none. ``latent`` is None if no
    archive was given, ``diagnosis`` if the vocabulary was not examined.
    """

    version: str
    trained: TrainedModel
    task: Task
    corpus: Corpus
    findings: tuple[Finding, ...]
    evaluation: RunEvaluation
    verdict: Verdict
    promotion: PromotionOutcome
    search: SearchResult | None
    settings: TrainingSettings
    languages: Languages
    no_curve: str | None = None
    latent: LatentOutcome | None = None
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class _Material:
    """What a run learns from."""

    sections: Sections
    corpus: Corpus
    languages: Languages
    task: Task
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Fit:
    """What a run learned, with which settings, and the articles that it is measured by."""

    trained: TrainedModel
    settings: TrainingSettings
    task: Task
    articles: Sequence[LabelledArticle]
    search: SearchResult | None
    kept: KeptTrials | None
    curve: LearningCurve | None
    no_curve: str | None
    evaluation: RunEvaluation
    diagnosis: Diagnosis | None


def run(options: RunOptions, progress: Progress) -> Outcome:
    """Train a model, write it as a new version, and promote it if the gate allows it.

    Raises
    ------
    CorpusError, SectionsError, ModelError
        If the data cannot be trained on, or the version cannot be written. Nothing is left behind.
    ChecksFailedError
        If the checks of the articles found an error.
    SettingsError
        If the search cannot run on the given scheduler.
    SearchError
        If the search lost its cluster.
    """
    registry = Registry(options.models)
    registry.remove_unfinished()
    with scheduling(options.scheduler):
        material = _read(options, progress)
        fit = _fit(material, options, progress)
        material = replace(material, task=fit.task)
        verdict = _judge(registry, material, fit, options)
        progress.step()
        version = _write(material, fit, verdict, registry, options.newsroom)
        if fit.kept:
            fit.kept.remove()
        progress.step()
    promotion = promote_by_verdict(registry, version, verdict, no_promote=options.no_promote, force=options.force)
    return Outcome(
        version=version,
        trained=fit.trained,
        task=material.task,
        corpus=material.corpus,
        findings=material.findings,
        evaluation=fit.evaluation,
        verdict=verdict,
        promotion=promotion,
        search=fit.search,
        settings=fit.settings,
        languages=material.languages,
        no_curve=fit.no_curve,
        latent=fit.evaluation.latent,
        diagnosis=fit.diagnosis,
    )


def _read(options: RunOptions, progress: Progress) -> _Material:
    """Read the articles, count their terms, and check them."""
    given = options.sections
    sections = given if isinstance(given, Sections) else Sections.load(given)
    reading = replace(options.reading, languages=_to_read(options.languages), each_language=bool(options.languages))
    verdicts = None
    if options.verdicts or options.feedback:
        verdicts = read_verdicts(options.verdicts, options.feedback, sections)
        reading = replace(reading, verdicts=verdicts.of_text)
    require_disk((item for item in options.data if isinstance(item, Path)), anyway=options.ignore_memory)
    corpus = read_or_refuse(
        options.data, sections, options.rejects, reading, progress, options.feedback, TRAINING_ADVICE
    )
    if verdicts:
        corpus = replace(corpus, articles=verdicts.applied_to(corpus.articles))
        for note in verdicts.notes(corpus.articles):
            progress.note(note)
    progress.stage("finding the language of each article", 1)
    languages = languages_of(corpus.articles, options.language, options.languages)
    progress.step()
    asked = texts_of(corpus.articles), len(sections.active), options.settings, options.jobs, progress
    require_memory(*asked, anyway=options.ignore_memory)
    task = make_task(corpus.articles, sections, options.settings, progress, options.jobs)
    progress.stage("looking for copies, leaks and broken text", 1)
    findings = tuple(
        check(
            corpus.articles,
            task.stories,
            sections,
            task.counted,
            options.settings.min_support,
            languages.of_articles,
        )
    )
    progress.step()
    stopping = [finding for finding in findings if finding.check not in options.ignored_checks]
    if worst(stopping) == "error" and not options.ignore_checks:
        raise ChecksFailedError(_failed(stopping))
    return _Material(sections, corpus, languages, task, findings)


def _to_read(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the languages of which articles are read, empty for all."""
    return () if ALL_LANGUAGES in languages else languages


def _failed(findings: Iterable[Finding]) -> str:
    errors = [finding for finding in findings if finding.severity == "error"]
    ignoring = " ".join(f"--ignore-check {name}" for name in dict.fromkeys(finding.check for finding in errors))
    advice = (
        f"nothing was trained. Fix: run “copydesk check” for details, or train anyway with {ignoring} "
        "(--ignore-checks ignores every check)"
    )
    return "\n".join([*(f"  {finding.message}" for finding in errors), advice])


def _fit(material: _Material, options: RunOptions, progress: Progress) -> _Fit:
    """Choose settings if asked to, train, and measure; the last stage of the progress stays open for two steps."""
    task, settings = material.task, material.task.decided(options.settings)
    found = kept = None
    if options.trials:
        kept = KeptTrials(options.models, material.corpus.digest(), task, settings)
        found = search(task, settings, options.trials, options.jobs, progress, kept)
        settings = found.best.settings
    task = task.with_terms_of(settings, options.jobs)
    archive = _archive(material, options)
    task, settings, latent = choose_latent(task, settings, archive, options.jobs, progress)
    task, rules_on, teacher = _teacher(task, settings, options.jobs, progress)
    articles, languages = material.corpus.articles, material.languages.of_articles
    split = None if teacher else split_by_date([item.published for item in articles], task.stories)
    trained = train(task, settings, options.jobs, progress, split.older if split else None, rules_on)
    curve, no_curve = _curve(options, task, settings, progress)
    found_by_doctor = _examined(material, settings, options, progress, task)
    progress.stage("measuring, comparing with the live model, writing", 3)
    if teacher and teacher.chosen:
        articles, task, trained, languages = teacher.of_people(articles, task, trained, languages)
    published = [item.published for item in articles]
    evaluation = evaluate_run(task, trained, published, split, settings, languages)
    evaluation = replace(evaluation, latent=latent, teacher=teacher)
    progress.step()
    return _Fit(trained, settings, task, articles, found, kept, curve, no_curve, evaluation, found_by_doctor)


def _examined(
    material: _Material, settings: TrainingSettings, options: RunOptions, progress: Progress, task: Task
) -> Diagnosis | None:
    """Have the vocabulary doctor look at the articles if that is asked for."""
    if not options.doctor:
        return None
    return examine(material.corpus.articles, material.sections, settings, options.jobs, progress, task)


def _teacher(
    task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> tuple[Task, "NDArray[np.bool_] | None", "TeacherOutcome | None"]:
    """Choose the weight of articles that a teacher labelled, if there are any."""
    if task.taught is None:
        return task, None, None
    from classifier.training.publishing.teacher import choose_weight

    return choose_weight(task, settings, jobs, progress)


def _archive(material: _Material, options: RunOptions) -> ArchiveRequest:
    reading = replace(options.reading, each_language=bool(options.languages))
    codes, seed = material.languages.codes, options.settings.seed
    return ArchiveRequest(options.archive, material.sections, reading, codes, seed)


def _curve(
    options: RunOptions, task: Task, settings: TrainingSettings, progress: Progress
) -> tuple[LearningCurve | None, str | None]:
    """Return the learning curve if it is asked for, or the reason why there is none: the run goes on without it."""
    if not options.curve:
        return None, None
    try:
        return learning_curve(task, settings, options.jobs, progress), None
    except CorpusError as error:
        return None, str(error)


def _judge(registry: Registry, material: _Material, fit: _Fit, options: RunOptions) -> Verdict:
    suggested = fit.trained.nested.predictions.suggested
    asked = GateOptions(options.margin, options.drop_sections, fit.settings.seed)
    verdict = judge(
        registry,
        fit.articles,
        material.task,
        suggested,
        material.sections,
        asked,
        material.languages.codes,
    )
    verdict = with_promise(verdict, fit.evaluation.promise)
    return fit.evaluation.teacher.judged(verdict) if fit.evaluation.teacher else verdict


def _write(material: _Material, fit: _Fit, verdict: Verdict, registry: Registry, newsroom: str) -> str:
    """Write the version with its documents, and return its name."""
    articles, task, trained, read = fit.articles, material.task, fit.trained, material.corpus.articles
    model = trained.model
    arrays = ModelArrays.by_frequency(
        trained.terms, model.rows(), model.intercepts, model.tfidf.idf, fit.settings.analyzer
    )
    fields = manifest_fields(
        trained,
        fit.evaluation,
        arrays,
        material.sections,
        material.corpus.digest(),
        material.languages.codes,
        fit.settings,
        is_starter_corpus(map(_DIGEST, read), len(read), material.sections),
    )
    ids = [section.id for section in trained.trained]
    published = [item.published for item in articles]
    suspects = find_suspects(articles, task, trained.scored, trained.nested)
    mistakes = suspects[:MAX_MISTAKES]
    files = {
        READING_FILE: json.dumps(
            [account.to_json(with_names=False) for account in material.corpus.accounts], indent=1, allow_nan=False
        ),
        OUTOFFOLD_FILE: outoffold_lines(articles, task.signatures, ids, trained.nested.predictions.suggested),
        SUSPECTS_FILE: suspects_text(suspects),
        RELIABILITY_FILE: reliability_text(ids, trained.nested.predictions.probabilities, task.labels),
        **({TRIALS_FILE: fit.search.to_tsv()} if fit.search else {}),
    }
    past, n_unreadable = past_versions(registry)

    def described(version: str, made: datetime) -> dict[str, str]:
        edition = Edition(version, made, newsroom, past, n_unreadable)
        found = (fit.evaluation, verdict, fit.curve, fit.search, fields, published, mistakes, edition, fit.diagnosis)
        return documents(task, trained, *found)

    return write_model(registry.models, fields, arrays, fit.evaluation.to_json(trained.section_ids), files, described)
