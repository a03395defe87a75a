"""The body of a request: its bytes as they arrived, unpacked, and read as JSON or as text in the charset it names."""

import codecs
import encodings
import re
import zlib
from encodings.aliases import aliases
from pkgutil import iter_modules
from typing import Any

import jiter
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from classifier.errors import CodingError, MalformedInputError, MediaTypeError, shown
from classifier.schema import parse_json
from classifier.service.present import this_app

JSON = "application/json"
TEXT_TYPES = ("text/plain", "text/html")
_GZIP_WINDOW = 31  # zlib's number for the format gzip with the largest window
#: Codecs that are no charsets of texts: bytes to bytes, names of hosts, escapes of Python, and UTF-7, which is unsafe.
_BYTES_TO_BYTES = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "uu_codec", "zlib_codec"}
_OF_PYTHON = {"aliases", "charmap", "idna", "mbcs", "oem", "punycode", "raw_unicode_escape", "rot_13", "undefined"}
_NO_CHARSETS = _BYTES_TO_BYTES | _OF_PYTHON | {"unicode_escape", "utf_7"}
_CODECS = {module.name for module in iter_modules(encodings.__path__)} - _NO_CHARSETS
_CHARSETS = _CODECS | {alias for alias, codec in aliases.items() if codec in _CODECS}
_MEDIA_TYPE = re.compile(r"(?:application|audio|font|image|message|model|multipart|text|video)/[a-z0-9.+-]{1,60}")
_NAME = re.compile(r"[A-Za-z0-9._:-]{1,40}")
#: Charsets that senders name for a wider one; browsers read them so.
_WIDER = {
    "ascii": "utf-8",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "shift_jis": "cp932",
}


def body_bytes(call: Request) -> bytes:
    """Return the body as it arrived, past werkzeug's streams, which take ten times as long.

    Raises
    ------
    MalformedInputError
        If it did not arrive whole, or in time.
    """
    limit = this_app().config["MAX_CONTENT_LENGTH"]
    announced = call.environ.get("CONTENT_LENGTH", "")
    length = int(announced) if announced.isdecimal() and "HTTP_TRANSFER_ENCODING" not in call.environ else None
    if length is not None and length > limit:
        raise RequestEntityTooLarge
    data: bytes = call.environ["wsgi.input"].read(limit + 1 if length is None else length)
    if len(data) > limit:
        raise RequestEntityTooLarge
    if length is not None and len(data) < length:
        raise MalformedInputError(f"the request body ended after {len(data):,} of {length:,} bytes. Fix: send it again")
    return data


def unpacked(call: Request, data: bytes) -> bytes:
    """Return the body without its Content-Encoding: gzip, or none.

    Raises
    ------
    CodingError
        If it has another one.
    MalformedInputError
        If it is not gzip, or not whole.
    RequestEntityTooLarge
        If more than the limit of a request comes out. Unpacking stops there.
    """
    coding = call.environ.get("HTTP_CONTENT_ENCODING")
    if coding is None or (coding := coding.strip().lower()) in ("", "identity"):
        return data
    if coding not in ("gzip", "x-gzip"):
        raise CodingError(
            f"the request has {_called('Content-Encoding', coding)}, which the service does not read. Fix: send the "
            "body with gzip, or without a Content-Encoding"
        )
    limit = this_app().config["MAX_CONTENT_LENGTH"]
    gzip = zlib.decompressobj(_GZIP_WINDOW)
    try:
        out = gzip.decompress(data, limit + 1)
    except zlib.error:
        raise MalformedInputError(_NOT_GZIP) from None
    if len(out) > limit:
        raise RequestEntityTooLarge
    if not gzip.eof or gzip.unused_data:
        raise MalformedInputError(_NOT_GZIP)
    return out


def media_type(call: Request) -> str:
    """Return the media type of the body, without its parameters."""
    sent = call.environ.get("CONTENT_TYPE", "")
    return JSON if sent == JSON else call.mimetype  # nearly every request: nothing to parse


