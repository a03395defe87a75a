"""The time of a kilobyte of text in other languages, with one model of all of them and of English."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import click

from benchmarks.languages.product import Labelled, one_tag, trained
from benchmarks.languages.sets import Example
from benchmarks.speed_targets import Target
from benchmarks.timing import Call, Timings, interleave

if TYPE_CHECKING:
    from classifier import Tagger

ENGLISH = "en"
N_BODIES = 200
LEAST_BYTES = 3_250
#: How many times as long a kilobyte may take as in English; only measured in other languages.
BOUNDS = {"th": 1.5, "zh": 1.5}
_NO_LABEL = "none"
_MICRO = 1e6
_KILO = 1_000
_SEED = 15


class LanguageTimings:
    """The times of a body in each language, and the bytes of the bodies."""

    def __init__(self, timings: Timings, sizes: Mapping[str, float]) -> None:
        self._timings = timings
        self._sizes = sizes

    def per_kilobyte(self, language: str) -> float:
        """Return how many times as long a kilobyte takes as in English."""
        return self._timings.ratio(language, ENGLISH) * self._sizes[ENGLISH] / self._sizes[language]

    def rows(self) -> list[tuple[str, str, float, float]]:
        """Return a row for each language: its code, contender, µs a kilobyte, and times as long as English."""
        return [
            (
                language,
                "Copydesk: tag, a kilobyte, beside English",
                self._timings.seconds(language) * _MICRO * _KILO / self._sizes[language],
                self.per_kilobyte(language),
            )
            for language in self._timings.rounds
        ]

    def targets(self) -> list[Target]:
        """Return the ratios that are asked for."""
        return [
            Target(f"{language} ÷ en, a kilobyte", self.per_kilobyte(language), bound, at_least=False)
            for language, bound in BOUNDS.items()
            if language in self._timings.rounds
        ]


def measure_languages(folder: Path, english: Path, rounds: int, seconds: float) -> LanguageTimings:
    """Train one model on articles in all languages, and time made articles of 3.3 kB in each.

    Every other article trains the model, and the others are timed, as a newsroom's new articles are new to its model.

    Parameters
    ----------
    folder : Path
        A file CODE.jsonl of articles for each language, or several in one file whose rows name their language.
    english : Path
        The folder of English articles; as many of them are used as there are of the largest other language.
    rounds : int
    seconds : float
    """
    rows = read_languages(folder)
    most = max(map(len, rows.values()))
    rows[ENGLISH] = read_languages(english, ENGLISH)[ENGLISH][:most]
    parts = [Labelled(language, [_example(row) for row in articles[::2]]) for language, articles in rows.items()]
    labels = sorted({example.label for part in parts for example in part.examples})
    bodies = {language: made_bodies(row["body"] for row in articles[1::2]) for language, articles in rows.items()}
    with trained(parts, labels, one_tag()) as tagger:
        timings = interleave(
            {code: _tagging(tagger, bodies[code]) for code in bodies}, rounds, seconds, time.thread_time
        )
    sizes = {code: sum(len(body.encode()) for body in texts) / len(texts) for code, texts in bodies.items()}
    return LanguageTimings(timings, sizes)


def read_languages(folder: Path, default: str | None = None) -> dict[str, list[dict[str, object]]]:
    """Return the rows of the files of a folder by language: the row's, else the default, else the file's name."""
    found: dict[str, list[dict[str, object]]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.setdefault(str(row.get("language") or default or path.stem), []).append(row)
    if not found:
        raise click.ClickException(
            f"{folder} holds no articles. Fix: name a folder with a file CODE.jsonl for each language"
        )
    return found


def made_bodies(bodies: Iterable[object]) -> list[str]:
    """Return articles of 3.3 kB made of the paragraphs of others, the same ones each time."""
    paragraphs = [part.strip() for body in bodies for part in str(body).split("\n") if part.strip()]
    random = Random(_SEED)
    return [_made(paragraphs, random) for _ in range(N_BODIES)]


def _made(paragraphs: Sequence[str], random: Random) -> str:
    chosen: list[str] = []
    size = 0
    while size < LEAST_BYTES:
        chosen.append(random.choice(paragraphs))
        size += len(chosen[-1].encode()) + 2
    return "\n\n".join(chosen)


def _example(row: Mapping[str, object]) -> Example:
    labels = row.get("sections")
    first = str(labels[0]) if isinstance(labels, list) and labels else _NO_LABEL
    return Example(str(row["body"]), str(row["body"]), first)


def _tagging(tagger: "Tagger", bodies: Sequence[str]) -> Call:
    from classifier import Article

    following = cycle(bodies)
    return lambda: tagger.tag(Article(body=next(following)))
