"""The sources of webhooks: a TOML file that says how each signs, and where in its payload an article is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from classifier.errors import FieldProblem, InvalidInputError, SettingsError
from classifier.request import TagRequest
from classifier.schema import schema_error
from classifier.service.guard.signatures import Scheme, read_secret
from classifier.toml_file import read_toml

_Names = Annotated[list[str], Field(min_length=1)]


class _Table(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A table ``[source.NAME]``; a list of pointers means the first that finds something; blank text is nothing."""

    scheme: Scheme
    secret: str | _Names
    id: str | _Names | None = None
    headline: str | _Names | None = None
    body: str | _Names | None = None
    url: str | _Names | None = None
    language: str | _Names | None = None


@dataclass(frozen=True)
class Source:
    """A program that sends webhooks.

    Parameters
    ----------
    name : str
        As in the address, ``/v1/webhooks/NAME``.
    scheme : str
        How it signs.
    secrets : tuple of bytes
        Each counts, so that one can be put in the place of another without a gap.
    pointers : mapping
        A field of an article -> the JSON pointers (RFC 6901) to try for it, in order.
    """

    name: str
    scheme: Scheme
    secrets: tuple[bytes, ...]
    pointers: Mapping[str, tuple[str, ...]]

    def article(self, payload: object) -> TagRequest:
        """Return the article that a payload holds.

        Raises
        ------
        InvalidInputError
            If its fields are not texts, or it has neither headline nor body; the message names the pointers.
        """
        fields = {}
        for field, pointers in self.pointers.items():
            found = next((value for pointer in pointers if _is_something(value := _find(payload, pointer))), None)
            if field == "id" and isinstance(found, int):
                found = str(found)
            if found is not None and not isinstance(found, str):
                raise InvalidInputError([FieldProblem(field, f"{' and '.join(pointers)}: must be text")])
            if found is not None:
                fields[field] = found
        if not any(fields.get(name, "").strip() for name in ("headline", "body")):
            tried = [p for name in ("headline", "body") for p in self.pointers.get(name, ())]
            raise InvalidInputError([FieldProblem("", f"the payload has no text at {', '.join(tried)}")])
        return TagRequest.read(fields)


class Sources:
    """The sources in force: once the file could be read, what it said then.

    Parameters
    ----------
    path : Path, optional
        Of the file; without one there are no sources.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._found: Mapping[str, Source] | None = None

    def all(self) -> Mapping[str, Source]:
        """Return each source by its name.

        Raises
        ------
        SettingsError
            If the file has not been usable yet.
        """
        if self._found is None:
            self._found = load_sources(self._path) if self._path else {}
        return self._found


def load_sources(path: Path, environment: Mapping[str, str] | None = None) -> dict[str, Source]:
    """Read a file of ``[source.NAME]`` tables, and their secrets from the environment.

    Raises
    ------
    SettingsError
        If the file, a table, a pointer or a secret cannot be used; a secret is never shown.
    """
    environment = os.environ if environment is None else environment
    tables, _ = read_toml(path, SettingsError)
    sources = tables.get("source")
    if set(tables) != {"source"} or not isinstance(sources, dict) or not sources:
        raise SettingsError(f"{path} must be tables such as [source.ghost] and nothing else")
    return {name: _source(name, table, f"{path}, source {name}", environment) for name, table in sources.items()}


def _source(name: str, given: object, where: str, environment: Mapping[str, str]) -> Source:
    try:
        table = _Table.model_validate(given)
    except ValidationError as error:
        raise SettingsError(f"{where}: {schema_error(error).detail}") from None
    if len(name) > 100:
        raise SettingsError(f"{where}: a name has at most 100 characters")
    fields = table.model_dump(exclude={"scheme", "secret"}, exclude_none=True)
    pointers = {field: _several(value) for field, value in fields.items()}
    if not {"headline", "body"} & set(pointers):
        raise SettingsError(f"{where}: give a JSON pointer for the headline or the body")
    for pointer in (p for several in pointers.values() for p in several):
        _check(pointer, where)
    secrets = tuple(_secret(table.scheme, variable, where, environment) for variable in _several(table.secret))
    return Source(name, table.scheme, secrets, pointers)


def _secret(scheme: Scheme, variable: str, where: str, environment: Mapping[str, str]) -> bytes:
    text = environment.get(variable)
    if not text:
        raise SettingsError(f"{where}: secret names the environment variable {variable}, which is not set")
    try:
        return read_secret(scheme, text)
    except ValueError as error:
        raise SettingsError(f"{where}: the environment variable {variable} {error}") from None


def _check(pointer: str, where: str) -> None:
    from jsonpointer import JsonPointer, JsonPointerException

    try:
        JsonPointer(pointer)
    except JsonPointerException:
        raise SettingsError(f"{where}: “{pointer}” is no JSON pointer; write it as /post/current/html") from None


def _find(payload: object, pointer: str) -> Any:
    """Return the value at a pointer, or None where there is none."""
    from jsonpointer import resolve_pointer

    return resolve_pointer(payload, pointer, None)


def _is_something(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
