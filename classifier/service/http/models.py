"""The routes of the models: list the versions, and change the live one in every worker without a restart."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from flask import Blueprint, Response, current_app
from pydantic import BaseModel

from classifier.errors import DiskError, ModelError, ModelRefusedError, UnknownModelError, shown
from classifier.service.answers import Activation
from classifier.service.contract import KEY_NEEDED, WITH_BODY, WITHOUT_BODY, json_body, operation, problems, wishes
from classifier.service.guard.access import require
from classifier.service.http.model_answers import Changed, ModelList, ModelSet, ModelVersion, WorkerModel
from classifier.service.http.query.parameters import check_names
from classifier.service.http.reading import SET, read_set
from classifier.service.http.schemas import read_json
from classifier.service.process.live import load_probed
from classifier.service.process.sets import LIVE_SETS, LiveSets
from classifier.service.process.workers import WORKERS, Workers
from classifier.store.registry import Registry
from classifier.store.sets import set_folders

ALL_WORKERS_SECONDS = 5.0
DISK_SECONDS = 20.0  # that a call may spend on the disk with the models

_Result = TypeVar("_Result")
models = Blueprint("copydesk_models", __name__)


def _workers() -> Workers:
    workers: Workers = current_app.extensions[WORKERS]
    return workers


class _Disk:
    """The disk with the models as one call uses it, until its time has passed."""

    def __init__(self, sets: LiveSets) -> None:
        self._thread = sets.asking
        self._until = time.monotonic() + DISK_SECONDS

    def call(self, function: Callable[[], _Result]) -> _Result:
        return self._thread.call(function, self._until - time.monotonic())


def _sets() -> LiveSets:
    sets: LiveSets = current_app.extensions[LIVE_SETS]
    return sets


@models.get("/v1/models")
@operation(
    "models",
    "models",
    {200: ModelList},
    problems(*WITHOUT_BODY, 403, 422),
    KEY_NEEDED,
)
@require("admin")
def list_models() -> Response:
    """List the models.

    The answer has the versions, the live one, and the model that each worker serves or has refused; with several sets
    of models those of every set.
    """
    check_names()
    workers, sets = _workers(), _sets()
    stored = _Disk(sets).call(lambda: _all_stored(sets))
    versions = [version for _, listed in stored.values() for version in listed]
    if sets.only:
        current = next(iter(stored.values()))[0]
        return _json(ModelList(current=current, workers=_states(workers), versions=versions))
    languages = sets.languages()
    listed = [
        ModelSet(set=name, current=current, languages=list(languages.get(name, ())))
        for name, (current, _) in stored.items()
    ]
    return _json(ModelList(current=None, sets=listed, workers=_states(workers), versions=versions))


def _all_stored(sets: LiveSets) -> dict[str, tuple[str | None, list[ModelVersion]]]:
    """Return the live version and all versions of each set, also of sets of which no version was ever made live."""
    folders = {name: live.registry.models for name, live in sets.by_name.items()} | _stored_sets(sets)
    return {name: _stored(Registry(folder), None if sets.only else name) for name, folder in folders.items()}


def _stored_sets(sets: LiveSets) -> dict[str, Path]:
    """Return the folders of all sets with versions, unless the service has one set, which needs no others."""
    return {} if sets.only else set_folders(sets.models)


def _stored(registry: Registry, name: str | None) -> tuple[str | None, list[ModelVersion]]:
    try:
        current = registry.current()
    except ModelError:  # the workers' refusals say why
        current = None
    return current, [_version(registry, version, current, name) for version in registry.versions()]


@models.post("/v1/models/activate")
@operation(
    "activate",
    "models",
    {200: Changed},
    problems(*WITH_BODY, 404, 409),
    KEY_NEEDED,
    request=json_body(Activation),
)
@require("admin")
def activate() -> Response:
    """Activate a model.

    The version is verified and tried on a test text; then every worker serves it. A version that several sets of models
    have needs the name of the set.
    """
    check_names()
    asked = read_json(Activation)
    return _json(activate_version(asked.version, asked.set))


def activate_version(version: str, asked: str | None, note: str = "") -> Changed:
    """Make a version of a set live in every worker, and return what each serves then. The history keeps the note.

    Raises
    ------
    ModelError
        If there is no such version, or it cannot be used.
    """
    workers, sets = _workers(), _sets()
    disk = _Disk(sets)
    name, registry = disk.call(lambda: _set_to_change(sets, version, asked))
    try:
        disk.call(lambda: load_probed(registry, version))
        _change(disk, lambda: registry.promote(version, note=note))
    except DiskError:
        raise
    except ModelError as error:
        raise ModelRefusedError(
            f"the previous model stays live, because version {version} cannot be used: {error}"
        ) from error
    if name not in sets.by_name:
        sets.search()
    if name not in sets.by_name:
        raise DiskError(
            f"the version is live in the set {name}, but the sets of models cannot be listed now. Fix: see the log of "
            "the service, which has the reason"
        )
    return _changed(workers, disk, name)


def roll_back(asked: str, note: str = "") -> Changed:
    """Make the version of a set live again that was live before; otherwise as `activate_version`.

    Raises
    ------
    ModelError
        If there is no such set or no version before, or it cannot be used.
    """
    workers, sets = _workers(), _sets()
    if asked not in sets.by_name:
        raise UnknownModelError(f"there is no set {shown(asked)}. Fix: choose one of {', '.join(sets.by_name)}")
    disk, registry = _Disk(sets), sets.by_name[asked].registry
    _change(disk, lambda: _rolled_back(registry, note))
    return _changed(workers, disk, asked)


def _rolled_back(registry: Registry, note: str) -> None:
    registry.rollback(note)


def _set_to_change(sets: LiveSets, version: str, asked: str | None) -> tuple[str, Registry]:
    """Return the set that has a version, and its registry.

    Raises
    ------
    UnknownModelError
        If no set has it, or several have it and none is asked for, or there is no such set.
    """
    folders = {name: live.registry.models for name, live in sets.by_name.items()} | set_folders(sets.models)
    if asked is not None and asked not in folders:
        raise UnknownModelError(f"there is no set {shown(asked)}. Fix: choose one of {', '.join(folders)}")
    searched = folders if asked is None else {asked: folders[asked]}
    having = {name: each for name, f in searched.items() if version in (each := Registry(f)).versions()}
    if not having:
        raise UnknownModelError("there is no such version. Fix: choose one that GET /v1/models lists")
    if len(having) > 1:
        raise UnknownModelError(
            f"several sets have this version: {', '.join(having)}. Fix: name the one that is meant in the field set"
        )
    return next(iter(having.items()))


@models.post("/v1/models/reload")
@operation(
    "reload",
    "models",
    {200: Changed},
    problems(*WITHOUT_BODY, 403, 404, 409, 422),
    KEY_NEEDED,
    request=wishes("set"),
)
@require("admin")
def reload() -> Response:
    """Reload the live model.

    Every worker reads it again, for instance after a backup was restored. Without `set`, the live models of all sets of
    models are read again.
    """
    check_names(SET)
    workers, sets, asked = _workers(), _sets(), read_set()
    if asked is not None and asked not in sets.by_name:
        raise UnknownModelError(f"there is no set {shown(asked)}. Fix: choose one of {', '.join(sets.by_name)}")
    disk, names = _Disk(sets), [asked] if asked else list(sets.by_name)
    for name in names:
        _change(disk, sets.by_name[name].registry.ask_for_reload)
    return _json(_changed(workers, disk, *names))


def _change(disk: _Disk, function: Callable[[], None]) -> None:
    """Change the folder of models; if that does not end in time, nobody can tell whether it will."""
    try:
        disk.call(function)
    except DiskError as error:
        if not error.has_begun:
            raise
        raise DiskError(
            f"{error}. The change may still take effect when the disk responds; GET /v1/models shows what is live",
            has_begun=True,
        ) from error


def _changed(workers: Workers, disk: _Disk, *names: str) -> Changed:
    """Have this worker follow a change of sets, wait for the others, and return what every worker serves of these."""
    sets = workers.sets
    disk.call(workers.look)
    until = time.monotonic() + ALL_WORKERS_SECONDS
    everywhere = all(workers.wait_for(name, workers.state(name).generation, until - time.monotonic()) for name in names)
    for name in names:
        if refused := workers.state(name).refused:
            of_set = "" if sets.only else f" of the set {name}"
            raise ModelRefusedError(
                f"the previous model{of_set} stays live, because the new one cannot be used: {refused.reason}"
            )
    changed = Changed(current=None, everywhere=everywhere, workers=_states(workers, *names))
    if len(names) == 1:
        changed.current = disk.call(sets.by_name[names[0]].registry.current)
        changed.set = None if sets.only else names[0]
    return changed


def _states(workers: Workers, *names: str) -> list[WorkerModel]:
    """Return the model of each worker, of these sets or all."""
    unnamed = {"set": None} if workers.sets.only else {}
    return [
        WorkerModel.model_validate({name: state[name] for name in WorkerModel.model_fields} | unnamed)
        for state in workers.states()
        if not names or state["set"] in names
    ]


def _version(registry: Registry, version: str, current: str | None, name: str | None) -> ModelVersion:
    try:
        manifest = registry.manifest(version)
    except ModelError as error:
        return ModelVersion(
            set=name,
            version=version,
            state="unreadable",
            articles=None,
            sections=None,
            language=None,
            languages=None,
            problem=str(error),
        )
    return ModelVersion(
        set=name,
        version=version,
        state="current" if version == current else "stored",
        articles=manifest.n_articles,
        sections=len(manifest.trained),
        language=manifest.language,
        languages=list(manifest.languages),
        problem=None,
    )


def _json(answer: BaseModel) -> Response:
    """Return an answer as JSON. The names of sets are left out if there is one set, which needs no name."""
    return Response(answer.model_dump_json(exclude_defaults=True), content_type="application/json")
