"""Quality on Reuters-21578, R90: Copydesk next to other classifiers of the same run, and to published figures."""

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.report import Report, json_option
from benchmarks.reuters_data import R90, Story, labels_of, read_r90
from benchmarks.rivals import published

if TYPE_CHECKING:
    from classifier.article import Article
    from classifier.rules.tagging import Predictions
    from classifier.tagger import Tagger
    from classifier.training.measuring.evaluation import Evaluation, Score
    from classifier.training.publishing.run import Outcome

HEADERS = ["what", "micro-F1", "macro-F1", "precision", "recall", "training, CPU s", "CPU µs a story"]
SECTIONS_FILE, TRAIN_FILE = "sections.toml", "train.jsonl"
_MIN_SUPPORT = 1
#: The stories as they are, and without datelines and dates.
_WHOLE, _BARE = "", ", headlines and bodies only"


@dataclass(frozen=True)
class Measured:
    """A model of ours: what training said of it out-of-fold, and what it makes of the test stories.

    ``seconds`` is the processor time of the training, ``tagging`` that of a story if stories come one by one.
    """

    outcome: "Outcome"
    seconds: float
    tagging: float
    scores: "Predictions"


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    help="Only write the training part to this folder, for “copydesk train”.",
)
@click.option("--search", is_flag=True, help="Search for settings on the training part first.")
@click.option(
    "--peers/--no-peers", default=True, show_default=True, help="With --test: train and score the others too."
)
@click.option(
    "--test/--no-test",
    default=False,
    show_default=True,
    help="Score the test stories, once with each model. Without: out-of-fold figures of the training stories only.",
)
@click.option(
    "--least",
    type=click.IntRange(0, 1),
    multiple=True,
    default=(0, 1),
    show_default=True,
    help="The tags that each story gets at least; both are measured, unless one is named.",
)
@click.option(
    "--before",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Only time the training, next to that of this other checkout, which runs in its own .venv if it has one.",
)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="With --before: how often.")
@json_option
def reuters(
    path: Path,
    export: Path | None,
    search: bool,
    peers: bool,
    test: bool,
    least: tuple[int, ...],
    before: Path | None,
    rounds: int,
    as_json: bool,
) -> None:
    """Measure quality on Reuters-21578, R90. PATH: reuters21578.tar.gz, otherwise packed, or a folder of the files."""
    if export:
        write_training_part(read_r90(path), export)
        click.echo(f"copydesk train {' '.join(_options(export))}")
    elif before:
        from benchmarks.reuters_training import training_report

        with tempfile.TemporaryDirectory() as name:
            write_training_part(read_r90(path), Path(name))
            training_report([*_options(Path(name)), "--no-promote"], before, rounds).show(as_json)
    else:
        stories = {_WHOLE: read_r90(path), _BARE: read_r90(path, datelines=False)}
        measure(stories, search, peers, test, least).show(as_json)


def _options(folder: Path) -> list[str]:
    """Return the options of train.py for the training part that a folder holds."""
    files = ["--data", str(folder / TRAIN_FILE), "--sections", str(folder / SECTIONS_FILE)]
    return [*files, "--min-support", str(_MIN_SUPPORT), "--ignore-checks"]


