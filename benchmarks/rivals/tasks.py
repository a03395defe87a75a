"""What the rivals compete on: labelled texts, split once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.languages.product import section_id
from benchmarks.languages.sets import LATIN, Example, LanguageSet, read_set
from benchmarks.reuters_data import R90, Story, text_of

#: The sets of `benchmarks languages` that are news.
NEWS = ("bn", "en_in", "hi", "ja_titles", "ko_ynat", "mas_eng", "ml", "zh_thuc")
_NEWEST = 0.2


@dataclass(frozen=True)
class LabelledText:
    """A text as it is published, as a peer gets it (without markup), and its labels."""

    headline: str
    body: str
    text: str
    labels: tuple[str, ...]
    published: date | None = None


@dataclass(frozen=True)
class Task:
    """Texts to learn from and to score, with at least ``least`` and at most ``most`` labels each.

    ``section_ids`` are the ids that the labels have as Copydesk's sections. ``language`` is the code of the language,
    None if the set does not name it.
    """

    name: str
    labels: tuple[str, ...]
    section_ids: tuple[str, ...]
    train: Sequence[LabelledText]
    test: Sequence[LabelledText]
    least: int
    most: int | None
    is_latin: bool = True
    language: str | None = None

    def right(self, texts: Sequence[LabelledText]) -> NDArray[np.bool_]:
        """Return which labels texts have, of shape (n_texts, n_labels)."""
        column = {label: c for c, label in enumerate(self.labels)}
        found = np.zeros((len(texts), len(self.labels)), dtype=bool)
        for i, item in enumerate(texts):
            found[i, [column[label] for label in item.labels]] = True
        return found

    def decided(self, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return the labels that scores give: those above 0, or the highest ones if these are too few or too many."""
        ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1, kind="stable")
        most = scores.shape[1] if self.most is None else self.most
        return np.asarray(((scores > 0) | (ranks < self.least)) & (ranks < most))


def news_task(folder: Path, name: str) -> Task:
    """Return a set of news as a task: exactly one label for each text."""
    found: LanguageSet = read_set(folder, name)
    (split,) = found.splits
    ids = tuple(map(section_id, range(len(found.labels))))
    is_latin = found.main_script == LATIN
    return Task(name, found.labels, ids, _texts(split.train), _texts(split.test), 1, 1, is_latin, found.language)


def _texts(examples: Sequence[Example]) -> list[LabelledText]:
    return [LabelledText("", example.body, example.text, (example.label,)) for example in examples]


def reuters_tasks(r90: R90, test: bool) -> list[Task]:
    """Return R90 as tasks, with any number of topics for each story, and with at least one.

    By default the newest fifth of the training stories is scored, and ``test`` asks for the test stories.
    """
    train, scored, what = list(r90.train), list(r90.test), "R90, test stories"
    if not test:
        train.sort(key=lambda story: (story.published or date.min, int(story.id)))
        n_older = round(len(train) * (1 - _NEWEST))
        train, scored = train[:n_older], train[n_older:]
        what = "R90, newest fifth of the training stories"
    texts, others = [_story_text(story) for story in train], [_story_text(story) for story in scored]
    names = {0: what, 1: f"{what}, at least one topic"}
    return [
        Task(name, r90.topics, r90.topics, texts, others, least, None, language="en") for least, name in names.items()
    ]


def _story_text(story: Story) -> LabelledText:
    return LabelledText(story.headline, story.body, text_of(story), story.topics, story.published)
