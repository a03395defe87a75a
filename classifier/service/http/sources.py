"""The sources of webhooks, from a TOML file: how each of them signs, and where its payloads hold an article."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from classifier.errors import FieldProblem, InvalidInputError, SettingsError
from classifier.request import TagRequest
from classifier.schema import schema_error
from classifier.service.guard.signatures import Scheme, read_secret
from classifier.service.http.pointers import Pointer
from classifier.toml_file import read_toml

_FIX_POINTER = ". Fix: correct the pointer in the file of webhook sources, or what the sender sends"
_Names = Annotated[list[str], Field(min_length=1)]


class _Table(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A table ``[source.NAME]``. Of a list of pointers, the first that finds a value other than blank text counts."""

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
        The last part of its address, ``/v1/webhooks/NAME``.
    scheme : str
        The scheme of its signatures.
    secrets : tuple of bytes
        A signature by any of them counts, so that secrets can be rotated without a gap.
    pointers : mapping
        A field of an article -> the JSON pointers to try for it, in order.
    """

    name: str
    scheme: Scheme
    secrets: tuple[bytes, ...]
    pointers: Mapping[str, tuple[Pointer, ...]]

    def article(self, payload: object) -> TagRequest:
        """Return the article in a payload.

        Raises
        ------
        InvalidInputError
            If a field of it is not text, or it has neither headline nor body. The message names the pointers.
        """
        fields = {}
        for field, pointers in self.pointers.items():
            place, found = next(
                ((pointer, value) for pointer in pointers if _is_something(value := pointer.find(payload))),
                (None, None),
            )
            if field == "id" and isinstance(found, int):
                found = str(found)
            if found is not None and not isinstance(found, str):
                raise InvalidInputError([FieldProblem(field, f"{place}: must be a string{_FIX_POINTER}")])
            if found is not None:
                fields[field] = found
        if not any(fields.get(name, "").strip() for name in ("headline", "body")):
            tried = [str(p) for name in ("headline", "body") for p in self.pointers.get(name, ())]
            raise InvalidInputError([FieldProblem("", f"the payload has no text at {', '.join(tried)}{_FIX_POINTER}")])
        return TagRequest.read(fields)


class Sources:
    """The sources in force, read once: a change of the file counts after a restart.

    Parameters
    ----------
    path : Path
        The file of sources.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: Mapping[str, Source] | None = None

    def all(self) -> Mapping[str, Source]:
        """Return the sources by name.

        Raises
        ------
        SettingsError
            If the file cannot be used, and never could.
        """
        if self._found is None:
            self._found = load_sources(self._path)
        return self._found


def load_sources(path: Path, environment: Mapping[str, str] | None = None) -> dict[str, Source]:
    """Read the ``[source.NAME]`` tables of a file, and their secrets from the environment.

    Raises
    ------
    SettingsError
        If the file, a table, a pointer or a secret cannot be used. The message never shows a secret.
    """
    environment = os.environ if environment is None else environment
    tables, _ = read_toml(path, SettingsError)
    sources = tables.get("source")
    if set(tables) != {"source"} or not isinstance(sources, dict) or not sources:
        raise SettingsError(
            f"{path} must contain only tables named [source.NAME], and at least one of them. Fix: write each source as "
            "a table such as [source.ghost], and remove everything else"
        )
    return {name: _source(name, table, f"{path}, source {name}", environment) for name, table in sources.items()}


def _source(name: str, given: object, where: str, environment: Mapping[str, str]) -> Source:
    try:
        table = _Table.model_validate(given)
    except ValidationError as error:
        raise SettingsError(f"{where}: {schema_error(error).detail}") from None
    if len(name) > 100:
        raise SettingsError(
            f"{where}: the name has {len(name):,} characters, but at most 100 are allowed. Fix: shorten it"
        )
    fields = table.model_dump(exclude={"scheme", "secret"}, exclude_none=True)
    pointers = {field: tuple(_pointer(text, where) for text in _several(value)) for field, value in fields.items()}
    if not {"headline", "body"} & set(pointers):
        raise SettingsError(f"{where}: there is no JSON pointer for headline or body. Fix: add one of them")
    secrets = tuple(_secret(table.scheme, variable, where, environment) for variable in _several(table.secret))
    return Source(name, table.scheme, secrets, pointers)


def _secret(scheme: Scheme, variable: str, where: str, environment: Mapping[str, str]) -> bytes:
    text = environment.get(variable)
    if not text:
        raise SettingsError(
            f"{where}: secret names the environment variable {variable}, which is not set. Fix: set it for the service"
        )
    try:
        return read_secret(scheme, text)
    except ValueError as error:
        raise SettingsError(f"{where}: the environment variable {variable} {error}") from None


def _pointer(text: str, where: str) -> Pointer:
    try:
        return Pointer(text)
    except ValueError:
        raise SettingsError(f"{where}: “{text}” is not a JSON pointer. Fix: write it as /post/current/html") from None


def _is_something(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
