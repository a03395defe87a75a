"""Brier scores by the length of the text, of two checkouts: both learn from the same folds and tag the same texts.

Each checkout trains with its own train.py and tags with its own `Tagger`, in new processes. So the other one needs
neither rules by length nor anything else of today but these two.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.checkouts import HERE, environment_of, python_of
from benchmarks.report import Report

if TYPE_CHECKING:
    from classifier.corpus.readers import Corpus
    from classifier.training.task import Task
    from classifier.training.training_settings import TrainingSettings

HEADERS = ("text", "texts", "Brier score before", "now", "now ÷ before")
_WORKER = Path(__file__).parent / "length_worker.py"


@dataclass(frozen=True)
class CutText:
    """An article cut to a length: the ``name`` of the length, the row of the ``article``, and what is left of it."""

    name: str
    article: int
    text: str


def compare(corpus: "Corpus", task: "Task", settings: "TrainingSettings", before: Path) -> Report:
    """Train both checkouts on each fold's complement, and score the fold's articles at each length.

    The vocabulary has the ids of the trained sections and nothing else, so that a checkout without groups and needs
    reads it too.

    Raises
    ------
    click.ClickException
        If a checkout fails; with what it wrote last.
    """
    texts = list(_texts(task))
    ids = [section.id for section in task.trained]
    found = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        vocabulary = folder / "sections.toml"
        entries = [f'[[section]]\nid = "{name}"\nname = "{name}"\n' for name in ids]
        vocabulary.write_text("\n".join(entries), encoding="utf-8")
        for build, checkout in (("before", before.resolve()), ("now", HERE)):
            probabilities = np.zeros((len(texts), len(ids)))
            for fold in range(settings.n_folds):
                data = folder / f"{fold}.jsonl"
                _write_articles(data, corpus, task, ids, fold)
                rows = [k for k, text in enumerate(texts) if task.folds[text.article] == fold]
                options = ["--data", str(data), "--sections", str(vocabulary), "--ignore-checks"]
                options += ["--min-support", str(settings.min_support)]
                answers = _train_and_tag(checkout, options, folder, [texts[k].text for k in rows])
                for row, answer in zip(rows, answers, strict=True):
                    probabilities[row] = [answer.get(name, 0.0) for name in ids]
            found[build] = probabilities
    return brier_report(texts, task.labels, found["before"], found["now"])


def brier_report(
    texts: Sequence[CutText], labels: NDArray[np.bool_], before: NDArray[np.float64], now: NDArray[np.float64]
) -> Report:
    """Return the Brier scores of two checkouts by length.

    Parameters
    ----------
    texts : sequence of CutText
    labels : bool array of shape (n_articles, n_sections)
    before, now : float64 arrays of shape (n_texts, n_sections)
        Probabilities.
    """
    report = Report("Brier score by length, each article by models that have not seen it", HEADERS)
    higher = []
    for name in dict.fromkeys(text.name for text in texts):
        rows = [k for k, text in enumerate(texts) if text.name == name]
        truth = labels[[texts[k].article for k in rows]]
        then, today = (float(np.mean((p[rows] - truth) ** 2)) for p in (before, now))
        report.rows.append((name, len(rows), round(then, 5), round(today, 5), round(today / then, 3) if then else None))
        if today > then:
            higher.append(name)
    report.notes.append(f"The Brier score is not higher than before, except for: {'; '.join(higher) or 'none'}.")
    return report


def _texts(task: "Task") -> Iterator[CutText]:
    """Yield each article cut to each length that it is longer than, and whole."""
    from classifier.training.fitting.lengths.cut_margins import CUT_LENGTHS, HEADLINE

    n = len(task.labels)
    lengths = [length for length in CUT_LENGTHS if length != HEADLINE]
    for i in range(n):
        if headline := task.headline(i):
            yield CutText("headline alone", i, headline)
    for length, cuts in zip(lengths, task.first_words(np.arange(n), lengths), strict=True):
        yield from (CutText(f"first {length} words", i, cut) for i, cut in enumerate(cuts) if cut is not None)
    yield from (CutText("whole article", i, text) for i, text in enumerate(task.texts))


def _write_articles(path: Path, corpus: "Corpus", task: "Task", ids: Sequence[str], fold: int) -> None:
    """Write the articles that are not in a fold."""
    with path.open("w", encoding="utf-8") as file:
        for i in np.flatnonzero(task.folds != fold).tolist():
            article = corpus.articles[i].article
            sections = [name for name, has in zip(ids, task.labels[i].tolist(), strict=True) if has]
            row = {"headline": article.headline, "body": article.body, "sections": sections}
            file.write(json.dumps(row, allow_nan=False) + "\n")


def _train_and_tag(
    checkout: Path, options: Sequence[str], folder: Path, texts: Sequence[str]
) -> list[dict[str, float]]:
    """Return the probabilities of texts, by a model that a checkout trains with these arguments."""
    asked = folder / "texts.json"
    asked.write_text(json.dumps(list(texts), allow_nan=False), encoding="utf-8")
    with TemporaryDirectory(dir=folder) as models:
        run = _runner(checkout)
        run(["train.py", *options, "--models", models])
        found: list[dict[str, float]] = json.loads(run([str(_WORKER), models, str(asked)]))
    return found


def _runner(checkout: Path) -> Callable[[Sequence[str]], str]:
    python, environment = python_of(checkout), environment_of(checkout)

    def run(arguments: Sequence[str]) -> str:
        command = [python, "-P", *arguments]
        ended = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            last = " / ".join(ended.stderr.splitlines()[-5:])
            raise click.ClickException(f"{Path(arguments[0]).name} of {checkout} failed: {last}")
        return ended.stdout

    return run
