"""The sources that are called back, from a TOML file: where, with which secret, and how patiently."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from classifier.errors import SettingsError
from classifier.schema import schema_error
from classifier.service.addresses import address
from classifier.service.guard.signatures import read_secret
from classifier.toml_file import read_toml

_Seconds = Annotated[float, Field(ge=0.01, le=604_800)]


class _Table(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A table ``[callback.SOURCE]``."""

    url: Annotated[str, Field(max_length=2_000)]
    secret: str | Annotated[list[str], Field(min_length=1)]
    timeout: _Seconds = 10.0
    first_wait: _Seconds = 5.0
    longest_wait: _Seconds = 3_600.0
    stuck_after: _Seconds = 86_400.0
    plain_http: bool = False


@dataclass(frozen=True)
class Receiver:
    """A source that is called back.

    Parameters
    ----------
    name : str
    url : str
    secrets : tuple of bytes
        A call-back is signed with each of them, so that they can be rotated without a gap.
    timeout : float
        Seconds in which it has to connect, and to answer.
    first_wait, longest_wait : timedelta
        Before a call-back that was not taken is tried again; each wait is twice as long as the one before.
    stuck_after : timedelta
        After a first failure; then a call-back counts as stuck, and goes on to be tried.
    """

    name: str
    url: str
    secrets: tuple[bytes, ...]
    timeout: float
    first_wait: timedelta
    longest_wait: timedelta
    stuck_after: timedelta


def load_receivers(path: Path, environment: Mapping[str, str] | None = None) -> dict[str, Receiver]:
    """Read the ``[callback.SOURCE]`` tables of a file, and their secrets from the environment.

    Raises
    ------
    SettingsError
        If the file, a table, an address or a secret cannot be used. The message never shows a secret.
    """
    environment = os.environ if environment is None else environment
    tables, _ = read_toml(path, SettingsError)
    found = tables.get("callback")
    if set(tables) != {"callback"} or not isinstance(found, dict) or not found:
        raise SettingsError(
            f"{path} must contain only tables named [callback.SOURCE], and at least one of them. Fix: write each "
            "source as a table such as [callback.cms], and remove everything else"
        )
    return {name: _receiver(name, table, f"{path}, callback {name}", environment) for name, table in found.items()}


def _receiver(name: str, given: object, where: str, environment: Mapping[str, str]) -> Receiver:
    try:
        table = _Table.model_validate(given)
    except ValidationError as error:
        raise SettingsError(f"{where}: {schema_error(error).detail}") from None
    if "/" in name or not 0 < len(name) <= 200:
        raise SettingsError(f"{where}: the name of a source has 1 to 200 characters and no “/”. Fix: rename it")
    _check_url(table, where)
    variables = [table.secret] if isinstance(table.secret, str) else table.secret
    return Receiver(
        name,
        table.url,
        tuple(_secret(variable, where, environment) for variable in variables),
        table.timeout,
        timedelta(seconds=table.first_wait),
        timedelta(seconds=max(table.first_wait, table.longest_wait)),
        timedelta(seconds=table.stuck_after),
    )


def _check_url(table: _Table, where: str) -> None:
    """Check an address. A private one is fine: the operator wrote it, and no caller can change it."""
    try:
        parts = urlsplit(table.url)
        is_url = parts.scheme in ("http", "https") and parts.hostname and not parts.username and not parts.fragment
        port = parts.port  # raises if it is no port
    except ValueError:
        is_url, port = False, None
    if not is_url or port == 0 or not re.fullmatch(r"[!-~]+", table.url):
        raise SettingsError(
            f"{where}: url is not an address of http or https. Fix: write it as https://cms.example.org/copydesk, "
            "without a user and a password"
        )
    if parts.scheme == "http" and not table.plain_http and not _is_near(parts.hostname or ""):
        raise SettingsError(
            f"{where}: url is http, so headlines would travel in the clear. Fix: use https; or if nobody can listen on "
            "the way, add plain_http = true"
        )


def _is_near(host: str) -> bool:
    """Return whether a host is this machine, by its name or address."""
    found = address(f"[{host}]" if ":" in host else host)
    return host == "localhost" or (found is not None and found.is_loopback)


def _secret(variable: str, where: str, environment: Mapping[str, str]) -> bytes:
    text = environment.get(variable)
    if not text:
        raise SettingsError(
            f"{where}: secret names the environment variable {variable}, which is not set. Fix: set it for the service"
        )
    try:
        return read_secret("standard", text)
    except ValueError as error:
        raise SettingsError(f"{where}: the environment variable {variable} {error}") from None
