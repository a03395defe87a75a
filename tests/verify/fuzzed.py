"""Load ten thousand variants of a model as a stranger might write them: each is refused by name, or answers finitely.

``python -m tests.verify.fuzzed`` tries each field with each value, then pairs of them; ``--variants 300 --seed 7`` a
sample, ``--only 17`` one.
"""

import json
import math
import os
import random
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask.testing import FlaskClient

from classifier.commands import models as commands
from classifier.errors import CopydeskError, ModelError
from classifier.service.app import create_app
from classifier.service.process.live import load_probed as load_served
from classifier.service.process.sets import LIVE_SETS, LiveSets
from classifier.settings import Settings
from classifier.store.probe import load_probed
from classifier.store.registry import Registry
from classifier.tagger import Tagger
from tests.helpers import PAGE
from tests.verify.scene import make_scene
from tests.verify.variants import Draft, Variant, variants

ALL = 10_000
MOST_SHOWN = 400
_TEXTS = (PAGE, "flood", "x" * 5_000, "The river rose. " * 400, "\u202e drones ﬁ Ⅷ")


def numbered(found: list[Variant], count: int) -> list[Variant]:
    """Return this many variants: each field by itself first, then pairs of changes, always the same ones."""
    rng = random.Random(20_260_101)
    paired = list(found)
    while len(paired) < count:
        first, second = rng.sample(found, 2)
        paired.append(Variant(f"{first.name}; {second.name}", _both(first, second)))
    return paired[:count]


def _both(first: Variant, second: Variant) -> Any:
    def change(draft: Draft, rng: random.Random) -> None:
        first.change(draft, rng)
        second.change(draft, rng)

    return change


def problem_of(variant: Variant, number: int, good: Path, models: Path, client: FlaskClient) -> tuple[str, str | None]:
    """Return how a variant ended (``refused`` or ``answered``), and what is wrong with that, or None."""
    draft = Draft(good)
    variant.change(draft, random.Random(number))
    folder = draft.write(models)
    registry = Registry(models)
    try:
        _list(registry)
        load_probed(folder)
        tagger = load_served(registry, folder.name)
    except ModelError as error:
        message = str(error)
        is_named = any(name in message for name in ("manifest.json", folder.name, *draft.files))
        if not is_named or "Fix: " not in message or "\n" in message or len(message) > 1_500 or _unprintable(message):
            return "refused", f"the message names nothing or has no next step: {message[:300]!r}"
        return "refused", None
    return "answered", _problem_of_answers(tagger, client)


def _unprintable(message: str) -> bool:
    return any(not character.isprintable() for character in message)


def _list(registry: Registry) -> None:
    """List the versions as “copydesk models --json” does."""
    for version in commands._versions(registry, None):
        json.dumps(version.__dict__, allow_nan=False)


def _problem_of_answers(tagger: Tagger, client: FlaskClient) -> str | None:
    sets: LiveSets = client.application.extensions[LIVE_SETS]
    sets.by_name["default"].current = tagger
    texts = (*_TEXTS, " ".join(tagger.probe_terms(10**9)))
    for text in texts:
        for query in ("", "?all=true&explain=true"):
            answer = client.post(f"/v1/tags{query}", json={"body": text})
            if answer.status_code != 200:
                return f"status {answer.status_code}: {answer.get_data(as_text=True)[:200]}"
            data = json.loads(answer.data, parse_constant=_refuse)
            if any(not 0 <= tag["probability"] <= 1 for tag in data["tags"]):
                return "a probability is out of range"
            if any(not math.isfinite(number) for number in _numbers(data)):
                return "a number is not finite"
    listed = client.get("/v1/sections")
    if listed.status_code != 200:
        return f"/v1/sections: status {listed.status_code}"
    json.loads(listed.data, parse_constant=_refuse)
    return None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, int | float):
        yield value


@click.command()
@click.option("--variants", "count", type=click.IntRange(min=1), default=ALL, show_default=True, help="How many.")
@click.option("--seed", type=int, help="Take a sample of all of them, by this seed.  [default: the first ones]")
@click.option("--only", type=int, help="Only the variant of this number; its traceback is printed.")
def fuzzed(count: int, seed: int | None, only: int | None) -> None:
    """Load variants of a model, and check that each is refused by name or answers with finite numbers."""
    warnings.simplefilter("error")
    wrong: list[str] = []
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        base = Path(name)
        (base / "scene").mkdir()
        scene, _ = make_scene(base / "scene")
        good = scene.models / scene.versions[0]
        settings = Settings.load({}, environment={}, file=base / "none")
        app = create_app(replace(settings, models=scene.models, keys=base / "keys.json", access_log=False))
        client = app.test_client()
        unchanged = problem_of(Variant("unchanged", lambda _draft, _rng: None), 0, good, base / "models", client)
        if unchanged != ("answered", None):
            raise click.ClickException(f"the model that is changed is no good one: {unchanged}")
        every = numbered(variants(good), max(ALL, count))
        numbers = range(count) if seed is None else sorted(random.Random(seed).sample(range(ALL), count))
        for number in numbers if only is None else [only]:
            print(number, file=sys.stderr, flush=True)  # the last one, if the process crashes
            try:
                end, problem = problem_of(every[number], number, good, base / "models", client)
            except Exception as error:
                if only is not None:
                    traceback.print_exc()
                place = traceback.extract_tb(error.__traceback__)[-1]
                own = isinstance(error, CopydeskError)
                end, problem = "failed", f"{type(error).__name__}{' of ours' if own else ''}: {error} ({place})"[:400]
            ends[end] += 1
            if problem:
                wrong.append(f"{number}, {every[number].name}: {problem}")
    for line in wrong[:MOST_SHOWN]:
        click.echo(line)
    counts = ", ".join(f"{n:,} {end}" for end, n in sorted(ends.items()))
    click.echo(f"{sum(ends.values()):,} variants: {counts}; {len(wrong):,} problems")
    sys.stdout.flush()
    os._exit(1 if wrong else 0)  # the app's threads need no goodbye


if __name__ == "__main__":
    fuzzed()
