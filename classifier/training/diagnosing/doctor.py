"""The vocabulary doctor: labels, out-of-fold margins and stories in, proposals out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.training.diagnosing.merging import merged_groups, same_sections
from classifier.training.diagnosing.missing import Theme, missing_themes
from classifier.training.diagnosing.proposals import Diagnosis, Group, Proposal
from classifier.training.diagnosing.refitting import RefitScores, refit
from classifier.training.diagnosing.sampling import sampled
from classifier.training.diagnosing.splitting import LEAST_ARTICLES, Division, credible, two_subjects
from classifier.training.diagnosing.starving import small_sections
from classifier.training.diagnosing.subjects import any_of, subjects_after
from classifier.training.diagnosing.texts import ArticlePoints
from classifier.training.fitting.outoffold import score_out_of_fold
from classifier.training.task import Task, make_task
from classifier.training.training_settings import TrainingSettings

_N_EXAMPLES = 3
#: A merged section must be recognized better than its parts by this F1.
LEAST_GAIN = 0.05


def examine(
    articles: Sequence[LabelledArticle],
    sections: Sections,
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
    task: Task | None = None,
) -> Diagnosis:
    """Examine a vocabulary on labelled articles, or on a sample if they are very many.

    Parameters
    ----------
    articles : sequence of LabelledArticle
    sections : Sections
        The vocabulary.
    settings : TrainingSettings
    jobs : int
        Number of threads.
    progress : Progress
    task : Task, optional
        Made of all of these articles. It saves counting their terms once more.

    Raises
    ------
    CorpusError
        If there are too few stories to train on.
    """
    chosen, left_out = sampled(articles, settings.seed)
    if left_out or task is None:
        task = make_task(chosen, sections, settings, progress, jobs)
    found = diagnose(chosen, task, settings, jobs, progress)
    return replace(found, not_examined=(left_out, *found.not_examined)) if left_out else found


def diagnose(
    articles: Sequence[LabelledArticle], task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> Diagnosis:
    """Examine a vocabulary on labelled articles.

    Parameters
    ----------
    articles : sequence of LabelledArticle
    task : Task
        Made of these articles.
    settings : TrainingSettings
    jobs : int
        Number of threads.
    progress : Progress
    """
    settings = task.decided(settings)
    margins = score_out_of_fold(task, settings, jobs, progress).margins
    points = ArticlePoints.of(task, settings)
    groups = merged_groups(same_sections(task, margins))
    merged = {_name(task, group): any_of(task.labels, group) for group in groups}
    scores = refit(task, margins, merged, settings, jobs, progress)
    groups = [group for group in groups if _gain(task, group, scores) >= LEAST_GAIN]
    subjects = subjects_after(task, groups)
    themes = missing_themes(task, points, subjects, settings, jobs, progress)
    explained = np.column_stack([*(s.labels for s in subjects), *(theme.articles for theme in themes)])
    divisions, in_doubt = credible(two_subjects(task, points, subjects, explained, settings, jobs, progress), subjects)
    parts = {name: labels for d in divisions for name, labels in zip(_part_names(d), (d.first, d.second), strict=True)}
    new = {f"new section {k}": theme.articles for k, theme in enumerate(themes, 1)}
    others = refit(task, margins, parts | new, settings, jobs, progress)
    small = small_sections(task, scores.sections, settings, jobs, progress)
    in_group = {task.trained[column].id for group in groups for column in group}
    return Diagnosis(
        n_articles=len(articles),
        n_stories=task.n_stories,
        micro_f1=scores.micro_f1,
        proposals=(
            *(_merge(articles, task, points, margins, group, scores) for group in groups),
            *(_split(articles, points, division, scores, others) for division in divisions),
            *(_missing(articles, points, theme, name, others) for theme, name in zip(themes, new, strict=True)),
            *(p for p in (*small.retired, *small.starved) if not set(p.sections) & in_group),
        ),
        unjudged=small.unjudged,
        not_examined=(*_not_examined(task), *in_doubt),
    )


def _name(task: Task, group: Iterable[int]) -> str:
    return "+".join(task.trained[column].id for column in group)


def _part_names(division: Division) -> tuple[str, str]:
    return f"{division.subject.name} (part 1)", f"{division.subject.name} (part 2)"


def _f1_now(division: Division, scores: RefitScores) -> float:
    """Return the F1 of a subject as it is, after the merge if it is several sections."""
    ids = division.subject.ids
    return scores.sections[ids[0]].f1 if len(ids) == 1 else scores.changed[division.subject.name].f1


def _gain(task: Task, group: Sequence[int], scores: RefitScores) -> float:
    """Return the F1 of a merged section minus the mean F1 of its parts, weighted by their articles."""
    before = [scores.sections[task.trained[column].id] for column in group]
    mean = np.average([score.f1 for score in before], weights=[max(score.support, 1) for score in before])
    return scores.changed[_name(task, group)].f1 - float(mean)


def _merge(
    articles: Sequence[LabelledArticle],
    task: Task,
    points: ArticlePoints,
    margins: NDArray[np.float64],
    group: Sequence[int],
    scores: RefitScores,
) -> Proposal:
    ids = tuple(task.trained[column].id for column in group)
    labels = any_of(task.labels, group)
    name = _name(task, group)
    examples: list[int] = []
    for column in group:  # articles of one section that its model takes for the other
        others = [other for other in group if other != column]
        only = np.flatnonzero(task.labels[:, column] & ~task.labels[:, others].any(axis=1))
        excess = np.nan_to_num(margins[only][:, others].max(axis=1) - margins[only, column], nan=-np.inf)
        examples += only[np.argsort(-excess, kind="stable")[:_N_EXAMPLES]].tolist()
    shown = Group(int(labels.sum()), points.words(labels, ~labels), tuple(articles[i] for i in examples))
    return Proposal(
        "merge",
        ids,
        "a model cannot distinguish their articles",
        (shown,),
        before={id_: scores.sections[id_].f1 for id_ in ids},
        after={name: scores.changed[name].f1},
        micro_f1=(scores.micro_f1, scores.micro_f1_with(ids, (name,))),
    )


def _split(
    articles: Sequence[LabelledArticle],
    points: ArticlePoints,
    division: Division,
    scores: RefitScores,
    others: RefitScores,
) -> Proposal:
    ids, names = division.subject.ids, _part_names(division)
    parts = [(division.first, division.second), (division.second, division.first)]
    before = {division.subject.name: _f1_now(division, scores)}
    first = "after the merge, it" if len(ids) > 1 else "it"
    return Proposal(
        "split",
        ids,
        f"{first} holds two subjects: a model of one part hardly recognizes the other (AUC {division.transfer:.2f})",
        tuple(_group(articles, points, part, other) for part, other in parts),
        before=before,
        after={name: others.changed[name].f1 for name in names},
    )


def _missing(
    articles: Sequence[LabelledArticle], points: ArticlePoints, theme: Theme, name: str, others: RefitScores
) -> Proposal:
    shown = _group(articles, points, theme.articles, ~theme.articles)
    n = int(theme.articles.sum())
    return Proposal(
        "missing",
        (),
        f"{n:,} articles with fewer sections than usual share a theme",
        (shown,),
        after={name: others.changed[name].f1},
    )


def _group(
    articles: Sequence[LabelledArticle], points: ArticlePoints, chosen: NDArray[np.bool_], others: NDArray[np.bool_]
) -> Group:
    examples = tuple(articles[i] for i in points.typical(chosen, _N_EXAMPLES))
    return Group(int(chosen.sum()), points.words(chosen, others), examples)


def _not_examined(task: Task) -> tuple[str, ...]:
    lines = []
    n_labels = task.labels.sum(axis=1)
    if np.median(n_labels[n_labels > 0]) < 2 and n_labels.all():
        lines.append("missing sections cannot be found, because every article has a section")
    small = int((task.labels.sum(axis=0) < LEAST_ARTICLES).sum())
    if small:
        sections = "1 section has" if small == 1 else f"{small:,} sections have"
        lines.append(f"{sections} fewer than {LEAST_ARTICLES} articles, too few to look for two subjects in them")
    return tuple(lines)
