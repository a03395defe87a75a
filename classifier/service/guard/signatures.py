"""Signatures of webhooks, in two steps: what the headers claim, then whether a secret of ours signed the body."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from werkzeug.datastructures import Headers

Scheme = Literal["standard", "hub", "ghost"]
#: Seconds by which a delivery's timestamp may differ from our clock, in either direction.
WINDOW_SECONDS = 300
_PREFIX = "whsec_"
_STANDARD = re.compile(r"v1,([A-Za-z0-9+/]{43}=)")
_HUB = re.compile(r"sha256=([0-9a-f]{64})")
_GHOST = re.compile(r"sha256=([0-9a-f]{64}), ?t=([0-9]{1,15})")


class RefusedError(Exception):
    """A delivery that is refused. The reason goes to the log, never to the sender."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature that the headers of a delivery claim. It is not verified yet.

    Parameters
    ----------
    before, after : bytes
        The signed message is the body between these two.
    given : tuple of bytes
        The signatures sent; one of them has to be right.
    encoded : callable
        Encodes a digest in the way that the scheme does.
    """

    before: bytes
    after: bytes
    given: tuple[bytes, ...]
    encoded: Callable[[bytes], bytes]

    def verify(self, body: bytes, secrets: Sequence[bytes]) -> None:
        """Check that one of the secrets signed this body.

        Every secret is tried, and compared in a time that does not depend on how much of a signature is right.

        Raises
        ------
        RefusedError
            If none of them did.
        """
        message = self.before + body + self.after
        expected = [self.encoded(hmac.digest(secret, message, hashlib.sha256)) for secret in secrets]
        same = [hmac.compare_digest(one, other) for one in expected for other in self.given]
        if not any(same):
            raise RefusedError("its signature matches no secret of the source. Fix: give both sides the same secret")


def read_signature(scheme: Scheme, headers: Headers, now: float) -> Signature:
    """Return the signature that the headers of a delivery claim. The body is not needed.

    Parameters
    ----------
    scheme : str
        ``standard``: Standard Webhooks (standardwebhooks.com). ``hub``: X-Hub-Signature-256, as GitHub sends it. It has
        no timestamp. ``ghost``: X-Ghost-Signature, as Ghost sends it since 2024.
    headers : Headers
    now : float
        Seconds since 1970.

    Raises
    ------
    RefusedError
        If the headers hold no signature of this scheme, or a timestamp more than five minutes from now.
    """
    signature, time = _READERS[scheme](headers)
    if time is not None and abs(now - time) > WINDOW_SECONDS:
        raise RefusedError("its timestamp differs from this clock by more than five minutes. Fix: check both clocks")
    return signature


def read_secret(scheme: Scheme, text: str) -> bytes:
    """Return the secret in a text. Secrets of Standard Webhooks are in Base64 after ``whsec_``.

    Raises
    ------
    ValueError
        If the text is not a secret of this scheme, or the secret is shorter than 16 bytes.
    """
    secret = text.encode()
    if scheme == "standard":
        try:
            secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            raise ValueError("must be whsec_ followed by Base64. Fix: copy the secret from the sender again") from None
    if len(secret) < 16:
        raise ValueError("must be 16 bytes or longer, because a shorter one can be guessed. Fix: make a longer secret")
    return secret


def _standard(headers: Headers) -> tuple[Signature, float]:
    id_, time = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    if not re.fullmatch(r"[0-9]{1,12}", time):
        raise RefusedError("its webhook-timestamp header is not a number")
    found = map(_STANDARD.fullmatch, _header(headers, "webhook-signature").split())
    given = tuple(match[1].encode() for match in found if match)
    if not given:
        raise RefusedError("its webhook-signature header contains no signature of version v1")
    return Signature(_bytes(f"{id_}.{time}."), b"", given, base64.b64encode), float(time)


def _hub(headers: Headers) -> tuple[Signature, None]:
    found = _HUB.fullmatch(_header(headers, "x-hub-signature-256"))
    if not found:
        raise RefusedError("its x-hub-signature-256 header does not have the form “sha256=HEX”")
    return Signature(b"", b"", (found[1].encode(),), _hex), None


def _ghost(headers: Headers) -> tuple[Signature, float]:
    found = _GHOST.fullmatch(_header(headers, "x-ghost-signature"))
    if not found:
        raise RefusedError("its x-ghost-signature header does not have the form “sha256=HEX, t=MILLISECONDS”")
    return Signature(b"", found[2].encode(), (found[1].encode(),), _hex), float(found[2]) / 1000


def _header(headers: Headers, name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise RefusedError(f"it has no {name} header")
    return value


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")  # the encoding of headers


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


_READERS: dict[Scheme, Callable[[Headers], tuple[Signature, float | None]]] = {
    "standard": _standard,
    "hub": _hub,
    "ghost": _ghost,
}
