"""Copydesk itself: trained through its own training run, then asked for one tag a text."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.languages.scoring import NO_LABEL
from benchmarks.languages.sets import LATIN, Example
from classifier.language_codes import ALL_LANGUAGES

if TYPE_CHECKING:
    from classifier import Tagger
    from classifier.training.training_settings import TrainingSettings

PRODUCT = "Copydesk"
WITHOUT, WITH = "Copydesk, subwords off", "Copydesk, subwords on"


class Silence:
    """Progress that nobody watches."""

    def stage(self, name: str, steps: int) -> None:
        """Drop the name of a stage."""

    def step(self) -> None:
        """Drop a step."""

    def note(self, line: str) -> None:
        """Drop a line of words."""


@dataclass(frozen=True)
class Labelled:
    """Examples of one language."""

    language: str | None
    examples: Sequence[Example]


def one_tag(**given: Any) -> "TrainingSettings":
    """Return the default settings with one tag for each text, and other settings as they are given."""
    from classifier.training.training_settings import TrainingSettings

    return TrainingSettings(min_tags=1, max_tags=1, **given)


def variants(main_script: str) -> dict[str, "TrainingSettings"]:
    """Return the settings to measure on a set, by name: the default, and subwords in no word and in every word.

    By default, words have subwords unless their script is Latin; in Latin script that is the same as none.
    """
    found = {PRODUCT: one_tag(), WITH: one_tag(subwords="on")}
    return found if main_script == LATIN else {**found, WITHOUT: one_tag(subwords="off")}


@contextmanager
def trained(parts: Sequence[Labelled], labels: Sequence[str], settings: "TrainingSettings") -> "Iterator[Tagger]":
    """Train a model on the examples of one or more languages, and yield its tagger; see `trained_version`."""
    from classifier import Tagger

    with trained_version(parts, labels, settings) as folder:
        yield Tagger.load(folder.parent, folder.name)


@contextmanager
def trained_version(parts: Sequence[Labelled], labels: Sequence[str], settings: "TrainingSettings") -> "Iterator[Path]":
    """Train a model on the examples of one or more languages, and yield the folder of its version, which is temporary.

    The labels become sections whose ids and names say nothing, so that no text loses words that are a section's name.
    """
    from classifier.sections import Section, Sections
    from classifier.training.publishing.run import RunOptions, run

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = write_examples(folder / "train.jsonl", parts, labels)
        options = RunOptions(
            data=(data,),
            sections=Sections([Section(id=id_, name=id_) for id_ in map(section_id, range(len(labels)))]),
            models=folder / "models",
            settings=settings,
            ignore_checks=True,
            no_promote=True,
            **_languages(parts),
        )
        version = run(options, Silence()).version
        yield folder / "models" / version


def write_examples(path: Path, parts: Sequence[Labelled], labels: Sequence[str]) -> Path:
    """Write examples as labelled articles, one a line, and return the path."""
    path.write_text("".join(_lines(parts, labels)), encoding="utf-8")
    return path


def _languages(parts: Sequence[Labelled]) -> dict[str, Any]:
    return {"languages": (ALL_LANGUAGES,)} if len(parts) > 1 else {"language": parts[0].language}


def _lines(parts: Sequence[Labelled], labels: Sequence[str]) -> Iterator[str]:
    column = {label: number for number, label in enumerate(labels)}
    for place, part in enumerate(parts):
        for number, example in enumerate(part.examples):
            row: dict[str, Any] = {"id": f"{place}-{number}", "body": example.body, "language": part.language}
            if example.story is not None:
                row["story"] = example.story
            yield (
                json.dumps(
                    {**row, "sections": [section_id(column[example.label])]}, ensure_ascii=False, allow_nan=False
                )
                + "\n"
            )


def section_id(number: int) -> str:
    """Return the id of the section that a label has as its number."""
    return f"label-{number}"


def given_labels(tagger: "Tagger", bodies: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Return the label that a model gives each body, `NO_LABEL` if it gives none."""
    from classifier import Article

    label_of = {section_id(number): label for number, label in enumerate(labels)}
    answers = tagger.tag_many([Article(body=body) for body in bodies])
    return [label_of[answer.tags[0].section] if answer.tags else NO_LABEL for answer in answers]


def scored_by_product(
    parts: Sequence[Labelled], tests: Sequence[Sequence[Example]], labels: Sequence[str], settings: "TrainingSettings"
) -> "list[list[str]]":
    """Train on all parts together, and return the labels given to each of the tests."""
    with trained(parts, labels, settings) as tagger:
        return [given_labels(tagger, [example.body for example in test], labels) for test in tests]
