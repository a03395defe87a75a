"""Quality on Reuters-21578, R90: Copydesk beside other classifiers of the same run, and beside published figures."""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.report import Report, json_option
from benchmarks.reuters_data import R90, Story, read_r90

if TYPE_CHECKING:
    from classifier.rules.tagging import Predictions
    from classifier.tagger import Tagger
    from classifier.training.measuring.evaluation import Evaluation, Score
    from classifier.training.publishing.run import Outcome

#: Micro-F1 on the 3,019 test stories as published. MAGNET: Pal, Selvakumar and Sankarasubbu, "MAGNET: multi-label text
#: classification using attention-based graph neural network", ICAART 2020. KD-LSTM-reg: Adhikari, Ram, Tang and Lin,
#: "DocBERT: BERT for document classification", 2019.
PUBLISHED = {
    "MAGNET (BERT embeddings, graph attention), published": 0.899,
    "KD-LSTM-reg (distilled from BERT-large), published": 0.889,
}
HEADERS = ["what", "micro-F1", "macro-F1", "precision", "recall", "training, s"]
SECTIONS_FILE, TRAIN_FILE = "sections.toml", "train.jsonl"
_MIN_SUPPORT = 1


@dataclass(frozen=True)
class Measured:
    """A model of ours: what training said of it out-of-fold, and what it makes of the test stories."""

    outcome: "Outcome"
    seconds: float
    scores: "Predictions"


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--export", type=click.Path(path_type=Path), help="Only write the training part there, for train.py.")
@click.option("--search", is_flag=True, help="Choose the settings anew, on the training part, not the defaults.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Train the others too.")
@click.option("--test/--no-test", default=True, show_default=True, help="Without: out-of-fold figures only.")
@json_option
def reuters(path: Path, export: Path | None, search: bool, peers: bool, test: bool, as_json: bool) -> None:
    """Measure quality on Reuters-21578, R90. PATH: reuters21578.tar.gz, otherwise packed, or a folder of the files."""
    r90 = read_r90(path)
    if export:
        write_training_part(r90, export)
        files = f"--data {export / TRAIN_FILE} --sections {export / SECTIONS_FILE}"
        click.echo(f"python train.py {files} --min-support {_MIN_SUPPORT} --ignore-checks")
        return
    measure(r90, search, peers, test).show(as_json)


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


def measure(r90: R90, search: bool, peers: bool, test: bool) -> Report:
    """Train on the training part, then score the test part once with each model."""
    report = Report(
        f"Reuters-21578, R90: {len(r90.topics)} topics, {len(r90.train):,} training and {len(r90.test):,} test stories",
        HEADERS,
    )
    ours = {least: _train_and_tag(r90, least, search, test) for least in (0, 1)}
    for least, measured in ours.items():
        name = f"Copydesk, at least {least} tag" if least else "Copydesk"
        found = measured.outcome.evaluation.out_of_fold
        _add_row(report, f"{name}: out-of-fold", found.micro.suggested, found.macro_f1.value, None)
        if test:
            _add(report, name, _evaluated(r90, measured.scores), measured.seconds)
        report.notes += _notes(name, r90, measured, test)
    if peers and test:
        _add_peers(report, r90)
    if test:
        report.rows += [(name, micro, None, None, None, None) for name, micro in PUBLISHED.items()]
        report.notes.append(
            "Every model above scored the test stories once, in this run; settings, calibration and thresholds were "
            "chosen on the training stories alone."
        )
    return report


def _train_and_tag(r90: R90, least: int, search: bool, test: bool) -> Measured:
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
        start = time.perf_counter()
        outcome = run(options, watched)
        seconds = time.perf_counter() - start
        tagger = Tagger.load(folder / "models", outcome.version)
        scores = tag(tagger, r90.test if test else (), r90.topics)
    return Measured(outcome, seconds, scores)


def tag(tagger: "Tagger", stories: Sequence[Story], topics: Sequence[str]) -> "Predictions":
    """Return what a tagger makes of stories, its decisions and probabilities."""
    from classifier import Article, Choice
    from classifier.rules.tagging import Predictions

    column = {topic: t for t, topic in enumerate(topics)}
    probabilities = np.zeros((len(stories), len(topics)))
    suggested, applied = np.zeros((2, *probabilities.shape), dtype=bool)
    articles = [Article(headline=story.headline, body=story.body) for story in stories]
    for i, answer in enumerate(tagger.tag_many(articles, Choice(all=True))):
        for given in answer.tags:
            t = column[given.section]
            probabilities[i, t] = given.probability
            suggested[i, t] = given.decision != "below"
            applied[i, t] = given.decision == "apply"
    return Predictions(probabilities, suggested, applied)


def _evaluated(r90: R90, scores: "Predictions") -> "Evaluation":
    from benchmarks.reuters_peers import labels_of
    from classifier.training.measuring.evaluation import evaluate

    return evaluate(scores.suggested, labels_of(r90.test, r90.topics))


def _add(report: Report, name: str, found: "Evaluation", seconds: float | None) -> None:
    _add_row(report, name, found.micro, found.macro_f1, seconds)


def _add_row(report: Report, name: str, micro: "Score", macro_f1: float, seconds: float | None) -> None:
    report.rows.append((name, micro.f1, macro_f1, micro.precision, micro.recall, seconds))


def _add_peers(report: Report, r90: R90) -> None:
    from benchmarks.reuters_peers import available, labels_of
    from classifier.training.measuring.evaluation import evaluate

    found, missing = available(r90)
    right = labels_of(r90.test, r90.topics)
    for name, given in found.items():
        _add(report, name, evaluate(given.labels, right), given.seconds)
    report.notes += missing


def _notes(name: str, r90: R90, measured: Measured, test: bool) -> list[str]:
    """Say how good probabilities are and whether the promise of applied tags holds, out-of-fold and on the test."""
    from benchmarks.reuters_peers import labels_of
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
