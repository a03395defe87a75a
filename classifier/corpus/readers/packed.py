"""Packed files: .gz, and the files in a .zip, which have the path of the .zip and their own name in it."""

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.errors import CorpusError

GZIP = ".gz"
ZIP = ".zip"
#: Errors of packed files that are damaged.
DAMAGE = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)
_ENCRYPTED = 1


def zip_of(path: Path) -> Path | None:
    """Return the .zip that a file is in, or None: such a file has the path of the .zip and its own name in it."""
    if ZIP not in str(path).lower():
        return None
    return next((parent for parent in path.parents if parent.suffix.lower() == ZIP and parent.is_file()), None)


def is_member(path: Path) -> bool:
    """Return whether a path is that of a file in a .zip."""
    archive = zip_of(path)
    return archive is not None and path in members(archive)


def members(archive: Path) -> list[Path]:
    """Return the files in a .zip, sorted, without the ones that macOS adds.

    Raises
    ------
    CorpusError
        If all files together unpack to more than the limit.
    """
    entries = _directory(archive)[1].values()
    unpacked, most = sum(entry.file_size for entry in entries), LIMITS.unpacked_from(archive.stat().st_size)
    if unpacked > most:
        raise CorpusError(
            f"{archive} unpacks to {unpacked:,} bytes, far more than its size suggests; the limit is {most:,}. "
            "Fix: if you trust the file, unpack it by hand and read the unpacked files"
        )
    names = sorted(entry.filename for entry in entries)
    found = [archive / name for name in names if not name.startswith("__MACOSX/")]
    return [path for path in found if not path.name.startswith(".")]


def _directory(archive: Path) -> tuple[zipfile.ZipFile, Mapping[Path, zipfile.ZipInfo]]:
    """Return a .zip, opened, and its files by their paths.

    Raises
    ------
    CorpusError
        If it is damaged.
    """
    found = archive.stat()
    return _opened(archive, found.st_size, found.st_mtime_ns, found.st_ino, os.getpid())


@lru_cache(maxsize=2)  # opening it reads the names of all its files, which may be many thousands
def _opened(archive: Path, *_stamp: int) -> tuple[zipfile.ZipFile, Mapping[Path, zipfile.ZipInfo]]:
    try:
        file = zipfile.ZipFile(archive)
    except zipfile.BadZipFile as error:
        raise CorpusError(f"{archive} is damaged, or not a .zip at all. Fix: copy it again") from error
    return file, {archive / entry.filename: entry for entry in file.infolist() if not entry.is_dir()}


def size_of_member(archive: Path, path: Path) -> int:
    """Return the packed size of a file in a .zip in bytes.

    Raises
    ------
    CorpusError
        If the .zip is damaged, or has no such file.
    """
    return _entry(archive, path)[1].compress_size


def _entry(archive: Path, path: Path) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    packed, entries = _directory(archive)
    if (entry := entries.get(path)) is None:
        raise CorpusError(f"{archive} does not contain {path.relative_to(archive)}. Fix: check the path")
    return packed, entry


def open_member(archive: Path, path: Path) -> tuple[gzip.GzipFile | zipfile.ZipExtFile, int]:
    """Open a file in a .zip, and return its packed size; a .gz in it is unpacked as well.

    Raises
    ------
    CorpusError
        If the .zip is damaged or has no such file, or if the file cannot be unpacked.
    """
    packed, entry = _entry(archive, path)
    if entry.flag_bits & _ENCRYPTED:
        raise CorpusError(f"{path} needs a password. Fix: unpack {archive} by hand, and give the unpacked files")
    try:
        file = packed.open(entry)
    except RuntimeError as error:
        raise CorpusError(
            f"{path} is compressed by a method that Copydesk does not read ({error}). Fix: unpack {archive} by hand, "
            "and give the unpacked files"
        ) from error
    if path.suffix.lower() == GZIP:
        return gzip.open(file), entry.compress_size
    return cast(zipfile.ZipExtFile, file), entry.compress_size


def head_of(file: IO[bytes], size: int) -> bytes:
    """Return the first bytes of a file as `open_bytes` opens it; of a damaged one, those before the damage."""
    parts = []
    with suppress(*DAMAGE):
        while size > 0 and (part := cast(io.BufferedReader, file).read1(size)):
            parts.append(part)
            size -= len(part)
    return b"".join(parts)


class Unpacked(io.RawIOBase):
    """The bytes of a packed file, up to its limit: a small file may unpack to more than the memory holds."""

    def __init__(self, path: Path, file: gzip.GzipFile | zipfile.ZipExtFile, size: int, limits: Limits) -> None:
        self._path = path
        self._file = file
        self._most = limits.unpacked_from(size)
        self._read = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Unpack the next bytes; raise CorpusError over the limit."""
        data = self._file.read1(len(buffer))  # read() would discard the whole bytes before a damaged place
        self._read += len(data)
        if self._read > self._most:
            raise CorpusError(
                f"{self._path} unpacks to more than {self._most:,} bytes, far more than its size suggests. "
                "Fix: if you trust the file, unpack it by hand and read the unpacked file"
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the packed file."""
        self._file.close()
        super().close()
