"""A folder of models for the faults: three small versions, the second live, with a database of feedback."""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.commands.console import PlainProgress
from classifier.errors import ModelError
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.store.arrays import ARRAY_FILES, TERMS_FILE, ModelArrays
from classifier.store.files import EVALUATION_FILE, read_model, write_model
from classifier.store.probe import load_probed
from classifier.store.registry import Registry
from classifier.terms.fingerprints import FingerprintTable
from classifier.training.publishing.gate import Verdict
from classifier.training.publishing.run import RunOptions, run
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
    """A trained model that has yet to be written, with all its documents, and the verdict that lets it go live."""

    fields: dict[str, Any]
    arrays: ModelArrays
    evaluation: dict[str, Any]
    documents: dict[str, str]
    verdict: Verdict

    def write(self, models: Path) -> str:
        """Write the model, as the end of a training run does, and return its version."""
        return write_model(models, self.fields, self.arrays, self.evaluation, self.documents)

    @classmethod
    def of(cls, folder: Path, live: str) -> "Ready":
        """Return what was written to a folder, to be written again."""
        model = read_model(folder)
        arrays = model.arrays
        in_memory = ModelArrays(
            list(arrays.terms),
            np.array(arrays.weights),
            np.array(arrays.intercepts),
            np.array(arrays.idf),
            FingerprintTable(arrays.table.seed, np.array(arrays.table.entries)),
        )
        others = model.manifest.files.keys() - {*ARRAY_FILES, TERMS_FILE, EVALUATION_FILE}
        return cls(
            model.manifest.model_dump(mode="json", exclude={"format", "version", "created", "files"}),
            in_memory,
            json.loads((folder / EVALUATION_FILE).read_bytes()),
            {name: (folder / name).read_text(encoding="utf-8") for name in sorted(others)},
            Verdict(allowed=True, reason="it is the same", current=live),
        )


def make_scene(folder: Path) -> tuple[Scene, Ready]:
    """Train a small model, write it three times, and get it ready to be written again."""
    data = write_jsonl(folder / "articles.jsonl", small_corpus(60))
    models = folder / MODELS
    options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=models, jobs=1, ignore_checks=True)
    first = run(options, PlainProgress()).version
    registry = Registry(models)
    second = another_version(models)
    registry.promote(second)
    third = another_version(models)
    ready = Ready.of(models / first, second)
    time.sleep(1)  # the next version differs in its second
    (folder / ARTICLE).write_text(PAGE, encoding="utf-8")
    (folder / TEMPORARY).mkdir()
    from classifier.feedback.database import Database

    store = FeedbackStore(Database(str(folder / FEEDBACK)))
    for article, revision in FIRST_FEEDBACK:
        store.add(feedback_of(article, revision), keep_text=True)
    store.close()
    return Scene(folder, (first, second, third)), ready


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
