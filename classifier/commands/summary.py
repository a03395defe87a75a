"""What ``copydesk train`` prints of a training run."""

from classifier.commands.tables import print_table
from classifier.training.publishing.run import Outcome
from classifier.training.publishing.search import SEARCHED, SearchResult


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
    rows = [
        (
            section.id,
            f"{score.support}",
            f"{score.precision:.3f}",
            f"{score.recall:.3f}",
            f"{score.f1:.3f}",
            f"{rule.suggest:.2f}",
            "never" if rule.apply is None else f"{rule.apply:.2f}",
        )
        for section, score, rule in zip(
            trained.trained, (item.suggested for item in measured.sections), trained.rules.sections, strict=True
        )
    ]
    for name, score in (
        ("all tags (micro)", measured.micro.suggested),
        ("articles without tags", measured.none),
    ):
        rows.append(
            (
                name,
                f"{score.support}",
                f"{score.precision:.3f}",
                f"{score.recall:.3f}",
                f"{score.f1:.3f}",
                "",
                "",
            )
        )
    rows.append(("mean of sections (macro)", "", "", "", f"{measured.macro_f1.value:.3f}", "", ""))
    print_table(("section", "support", "precision", "recall", "F1", "suggest", "apply"), rows)
    applied = measured.micro.applied
    print(
        f"Measured out-of-fold (each article by a model trained without it) on {trained.n_articles:,} articles in "
        f"{trained.n_stories:,} stories (near-duplicates grouped). “suggest” and “apply” are the probabilities from "
        f"which a section is suggested, or applied without an editor. The model would apply {applied.predicted:,} "
        f"tags: {applied.precision:.3f} of them are right, and {applied.recall:.3f} of all labels are among them"
    )
    learned = {section.id for section in trained.trained}
    thin = [f"{name} ({count})" for name, count in trained.story_support.items() if name not in learned]
    if thin:
        print(
            f"not trained, because they have too few stories (near-duplicates count once): {', '.join(thin)}. "
            "Fix: add articles to them, or lower --min-support"
        )
