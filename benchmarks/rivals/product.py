"""Copydesk as a contender: trained by its own training run, with its defaults."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.languages.product import Silence
from benchmarks.rivals.tasks import LabelledText, Task

#: From texts to which labels they get, of shape (n_texts, n_labels).
Tag = Callable[[Sequence[LabelledText]], NDArray[np.bool_]]


@contextmanager
def trained(task: Task) -> Iterator[Tag]:
    """Train a model in a temporary folder, and yield the call that tags texts with it, one after the other."""
    from classifier import Article, Tagger
    from classifier.sections import Section, Sections
    from classifier.training.publishing.run import RunOptions, run
    from classifier.training.training_settings import TrainingSettings

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "train.jsonl").write_text("".join(_lines(task)), encoding="utf-8")
        options = RunOptions(
            data=(folder / "train.jsonl",),
            sections=Sections([Section(id=id_, name=id_) for id_ in task.section_ids]),
            models=folder / "models",
            settings=TrainingSettings(min_support=1, min_tags=task.least, max_tags=task.most),
            language=task.language,
            ignore_checks=True,
            no_promote=True,
        )
        version = run(options, Silence()).version
        tagger = Tagger.load(folder / "models", version)
        column = {id_: c for c, id_ in enumerate(task.section_ids)}

        def tag(texts: Sequence[LabelledText]) -> NDArray[np.bool_]:
            found = np.zeros((len(texts), len(column)), dtype=bool)
            for i, item in enumerate(texts):
                answer = tagger.tag(Article(headline=item.headline, body=item.body))
                found[i, [column[given.section] for given in answer.tags]] = True
            return found

        yield tag


def _lines(task: Task) -> Iterator[str]:
    id_of = dict(zip(task.labels, task.section_ids, strict=True))
    for number, item in enumerate(task.train):
        row = {
            "id": str(number),
            "headline": item.headline,
            "body": item.body,
            "language": task.language,
            "published": item.published.isoformat() if item.published else None,
            "sections": [id_of[label] for label in item.labels],
        }
        yield json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"
