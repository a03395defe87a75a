"""From nothing: how good a model gets from a teacher's labels, with none, a few and some labels of people."""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.languages.product import Silence
from benchmarks.report import Report, json_option
from tests.driver.teacher import teaching

if TYPE_CHECKING:
    from classifier.corpus.readers import LabelledArticle
    from classifier.sections import Sections

_HEADERS = ["teacher", "labels of people", "articles of the teacher", "weight", "micro-F1", "macro-F1"]
_TEST_SHARE = 0.25


@dataclass(frozen=True)
class _Split:
    """Articles to learn from, and the fixed part that every model is scored on; no story is in both."""

    pool: "list[LabelledArticle]"
    tests: "list[LabelledArticle]"


@click.command()
@click.option("--people", default="0,50,200", show_default=True, help="How many articles people label, by commas.")
@click.option("--errors", default="0.1,0.2", show_default=True, help="Shares of labels that the teacher drops.")
@click.option("--blind", default="partnerships", show_default=True, help="Section that the teacher often misses.")
@click.option("--seed", default=0, show_default=True, help="Of the split and of the draws.")
@json_option
def taught(people: str, errors: str, blind: str, seed: int, as_json: bool) -> None:
    """Learn the starter corpus from a stub teacher, with 0, 50 and 200 labels of people.

    The teacher is a local server that drops each true label with the given chance, adds each absent section with a
    tenth of that, and misses one section three times in ten. “copydesk label” asks it. A row without a teacher stands
    next to each.
    """
    from classifier.corpus.readers import read_corpus
    from classifier.sections import Sections

    sections = Sections.load(Path("training_data/sections.toml"))
    split = _split(read_corpus([Path("training_data/articles")], sections).articles, seed)
    counts = [int(n) for n in people.split(",")]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for error in [None, *(float(e) for e in errors.split(","))]:
            labelled = _labelled(split, error, blind, Path(folder)) if error is not None else None
            for n in counts:
                if labelled is None and n == 0:
                    continue
                rows.append(_row(split, sections, n, error, labelled, seed, Path(folder)))
    title = f"Starter corpus, {len(split.pool):,} articles to learn from, {len(split.tests):,} scored"
    Report(title, _HEADERS, rows, [f"The teacher misses {blind} three times in ten."], n_text_columns=1).show(as_json)


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


def _row(
    split: _Split,
    sections: "Sections",
    n: int,
    error: float | None,
    labelled: Path | None,
    seed: int,
    folder: Path,
) -> list[object]:
    from classifier.store.files import read_model
    from classifier.tagger import Tagger
    from classifier.training.measuring.evaluation import evaluate
    from classifier.training.publishing.run import RunOptions, run

    drawn = random.Random(seed).sample(split.pool, n)
    data = _data(drawn, labelled, folder)
    options = RunOptions(data=data, sections=sections, models=folder / "models", ignore_checks=True, no_promote=True)
    outcome = run(options, Silence())
    tagger = Tagger(read_model(folder / "models" / outcome.version))
    ids = [section.id for section in sections.active]
    answers = tagger.tag_many([item.article for item in split.tests])
    tags = np.array([[name in {tag.section for tag in answer.tags} for name in ids] for answer in answers])
    truth = np.array([[name in item.sections for name in ids] for item in split.tests])
    found, teacher = evaluate(tags, truth), outcome.evaluation.teacher
    weight = teacher.chosen.weight if teacher and teacher.chosen else None
    name = "none" if error is None else f"{error:.0%} error"
    n_taught = teacher.n_taught if teacher else 0
    return [name, n, n_taught, weight, round(found.micro.f1, 4), round(found.macro_f1, 4)]


def _data(drawn: "Sequence[LabelledArticle]", labelled: Path | None, folder: Path) -> tuple[Path, ...]:
    """Write what is learned from: the articles of people, and those of the teacher that people did not label."""
    mine, rest = folder / "people.jsonl", folder / "rest.jsonl"
    people = [item.article.model_dump(mode="json", exclude_defaults=True) for item in drawn]
    known = {item.article.id for item in drawn}
    mine.write_text("".join(json.dumps(line, allow_nan=False) + "\n" for line in people), encoding="utf-8")
    if labelled is None:
        return (mine,)
    lines = [json.loads(line) for line in labelled.read_text(encoding="utf-8").splitlines()]
    rest.write_text(
        "".join(json.dumps(row, allow_nan=False) + "\n" for row in lines if row["id"] not in known), encoding="utf-8"
    )
    return (mine, rest) if drawn else (rest,)
