"""From nothing: how good a model gets from a teacher's labels, with none, a few and some labels of people."""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from benchmarks.languages.product import Silence
from benchmarks.report import Report, json_option
from benchmarks.taught_plot import Curve, plot
from tests.driver.teacher import teaching

if TYPE_CHECKING:
    from classifier.corpus.readers import LabelledArticle
    from classifier.sections import Sections

_HEADERS = ["teacher", "labels of people", "labels of the teacher", "weight", "micro-F1", "least", "most", "macro-F1"]
_TEST_SHARE = 0.25


@dataclass(frozen=True)
class _Split:
    """Articles to learn from, and the fixed part that every model is scored on; no story is in both."""

    pool: "list[LabelledArticle]"
    tests: "list[LabelledArticle]"


@dataclass(frozen=True)
class _Score:
    """How good one model is on the fixed part, and what it learned from."""

    n_taught: int
    weight: float | None
    micro_f1: float
    macro_f1: float


@click.command()
@click.option("--people", default="0,50,200", show_default=True, help="How many articles people label, by commas.")
@click.option("--errors", default="0.1,0.2", show_default=True, help="Shares of labels that the teacher drops.")
@click.option("--blind", default="partnerships", show_default=True, help="Section that the teacher often misses.")
@click.option("--draws", default=3, show_default=True, help="How often the articles of people are drawn.")
@click.option("--seed", default=0, show_default=True, help="Of the split and of the draws.")
@click.option(
    "--rehearsal",
    is_flag=True,
    help="Leave the fixed part alone, and score on a quarter of the others: for whoever compares ways of training.",
)
@click.option("--plot", "plot_file", type=click.Path(path_type=Path), help="Write a plot here, as SVG.")
@json_option
def taught(
    people: str,
    errors: str,
    blind: str,
    draws: int,
    seed: int,
    rehearsal: bool,
    plot_file: Path | None,
    as_json: bool,
) -> None:
    """Learn the starter corpus from a stub teacher, with 0, 50 and 200 labels of people.

    The teacher is a local server that drops each true label with the given chance, adds each absent section with a
    tenth of that, and misses one section three times in ten. “copydesk label” asks it. A row without a teacher stands
    next to each. Figures are means over the draws, with the least and the most micro-F1.
    """
    from classifier.corpus.readers import read_corpus
    from classifier.sections import Sections

    sections = Sections.load(Path("training_data/sections.toml"))
    split = _split(read_corpus([Path("training_data/articles")], sections).articles, seed)
    if rehearsal:
        split = _split(split.pool, seed + 1)
    counts = [int(n) for n in people.split(",")]
    rows, curves = [], []
    with tempfile.TemporaryDirectory() as folder:
        for error in [None, *(float(e) for e in errors.split(","))]:
            name = "none" if error is None else f"{error:.0%} error"
            labelled = _labelled(split, error, blind, Path(folder)) if error is not None else None
            found = {
                n: [_score(split, sections, n, labelled, seed + i, Path(folder)) for i in range(draws if n else 1)]
                for n in counts
                if n or labelled
            }
            rows += [_row(name, n, scores) for n, scores in found.items()]
            click.echo(f"teacher: {name}: done", err=True)
            points = [(n, [score.micro_f1 for score in scores]) for n, scores in found.items()]
            curves.append(Curve("no teacher" if error is None else f"teacher with {name}", points))
    title = f"Starter corpus, {len(split.pool):,} articles to learn from, {len(split.tests):,} scored"
    notes = [f"The teacher misses {blind} three times in ten.", *(["A rehearsal."] if rehearsal else [])]
    Report(title, _HEADERS, rows, notes).show(as_json)
    if plot_file:
        plot_file.write_text(plot(curves), encoding="utf-8")
        click.echo(f"plot written to {plot_file}", err=True)


def _row(name: str, n: int, scores: "Sequence[_Score]") -> list[Any]:
    micro = [score.micro_f1 for score in scores]
    weights = ", ".join(dict.fromkeys("" if score.weight is None else f"{score.weight:g}" for score in scores))
    macro = round(mean(score.macro_f1 for score in scores), 4)
    figures = [round(mean(micro), 4), round(min(micro), 4), round(max(micro), 4), macro]
    return [name, n, scores[0].n_taught, weights, *figures]


def _split(articles: "Sequence[LabelledArticle]", seed: int) -> _Split:
    from classifier.corpus.stories import sign
    from classifier.corpus.translations import stories_of

    texts = [item.prepared.text for item in articles]
    stories = stories_of(articles, sign(texts), texts)
    chosen = np.random.default_rng(seed).random(int(stories.max()) + 1) < _TEST_SHARE
    is_test = chosen[stories].tolist()
    return _Split(
        [item for item, test in zip(articles, is_test, strict=True) if not test],
        [item for item, test in zip(articles, is_test, strict=True) if test],
    )


def _labelled(split: _Split, error: float, blind: str, folder: Path) -> Path:
    """Have “copydesk label” ask the teacher about all articles to learn from."""
    archive, labelled = folder / "archive.jsonl", folder / f"labelled-{error}.jsonl"
    lines = [item.article.model_dump(mode="json", exclude={"sections"}, exclude_defaults=True) for item in split.pool]
    archive.write_text("".join(json.dumps(line, allow_nan=False) + "\n" for line in lines), encoding="utf-8")
    labels = {item.prepared.text: set(item.sections) for item in split.pool}
    with teaching(labels, error, blind) as teacher:
        command = [sys.executable, "-m", "classifier", "label", archive, "--teacher", teacher.url, "--model", "stub"]
        subprocess.run(
            [*map(str, command), "--sections", "training_data/sections.toml", "--to", str(labelled)], check=True
        )
    return labelled


def _score(split: _Split, sections: "Sections", n: int, labelled: Path | None, seed: int, folder: Path) -> _Score:
    from classifier.store.files import read_model
    from classifier.tagger import Tagger
    from classifier.training.measuring.evaluation import evaluate
    from classifier.training.publishing.run import RunOptions, run

    data = _data(random.Random(seed).sample(split.pool, n), labelled, folder)
    options = RunOptions(data=data, sections=sections, models=folder / "models", ignore_checks=True, no_promote=True)
    outcome = run(options, Silence())
    tagger = Tagger(read_model(folder / "models" / outcome.version))
    ids = [section.id for section in sections.active]
    answers = tagger.tag_many([item.article for item in split.tests])
    tags = np.array([[name in {tag.section for tag in answer.tags} for name in ids] for answer in answers])
    truth = np.array([[name in item.sections for name in ids] for item in split.tests])
    found, teacher = evaluate(tags, truth), outcome.evaluation.teacher
    weight = teacher.chosen.weight if teacher and teacher.chosen else None
    return _Score(teacher.n_taught if teacher else 0, weight, found.micro.f1, found.macro_f1)


def _data(drawn: "Sequence[LabelledArticle]", labelled: Path | None, folder: Path) -> tuple[Path, ...]:
    """Return the files to learn from: the articles of people, which replace the teacher's copies, and the teacher's."""
    mine = folder / "people.jsonl"
    people = [item.article.model_dump(mode="json", exclude_defaults=True) for item in drawn]
    mine.write_text("".join(json.dumps(line, allow_nan=False) + "\n" for line in people), encoding="utf-8")
    return tuple(path for path in (mine if drawn else None, labelled) if path)
