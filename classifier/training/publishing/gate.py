"""The promotion gate: a new model goes live only if it is not worse than the live model on the same articles.

docs/decisions/0004-promotion-gate.md names the articles, tags and labels that are compared, and gives the reasons;
docs/decisions/0016-figures-and-gate.md has the rules for disputed labels, sections that are dropped, and the starter
model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.findings import first_few
from classifier.corpus.language import base
from classifier.corpus.readers import LabelledArticle
from classifier.corpus.starter import FORMER_DATA_DIGESTS, has_starter_vocabulary
from classifier.errors import ModelError, UnknownFormatError
from classifier.sections import Sections
from classifier.store.files import read_model
from classifier.store.manifest import Manifest
from classifier.store.registry import Registry
from classifier.training.measuring.comparison import Comparison, compare_tags
from classifier.training.measuring.earlier.seen import percent
from classifier.training.measuring.earlier.unseen_answers import UnseenAnswers, answer_unseen
from classifier.training.measuring.outoffold_file import (
    OutOfFoldAnswers,
    read_outoffold,
)
from classifier.training.measuring.vocabularies import VocabularyChange, compare_vocabularies
from classifier.training.publishing.disputes import find_disputes
from classifier.training.task import Task

MIN_COMPARED_STORIES = 20
_MAX_SECTIONS_NAMED = 5
_MAX_GONE_NAMED = 10
_ANYWAY = "run “copydesk models promote {version}”, or train with --force"


@dataclass(frozen=True)
class GateOptions:
    """What the gate allows: how far micro-F1 may fall, and whether sections of the live model may be dropped.

    ``seed`` is that of the bootstrap.
    """

    margin: float = 0.01
    drop_sections: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Verdict:
    """Whether a new model may go live, and why, in a sentence.

    ``current`` is the version that was live at the time. ``comparison`` is None if the two could not be compared.
    ``n_disputed`` counts the labels that differ between the two training sets and were left out. ``change`` shows what
    became of the live model's sections, if they were looked at. ``left_out`` is a sentence on the articles that could
    not be compared fairly; empty if there are none. ``fix`` is what to do about a refusal, in the
    imperative; empty for the usual advice.
    """

    allowed: bool
    reason: str
    current: str | None = None
    comparison: Comparison | None = None
    n_disputed: int = 0
    change: VocabularyChange | None = None
    fix: str = ""
    left_out: str = ""


def judge(
    registry: Registry,
    articles: Sequence[LabelledArticle],
    task: Task,
    suggested: NDArray[np.bool_],
    sections: Sections,
    options: GateOptions,
    languages: Sequence[str] = (),
) -> Verdict:
    """Compare the out-of-fold tags of a new model with the tags that the live model gives the same articles unseen.

    Parameters
    ----------
    registry : Registry
    articles : sequence of LabelledArticle
        The articles that the new model was trained on: the rows of ``task`` and ``suggested``.
    task : Task
    suggested : bool array of shape (n_articles, n_sections)
        The out-of-fold tags of the new model, with rules from the other folds.
    sections : Sections
        The new model's vocabulary.
    options : GateOptions
    languages : sequence of str
        The languages of the new model. A new model that lacks one of the live model's is refused. Empty: not looked at.
    """
    verdict, live = _judge(registry, articles, task, suggested, sections, options)
    # an earlier model may have a code of its language that is another now, such as nb for no
    missing = [code for code in live.languages if base(code) not in languages] if live and languages else []
    if not missing:
        return verdict
    named = ", ".join(missing)
    return replace(
        verdict,
        allowed=False,
        reason=f"it was not trained on {named}, which the live model knows; {verdict.reason}",
        fix=f"add articles in {named}; if the model is to know other languages, {_ANYWAY}",
    )


def _judge(
    registry: Registry,
    articles: Sequence[LabelledArticle],
    task: Task,
    suggested: NDArray[np.bool_],
    sections: Sections,
    options: GateOptions,
) -> tuple[Verdict, Manifest | None]:
    """Return the verdict on the tags, and the manifest of the live model unless any model may take its place."""
    current = None
    try:
        current = registry.current()
        if current is None:
            return Verdict(True, "there was no live model"), None
        folder = registry.folder(current)
        live = read_model(folder).manifest
        if _is_starter(live) and not has_starter_vocabulary(frozenset(section.id for section in sections)):
            return Verdict(
                True,
                "the live model is the starter model, which was trained on the articles that come with Copydesk; a "
                "model with a vocabulary of its own replaces it without a comparison",
                current,
            ), None
        trained = {section.id for section in task.trained}
        change = compare_vocabularies(live, sections, trained, task.why_untrained)
        known = _answers_of(folder)
        if isinstance(known, str):
            return _incomparable(current, known, change), live
        change = change.with_moves(known.relabelled(articles))
        renames = _advice_on(change.likely_renames)
        if not change.compared:
            why = "the two models have no sections in common"
            return _incomparable(current, why, change, fix=renames and f"{renames}; if they are new, {_ANYWAY}"), live
        answers = answer_unseen(folder, change.columns, articles, task.signatures, task.stories, change.renamed)
    except ModelError as error:
        return Verdict(True, f"the live model cannot be loaded ({error.title.lower()})", current), None
    chosen = answers.fair
    left_out = _left_out(answers)
    if len(np.unique(task.stories[chosen])) < MIN_COMPARED_STORIES:
        why = f"only {chosen.sum():,} of the {len(articles):,} articles can be compared fairly"
        why += f", because {left_out}" if left_out else ""
        return _incomparable(current, why, change), live
    labels = np.array([[name in article.sections for name in change.columns] for article in articles], dtype=bool)
    before = answers.labelled[chosen]
    read_today = _with_ancestors(before, change.columns, sections)
    disputes = find_disputes(labels[chosen], read_today, answers.trained_on[chosen], change.columns)
    own = _in_columns(suggested, [section.id for section in task.trained], change.columns)
    judged = ~disputes.disputed & (before == read_today)  # a parent that is new in the vocabulary is not judged either
    n_unjudged = int((~judged).sum())
    if disputes.objection:
        fix = "check these labels; if the new ones are right, run “copydesk models promote {version}”"
        return _incomparable(current, disputes.objection, change, n_unjudged, fix), live
    if not (labels[chosen] & judged).any():
        why = f"none of the {chosen.sum():,} articles has a label of a section that both know"
        return _incomparable(current, why, change, n_unjudged), live
    comparison = compare_tags(
        answers.suggested[chosen],
        own[chosen],
        labels[chosen],
        task.stories[chosen],
        change.columns,
        options.seed,
        judged=judged,
    )
    verdict = _verdict(current, comparison, change, options, n_unjudged, renames)
    if left_out:
        verdict = replace(verdict, reason=f"{verdict.reason}; {left_out}", left_out=left_out)
    return verdict, live


def _left_out(answers: UnseenAnswers) -> str:
    """Return how many articles cannot be compared fairly, by reason; empty if all can be."""
    n, n_copies = len(answers.fair), int(answers.copies.sum())
    n_foreign = int((~answers.fair & ~answers.copies).sum())
    parts = []
    if n_copies:
        kind = "near copies of articles that the live model was trained on"
        parts.append(f"{n_copies:,} of the {n:,} articles ({percent(n_copies / n)}) were left out as {kind}")
    if n_foreign:
        why = "because the live model does not know their language"
        parts.append(f"{n_foreign:,} of the {n:,} articles ({percent(n_foreign / n)}) were left out, {why}")
    return "; ".join(parts)


def _with_ancestors(labels: NDArray[np.bool_], columns: Sequence[str], sections: Sections) -> NDArray[np.bool_]:
    """Return labels of an earlier vocabulary as this one reads them: each section has those above it as well."""
    found = labels.copy()
    for column, name in enumerate(columns):
        for above in sections.ancestors(name):
            if above in columns:
                found[:, columns.index(above)] |= labels[:, column]
    return found


def _advice_on(renames: Mapping[str, str]) -> str:
    """Return how to keep sections that seem to have a new id; empty if there are none."""
    if not renames:
        return ""
    named = first_few([f"{before} to {after}" for before, after in renames.items()], _MAX_SECTIONS_NAMED)
    return f"if sections were renamed, as their articles suggest ({named}), add each old id to the new one's aliases"


def _is_starter(live: Manifest) -> bool:
    return live.starter or live.data_digest in FORMER_DATA_DIGESTS


def _answers_of(folder: Path) -> OutOfFoldAnswers | str:
    """Return the out-of-fold answers of the live model, or why they cannot be compared."""
    try:
        return read_outoffold(folder) or "it lacks the file of its out-of-fold answers, which the comparison needs"
    except UnknownFormatError:
        return "its out-of-fold answers were written by another version of Copydesk"


def _in_columns(tags: NDArray[np.bool_], have: Sequence[str], want: Sequence[str]) -> NDArray[np.bool_]:
    """Return tags with the columns ``want``; sections that are not among ``have`` are never given."""
    out = np.zeros((len(tags), len(want)), dtype=bool)
    for column, name in enumerate(want):
        if name in have:
            out[:, column] = tags[:, have.index(name)]
    return out


def _incomparable(
    current: str, why: str, change: VocabularyChange | None = None, n_disputed: int = 0, fix: str = ""
) -> Verdict:
    words = change.words if change else ""
    reason = f"it cannot be compared with the live model: {why}" + (f"; {words}" if words else "")
    return Verdict(False, reason, current, None, n_disputed, change, fix)


def _verdict(
    current: str,
    comparison: Comparison,
    change: VocabularyChange,
    options: GateOptions,
    n_disputed: int,
    renames: str,
) -> Verdict:
    micro = comparison.micro_f1
    gap = micro.difference.value
    bounds = f"95 % interval {micro.difference.low:+.3f} to {micro.difference.high:+.3f}"
    common = f"on the same {comparison.n_articles:,} articles and {change.scope}"
    notes = [f"; {n_disputed:,} labels that differ between the two training sets were left out" if n_disputed else ""]
    n_missed = sum(n for name, n in comparison.support.items() if name not in change.compared)
    notes.append(f"; {n_missed:,} labels of sections that neither can give count as missed" if n_missed else "")
    notes.append(f"; {change.words}" if change.words else "")
    if gap < -options.margin:
        reason = (
            f"micro-F1 is {-gap:.3f} below the live model's {common} (new {micro.second:.3f}, live {micro.first:.3f}, "
            f"{bounds}), more than the margin of {options.margin:g}{''.join(notes)}; {_largest_losses(comparison)}"
        )
        return Verdict(False, reason, current, comparison, n_disputed, change)
    reason = f"micro-F1 is {micro.second:.3f}; the live model has {micro.first:.3f} {common} ({bounds}){''.join(notes)}"
    if change.gone and not options.drop_sections:
        gone = first_few(list(change.gone), _MAX_GONE_NAMED)
        reason = f"it cannot give sections that the live model gives: {gone}; {reason}"
        fix = (
            f"{renames or 'add the missing sections, with articles'}; to drop them, train with --drop-sections, "
            "or run “copydesk models promote {version}”"
        )
        return Verdict(False, reason, current, comparison, n_disputed, change, fix)
    return Verdict(True, reason, current, comparison, n_disputed, change)


def _largest_losses(comparison: Comparison) -> str:
    by_loss = sorted(comparison.sections.items(), key=lambda item: item[1].difference.value)
    named = [
        f"{name} {item.difference.value:+.3f}"
        for name, item in by_loss[:_MAX_SECTIONS_NAMED]
        if item.difference.value < 0
    ]
    return f"the largest losses: {', '.join(named)}"
