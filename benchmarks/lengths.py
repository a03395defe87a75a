"""Figures by the length of the text: headlines alone, the first 25, 50 and 100 words, and whole articles."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classifier.corpus.readers import Corpus
    from classifier.rules.lengths import RulesByLength
    from classifier.rules.tagging import Predictions
    from classifier.training.fitting.lengths.cut_margins import CutMargins
    from classifier.training.fitting.trainer import TrainedModel
    from classifier.training.measuring.date_split import DateSplit
    from classifier.training.task import Task
    from classifier.training.training_settings import TrainingSettings

HEADERS = (
    "rules",
    "measured",
    "text",
    "texts",
    "micro-F1",
    "macro-F1",
    "calibration error",
    "Brier score",
    "precision of applied",
    "applied",
)
#: What a run must show: the largest calibration error at every length, and the lowest F1 at two of them.
MOST_CALIBRATION_ERROR = 0.03
LEAST_F1 = {"headline alone": 0.62, "first 50 words": 0.77}
_ALL, _ONE = "by length", "one for all"


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=CORPUS, help="Labelled articles.")
@click.option("--sections", type=click.Path(exists=True, path_type=Path), default=SECTIONS, help="Their vocabulary.")
@click.option("--min-support", default=5, show_default=True, help="Learn sections with at least this many stories.")
@click.option(
    "--before",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Only compare Brier scores with those of this other checkout, which runs in its own .venv if it has one.",
)
@json_option
def lengths(as_json: bool, data: Path, sections: Path, min_support: int, before: Path | None) -> None:
    """Measure tags and probabilities by the length of the text, out-of-fold and on a split by date."""
    from benchmarks.lengths_before import compare
    from classifier.commands.console import progress
    from classifier.corpus.intake import TRAINING_ADVICE, read_or_refuse
    from classifier.corpus.readers import Reading
    from classifier.sections import Sections
    from classifier.training.task import make_task
    from classifier.training.training_settings import TrainingSettings

    with progress() as watched:
        vocabulary = Sections.load(sections)
        corpus = read_or_refuse((data,), vocabulary, None, Reading(), watched, advice=TRAINING_ADVICE)
        settings = TrainingSettings(min_support=min_support)
        if before:
            task = make_task(corpus.articles, vocabulary, settings, watched, -1)
            report = compare(corpus, task, settings, before)
        else:
            report = measure(corpus, vocabulary, settings, watched)
    report.show(as_json)


def measure(corpus: "Corpus", vocabulary: object, settings: "TrainingSettings", watched: object) -> Report:
    """Train once; measure the rules by length, and one rule for all lengths, on the same margins."""
    from classifier.training.fitting.trainer import train
    from classifier.training.measuring.date_split import split_by_date
    from classifier.training.task import make_task

    task = make_task(corpus.articles, vocabulary, settings, watched, -1)
    settings = replace(task.decided(settings), lengths="on")
    split = split_by_date([item.article.published for item in corpus.articles], task.stories)
    trained = train(task, settings, -1, watched, split.older if split else None)
    report = Report(f"Quality by length: {len(task.labels):,} articles", HEADERS, n_text_columns=3)
    for name, chosen in ((_ONE, replace(settings, lengths="off")), (_ALL, settings)):
        report.rows += [(name, "out-of-fold", *row) for row in _out_of_fold(task, trained, chosen)]
        if split:
            report.rows += [(name, "newest fifth", *row) for row in _by_date(task, trained, split, chosen)]
    report.notes += list(_verdicts(report))
    return report


def _out_of_fold(task: "Task", trained: "TrainedModel", settings: "TrainingSettings") -> Iterator[tuple[object, ...]]:
    from classifier.training.fitting.confirming import with_applied_of
    from classifier.training.fitting.lengths.proof import proven_rules
    from classifier.training.fitting.outoffold import predict_each

    cuts = trained.scored.cuts
    scored = trained.scored if settings.lengths == "on" else replace(trained.scored, cuts=None)
    rules, nested = proven_rules(scored, task, settings)

    def predict(margins: "NDArray[np.float64]", n_words: "NDArray[np.int64]") -> "Predictions":
        found = predict_each(nested.rules, margins, n_words, task.folds[cuts.rows])
        return with_applied_of(found, rules, n_words)

    for name, found, labels in _of_cuts(cuts, task, predict):
        yield _row(name, found, labels)
    yield _row("whole article", nested.predictions, task.labels)


def _by_date(
    task: "Task", trained: "TrainedModel", split: "DateSplit", settings: "TrainingSettings"
) -> Iterator[tuple[object, ...]]:
    import numpy as np

    from classifier.training.fitting.lengths.cut_margins import score_cuts
    from classifier.training.fitting.lengths.proof import proven_rules

    scored = trained.scored if settings.lengths == "on" else replace(trained.scored, cuts=None)
    rules: RulesByLength = proven_rules(scored, task, settings, split.older)[0]
    rows = np.flatnonzero(split.newest)
    cuts = score_cuts(task, [(trained.older, split.newest)], trained.scored.cuts.lengths, rows, jobs=1)
    for name, found, labels in _of_cuts(cuts, task, rules.predict):
        yield _row(name, found, labels)
    whole = trained.older.margins(task.counted.counts, rows)
    yield _row("whole article", rules.predict(whole, task.counted.n_words[rows]), task.labels[rows])


def _of_cuts(
    cuts: "CutMargins", task: "Task", predict: object
) -> Iterator[tuple[str, "Predictions", "NDArray[np.bool_]"]]:
    """Yield a name, the tags and the labels of the texts of each length."""
    import numpy as np

    from classifier.rules.tagging import Predictions
    from classifier.training.fitting.lengths.cut_margins import CUT_LENGTHS, HEADLINE

    for k, length in enumerate(CUT_LENGTHS):
        found = predict(cuts.margins[k].astype(np.float64), cuts.n_words[k])
        made = cuts.exist(k)
        part = Predictions(found.probabilities[made], found.suggested[made], found.applied[made])
        name = "headline alone" if length == HEADLINE else f"first {length} words"
        yield name, part, task.labels[cuts.rows[made]]


def _row(name: str, found: "Predictions", labels: "NDArray[np.bool_]") -> tuple[object, ...]:
    from classifier.training.measuring.evaluation import evaluate
    from classifier.training.measuring.probability import brier, expected_calibration_error, reliability

    suggested, applied = evaluate(found.suggested, labels), evaluate(found.applied, labels).micro
    return (
        name,
        len(labels),
        round(suggested.micro.f1, 3),
        round(suggested.macro_f1, 3),
        round(expected_calibration_error(reliability(found.probabilities, labels)) or 0.0, 4),
        round(brier(found.probabilities, labels), 5),
        round(applied.precision, 3) if applied.predicted else None,
        round(applied.predicted / max(suggested.micro.predicted, 1), 3),
    )


def _verdicts(report: Report) -> Iterator[str]:
    """Yield a sentence for each thing that a run must show."""
    rows = [dict(zip(HEADERS, row, strict=True)) for row in report.rows]
    own = [row for row in rows if row["rules"] == _ALL]
    before = {(row["measured"], row["text"]): row for row in rows if row["rules"] == _ONE}
    worst = max(own, key=lambda row: row["calibration error"])
    yield (
        f"The largest calibration error by length is {worst['calibration error']} ({worst['text']}, "
        f"{worst['measured']}); it must be at most {MOST_CALIBRATION_ERROR}."
    )
    for text, least in LEAST_F1.items():
        lowest = min(row["micro-F1"] for row in own if row["text"] == text)
        yield f"The lowest micro-F1 of “{text}” is {lowest}; it must be at least {least}."
    higher = [
        f"{row['text']}, {row['measured']}"
        for row in own
        if row["Brier score"] >= before[row["measured"], row["text"]]["Brier score"]
    ]
    yield f"The Brier score is lower than with one rule for all, except for: {'; '.join(higher) or 'none'}."
