"""Labelled texts in many languages: a folder for each set, with one label a text."""

import json
import tarfile
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click

from classifier.article import Article
from classifier.language_codes import language_code
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare

N_FOLDS = 5
#: Beginnings of folder names that name the collection; the language is the next part of the name.
COLLECTIONS = ("sib", "mas")
SIB = "sib_"
LATIN = "LATIN"
_TRAIN, _TEST, _PARTS = "train.jsonl", "test.jsonl", ("train.jsonl", "dev.jsonl", "test.jsonl")
#: A script that holds this share of the letters is a script of the set.
_SHARE_OF_SCRIPT = 0.05


@dataclass(frozen=True)
class Example:
    """A text as it is in the file and as Copydesk cleans it, and its label; equal stories are translations."""

    body: str
    text: str
    label: str
    story: str | None = None


@dataclass(frozen=True)
class Split:
    """What a classifier learns from, and what it is scored on."""

    train: tuple[Example, ...]
    test: tuple[Example, ...]


@dataclass(frozen=True)
class LanguageSet:
    """A set of labelled texts: its folder's name, its language if the name has one, and its splits."""

    name: str
    splits: tuple[Split, ...]

    @property
    def language(self) -> str | None:
        """The code of the language, or None if the name of the folder has none."""
        return language_of_name(self.name)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All labels, in order."""
        return tuple(sorted({example.label for split in self.splits for example in (*split.train, *split.test)}))

    @property
    def scripts(self) -> frozenset[str]:
        """The scripts of the set, as the names of Unicode's characters begin: ``THAI``, ``CJK``, ``HIRAGANA``."""
        return frozenset(self._shares_of_scripts)

    @property
    def main_script(self) -> str:
        """The script with the most letters."""
        return max(self._shares_of_scripts, key=self._shares_of_scripts.__getitem__, default=LATIN)

    @cached_property
    def _shares_of_scripts(self) -> dict[str, float]:
        return scripts_of(example.text for example in self.splits[0].test)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The examples of the first split, training part first."""
        return self.splits[0].train + self.splits[0].test


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Yield the folder of the sets: ``path`` itself, or a temporary folder that its archive is unpacked to."""
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as name:
        try:
            with tarfile.open(path) as archive:
                archive.extractall(name, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise click.ClickException(
                f"{path} cannot be unpacked: {error}. Fix: name a folder of sets, or a tar archive of one"
            ) from error
        yield _innermost(Path(name))


def _innermost(folder: Path) -> Path:
    """Return the folder that holds the sets: archives often have one folder around everything."""
    inside = list(folder.iterdir())
    return folder if len(inside) != 1 or (inside[0] / _TEST).exists() or not inside[0].is_dir() else inside[0]


def names_of_sets(folder: Path) -> list[str]:
    """Return the names of the folders that hold a set."""
    names = sorted(path.parent.name for path in folder.glob(f"*/{_TEST}") if (path.parent / _TRAIN).exists())
    if not names:
        raise click.ClickException(
            f"{folder} holds no set. Fix: name a folder that has a folder for each set, with {_TRAIN} and {_TEST}"
        )
    return names


def read_set(folder: Path, name: str) -> LanguageSet:
    """Read a set: the split as it is shipped, or five folds by story if every text has a story."""
    parts = {part: _read(folder / name / part) for part in _PARTS if (folder / name / part).exists()}
    everything = [example for examples in parts.values() for example in examples]
    if everything and all(example.story is not None for example in everything):
        return LanguageSet(name, folds_by_story(everything))
    return LanguageSet(name, (Split(tuple(parts[_TRAIN]), tuple(parts[_TEST])),))


def folds_by_story(examples: Sequence[Example]) -> tuple[Split, ...]:
    """Return five splits: each tests on the stories whose number gives one remainder, and trains on the others.

    Sets that hold translations of the same stories have the same splits.
    """
    fold_of = [int(example.story or 0) % N_FOLDS for example in examples]
    return tuple(
        Split(
            tuple(example for example, its in zip(examples, fold_of, strict=True) if its != fold),
            tuple(example for example, its in zip(examples, fold_of, strict=True) if its == fold),
        )
        for fold in range(N_FOLDS)
    )


def language_of_name(name: str) -> str | None:
    """Return the language that the name of a folder begins with, after the name of the collection."""
    first, _, rest = name.partition("_")
    code = rest.partition("_")[0] if first in COLLECTIONS and rest else first
    try:
        return language_code(code)
    except ValueError:
        return None


def scripts_of(texts: Iterable[str]) -> dict[str, float]:
    """Return the scripts of the letters of texts and their shares, if they hold at least a twentieth of the letters."""
    letters = Counter(character for text in texts for character in text if character.isalpha())
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        scripts[unicodedata.name(letter, "UNKNOWN").partition(" ")[0]] += count
    total = scripts.total()
    return {script: count / total for script, count in scripts.items() if count >= _SHARE_OF_SCRIPT * total}


def _read(path: Path) -> list[Example]:
    examples = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                (label,) = row["sections"]
                story = row.get("story")
                text = prepare(Article(body=row["body"]), HeaderNames(())).text
            except (ValueError, KeyError, TypeError) as error:
                problem = f"{path}, line {number}, cannot be read: {type(error).__name__}"
                raise click.ClickException(
                    f"{problem}. Fix: write one object a line with body, and one label in the list sections"
                ) from error
            examples.append(Example(row["body"], text, label, None if story is None else str(story)))
    return examples
