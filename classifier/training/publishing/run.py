"""A training run, from files of articles to a version in models/ that goes live if the gate allows it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from classifier.corpus.archive import ArchiveRequest
from classifier.corpus.checks import check
from classifier.corpus.findings import Finding, worst
from classifier.corpus.intake import TRAINING_ADVICE, read_or_refuse
from classifier.corpus.language import Languages, languages_of
from classifier.corpus.readers import Corpus, Reading, Source
from classifier.corpus.starter import is_starter_corpus
from classifier.errors import ChecksFailedError, CorpusError
from classifier.language_codes import ALL_LANGUAGES
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.store.arrays import ModelArrays
from classifier.store.files import write_model
from classifier.store.manifest import READING_FILE
from classifier.store.registry import Registry
from classifier.training.diagnosing.doctor import examine
from classifier.training.diagnosing.proposals import Diagnosis
from classifier.training.fitting.trainer import TrainedModel, train
from classifier.training.measuring.curve import LearningCurve, learning_curve
from classifier.training.measuring.date_split import split_by_date
from classifier.training.measuring.outoffold_file import OUTOFFOLD_FILE, outoffold_text
from classifier.training.measuring.suspects import find_suspects
from classifier.training.publishing.few_labels import LatentOutcome, choose_latent
from classifier.training.publishing.gate import GateOptions, Verdict, judge
from classifier.training.publishing.kept_trials import KeptTrials
from classifier.training.publishing.manifest_fields import manifest_fields
from classifier.training.publishing.promise import with_promise
from classifier.training.publishing.promotion import PromotionOutcome, promote_by_verdict
from classifier.training.publishing.report import MAX_MISTAKES, documents
from classifier.training.publishing.run_evaluation import RunEvaluation, evaluate_run
from classifier.training.publishing.search import TRIALS_FILE, SearchResult, search
from classifier.training.quantifying.reliability import RELIABILITY_FILE, reliability_text
from classifier.training.scheduling import scheduling
from classifier.training.task import Task, make_task
from classifier.training.training_settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of a training run.

    Parameters
    ----------
    data : tuple of Path or TableSource
        Files, folders and globs of labelled articles, and tables of them in memory.
    sections : Path or Sections
        The vocabulary, or its file.
    models : Path
        The folder of models.
    settings : TrainingSettings
    jobs : int
        Number of threads; -1 for one a core.
    rejects : Path, optional
        Where to set bad rows aside. Without it, bad rows stop the run.
    reading : Reading
    ignore_checks : bool
        Train although the checks of the articles found an error.
    ignored_checks : tuple of str
        Checks whose errors do not stop the run, by name.
    margin : float
        How far the new micro-F1 may be below the live model's.
    drop_sections : bool
        Allow a version that cannot give all sections that the live model gives.
    curve : bool
        Add a learning curve to the report.
    doctor : bool
        Add proposals to change the vocabulary to the report.
    trials : int
        How many settings a search may try; 0 for no search.
    scheduler : str, optional
        Where the search tries settings: see `classifier.training.scheduling.scheduling`.
    feedback : str, optional
        The address of a database of editors' feedback to learn from as well.
    archive : tuple of Path or TableSource
        Articles whose labels are not read: which words go together in them helps if labelled stories are few.
    language : str, optional
        The language of articles that do not name theirs.
    languages : tuple of str
        The languages that the model learns together: codes, or ``all`` alone. Articles in other languages are left out.
        Empty: one language, and several are an error.
    no_promote : bool
        Write the version, but leave the live one as it is.
    force : bool
        Promote the version although the gate refuses it.
    """

    data: tuple[Source, ...]
    sections: Path | Sections
    models: Path
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    jobs: int = -1
    rejects: Path | None = None
    reading: Reading = field(default_factory=Reading)
    ignore_checks: bool = False
    ignored_checks: tuple[str, ...] = ()
    margin: float = 0.01
    drop_sections: bool = False
    curve: bool = False
    doctor: bool = False
    trials: int = 0
    scheduler: str | None = None
    feedback: str | None = None
    archive: tuple[Source, ...] = ()
    language: str | None = None
    languages: tuple[str, ...] = ()
    no_promote: bool = False
    force: bool = False


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
    """What a run learned, with which settings."""

    trained: TrainedModel
    settings: TrainingSettings
    task: Task
    search: SearchResult | None
    kept: KeptTrials | None
    curve: LearningCurve | None
    no_curve: str | None
    evaluation: RunEvaluation
    latent: LatentOutcome | None
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
        version = _write(material, fit, verdict, options.models)
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
        latent=fit.latent,
        diagnosis=fit.diagnosis,
    )


def _read(options: RunOptions, progress: Progress) -> _Material:
    """Read the articles, count their terms, and check them."""
    given = options.sections
    sections = given if isinstance(given, Sections) else Sections.load(given)
    reading = replace(options.reading, languages=_to_read(options.languages), each_language=bool(options.languages))
    corpus = read_or_refuse(
        options.data, sections, options.rejects, reading, progress, options.feedback, TRAINING_ADVICE
    )
    progress.stage("finding the language of each article", 1)
    languages = languages_of(corpus.articles, options.language, options.languages)
    progress.step()
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
    published = [item.article.published for item in material.corpus.articles]
    split = split_by_date(published, task.stories)
    trained = train(task, settings, options.jobs, progress, split.older if split else None)
    curve, no_curve = _curve(options, task, settings, progress)
    articles, jobs = material.corpus.articles, options.jobs
    found_by_doctor = examine(articles, material.sections, settings, jobs, progress, task) if options.doctor else None
    progress.stage("measuring, comparing with the live model, writing", 3)
    evaluation = evaluate_run(task, trained, published, split, settings, material.languages.of_articles)
    if latent:
        evaluation = replace(evaluation, latent=latent)
    progress.step()
    return _Fit(trained, settings, task, found, kept, curve, no_curve, evaluation, latent, found_by_doctor)


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
        material.corpus.articles,
        material.task,
        suggested,
        material.sections,
        asked,
        material.languages.codes,
    )
    return with_promise(verdict, fit.evaluation.promise)


def _write(material: _Material, fit: _Fit, verdict: Verdict, models: Path) -> str:
    """Write the version with its documents, and return its name."""
    articles, task, trained = material.corpus.articles, material.task, fit.trained
    model = trained.model
    arrays = ModelArrays.by_frequency(
        trained.terms, model.weights, model.intercepts, model.tfidf.idf, fit.settings.analyzer
    )
    fields = manifest_fields(
        trained,
        fit.evaluation,
        arrays,
        material.sections,
        material.corpus.digest(),
        material.languages.codes,
        fit.settings,
        is_starter_corpus([item.article.digest for item in articles], material.sections),
    )
    ids = [section.id for section in trained.trained]
    published = [item.article.published for item in articles]
    mistakes = find_suspects(articles, task, trained.scored, trained.nested, MAX_MISTAKES)
    files = {
        READING_FILE: json.dumps(
            [account.to_json(with_names=False) for account in material.corpus.accounts], indent=1, allow_nan=False
        ),
        OUTOFFOLD_FILE: outoffold_text(articles, task.signatures, ids, trained.nested.predictions.suggested),
        RELIABILITY_FILE: reliability_text(ids, trained.nested.predictions.probabilities, task.labels),
        **documents(
            task, trained, fit.evaluation, verdict, fit.curve, fit.search, fields, published, mistakes, fit.diagnosis
        ),
        **({TRIALS_FILE: fit.search.to_tsv()} if fit.search else {}),
    }
    return write_model(models, fields, arrays, fit.evaluation.to_json(trained.section_ids), files)
