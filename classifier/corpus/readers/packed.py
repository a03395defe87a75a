"""Packed files: .gz, and the files in a .zip, which have the path of the .zip and their own name in it."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import IO, Any

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.errors import CorpusError

GZIP = ".gz"
ZIP = ".zip"


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
    try:
        with zipfile.ZipFile(archive) as file:
            entries = [entry for entry in file.infolist() if not entry.is_dir()]
    except zipfile.BadZipFile as error:
        raise CorpusError(f"{archive} is damaged, or not a .zip at all. Fix: copy it again") from error
    unpacked, most = sum(entry.file_size for entry in entries), LIMITS.unpacked_from(archive.stat().st_size)
    if unpacked > most:
        raise CorpusError(
            f"{archive} unpacks to {unpacked:,} bytes, far more than its size suggests; the limit is {most:,}. "
            "Fix: if you trust the file, unpack it by hand and read the unpacked files"
        )
    names = sorted({entry.filename for entry in entries})
    found = [archive / name for name in names if not name.startswith("__MACOSX/")]
    return [path for path in found if not path.name.startswith(".")]


def open_member(archive: Path, path: Path) -> tuple[IO[bytes] | gzip.GzipFile, int]:
    """Open a file in a .zip, and return its packed size; a .gz in it is unpacked as well."""
    packed = zipfile.ZipFile(archive)
    entry = next((entry for entry in packed.infolist() if archive / entry.filename == path), None)
    if entry is None:
        packed.close()
        raise CorpusError(f"{archive} does not contain {path.relative_to(archive)}. Fix: check the path")
    try:
        file = packed.open(entry)
    except (RuntimeError, NotImplementedError) as error:
        packed.close()
        raise CorpusError(f"{path} cannot be unpacked ({error}). Fix: unpack {archive} by hand") from error
    size = entry.compress_size
    if path.suffix.lower() == GZIP:
        return gzip.open(file), size
    return file, size


class Unpacked(io.RawIOBase):
    """The bytes of a packed file, up to its limit: a small file may unpack to more than the memory holds."""

    def __init__(self, path: Path, file: IO[bytes] | gzip.GzipFile, size: int, limits: Limits) -> None:
        self._path = path
        self._file = file
        self._most = limits.unpacked_from(size)
        self._read = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Unpack the next bytes; raise CorpusError over the limit."""
        data = self._file.read(len(buffer))
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
