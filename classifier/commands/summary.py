"""What ``copydesk train`` prints of a training run."""

from classifier.commands.language_table import print_languages
from classifier.commands.length_table import print_lengths
from classifier.commands.tables import NOTHING, print_table, score_cells
from classifier.errors import number_of
from classifier.training.publishing.run import Outcome
from classifier.training.publishing.search import SEARCHED, SearchResult
from classifier.training.task import ON_EVERY_ARTICLE

_MAX_NEVER = 12


def print_search(search: SearchResult) -> None:
    """Print the trials of a search in the order in which they were made."""
    rows = [
        (
            "chosen" if trial is search.best else "",
            *(f"{getattr(trial.settings, name)}" for name in SEARCHED),
            f"{trial.micro_f1:.4f}",
            f"{trial.macro_f1:.4f}",
        )
        for trial in search.trials
    ]
    print_table(("", *SEARCHED, "micro-F1", "macro-F1"), rows)
    if search.n_kept:
        print(f"{search.n_kept} of these trials were made by the search that was interrupted, and were used again")


def print_summary(outcome: Outcome) -> None:
    """Print quality and thresholds of each section, on articles that the model has not seen."""
    trained, measured = outcome.trained, outcome.evaluation.out_of_fold
    scores = [item.suggested for item in measured.sections]
    n_trained = len(trained.trained)
    rows = [
        (
            section.id,
            f"{score.support}",
            *score_cells(score),
            f"{rule.suggest:.2f}",
            "never" if rule.apply is None else f"{rule.apply:.2f}",
        )
        for section, score, rule in zip(trained.trained, scores[:n_trained], trained.rules.sections, strict=True)
    ]
    for section, score in zip(trained.untrained, scores[n_trained:], strict=True):
        rows.append((f"{section.id} (not trained)", f"{score.support}", *score_cells(score), NOTHING, NOTHING))
    for name, score in (
        ("all tags (micro)", measured.micro.suggested),
        ("articles without tags", measured.none),
    ):
        cells = score_cells(score) if score.support else (NOTHING,) * 3
        rows.append((name, f"{score.support}", *cells, "", ""))
    rows.append(("mean of sections (macro)", "", "", "", f"{measured.macro_f1.value:.3f}", "", ""))
    print_table(("section", "support", "precision", "recall", "F1", "suggest", "apply"), rows)
    applied = measured.micro.applied
    of_applied = "no tag, because it was trained with --review-only" if outcome.settings.review_only else "no tag"
    if applied.predicted:
        of_applied = (
            f"{applied.predicted:,} tags: {applied.precision:.3f} of them are right, and {applied.recall:.3f} of all "
            "labels are among them"
        )
    n_articles, n_stories = len(outcome.task.labels), outcome.task.n_stories
    print(
        f"Measured out-of-fold (each article by a model trained without it) on {n_articles:,} articles in "
        f"{n_stories:,} stories (near-duplicates grouped). “suggest” and “apply” are the probabilities from "
        f"which a section is suggested, or applied without an editor. The model would apply {of_applied}"
    )
    _print_promise(outcome)
    _print_lengths(outcome)
    if outcome.latent:
        print(outcome.latent.words)
    if teacher := outcome.evaluation.teacher:
        print(teacher.words)
    print_languages(measured.languages)
    if untrained := measured.words_on_untrained(trained.section_ids):
        print(untrained)
    few = {name: n for name, n in trained.story_support.items() if name in trained.why_untrained}
    thin = [f"{name} ({n})" for name, n in few.items() if trained.why_untrained[name] != ON_EVERY_ARTICLE]
    if thin:
        print(
            f"not trained, because they have too few stories (near-duplicates count once): {', '.join(thin)}. "
            "Fix: add articles to them, or lower --min-support"
        )


def _print_lengths(outcome: Outcome) -> None:
    """Print the figures for short and long texts, if they have rules of their own."""
    if outcome.trained.rules.bounds:
        print_lengths(outcome.evaluation.by_length)


def _print_promise(outcome: Outcome) -> None:
    """Print whether the promise of “apply” holds, and why sections are never applied."""
    promise = outcome.evaluation.promise
    for sentence in promise.sentences:
        print(sentence)
    if outcome.settings.review_only or not promise.never:
        return
    print("Never applied without an editor:")
    for name, reason in list(promise.never.items())[:_MAX_NEVER]:
        print(f"  {name}: {'. '.join(filter(None, (reason.words, reason.advice)))}")
    if len(promise.never) > _MAX_NEVER:
        others = number_of(len(promise.never) - _MAX_NEVER, "more section", "more sections")
        print(f"  and {others}, which report.html lists")
