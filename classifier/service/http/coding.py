"""How a body is coded: packed, in a charset, or JSON under another name; and what messages show of its headers."""

import codecs
import encodings
import re
import sys
import zlib
from encodings.aliases import aliases
from pkgutil import iter_modules

import jiter
from werkzeug.exceptions import RequestEntityTooLarge

from classifier.errors import CodingError, MalformedInputError, MediaTypeError, shown
from classifier.schema import parse_json

_ZSTD_WINDOW = 23  # 8 MiB, which RFC 9659 allows at most: a body must not choose how much memory it takes
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


def unpack(data: bytes, coding: str, limit: int) -> bytes:
    """Return a body without its Content-Encoding: gzip, zstd, or none.

    Parameters
    ----------
    data : bytes
    coding : str
        The Content-Encoding that the request names.
    limit : int
        How many bytes may come out.

    Raises
    ------
    CodingError
        If it has another Content-Encoding.
    MalformedInputError
        If it is not in that encoding, or not whole.
    RequestEntityTooLarge
        If more bytes than the limit come out. Unpacking stops there.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return data
    if coding == "zstd":
        return _without_zstd(data, limit)
    if coding not in ("gzip", "x-gzip"):
        raise CodingError(
            f"the request has {_called('Content-Encoding', coding)}, which the service does not read. Fix: send the "
            "body with gzip or zstd, or without a Content-Encoding"
        )
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


def _without_zstd(data: bytes, limit: int) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    unpacking = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW})
    try:
        out: bytes = unpacking.decompress(data, limit + 1)
    except zstd.ZstdError:
        raise MalformedInputError(_NOT_ZSTD) from None
    if len(out) > limit:
        raise RequestEntityTooLarge
    if not unpacking.eof or unpacking.unused_data:
        raise MalformedInputError(_NOT_ZSTD)
    return out


def described(kind: str) -> str:
    """Return a media type as messages show it. A header that is none may hold anything, and is not shown."""
    if not kind:
        return "no Content-Type"
    return (
        f"the Content-Type {shown(kind)}" if _MEDIA_TYPE.fullmatch(kind) else "a Content-Type that is not a media type"
    )


def _called(what: str, name: str) -> str:
    """Return what a header names as messages show it. The text of a header that names nothing is not shown."""
    return f"the {what} {shown(name)}" if all(map(_NAME.fullmatch, re.split(", ?", name))) else f"an unusual {what}"


def decoded(data: bytes, charset: str) -> str:
    """Return a text, decoded from its charset; without one it is UTF-8.

    Raises
    ------
    MediaTypeError
        If the charset is unknown.
    MalformedInputError
        If the text is not in that charset.
    """
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


def is_object(data: bytes) -> bool:
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


_NOT_GZIP = (
    "the request has the Content-Encoding gzip, but its body is not one whole gzip stream. Fix: compress the body "
    "once, or send it without a Content-Encoding"
)
_NOT_ZSTD = (
    "the request has the Content-Encoding zstd, but its body is not one whole zstd frame with a window of at most 8 "
    "MiB. Fix: compress the body once, or send it without a Content-Encoding"
)
