"""Signatures of webhooks: what a delivery says that it signs, and whether one of our secrets made its signature."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from typing import Literal

from werkzeug.datastructures import Headers

Scheme = Literal["standard", "hub", "ghost"]
#: Seconds that a delivery's time may differ from ours, either way.
WINDOW_SECONDS = 300
_PREFIX = "whsec_"
_GHOST = re.compile(r"sha256=(\S+), ?t=(\d{1,15})")


class RefusedError(Exception):
    """A delivery that is not taken. The reason is for our log, and never for the sender."""


def verify(scheme: Scheme, headers: Headers, body: bytes, secrets: Sequence[bytes], now: float) -> bytes:
    """Return what a delivery signs, the same bytes whenever the same delivery comes again.

    Every secret is tried, and compared in a time that does not depend on how much of a signature is right.

    Parameters
    ----------
    scheme : str
        ``standard``: Standard Webhooks (standardwebhooks.com). ``hub``: X-Hub-Signature-256, as GitHub sends it.
        ``ghost``: X-Ghost-Signature, as Ghost sends it since 2024.
    headers : Headers
    body : bytes
        As it arrived.
    secrets : sequence of bytes
    now : float
        Seconds since 1970.

    Raises
    ------
    RefusedError
        If no secret made its signature, or it was made more than five minutes ago or ahead.
    """
    message, given, time = _READERS[scheme](headers, body)
    expected = [_EXPECTED[scheme](secret, message) for secret in secrets]
    same = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(same):
        raise RefusedError("no secret made its signature")
    if time is not None and abs(now - time) > WINDOW_SECONDS:
        raise RefusedError("it was signed more than five minutes ago or ahead")
    return message


def read_secret(scheme: Scheme, text: str) -> bytes:
    """Return the secret that is written so; those of Standard Webhooks are in Base64 after ``whsec_``.

    Raises
    ------
    ValueError
        If it is not written so, or shorter than 16 bytes.
    """
    secret = text.encode()
    if scheme == "standard":
        try:
            secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            raise ValueError("must be whsec_ and Base64") from None
    if len(secret) < 16:
        raise ValueError("must be 16 bytes or longer: a shorter one can be guessed")
    return secret


_Read = tuple[bytes, list[bytes], float | None]


def _standard(headers: Headers, body: bytes) -> _Read:
    id_, time = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    if not re.fullmatch(r"\d{1,12}", time, re.ASCII):
        raise RefusedError("its timestamp is no number")
    given = _header(headers, "webhook-signature").split()
    signatures = [_bytes(one.removeprefix("v1,")) for one in given if one.startswith("v1,")]
    return _bytes(f"{id_}.{time}.") + body, signatures, float(time)


def _hub(headers: Headers, body: bytes) -> _Read:
    kind, _, signature = _header(headers, "x-hub-signature-256").partition("=")
    return body, [_bytes(signature)] if kind == "sha256" else [], None


def _ghost(headers: Headers, body: bytes) -> _Read:
    found = _GHOST.fullmatch(_header(headers, "x-ghost-signature"))
    if not found or not found[2].isascii():
        raise RefusedError("its signature is not written as “sha256=HEX, t=MILLISECONDS”")
    return body + _bytes(found[2]), [_bytes(found[1])], float(found[2]) / 1000


def _header(headers: Headers, name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise RefusedError(f"it has no {name}")
    return value


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")  # what headers are


def _base64(secret: bytes, message: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, message, hashlib.sha256))


def _hex(secret: bytes, message: bytes) -> bytes:
    return hmac.digest(secret, message, hashlib.sha256).hex().encode()


_READERS: dict[Scheme, Callable[[Headers, bytes], _Read]] = {
    "standard": _standard,
    "hub": _hub,
    "ghost": _ghost,
}
_EXPECTED: dict[Scheme, Callable[[bytes, bytes], bytes]] = {"standard": _base64, "hub": _hex, "ghost": _hex}
