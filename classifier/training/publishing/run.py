"""A training run from files to a version in models/: read, refuse or set aside bad rows, train, write."""

import hashlib
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from classifier.corpus.checks import check
from classifier.corpus.findings import Finding, worst
from classifier.corpus.intake import TO_TRAIN, read_or_refuse
from classifier.corpus.language import Language, language_of
from classifier.corpus.readers import Corpus, LabelledArticle, Reading
from classifier.errors import ChecksFailedError, CorpusError
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.store.files import ModelArrays, write_model
from classifier.store.registry import Registry
from classifier.terms.hashing import sample
from classifier.training.fitting.trainer import TrainedModel, train
from classifier.training.measuring.bydate import split_by_date
from classifier.training.measuring.curve import Curve, learning_curve
from classifier.training.measuring.outoffold_file import DECISIONS_FILE, decisions_text
from classifier.training.publishing.gate import Verdict, judge
from classifier.training.publishing.record import Record, make_record
from classifier.training.publishing.report import documents
from classifier.training.publishing.search import TRIALS_FILE, Search, search
from classifier.training.scheduling import scheduling
from classifier.training.settings import TrainingSettings
from classifier.training.task import Task, make_task


@dataclass(frozen=True)
class Run:
    """What a run is asked to do.

    ``rejects`` is the file for bad rows, or None to stop where there are any; ``ignore_checks`` trains although the
    checks found an error; ``margin`` is how far below the live model's micro-F1 the new one may be; ``curve`` adds a
    learning curve to the report; ``trials`` is how many settings a search may try, 0 for no search; ``scheduler`` is
    where those are tried, as `scheduling` takes it; ``feedback`` is the address of a database of editors'
    feedback to learn from too; ``language`` is that of the articles, where they do not say.
    """

    data: tuple[Path, ...]
    sections: Path
    models: Path
    settings: TrainingSettings
    jobs: int
    rejects: Path | None
    reading: Reading = field(default_factory=Reading)
    ignore_checks: bool = False
    margin: float = 0.01
    curve: bool = False
    trials: int = 0
    scheduler: str | None = None
    feedback: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a run did: the version that it wrote, what it was made from and with, and whether it may go live.

    ``no_curve`` says why the report has no learning curve where one was asked for.
    """

    version: str
    trained: TrainedModel
    corpus: Corpus
    findings: tuple[Finding, ...]
    record: Record
    verdict: Verdict
    search: Search | None
    settings: TrainingSettings
    language: Language
    no_curve: str | None = None


def run(asked: Run, progress: Progress) -> Outcome:
    """Train a model and write it as a new version; what is current stays.

    Raises
    ------
    CorpusError, SectionsError, ModelError
        If the data cannot be trained on, or the model not written. Nothing is left behind then.
    ChecksFailedError
        If the articles cannot be trusted.
    SettingsError
        If the search cannot run where it should.
    """
    with scheduling(asked.scheduler):
        return _run(asked, progress)


def _run(asked: Run, progress: Progress) -> Outcome:
    registry = Registry(asked.models)
    registry.remove_unfinished()
    sections = Sections.load(asked.sections)
    corpus = read_or_refuse(asked.data, sections, asked.rejects, asked.reading, progress, asked.feedback, TO_TRAIN)
    language = language_of(corpus.articles, asked.language)
    task = make_task(corpus.articles, sections, asked.settings, progress, asked.jobs)
    progress.stage("looking for copies, leaks and broken text", 1)
    findings = tuple(check(corpus.articles, task.stories, sections, task.counted, asked.settings.min_support))
    progress.step()
    if worst(findings) == "error" and not asked.ignore_checks:
        raise ChecksFailedError(_failed(findings))
    found = search(task, asked.settings, asked.trials, asked.jobs, progress) if asked.trials else None
    settings = found.best.settings if found else asked.settings
    published = [item.article.published for item in corpus.articles]
    split = split_by_date(published, task.stories)
    trained = train(task, settings, asked.jobs, progress, split.older if split else None)
    curve, no_curve = _curve(asked, task, settings, progress)
    progress.stage("measuring, comparing with the live model, writing", 3)
    record = make_record(task, trained, published, split, settings)
    progress.step()
    verdict = judge(
        registry,
        corpus.articles,
        task,
        trained.nested.scores.suggested,
        sections,
        asked.margin,
        settings.seed,
    )
    progress.step()
    about = _about(trained, record, sections, corpus.articles, language.code, settings)
    model = trained.model
    arrays = ModelArrays.by_frequency(trained.terms, model.weights, model.intercepts, model.tfidf.idf)
    about |= {"fingerprint_seed": arrays.table.seed, "fingerprint_sample": sample()}
    ids = [section.id for section in trained.trained]
    beside = {
        DECISIONS_FILE: decisions_text(corpus.articles, task.signatures, ids, trained.nested.scores.suggested),
        **documents(corpus.articles, task, trained, record, verdict, curve, found, about),
        **({TRIALS_FILE: found.to_tsv()} if found else {}),
    }
    written = write_model(asked.models, about, arrays, record.to_json(ids), beside)
    progress.step()
    return Outcome(written, trained, corpus, findings, record, verdict, found, settings, language, no_curve)


def _curve(asked: Run, task: Task, settings: TrainingSettings, progress: Progress) -> tuple[Curve | None, str | None]:
    """Return the learning curve, if it is asked for, or why there is none: a model must not be lost for want of it."""
    if not asked.curve:
        return None, None
    try:
        return learning_curve(task, settings, asked.jobs, progress), None
    except CorpusError as error:
        return None, str(error)


def _failed(findings: Iterable[Finding]) -> str:
    errors = [f"  {finding.message}" for finding in findings if finding.severity == "error"]
    advice = "nothing was trained; look with “python -m classifier check”, or train all the same with --ignore-checks"
    return "\n".join([*errors, advice])


def _about(
    trained: TrainedModel,
    record: Record,
    sections: Sections,
    articles: Sequence[LabelledArticle],
    language: str,
    settings: TrainingSettings,
) -> dict[str, Any]:
    scored = {section.id for section in trained.trained}
    return {
        "language": language,
        "trained": [
            {
                "section": section,
                "support": measured.suggested.support,
                "slope": rule.platt.slope,
                "offset": rule.platt.offset,
                "suggest": rule.suggest,
                "apply": rule.apply,
                "precision": measured.suggested.precision,
                "recall": measured.suggested.recall,
                "f1": measured.suggested.f1,
            }
            for section, rule, measured in zip(
                trained.trained, trained.rules.sections, record.outoffold.sections, strict=True
            )
        ],
        "untrained": [
            {"section": section, "support": trained.support.get(section.id, 0)}
            for section in sections
            if section.id not in scored
        ],
        "n_articles": trained.n_articles,
        "n_stories": trained.n_stories,
        "data_digest": _data_digest(articles),
        "min_tags": settings.min_tags,
        "max_tags": settings.max_tags,
        "settings": {**asdict(settings), "threshold_strength": trained.rules.strength},
        "libraries": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("copydesk", "numpy", "scipy", "scikit-learn", "numba")},
        },
    }


def _data_digest(articles: Iterable[LabelledArticle]) -> str:
    """Return the SHA-256 of all that training sees of the articles, in their order."""
    digest = hashlib.sha256()
    for item in articles:
        digest.update(json.dumps([item.prepared.text, sorted(item.sections)]).encode() + b"\n")
    return digest.hexdigest()
