"""The options of `train` and `evaluate`: one list for type checkers, completion and validation."""

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypedDict, TypeVar, get_type_hints

from pydantic import ConfigDict, Field, ValidationError, create_model

from classifier.corpus.readers import Reading
from classifier.errors import SettingsError, shown
from classifier.schema import schema_error
from classifier.settings import TARGET_PRECISIONS
from classifier.training.training_settings import LatentChoice, LengthsChoice, Loss, SubwordsChoice, TrainingSettings

Names = str | Sequence[str]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]


class ReadOptions(TypedDict, total=False):
    """How the articles are read; the options of ``copydesk train`` with the same names."""

    labels: Names
    text: str
    headline: str
    weight: str
    label_names: str | Path
    split: str
    format: str
    encoding: str
    date_format: str
    taxonomies: Names
    post_types: Names
    body_meta: Names
    all_unlabelled: bool
    ignore_unknown: bool
    machine_labels: bool
    skip_bad: bool


class TrainOptions(ReadOptions, total=False):
    """How a model is trained; the options of ``copydesk train``, and the settings of the fit."""

    language: str
    languages: Names
    feedback: str
    archive: Any
    jobs: Positive
    ignore_checks: bool
    ignored_checks: Names
    ignore_memory: bool
    drop_sections: bool
    margin: Annotated[float, Field(ge=0)]
    curve: bool
    doctor: bool
    trials: Annotated[int, Field(ge=0)]
    promote: bool
    force: bool
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)]
    n_folds: Annotated[int, Field(ge=2)]
    min_support: Positive
    min_df: Positive
    max_df: Share
    pair_weight: Annotated[float, Field(ge=0)]
    phrase_weight: Annotated[float, Field(gt=0)]
    subwords: SubwordsChoice
    c: Annotated[float, Field(gt=0)]
    loss: Loss
    rarity: Annotated[float, Field(ge=0)]
    prior: Annotated[float, Field(ge=0, le=1)]
    latent: LatentChoice
    target_precision: Annotated[float, Field(ge=TARGET_PRECISIONS[0], le=TARGET_PRECISIONS[1])]
    review_only: bool
    lengths: LengthsChoice
    min_tags: Annotated[int, Field(ge=0)]
    max_tags: Positive
    least_weight: Annotated[float, Field(ge=0)]


_Function = TypeVar("_Function", bound=Callable[..., Any])


def with_options(kind: type) -> Callable[[_Function], _Function]:
    """Return a decorator that shows the options in a function's signature, for help() and the completion of names."""

    def decorate(function: _Function) -> _Function:
        own = [
            parameter
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        options = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint | None)
            for name, hint in get_type_hints(kind).items()
        ]
        setattr(function, "__signature__", inspect.Signature([*own, *options]))  # noqa: B010 - mypy knows no such name
        return function

    return decorate


def checked(kind: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are given and not None, each of its type.

    Raises
    ------
    SettingsError
        If a name is unknown (the message names the nearest), or a value cannot be used.
    """
    known = get_type_hints(kind)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            fix = f"use {near[0]}" if near else f"use one of {', '.join(sorted(known))}"
            raise SettingsError(f"unknown option {shown(name)}. Fix: {fix}")
    try:
        found = _model(kind)(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(f"{schema_error(error, fixes=False).detail}. Fix: correct this option") from None
    return {name: getattr(found, name) for name in found.model_fields_set}


@cache
def _model(kind: type) -> Any:
    hints = get_type_hints(kind, include_extras=True)
    settings = ConfigDict(extra="forbid", hide_input_in_errors=True)
    definitions: dict[str, Any] = {name: (hint, None) for name, hint in hints.items()}
    return create_model(kind.__name__, __config__=settings, **definitions)


def reading_of(options: Mapping[str, Any]) -> Reading:
    """Return how to read, of checked options; a single name counts as a list of one."""
    found = {item.name: options[item.name] for item in fields(Reading) if item.name in options}
    for name in ("labels", "taxonomies", "post_types", "body_meta"):
        if name in found:
            found[name] = names_of(options, name)
    if "label_names" in found:
        found["label_names"] = Path(found["label_names"])
    for name in ("language", "languages"):  # of a training run, not of reading
        found.pop(name, None)
    return Reading(**found)


def names_of(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return an option that is a list of names; a single name counts as a list of one."""
    found = options.get(name, ())
    return (found,) if isinstance(found, str) else tuple(found)


def settings_of(options: Mapping[str, Any]) -> TrainingSettings:
    """Return the settings of a training run, of checked options.

    Raises
    ------
    SettingsError
        If ``max_tags`` is below ``min_tags``, or ``latent`` is on without an archive.
    """
    found = TrainingSettings(
        **{item.name: options[item.name] for item in fields(TrainingSettings) if item.name in options}
    )
    if found.max_tags is not None and found.max_tags < found.min_tags:
        raise SettingsError(
            f"max_tags {found.max_tags} is below min_tags {found.min_tags}. Fix: raise max_tags, or lower min_tags"
        )
    if found.latent == "on" and "archive" not in options:
        raise SettingsError("latent is on, but there is nothing to learn from. Fix: name the articles with archive")
    return found
