"""A folder of models for the faults: three small versions, the second live, with a database of feedback."""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.commands.console import PlainProgress
from classifier.errors import ModelError
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.store.probe import load_probed
from classifier.store.registry import Registry
from classifier.training.publishing import run as training
from classifier.training.publishing.run import RunOptions
from tests.conftest import SECTIONS_FILE
from tests.driver.service import another_version
from tests.helpers import PAGE, small_corpus, write_jsonl

MODELS, FEEDBACK, ARTICLE, TEMPORARY = "models", "feedback.db", "page.txt", "tmp"
FIRST_FEEDBACK = [("a-1", "1"), ("a-2", "1")]


@dataclass(frozen=True)
class Scene:
    """The folder, and its versions in the order of their making."""

    folder: Path
    versions: tuple[str, str, str]

    @property
    def models(self) -> Path:
        """The folder of models."""
        return self.folder / MODELS

    @property
    def registry(self) -> Registry:
        """The models."""
        return Registry(self.models)

    def copied(self, target: Path) -> "Scene":
        """Return a fresh copy in a folder that is cleared first."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder, target)
        return Scene(target, self.versions)


@dataclass(frozen=True)
class Ready:
    """A training run that has yet to write its model: the arguments of the steps that follow."""

    material: Any
    fit: Any
    verdict: Any


def make_scene(folder: Path) -> tuple[Scene, Ready]:
    """Train a small model, write it three times, and get another run ready to write."""
    data = write_jsonl(folder / "articles.jsonl", small_corpus(60))
    models = folder / MODELS
    options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=models, jobs=1, ignore_checks=True, margin=1.0)
    progress = PlainProgress()
    first = training.run(options, progress).version
    registry = Registry(models)
    second = another_version(models)
    registry.promote(second)
    third = another_version(models)
    time.sleep(1)  # the next version differs in its second
    material = training._read(options, progress)
    fit = training._fit(material, options, progress)
    verdict = training._judge(registry, material, fit, options.margin)
    (folder / ARTICLE).write_text(PAGE, encoding="utf-8")
    (folder / TEMPORARY).mkdir()
    from classifier.feedback.database import Database

    store = FeedbackStore(Database(str(folder / FEEDBACK)))
    for article, revision in FIRST_FEEDBACK:
        store.add(feedback_of(article, revision), keep_text=True)
    store.close()
    return Scene(folder, (first, second, third)), Ready(material, fit, verdict)


def feedback_of(article: str, revision: str) -> Feedback:
    """Return feedback with a text that takes several pages of a database."""
    return Feedback.model_validate(feedback_json(article, revision))


def feedback_json(article: str, revision: str) -> dict[str, Any]:
    """Return feedback as it is sent."""
    return {"article": article, "revision": revision, "kept": ["technology"], "headline": article, "body": PAGE * 3}


def problems_of(scene: Scene, allowed: set[str | None], *, may_leave_folders: bool) -> list[str]:
    """Return what is wrong with the models after a fault: nothing may be half written, and the next change works.

    Parameters
    ----------
    scene : Scene
    allowed : set of str or None
        The versions that may be live.
    may_leave_folders : bool
        Whether unfinished folders may be left, because the fault also hit the clearing up.
    """
    found = []
    registry = scene.registry
    before = (scene.folder / "HISTORY.before").read_text(encoding="utf-8")
    try:
        current = registry.current()
        if current not in allowed:
            found.append(f"{current} is live")
        for version in registry.versions():
            load_probed(registry.folder(version))
        history = registry.history()
        if not (scene.models / "HISTORY.jsonl").read_text(encoding="utf-8").startswith(before):
            found.append("the history lost a line")
        registry.ask_for_reload()  # completes a change that was cut off
        history = registry.history()
        if history[-1].version != current:
            found.append(f"{current} is live, but the history ends with {history[-1].version}")
        other = next(version for version in scene.versions if version != current)
        registry.promote(other)
        if registry.current() != other or registry.history()[-1].version != other:
            found.append("the next promotion did not work")
    except (ModelError, OSError) as error:
        found.append(f"{type(error).__name__}: {error}")
    if not may_leave_folders:
        found += [f"{path.name} was left" for path in scene.models.glob(".unfinished-*")]
    found += [f"{path.name} was left" for path in (scene.folder / TEMPORARY).glob("copydesk-crash-*")]
    return found


def missing_feedback(scene: Scene, acknowledged: list[tuple[str, str]]) -> list[str]:
    """Return what is wrong with the database: what was acknowledged must be there, and it must take more."""
    import sqlite3

    from classifier.feedback.database import Database

    with sqlite3.connect(scene.folder / FEEDBACK) as connection:
        (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
        stored = set(connection.execute("SELECT article, revision FROM copydesk_feedback"))
    connection.close()
    found = [] if whole == "ok" else [f"integrity_check: {whole}"]
    found += [f"{key} was acknowledged and is lost" for key in acknowledged + FIRST_FEEDBACK if key not in stored]
    store = FeedbackStore(Database(str(scene.folder / FEEDBACK)))
    try:
        if not store.add(feedback_of("after", "1"), keep_text=True).new:
            found.append("the database took nothing afterwards")
    finally:
        store.close()
    return found


def write_before(scene: Scene) -> None:
    """Keep the history as it is, to compare it later."""
    history = (scene.models / "HISTORY.jsonl").read_text(encoding="utf-8")
    (scene.folder / "HISTORY.before").write_text(history, encoding="utf-8")


def acknowledged_in(text: str) -> list[tuple[str, str]]:
    """Return the article and revision of each acknowledgement that an operation printed."""
    lines = [line.removeprefix("acknowledged ") for line in text.splitlines() if line.startswith("acknowledged ")]
    return [tuple(json.loads(line)) for line in lines]


def enter(scene: Scene) -> None:
    """Make the scene this process's working directory, and its folder for temporary files."""
    import tempfile

    os.chdir(scene.folder)
    tempfile.tempdir = str(scene.folder / TEMPORARY)
    for name in [name for name in os.environ if name.startswith("COPYDESK_")]:
        del os.environ[name]
