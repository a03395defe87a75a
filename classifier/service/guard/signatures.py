"""Signatures of webhooks, in two steps: the claim in the headers, then whether a secret of ours signed the body."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from werkzeug.datastructures import Headers

Scheme = Literal["standard", "hub", "ghost", "sanity"]
Digest = Literal["sha256", "sha1"]
Encoding = Literal["hex", "base64"]
#: Seconds by which a delivery's timestamp may differ from our clock, in either direction.
WINDOW_SECONDS = 300
_PREFIX = "whsec_"
_STANDARD = re.compile(r"v1,([A-Za-z0-9+/]{43}=)")
_HUB = re.compile(r"sha256=([0-9a-f]{64})")
_GHOST = re.compile(r"sha256=([0-9a-f]{64}), ?t=([0-9]{1,15})")
_SANITY = re.compile(r"t=([0-9]{1,15})[, ]+v1=([A-Za-z0-9_-]{43})=?")


@dataclass(frozen=True, slots=True)
class SignedHeader:
    """A header that holds the HMAC of the body, for senders that none of the schemes fits.

    Parameters
    ----------
    header : str
    digest : str
        ``sha256``, or ``sha1`` for senders that have nothing else.
    encoding : str
        ``hex`` in either case, or ``base64`` in either alphabet, with or without padding.
    prefix : str
        The text before the signature, such as ``sha1=``.
    """

    header: str
    digest: Digest
    encoding: Encoding
    prefix: str


@dataclass(frozen=True, slots=True)
class TokenHeader:
    """A header that holds a fixed token after ``prefix``, for senders that do not sign."""

    header: str
    prefix: str


Signing = Scheme | SignedHeader | TokenHeader


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
        The signatures sent, decoded; one of them has to be right. Empty if the headers alone were proof, as a token is.
    digest : str
    """

    before: bytes
    after: bytes
    given: tuple[bytes, ...]
    digest: Digest = "sha256"

    def verify(self, body: bytes, secrets: Sequence[bytes]) -> None:
        """Check that one of the secrets signed this body.

        Every secret is tried, and compared in a time that does not depend on how much of a signature is right.

        Raises
        ------
        RefusedError
            If none of them did.
        """
        if not self.given:
            return
        message = self.before + body + self.after
        expected = [hmac.digest(secret, message, self.digest) for secret in secrets]
        same = [hmac.compare_digest(one, other) for one in expected for other in self.given]
        if not any(same):
            raise RefusedError("its signature matches no secret of the source. Fix: give both sides the same secret")


def read_signature(signing: Signing, secrets: Sequence[bytes], headers: Headers, now: float) -> Signature:
    """Return the signature that the headers of a delivery claim. The body is not needed.

    Parameters
    ----------
    signing : str, SignedHeader or TokenHeader
        ``standard``: Standard Webhooks (standardwebhooks.com), also with Svix's names of the headers. ``hub``:
        X-Hub-Signature-256, as GitHub sends it. It has no timestamp. ``ghost``: X-Ghost-Signature, as Ghost sends it
        since 2024. ``sanity``: sanity-webhook-signature.
    secrets : sequence of bytes
        A token is compared with them here, in constant time.
    headers : Headers
    now : float
        Seconds since 1970.

    Raises
    ------
    RefusedError
        If the headers hold no signature of this kind, the wrong token, or a timestamp more than five minutes from now.
    """
    if isinstance(signing, TokenHeader):
        return _token(signing, secrets, headers)
    if isinstance(signing, SignedHeader):
        return _signed_header(signing, headers)
    signature, time = _READERS[signing](headers)
    if time is not None and abs(now - time) > WINDOW_SECONDS:
        raise RefusedError("its timestamp differs from this clock by more than five minutes. Fix: check both clocks")
    return signature


