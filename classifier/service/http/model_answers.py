"""The answers of the routes of the models."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

_VERSION, _TIME = "20261126T150337Z-5fb90e2a", "2026-11-26T15:10:00+00:00"
_WORKER = {"pid": 4711, "model": _VERSION, "since": _TIME, "refused": None}
_OF_SET = Annotated[
    str | None,
    Field(description="Its set of models. Only a service with several sets names it.", examples=["thai"]),
]


class RefusedModel(BaseModel, extra="forbid"):
    """A model that a worker refused to load, and why."""

    version: Annotated[str | None, Field(description="Null if the version is unknown.", examples=[_VERSION])]
    reason: Annotated[str, Field(description="Why it was refused.", examples=["the file weights.npy is damaged"])]
    time: Annotated[str, Field(description="When it was refused.", examples=[_TIME])]


class WorkerModel(BaseModel, extra="forbid"):
    """The model that one worker serves."""

    pid: Annotated[int, Field(description="The worker's process.", examples=[4711])]
    set: _OF_SET = None
    model: Annotated[str | None, Field(description="The version, or null if it has none.", examples=[_VERSION])]
    since: Annotated[str | None, Field(description="When the worker loaded it.", examples=[_TIME])]
    refused: Annotated[
        RefusedModel | None, Field(description="The model that the worker refused last, if any.", examples=[None])
    ]


class ModelVersion(BaseModel, extra="forbid"):
    """A version in the folder of models."""

    set: _OF_SET = None
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


class ModelSet(BaseModel, extra="forbid"):
    """A set of models."""

    set: Annotated[str, Field(description="Its name.", examples=["thai"])]
    current: Annotated[str | None, Field(description="Its live version, if it has one.", examples=[_VERSION])]
    languages: Annotated[list[str], Field(description="The languages of its live model.", examples=[["th"]])]


class ModelList(BaseModel, extra="forbid"):
    """The versions, the current one, and the model of each worker."""

    current: Annotated[
        str | None, Field(description="The live version; null if there are several sets.", examples=[_VERSION])
    ]
    sets: Annotated[
        list[ModelSet] | None,
        Field(
            description="The sets of models. Only a service with several sets lists them.",
            examples=[[{"set": "thai", "current": _VERSION, "languages": ["th"]}]],
        ),
    ] = None
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

    set: _OF_SET = None
    current: Annotated[
        str | None, Field(description="The live version; null if several sets were reloaded.", examples=[_VERSION])
    ]
    everywhere: Annotated[bool, Field(description="Whether every worker serves it.", examples=[True])]
    workers: Annotated[list[WorkerModel], Field(description="The workers.", examples=[[_WORKER]])]
