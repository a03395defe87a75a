"""The sources of webhooks, from a TOML file: how each of them signs, and where its payloads hold an article."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from classifier.article import number_as_text
from classifier.errors import FieldProblem, InvalidInputError, SettingsError
from classifier.request import TagRequest
from classifier.schema import schema_error
from classifier.service.guard.signatures import (
    Digest,
    Encoding,
    Scheme,
    SignedHeader,
    Signing,
    TokenHeader,
    read_secret,
)
from classifier.service.http.pointers import Found, Pointer
from classifier.store.sets import MAX_NAME_LENGTH, checked_name
from classifier.toml_file import read_toml

_FIX_POINTER = ". Fix: correct the pointer in the file of webhook sources, or what the sender sends"
_FIELDS = ("id", "revision", "headline", "body", "url", "language")
_Names = Annotated[list[str], Field(min_length=1)]


class _Table(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A table ``[source.NAME]``. Of a list of pointers, the first that finds a value other than blank text counts."""

    scheme: Scheme | None = None
    secret: str | _Names | None = None
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^`|~-]{1,100}$")] | None = None
    digest: Digest | None = None
    encoding: Encoding | None = None
    prefix: Annotated[str, Field(max_length=100)] | None = None
    token: str | _Names | None = None
    id: str | _Names | None = None
    revision: str | _Names | None = None
    headline: str | _Names | None = None
    body: str | _Names | None = None
    url: str | _Names | None = None
    language: str | _Names | None = None
    set: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)] | None = None


@dataclass(frozen=True)
class Source:
    """A program that sends webhooks.

    Parameters
    ----------
    name : str
        The last part of its address, ``/v1/webhooks/NAME``.
    signing : str, SignedHeader or TokenHeader
        How it proves that a delivery is its own.
    secrets : tuple of bytes
        A signature by any of them counts, and so does any of the tokens, so that they can be rotated without a gap.
    pointers : mapping
        A field of an article -> the JSON pointers to try for it, in order.
    set : str, optional
        The set of models that tags its articles.
    """

    name: str
    signing: Signing
    secrets: tuple[bytes, ...]
    pointers: Mapping[str, tuple[Pointer, ...]]
    set: str | None = None

    def article(self, payload: object) -> TagRequest:
        """Return the article in a payload.

        Raises
        ------
        InvalidInputError
            If a field of it is not text, or it has neither headline nor body. The message names the pointers.
        """
        fields = self.fields(payload)
        if not any(fields.get(name, "").strip() for name in ("headline", "body")):
            raise InvalidInputError(
                [FieldProblem("", f"the payload has no text at {self.places('headline', 'body')}{_FIX_POINTER}")]
            )
        return TagRequest.read(fields if self.set is None else {**fields, "set": self.set})

    def fields(self, payload: object) -> dict[str, str]:
        """Return the fields of an article that the pointers find in a payload.

        Raises
        ------
        InvalidInputError
            If one of them is not text.
        """
        fields = {}
        for field, pointers in self.pointers.items():
            for pointer in pointers:
                found = self._text(field, pointer, pointer.find(payload))
                if found is not None and found.strip():
                    fields[field] = found
                    break
        return fields

    def places(self, *names: str) -> str:
        """Return the pointers to these fields as a message shows them."""
        return ", ".join(str(pointer) for name in names for pointer in self.pointers.get(name, ()))

    def _text(self, field: str, pointer: Pointer, found: object) -> str | None:
        if isinstance(found, Found):
            try:
                return found.text()
            except TypeError:
                found = ()
        if field in ("id", "revision"):
            found = number_as_text(found)
        if found is not None and not isinstance(found, str):
            raise InvalidInputError([FieldProblem(field, f"{pointer}: must be a string{_FIX_POINTER}")])
        return found


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
    fields = table.model_dump(include=set(_FIELDS), exclude_none=True)
    pointers = {field: tuple(_pointer(text, where) for text in _several(value)) for field, value in fields.items()}
    if not {"headline", "body"} & set(pointers):
        raise SettingsError(f"{where}: there is no JSON pointer for headline or body. Fix: add one of them")
    signing = _signing(table, where)
    variables = _several(table.secret or table.token or ())
    secrets = tuple(_secret(signing, variable, where, environment) for variable in variables)
    if table.set is not None:
        checked_name(table.set, f"{where}: set")
    return Source(name, signing, secrets, pointers, table.set)


def _signing(table: _Table, where: str) -> Signing:
    """Return how a source signs: a scheme with a secret, a header with a secret, or a header with a token."""
    own = {"digest": table.digest, "encoding": table.encoding, "prefix": table.prefix}
    if table.scheme and table.secret and not (table.header or table.token or any(own.values())):
        return table.scheme
    if table.header and table.secret and not (table.scheme or table.token):
        return SignedHeader(table.header, table.digest or "sha256", table.encoding or "hex", table.prefix or "")
    if table.header and table.token and not (table.scheme or table.secret or table.digest or table.encoding):
        return TokenHeader(table.header, table.prefix or "")
    raise SettingsError(
        f"{where}: does not say in one way how its deliveries are signed. Fix: give scheme and secret; or header and "
        "secret, with digest, encoding and prefix as needed; or header and token, with prefix as needed"
    )


def _secret(signing: Signing, variable: str, where: str, environment: Mapping[str, str]) -> bytes:
    text = environment.get(variable)
    if not text:
        raise SettingsError(
            f"{where}: secret or token names the environment variable {variable}, which is not set. "
            "Fix: set it for the service"
        )
    try:
        return read_secret(signing, text)
    except ValueError as error:
        raise SettingsError(f"{where}: the environment variable {variable} {error}") from None


def _pointer(text: str, where: str) -> Pointer:
    try:
        return Pointer(text)
    except ValueError:
        raise SettingsError(f"{where}: “{text}” is not a JSON pointer. Fix: write it as /post/current/html") from None


def _several(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
