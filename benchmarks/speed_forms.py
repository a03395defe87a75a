"""The time of an article in the forms that content management systems send, before and now, beside peers."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.builds import HERE, Build, started
from benchmarks.cleaners import behind_selectolax
from benchmarks.forms import FORMS
from benchmarks.speed_targets import Target
from benchmarks.timing import Call, Elsewhere, Timings, interleave

if TYPE_CHECKING:
    from benchmarks.peers import Predict
    from benchmarks.synthetic import Synthetic

CLEAN, BLOCKS, CLASSIC, WIRE, PAGE = FORMS
_NOW, _BEFORE = "Copydesk: tag", "Copydesk before: tag"
_SKLEARN = "scikit-learn pipeline"
_CLEANED = "{} behind selectolax: predict"
_PLAIN = "{}: predict"
#: The peers that are timed on bodies; the others take a thousand times as long as Copydesk.
TIMED = ("fastText", "Vowpal Wabbit")
_MICRO = 1e6


@dataclass(frozen=True)
class FormTimings:
    """The times of every contender on every form, and how many bytes a body has."""

    timings: Timings
    sizes: Mapping[str, float]
    missing: Sequence[str]

    def rows(self) -> list[tuple[str, str, float, float]]:
        """Return a row for each contender on each form: form, contender, µs, and times as long as Copydesk."""
        found = []
        for name in self.timings.rounds:
            form, _, what = name.partition(": ")
            ratio = self.timings.ratio(name, _contender(form, _NOW))
            found.append((form, what, self.timings.seconds(name) * _MICRO, ratio))
        return found

    def notes(self) -> list[str]:
        """Return the size of a body in each form, and the peers that are missing."""
        sizes = ", ".join(f"{size:,.0f} as {form}" for form, size in self.sizes.items())
        return [f"Bytes of an article, on average: {sizes}. These times are processor time.", *self.missing]

    def targets(self) -> list[Target]:
        """Return the ratios that are asked for, as far as their contenders were timed."""
        return [
            Target(what, self.timings.ratio(one, to), bound, at_least)
            for what, one, to, bound, at_least in _TARGETS
            if {one, to} <= set(self.timings.rounds)
        ]


def measure_forms(
    synthetic: "Synthetic", peers: "Mapping[str, Predict]", before: Path | None, rounds: int, seconds: float
) -> FormTimings:
    """Time every form of the same articles, by this checkout, by another one if it is given, and by peers.

    Raises
    ------
    click.ClickException
        If the two checkouts give clean articles different tags: then they do different work.
    """
    bodies = {name: [form(article) for article in synthetic.articles] for name, form in FORMS.items()}
    plain = {_PLAIN.format(name): peers[name] for name in TIMED if name in peers}
    cleaned, missing = _cleaned({**peers, _SKLEARN: lambda text: synthetic.pipeline.predict([text])})
    checkouts = [HERE] + ([before] if before else [])
    with tempfile.TemporaryDirectory() as folder, started(checkouts, synthetic, bodies, Path(folder)) as builds:
        _refuse_disagreement(builds)
        contenders: dict[str, Call | Elsewhere] = {}
        for form in FORMS:
            for name, build in zip((_NOW, _BEFORE), builds, strict=False):
                contenders[_contender(form, name)] = build.turn(form)
            for name, predict in {CLEAN: plain, BLOCKS: cleaned}.get(form, {}).items():
                contenders[_contender(form, name)] = _each(predict, bodies[form])
        timings = interleave(contenders, rounds, seconds, time.thread_time)
    sizes = {name: sum(len(body.encode()) for body in texts) / len(texts) for name, texts in bodies.items()}
    return FormTimings(timings, sizes, missing)


def _contender(form: str, name: str) -> str:
    return f"{form}: {name}"


def _cleaned(peers: "Mapping[str, Predict]") -> "tuple[dict[str, Predict], list[str]]":
    found = {}
    for name in (*TIMED, _SKLEARN):
        if name not in peers:
            continue
        try:
            found[_CLEANED.format(name)] = behind_selectolax(peers[name])
        except ImportError:
            return {}, ["selectolax is not installed, so no peer has HTML. Fix: pip install -e '.[bench]'"]
    return found, []


def _each(predict: "Predict", bodies: Sequence[str]) -> Callable[[], object]:
    following = cycle(bodies)
    return lambda: predict(next(following))


def _refuse_disagreement(builds: Sequence[Build]) -> None:
    first, *others = builds
    for other in others:
        if other.tags[CLEAN] != first.tags[CLEAN]:
            raise click.ClickException(
                "the two checkouts give clean articles different tags, so their times cannot be compared. "
                "Fix: name a checkout with the same terms in English"
            )


def _ratios() -> list[tuple[str, str, str, float, bool]]:
    """Return each ratio that is asked for: its words, both contenders, the bound, and whether it is the least."""
    found = [
        (f"{form}: before ÷ now", _contender(form, _BEFORE), _contender(form, _NOW), 4.0, True)
        for form in (BLOCKS, CLASSIC, WIRE)
    ]
    found += [
        (f"{form} ÷ the same text clean", _contender(form, _NOW), _contender(CLEAN, _NOW), 2.5, False)
        for form in (BLOCKS, CLASSIC, WIRE)
    ]
    blocks, clean = _contender(BLOCKS, _NOW), _contender(CLEAN, _NOW)
    cleaned = {name: _contender(BLOCKS, _CLEANED.format(name)) for name in ("fastText", _SKLEARN)}
    return [
        *found,
        ("fastText behind selectolax ÷ Copydesk, block HTML", cleaned["fastText"], blocks, 5.0, True),
        (
            "fastText on clean text ÷ Copydesk on block HTML",
            _contender(CLEAN, _PLAIN.format("fastText")),
            blocks,
            2.5,
            True,
        ),
        ("scikit-learn behind selectolax ÷ Copydesk, block HTML", cleaned[_SKLEARN], blocks, 60.0, True),
        ("30 kB page: now ÷ before", _contender(PAGE, _NOW), _contender(PAGE, _BEFORE), 0.3, False),
        ("clean ASCII: now ÷ before", clean, _contender(CLEAN, _BEFORE), 1.0, False),
        (
            "Vowpal Wabbit ÷ Copydesk, clean ASCII",
            _contender(CLEAN, _PLAIN.format("Vowpal Wabbit")),
            clean,
            1.0,
            True,
        ),
    ]


_TARGETS = _ratios()
