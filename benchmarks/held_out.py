"""How a model does on articles written after the starter corpus was closed, by a writer who has not seen it."""

import json
from pathlib import Path

import click
import numpy as np

from benchmarks.report import Report, json_option
from classifier import Article, Tagger
from classifier.training.measuring.evaluation import evaluate

HEADERS = [
    "words",
    "articles",
    "micro-F1",
    "macro-F1",
    "precision",
    "recall",
    "applied",
    "right",
    "clean",
    "nothing applied",
]
#: Classes of lengths: name, fewest words, and the number of words at which the next class begins.
LENGTHS = (("under 45", 0, 45), ("45 to 120", 45, 121), ("more", 121, 1 << 30), ("all", 0, 1 << 30))


@click.command("held-out")
@click.argument("path", type=click.Path(exists=True, path_type=Path), default=Path("training_data/held_out.jsonl"))
@click.option(
    "--models",
    type=click.Path(exists=True, path_type=Path),
    default=Path("models"),
    show_default=True,
    help="Folder of models.",
)
@json_option
def held_out(path: Path, models: Path, as_json: bool) -> None:
    """Score the held-out articles with the live model. Never choose a setting by these figures.

    PATH: the held-out articles.  [default: training_data/held_out.jsonl]
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    tagger = Tagger.load(models)
    ids = [entry.section.id for entry in tagger.manifest.trained]
    labels = np.array([[section in row["sections"] for section in ids] for row in rows])
    suggested, applied = np.zeros((2, *labels.shape), np.bool_)
    for i, row in enumerate(rows):
        for tag in tagger.tag(Article(headline=row["headline"], body=row["body"])).tags:
            suggested[i, ids.index(tag.section)] = True
            applied[i, ids.index(tag.section)] = tag.decision == "apply"
    lengths = np.array([len(f"{row['headline']} {row['body']}".split()) for row in rows])
    n_without = int((~labels.any(axis=1)).sum())
    report = Report(f"{len(rows)} held-out articles, {n_without} of them without a section", HEADERS, n_text_columns=1)
    for name, low, high in LENGTHS:
        chosen = (lengths >= low) & (lengths < high)
        report.rows.append((name, int(chosen.sum()), *_figures(labels[chosen], suggested[chosen], applied[chosen])))
    report.notes.append(
        "“Applied” counts tags that need no editor, “right” is their precision. “Clean” counts articles without a "
        "section that get no tag, and “nothing applied” those that get no applied tag."
    )
    report.show(as_json)


def _figures(labels: np.ndarray, suggested: np.ndarray, applied: np.ndarray) -> tuple[float | int | str | None, ...]:
    """Return the figures of some articles, in the order of `HEADERS`."""
    found, sure = evaluate(suggested, labels), evaluate(applied, labels).micro
    none = ~labels.any(axis=1)
    clean, quiet = (int((~tags[none].any(axis=1)).sum()) for tags in (suggested, applied))
    micro, n_none = found.micro, int(none.sum())
    scores = micro.f1, found.macro_f1, micro.precision, micro.recall
    return (*scores, sure.predicted, sure.precision, f"{clean} of {n_none}", f"{quiet} of {n_none}")
