"""``python -m benchmarks rivals``."""

from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.languages.sets import names_of_sets, unpacked
from benchmarks.report import Report, json_option
from benchmarks.rivals import published
from benchmarks.rivals.contest import copydesk_result, rival_results, why_missing
from benchmarks.rivals.tasks import NEWS, Task, news_task, reuters_tasks

HEADERS = [
    "set",
    "classifier",
    "texts to train on",
    "scored",
    "micro-F1",
    "macro-F1",
    "training, CPU s",
    "CPU µs a text",
]


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    help="The sets of “benchmarks languages”: a folder with a folder for each set, or a tar archive of it; only sets "
    "of news are scored. Default: none.",
)
@click.option("--sets", help="Names of sets, by commas. Default: all that are news.")
@click.option(
    "--reuters",
    type=click.Path(exists=True, path_type=Path),
    help="Reuters-21578: archive or folder. The newest fifth of the training stories is scored; “benchmarks reuters "
    "--test” scores the test stories.",
)
@json_option
def rivals(data: Path | None, sets: str | None, reuters: Path | None, as_json: bool) -> None:
    """Train Copydesk and other classifiers on the same news, and score them on the same texts."""
    if data is None and reuters is None:
        raise click.UsageError("there is nothing to score. Fix: name sets with --data, or Reuters-21578 with --reuters")
    report = Report("Rivals on the same splits", HEADERS, n_text_columns=2)
    missing: dict[str, str] = {}
    if data is not None:
        with unpacked(data) as folder:
            for name in _chosen(names_of_sets(folder), sets):
                _compete(report, news_task(folder, name), missing)
                if name in published.NEWS:
                    _add_published(report, name, published.NEWS[name])
    if reuters is not None:
        from benchmarks.reuters_data import read_r90

        for task in reuters_tasks(read_r90(reuters), test=False):
            _compete(report, task, missing)
    report.notes += why_missing(missing)
    report.notes.append(
        "Times are processor time, of all threads. Copydesk's training is a whole run: reading, checks, five folds, "
        "calibration, thresholds and report; that of the others is the fit alone. The time of a text is that from text "
        "to labels, one text after the other; Copydesk's includes cleaning and calibrated probabilities."
    )
    report.show(as_json)


def _chosen(names: Sequence[str], asked: str | None) -> list[str]:
    wanted = [name for name in NEWS if name in names] if asked is None else [name.strip() for name in asked.split(",")]
    known = [name for name in NEWS if name in names]
    if unknown := [name for name in wanted if name not in known]:
        problem = f"there is no set of news {', '.join(unknown)}"
        raise click.BadParameter(f"{problem}. Fix: choose from {', '.join(known)}", param_hint="--sets")
    return wanted


def _compete(report: Report, task: Task, missing: dict[str, str]) -> None:
    for result in (copydesk_result(task), *rival_results(task, missing)):
        figures = (result.found.micro.f1, result.found.macro_f1, result.training, 1e6 * result.tagging)
        report.rows.append((task.name, result.name, len(task.train), len(task.test), *figures))


def _add_published(report: Report, name: str, entry: published.Published) -> None:
    title = f"published: {entry.classifier}"
    report.rows.append((name, title, None, None, entry.micro, entry.macro, None, None))
    report.notes.append(f"{name}, {entry.classifier}: {entry.source}.")