def is_json(kind: str) -> bool:
    """Return whether a media type is JSON or a kind of it, such as ``application/ld+json``."""
    return kind == JSON or kind.endswith("+json")


def read_object(call: Request, instead: str = "") -> Any:
    """Return the JSON in the body.

    Parameters
    ----------
    call : Request
    instead : str
        What else the caller may do if the body is not JSON, as the end of the error's message.

    Raises
    ------
    MediaTypeError
        If the Content-Type is not JSON.
    CodingError, MalformedInputError
        If the body cannot be read.
    """
    kind = media_type(call)
    if not is_json(kind):
        given = f"has {_named(kind)}"
        if _is_object(_body(call)):
            raise MediaTypeError(f"{_OBJECT}, but the request {given}. Fix: send it as application/json")
        raise MediaTypeError(
            f"the request {given}, and the service reads JSON here. Fix: send JSON as application/json{instead}"
        )
    return parse_json(_body(call))


def read_text(call: Request) -> str:
    """Return the text in the body, decoded from the charset that the Content-Type names; otherwise it is UTF-8.

    Raises
    ------
    MediaTypeError
        If the Content-Type is neither text/plain nor text/html, the charset is unknown, or the text is a JSON object.
    CodingError, MalformedInputError
        If the body cannot be read.
    """
    kind = media_type(call)
    if kind not in TEXT_TYPES:
        given = _named(kind)
        raise MediaTypeError(
            f"the request has {given}, and the service reads texts here. Fix: send text/plain or text/html, or send an "
            "article as JSON to POST /v1/tags"
        )
    text = _decoded(_body(call), call.mimetype_params.get("charset", "")).removeprefix("\ufeff")
    if re.match(r"\s*[{\[]", text) and _is_object(text.encode("utf-8", "surrogatepass")):
        raise MediaTypeError(
            f"{_OBJECT}, but the request has the Content-Type {kind}. Fix: send it as application/json"
        )
    return text


def _named(kind: str) -> str:
    """Return a media type as messages show it. A header that is none may hold anything, and is not shown."""
    if not kind:
        return "no Content-Type"
    return (
        f"the Content-Type {shown(kind)}" if _MEDIA_TYPE.fullmatch(kind) else "a Content-Type that is not a media type"
    )


def _body(call: Request) -> bytes:
    data = unpacked(call, body_bytes(call))
    if not data.strip():
        raise MalformedInputError(
            "the request has no body. Fix: send an article as a JSON object with a headline or a body"
        )
    return data


def _called(what: str, name: str) -> str:
    """Return what a header names as messages show it. The text of a header that names nothing is not shown."""
    return f"the {what} {shown(name)}" if all(map(_NAME.fullmatch, re.split(", ?", name))) else f"an unusual {what}"


def _decoded(data: bytes, charset: str) -> str:
    if not charset:
        name = "utf-8"
    elif _NAME.fullmatch(charset) and encodings.normalize_encoding(charset.lower()) in _CHARSETS:
        name = codecs.lookup(charset).name
        name = _WIDER.get(name, name)
    else:
        raise MediaTypeError(
            f"the request names {_called('charset', charset)}, which the service does not know. Fix: send the text as "
            "UTF-8"
        )
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise MalformedInputError(
            f"the text is not {charset or 'UTF-8'} at byte {error.start}. Fix: send it as UTF-8, or name its charset, "
            "as in “Content-Type: text/plain; charset=windows-1252”"
        ) from None


def _is_object(data: bytes) -> bool:
    """Return whether a body is a JSON object, or a list that holds one, and not a text that begins like one."""
    start = data.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith((b"{", b"[")):
        return False
    try:
        found = parse_json(data)
    except MalformedInputError:
        try:
            found = jiter.from_json(start)  # with a field twice, for instance
        except ValueError:
            return False
    return isinstance(found, dict) or (isinstance(found, list) and any(isinstance(item, dict) for item in found))


_OBJECT = "the body is a JSON object"
_NOT_GZIP = (
    "the request has the Content-Encoding gzip, but its body is not one whole gzip stream. Fix: compress the body "
    "once, or send it without a Content-Encoding"
)