def read_secret(signing: Signing, text: str) -> bytes:
    """Return the secret in a text. Secrets of Standard Webhooks are in Base64 after ``whsec_``, padded or not.

    Raises
    ------
    ValueError
        If the text is not a secret of this scheme, or the secret is shorter than 16 bytes.
    """
    secret = text.encode()
    if signing == "standard":
        try:
            coded = text.removeprefix(_PREFIX).rstrip("=")
            secret = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
        except binascii.Error:
            raise ValueError("must be whsec_ followed by Base64. Fix: copy the secret from the sender again") from None
    if len(secret) < 16:
        raise ValueError("must be 16 bytes or longer, because a shorter one can be guessed. Fix: make a longer secret")
    return secret


def _standard(headers: Headers) -> tuple[Signature, float]:
    names = "svix" if "svix-signature" in headers and "webhook-signature" not in headers else "webhook"
    id_, time = _header(headers, f"{names}-id"), _header(headers, f"{names}-timestamp")
    if not re.fullmatch(r"[0-9]{1,12}", time):
        raise RefusedError(f"its {names}-timestamp header is not a number")
    found = map(_STANDARD.fullmatch, _header(headers, f"{names}-signature").split())
    given = tuple(base64.b64decode(match[1]) for match in found if match)
    if not given:
        raise RefusedError(f"its {names}-signature header contains no signature of version v1")
    return Signature(_bytes(f"{id_}.{time}."), b"", given), float(time)


def _hub(headers: Headers) -> tuple[Signature, None]:
    found = _HUB.fullmatch(_header(headers, "x-hub-signature-256"))
    if not found:
        raise RefusedError("its x-hub-signature-256 header does not have the form “sha256=HEX”")
    return Signature(b"", b"", (bytes.fromhex(found[1]),)), None


def _ghost(headers: Headers) -> tuple[Signature, float]:
    found = _GHOST.fullmatch(_header(headers, "x-ghost-signature"))
    if not found:
        raise RefusedError("its x-ghost-signature header does not have the form “sha256=HEX, t=MILLISECONDS”")
    return Signature(b"", found[2].encode(), (bytes.fromhex(found[1]),)), float(found[2]) / 1000


def _sanity(headers: Headers) -> tuple[Signature, float]:
    found = _SANITY.fullmatch(_header(headers, "sanity-webhook-signature").strip())
    if not found:
        raise RefusedError("its sanity-webhook-signature header does not have the form “t=MILLISECONDS,v1=BASE64”")
    given = base64.urlsafe_b64decode(found[2] + "=")
    return Signature(f"{found[1]}.".encode(), b"", (given,)), float(found[1]) / 1000


def _signed_header(signing: SignedHeader, headers: Headers) -> Signature:
    value = _header(headers, signing.header).strip()
    coded = value.removeprefix(signing.prefix)
    if signing.prefix and coded == value:
        raise RefusedError(f"its {signing.header} header does not begin with the prefix of the source")
    try:
        given = bytes.fromhex(coded) if signing.encoding == "hex" else _base64(coded)
    except ValueError:
        given = b""
    if len(given) != hashlib.new(signing.digest, usedforsecurity=False).digest_size:
        raise RefusedError(f"its {signing.header} header holds no {signing.digest} signature in {signing.encoding}")
    return Signature(b"", b"", (given,), signing.digest)


def _base64(coded: str) -> bytes:
    coded = coded.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)


def _token(signing: TokenHeader, secrets: Sequence[bytes], headers: Headers) -> Signature:
    value = _header(headers, signing.header).strip()
    token = hashlib.sha256(value.removeprefix(signing.prefix).encode("latin-1", "replace")).digest()
    same = [hmac.compare_digest(token, hashlib.sha256(secret).digest()) for secret in secrets]
    if not any(same) or not value.startswith(signing.prefix):
        raise RefusedError(f"its {signing.header} header holds no token of the source. Fix: give both the same token")
    return Signature(b"", b"", ())


def _header(headers: Headers, name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise RefusedError(f"it has no {name} header")
    return value


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")  # the encoding of headers


_READERS: dict[Scheme, Callable[[Headers], tuple[Signature, float | None]]] = {
    "standard": _standard,
    "hub": _hub,
    "ghost": _ghost,
    "sanity": _sanity,
}