def write_training_part(r90: R90, folder: Path) -> None:
    """Write the training stories and the topics as train.py reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = "".join(f'[[section]]\nid = "{topic}"\nname = "{topic}"\n\n' for topic in r90.topics)
    (folder / SECTIONS_FILE).write_text(sections, encoding="utf-8")
    rows = "".join(
        json.dumps(_fields(story) | {"sections": story.topics}, allow_nan=False) + "\n" for story in r90.train
    )
    (folder / TRAIN_FILE).write_text(rows, encoding="utf-8")


def _fields(story: Story) -> dict[str, str | None]:
    published = story.published.isoformat() if story.published else None
    return {"id": story.id, "headline": story.headline, "body": story.body, "published": published}


def measure(stories: Mapping[str, R90], search: bool, peers: bool, test: bool, at_least: Sequence[int]) -> Report:
    """Train on each kind of training part, then score the test part once with each model."""
    r90 = stories[_WHOLE]
    report = Report(
        f"Reuters-21578, R90: {len(r90.topics)} topics, {len(r90.train):,} training and {len(r90.test):,} test stories",
        HEADERS,
    )
    for kind, given in stories.items():
        for least in at_least:
            measured = _train_and_tag(given, least, search, test)
            name = f"Copydesk{', at least 1 tag' if least else ''}{kind}"
            found = measured.outcome.evaluation.out_of_fold
            times = (measured.seconds, 1e6 * measured.tagging)
            _add_row(report, f"{name}: out-of-fold", found.micro.suggested, found.macro_f1.value, *times)
            if test:
                scored = _evaluated(given, measured.scores)
                _add_row(report, f"{name}: test", scored.micro, scored.macro_f1, *times)
            report.notes += _notes(name, given, measured, test)
    if peers and test:
        _add_peers(report, r90)
    for entry in published.R90:
        report.rows.append((f"published: {entry.classifier}: test", entry.micro, *[None] * 5))
        report.notes.append(f"{entry.classifier}: {entry.source}.")
    if test:
        report.notes.append(
            "Every model above scored the test stories once, in this run; settings, calibration and thresholds were "
            "chosen on the training stories alone."
        )
    return report


def _train_and_tag(r90: R90, least: int, search: bool, test: bool) -> Measured:
    from benchmarks.rivals.contest import seconds_one_by_one
    from classifier import Tagger
    from classifier.commands.console import progress
    from classifier.training.publishing.run import RunOptions, run
    from classifier.training.publishing.search import MAX_TRIALS
    from classifier.training.training_settings import TrainingSettings

    with tempfile.TemporaryDirectory() as name, progress() as watched:
        folder = Path(name)
        write_training_part(r90, folder)
        settings = TrainingSettings(min_support=_MIN_SUPPORT, min_tags=least)
        trials = MAX_TRIALS if search else 0
        data, sections, models = (folder / TRAIN_FILE,), folder / SECTIONS_FILE, folder / "models"
        # a topic here is a plain word, such as wheat, and stands in many a headline: that is no leak
        options = RunOptions(
            data=data,
            sections=sections,
            models=models,
            settings=settings,
            ignore_checks=True,
            trials=trials,
            no_promote=True,
        )
        start = time.process_time()
        outcome = run(options, watched)
        seconds = time.process_time() - start
        tagger = Tagger.load(folder / "models", outcome.version)
        tagging = seconds_one_by_one(tagger.tag, [_article(story) for story in r90.train])
        scores = tag(tagger, r90.test if test else (), r90.topics)
    return Measured(outcome, seconds, tagging, scores)


def _article(story: Story) -> "Article":
    from classifier import Article

    return Article(headline=story.headline, body=story.body)


def tag(tagger: "Tagger", stories: Sequence[Story], topics: Sequence[str]) -> "Predictions":
    """Return what a tagger makes of stories, its decisions and probabilities."""
    from classifier import Choice
    from classifier.rules.tagging import Predictions

    column = {topic: t for t, topic in enumerate(topics)}
    probabilities = np.zeros((len(stories), len(topics)))
    suggested, applied = np.zeros((2, *probabilities.shape), dtype=bool)
    for i, answer in enumerate(tagger.tag_many(map(_article, stories), Choice(all=True))):
        for given in answer.tags:
            t = column[given.section]
            probabilities[i, t] = given.probability
            suggested[i, t] = given.decision != "below"
            applied[i, t] = given.decision == "apply"
    return Predictions(probabilities, suggested, applied)


def _evaluated(r90: R90, scores: "Predictions") -> "Evaluation":
    from classifier.training.measuring.evaluation import evaluate

    return evaluate(scores.suggested, labels_of(r90.test, r90.topics))


def _add_row(report: Report, name: str, micro: "Score", macro_f1: float, seconds: float, microseconds: float) -> None:
    report.rows.append((name, micro.f1, macro_f1, micro.precision, micro.recall, seconds, microseconds))


def _add_peers(report: Report, r90: R90) -> None:
    from benchmarks.rivals.contest import rival_results, why_missing
    from benchmarks.rivals.tasks import reuters_tasks

    missing: dict[str, str] = {}
    for task in reuters_tasks(r90, test=True):
        least = ", at least 1 tag" if task.least else ""
        for result in rival_results(task, missing):
            found, times = result.found, (result.training, 1e6 * result.tagging)
            _add_row(report, f"{result.name}{least}: test", found.micro, found.macro_f1, *times)
    report.notes += why_missing(missing)


def _notes(name: str, r90: R90, measured: Measured, test: bool) -> list[str]:
    """Say how good probabilities are and whether the promise of applied tags holds, out-of-fold and on the test."""
    from classifier.training.measuring.probability import expected_calibration_error, reliability

    target = measured.outcome.settings.target_precision
    error = measured.outcome.evaluation.out_of_fold.micro.calibration_error or 0.0
    notes = [
        f"{name}, out-of-fold: expected calibration error {error:.4f}; applied with target {target:g}: "
        f"{_applied(measured.outcome.evaluation.out_of_fold.micro.applied)}."
    ]
    if test:
        from classifier.training.measuring.evaluation import evaluate

        right = labels_of(r90.test, r90.topics)
        error = expected_calibration_error(reliability(measured.scores.probabilities, right)) or 0.0
        applied = evaluate(measured.scores.applied, right)
        notes.append(f"{name}, test: expected calibration error {error:.4f}; applied: {_applied(applied.micro)}.")
    return notes


def _applied(micro: "Score") -> str:
    return f"{micro.predicted:,} tags, precision {micro.precision:.4f}, {micro.recall:.1%} of all tags"
