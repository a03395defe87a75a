"""The routes of the models: list the versions, and change the live one in every worker without a restart."""

import time
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from flask import Blueprint, Response, current_app
from pydantic import BaseModel, Field

from classifier.errors import DiskError, ModelError, ModelRefusedError, UnknownModelError
from classifier.service.answers import Activation
from classifier.service.contract import KEY_NEEDED, WITH_BODY, WITHOUT_BODY, json_body, operation, problems
from classifier.service.guard.access import require
from classifier.service.http.reading import read_json
from classifier.service.http.routes import LIVE_MODEL
from classifier.service.process.live import LiveModel, load_probed
from classifier.service.process.workers import WORKERS, Workers
from classifier.store.registry import Registry

ALL_WORKERS_SECONDS = 5.0
_VERSION, _TIME = "20261126T150337Z-5fb90e2a", "2026-11-26T15:10:00+00:00"
_WORKER = {"pid": 4711, "model": _VERSION, "since": _TIME, "refused": None}
DISK_SECONDS = 20.0  # that a call may spend on the disk with the models

_Result = TypeVar("_Result")
models = Blueprint("copydesk_models", __name__)


class RefusedModel(BaseModel, extra="forbid"):
    """A model that a worker refused to load, and why."""

    version: Annotated[str | None, Field(description="Null if the version is unknown.", examples=[_VERSION])]
    reason: Annotated[str, Field(description="Why it was refused.", examples=["the file weights.npy is damaged"])]
    time: Annotated[str, Field(description="When it was refused.", examples=[_TIME])]


class WorkerModel(BaseModel, extra="forbid"):
    """The model that one worker serves."""

    pid: Annotated[int, Field(description="The worker's process.", examples=[4711])]
    model: Annotated[str | None, Field(description="The version, or null if it has none.", examples=[_VERSION])]
    since: Annotated[str | None, Field(description="When the worker loaded it.", examples=[_TIME])]
    refused: Annotated[
        RefusedModel | None, Field(description="The model that the worker refused last, if any.", examples=[None])
    ]


class ModelVersion(BaseModel, extra="forbid"):
    """A version in the folder of models."""

    version: Annotated[str, Field(description="Its name.", examples=[_VERSION])]
    state: Annotated[
        Literal["current", "stored", "unreadable"],
        Field(description="Whether it is live, can be activated, or cannot be read.", examples=["current"]),
    ]
    articles: Annotated[int | None, Field(description="The number of training articles.", examples=[1208])]
    sections: Annotated[int | None, Field(description="The number of sections that it can suggest.", examples=[13])]
    language: Annotated[
        str | None,
        Field(
            description="The language that it was trained on; of several, the one of most articles.", examples=["en"]
        ),
    ]
    languages: Annotated[
        list[str] | None,
        Field(description="All languages that it was trained on, the one of most articles first.", examples=[["en"]]),
    ]
    problem: Annotated[str | None, Field(description="Why it cannot be read.", examples=[None])]


class ModelList(BaseModel, extra="forbid"):
    """The versions, the current one, and the model of each worker."""

    current: Annotated[str | None, Field(description="The live version.", examples=[_VERSION])]
    workers: Annotated[list[WorkerModel], Field(description="The workers.", examples=[[_WORKER]])]
    versions: Annotated[
        list[ModelVersion],
        Field(
            description="The versions, the newest last.",
            examples=[
                [
                    {
                        "version": _VERSION,
                        "state": "current",
                        "articles": 1208,
                        "sections": 13,
                        "language": "en",
                        "languages": ["en"],
                        "problem": None,
                    }
                ]
            ],
        ),
    ]


class Changed(BaseModel, extra="forbid"):
    """The version that is current now, and whether every worker served it when this was written."""

    current: Annotated[str | None, Field(description="The live version.", examples=[_VERSION])]
    everywhere: Annotated[bool, Field(description="Whether every worker serves it.", examples=[True])]
    workers: Annotated[list[WorkerModel], Field(description="The workers.", examples=[[_WORKER]])]


def _workers() -> Workers:
    workers: Workers = current_app.extensions[WORKERS]
    return workers


class _Disk:
    """The disk with the models as one call uses it, until its time has passed."""

    def __init__(self) -> None:
        live: LiveModel = current_app.extensions[LIVE_MODEL]
        self._thread = live.asking
        self._until = time.monotonic() + DISK_SECONDS

    def call(self, function: Callable[[], _Result]) -> _Result:
        return self._thread.call(function, self._until - time.monotonic())


@models.get("/v1/models")
@operation(
    "models",
    "models",
    {200: ModelList},
    problems(*WITHOUT_BODY, 403),
    KEY_NEEDED,
)
@require("admin")
def list_models() -> Response:
    """List the models.

    The answer has the versions, the live one, and the model that each worker serves or has refused.
    """
    workers = _workers()
    current, versions = _Disk().call(lambda: _stored(workers.registry))
    return _json(ModelList(current=current, workers=_states(workers), versions=versions))


def _stored(registry: Registry) -> tuple[str | None, list[ModelVersion]]:
    try:
        current = registry.current()
    except ModelError:  # the workers' refusals say why
        current = None
    return current, [_version(registry, version, current) for version in registry.versions()]


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

    The version is verified and tried on a test text; then every worker serves it.
    """
    version = read_json(Activation).version
    workers, disk = _workers(), _Disk()
    if version not in disk.call(workers.registry.versions):
        raise UnknownModelError("there is no such version. Fix: choose one that GET /v1/models lists")
    try:
        disk.call(lambda: load_probed(workers.registry, version))
        _change(disk, lambda: workers.registry.promote(version))
    except DiskError:
        raise
    except ModelError as error:
        raise ModelRefusedError(
            f"the previous model stays live, because version {version} cannot be used: {error}"
        ) from error
    return _changed(workers, disk)


@models.post("/v1/models/reload")
@operation(
    "reload",
    "models",
    {200: Changed},
    problems(*WITHOUT_BODY, 403, 409),
    KEY_NEEDED,
)
@require("admin")
def reload() -> Response:
    """Reload the live model.

    Every worker reads it again, for instance after a backup was restored.
    """
    workers, disk = _workers(), _Disk()
    _change(disk, workers.registry.ask_for_reload)
    return _changed(workers, disk)


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


def _changed(workers: Workers, disk: _Disk) -> Response:
    disk.call(workers.look)
    everywhere = workers.wait_for(workers.state.generation, ALL_WORKERS_SECONDS)
    refused = workers.state.refused
    if refused:
        raise ModelRefusedError(f"the previous model stays live, because the new one cannot be used: {refused.reason}")
    current = disk.call(workers.registry.current)
    return _json(Changed(current=current, everywhere=everywhere, workers=_states(workers)))


def _states(workers: Workers) -> list[WorkerModel]:
    return [
        WorkerModel.model_validate({name: state[name] for name in WorkerModel.model_fields})
        for state in workers.states()
    ]


def _version(registry: Registry, version: str, current: str | None) -> ModelVersion:
    try:
        manifest = registry.manifest(version)
    except ModelError as error:
        return ModelVersion(
            version=version,
            state="unreadable",
            articles=None,
            sections=None,
            language=None,
            languages=None,
            problem=str(error),
        )
    return ModelVersion(
        version=version,
        state="current" if version == current else "stored",
        articles=manifest.n_articles,
        sections=len(manifest.trained),
        language=manifest.language,
        languages=list(manifest.languages),
        problem=None,
    )


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), content_type="application/json")
