"""Few labels: what the latent features of an archive add, and whether training chooses them rightly."""

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.languages.product import Silence, section_id
from benchmarks.report import Report, json_option

if TYPE_CHECKING:
    from classifier.corpus.readers import LabelledArticle
    from classifier.sections import Sections
    from classifier.training.publishing.few_labels import LatentTrial
    from classifier.training.task import Task
    from classifier.training.training_settings import TrainingSettings

_MOST_TESTS = 1_500
_HEADERS = [
    "file",
    "labels",
    "seed",
    "archive",
    "plain micro-F1",
    "plain macro-F1",
    "latent micro-F1",
    "latent macro-F1",
    "gain",
    "gain out-of-fold",
    "its error",
    "chosen",
]


@dataclass(frozen=True)
class _Part:
    """A few labelled articles, an archive of others, and others yet to score."""

    few: "list[LabelledArticle]"
    archive: list[str]
    tests: "list[LabelledArticle]"


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sizes", default="100,200", show_default=True, help="How many articles have labels, by commas.")
@click.option("--seeds", default=3, show_default=True, help="How many random draws of each size.")
@click.option("--most", default=4_000, show_default=True, help="Draw from at most that many articles of a file.")
@click.option("--itself", is_flag=True, help="The labelled articles are the archive.")
@json_option
def few(files: tuple[Path, ...], sizes: str, seeds: int, most: int, itself: bool, as_json: bool) -> None:
    """Train on few labelled articles, with and without an archive. FILES: JSON Lines with body and sections.

    Of the articles without a label in the draw, one half is the archive and the other is scored.
    """
    report = Report("Few labels: F1 of articles that no model has seen, and the choice of training", _HEADERS)
    for file in files:
        articles, sections = _read(file)
        settings = _settings(articles)
        for size in map(int, sizes.split(",")):
            for seed in range(seeds):
                part = _drawn(articles, size, seed, most, itself)
                row = _row(part, sections, settings)
                report.rows.append((file.parent.name, size, seed, len(part.archive), *row))
                click.echo(report.rows[-1], err=True)
    report.notes += _conclusions(report.rows)
    report.show(as_json)


def _read(file: Path) -> "tuple[list[LabelledArticle], Sections]":
    """Read articles; labels become sections whose names say nothing, so that no text loses words."""
    from classifier.corpus.readers import read_corpus
    from classifier.sections import Section, Sections

    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    labels = sorted({label for row in rows for label in row["sections"]})
    id_of = {label: section_id(number) for number, label in enumerate(labels)}
    sections = Sections([Section(id=id_, name=id_) for id_ in id_of.values()])
    with tempfile.TemporaryDirectory() as name:
        renamed = Path(name) / "articles.jsonl"
        fields = ({**row, "sections": [id_of[label] for label in row["sections"]]} for row in rows)
        renamed.write_text("".join(json.dumps(row, allow_nan=False) + "\n" for row in fields), encoding="utf-8")
        return read_corpus([renamed], sections).articles, sections


def _settings(articles: "Sequence[LabelledArticle]") -> "TrainingSettings":
    from classifier.training.training_settings import TrainingSettings

    has_one = all(len(item.sections) == 1 for item in articles)
    return TrainingSettings(min_tags=1, max_tags=1) if has_one else TrainingSettings()


def _drawn(articles: "Sequence[LabelledArticle]", size: int, seed: int, most: int, itself: bool) -> _Part:
    drawn = random.Random(seed).sample(articles, min(most, len(articles)))
    few_, rest = drawn[:size], drawn[size:]
    n_tests = min(_MOST_TESTS, len(rest) // 2)
    archive = few_ if itself else rest[n_tests:]
    return _Part(few_, [item.prepared.text for item in archive], rest[:n_tests])


def _row(part: _Part, sections: "Sections", settings: "TrainingSettings") -> Iterator[float | str]:
    from classifier.training.fitting.latent import with_archive
    from classifier.training.publishing.few_labels import try_latent
    from classifier.training.task import make_task

    task = make_task(part.few, sections, settings, Silence(), -1)
    settings = task.decided(settings)
    wider = with_archive(task, part.archive, settings, -1)
    plain, latent = (_scores(each, part, settings) for each in (task, wider))
    trial: LatentTrial = try_latent(task, wider, settings, -1, Silence())
    yield from (*plain, *latent, sum(latent) - sum(plain), trial.gain, trial.error, "yes" if trial.helps else "no")


def _scores(task: "Task", part: _Part, settings: "TrainingSettings") -> tuple[float, float]:
    """Return micro-F1 and macro-F1 of the trained sections."""
    from classifier.terms.fingerprints import make_table
    from classifier.training.counts.assembling import CountOptions
    from classifier.training.counts.corpus import count_known, count_texts
    from classifier.training.fitting.trainer import train
    from classifier.training.measuring.evaluation import evaluate

    trained = train(task, settings, -1, Silence())
    texts, how = [item.prepared.text for item in part.tests], CountOptions(analyzer=settings.analyzer)
    counts = count_known(texts, how, make_table(0, task.counted.keys), len(task.counted.keys))
    margins = np.nan_to_num(trained.model.margins(counts), nan=-10.0)
    n_words = count_texts(texts, how).n_words
    labels = np.array([[section.id in item.sections for section in task.trained] for item in part.tests])
    found = evaluate(trained.rules.predict(margins, n_words).suggested, labels)
    return found.micro.f1, found.macro_f1


def _conclusions(rows: Sequence[Sequence[object]]) -> list[str]:
    gains = np.array([row[8] for row in rows], dtype=float)
    chosen = np.array([row[-1] == "yes" for row in rows])
    return [
        f"Gain of micro-F1 plus macro-F1, mean: {gains.mean():+.3f} if always used, {(gains * chosen).mean():+.3f} as "
        f"chosen. Chosen {chosen.sum()} times of {len(rows)}; a loss was chosen {(chosen & (gains < 0)).sum()} times, "
        f"a gain was missed {(~chosen & (gains > 0)).sum()} times."
    ]
