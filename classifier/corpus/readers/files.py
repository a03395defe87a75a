"""The files to read: folders and globs expanded, kinds known by suffix, .gz files unpacked while they are read."""

import gzip
import io
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from glob import glob, has_magic
from pathlib import Path
from typing import IO, Any

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.errors import CorpusError, unreadable_as

GZIP = ".gz"
PARQUET = ".parquet"
_BUFFER = 1 << 18


def kind_of(path: Path) -> str:
    """Return the suffix that decides how a file is read, in lower case: ``.csv`` for both a.csv and A.CSV.GZ.

    Parquet files are compressed already, so a .parquet.gz is not of a known kind.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes[-1:] != [GZIP]:
        return suffixes[-1] if suffixes else ""
    packed = suffixes[0] if len(suffixes) == 2 else ""
    return packed if packed != PARQUET else PARQUET + GZIP


def bare_name(path: Path) -> str:
    """Return the name of a file without the suffixes that `kind_of` reads."""
    return Path(path.stem).stem if path.suffix.lower() == GZIP else path.stem


def open_bytes(path: Path, limits: Limits = LIMITS) -> IO[bytes]:
    """Open a file to read its bytes. A .gz file is unpacked while it is read.

    Reading raises CorpusError once a .gz file unpacks to more than its limit.
    """
    if path.suffix.lower() != GZIP:
        return path.open("rb")
    # GzipFile's own readline runs Python code for every line; the buffer's does not
    return io.BufferedReader(_Unpacked(path, limits), buffer_size=_BUFFER)


def open_text(path: Path, limits: Limits = LIMITS) -> IO[str]:
    """Open a file to read its lines with their line breaks; bytes that are not UTF-8 become surrogates."""
    return io.TextIOWrapper(open_bytes(path, limits), encoding="utf-8-sig", errors="surrogateescape", newline="")


class _Unpacked(io.RawIOBase):
    """The bytes of a .gz file, up to its limit: a small file may unpack to more than the memory holds."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._file = gzip.GzipFile(path, "rb")
        self._most = limits.unpacked_from(path.stat().st_size)
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
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
        self._file.close()
        super().close()


def bounded_lines(file: IO[bytes], most: int) -> Iterator[bytes]:
    """Yield the lines of a file; of a line longer than ``most`` only its first ``most`` + 1 bytes."""
    while line := file.readline(most + 1):
        yield line
        if len(line) > most and not line.endswith(b"\n"):
            while (rest := file.readline(_BUFFER)) and not rest.endswith(b"\n"):
                pass


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn any failure to read, unpack or parse a file into a `CorpusError` that names the file and the cause."""
    with unreadable_as(CorpusError, f"{path} cannot be read"):
        try:
            yield
        except (EOFError, zlib.error) as error:
            raise CorpusError(
                f"{path} is damaged or was cut short, so it cannot be unpacked. "
                "Fix: copy it again, or unpack as much of it as possible by hand"
            ) from error
        except MemoryError as error:
            raise CorpusError(f"{path} needs more memory than is free. Fix: split the file, or free memory") from error


def find_files(paths: Iterable[Path], kinds: Collection[str]) -> Iterator[Path]:
    """Yield the files that paths, folders and globs stand for, each once, in the order given, sorted inside each.

    Raises
    ------
    CorpusError
        If a path does not exist or cannot be read, a glob matches nothing, a folder holds no file of a known kind, or
        a file is not of a known kind.
    """
    seen: set[Path] = set()
    for path in paths:
        with unreadable_as(CorpusError, f"{path} cannot be read"):
            files = list(_expand(path, kinds))
        for file in files:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _expand(path: Path, kinds: Collection[str]) -> Iterator[Path]:
    names = ", ".join(kinds)
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if kind_of(file) in kinds and file.is_file())
        if not found:
            raise CorpusError(f"{path} contains no {names} file. Fix: give a file or folder of articles")
        yield from found
    elif path.exists():
        if kind_of(path) not in kinds:
            raise CorpusError(
                f"{path}: unknown kind of file. Fix: convert it to one of {names}; "
                f"except for {PARQUET}, it may also be packed as {GZIP}"
            )
        yield path
    elif has_magic(str(path)):  # an existing file with a name such as a[1].csv is that file
        matches = sorted(glob(str(path), recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns
        if not matches:
            raise CorpusError(f"{path} matches no file. Fix: check the pattern")
        for match in matches:
            yield from _expand(Path(match), kinds)
    else:
        raise CorpusError(f"{path} does not exist. Fix: check the path")
