"""Files to read: folders and globs expanded, kinds told by their suffixes, .gz opened as what it packs."""

import gzip
import io
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from glob import glob, has_magic
from pathlib import Path
from typing import IO

from classifier.errors import CorpusError, unreadable_as

GZIP = ".gz"
PARQUET = ".parquet"


def kind_of(path: Path) -> str:
    """Return the suffix that says how to read a file, in lower case: ``.csv`` for both a.csv and A.CSV.GZ.

    Parquet compresses by itself: a .parquet.gz is of no kind that we read.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes[-1:] != [GZIP]:
        return suffixes[-1] if suffixes else ""
    packed = suffixes[0] if len(suffixes) == 2 else ""
    return packed if packed != PARQUET else PARQUET + GZIP


def bare_name(path: Path) -> str:
    """Return the name of a file without the suffixes that `kind_of` reads."""
    return Path(path.stem).stem if path.suffix.lower() == GZIP else path.stem


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file to read its bytes, unpacked where it is a .gz."""
    if path.suffix.lower() != GZIP:
        return path.open("rb")
    # GzipFile's own readline goes through Python for every line; the buffer does not
    return io.BufferedReader(gzip.GzipFile(path, "rb"), buffer_size=1 << 18)


def open_text(path: Path) -> IO[str]:
    """Open a file to read its lines as they are; bytes that are not UTF-8 become surrogates."""
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig", errors="surrogateescape", newline="")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn a file that cannot be read or unpacked into a `CorpusError` that says which and why."""
    with unreadable_as(CorpusError, f"{path} cannot be read"):
        try:
            yield
        except (EOFError, zlib.error) as error:
            raise CorpusError(
                f"{path} is damaged or was cut short, so it cannot be unpacked; copy it again, or unpack by hand "
                "what is left of it"
            ) from error


def find_files(paths: Iterable[Path], kinds: Collection[str]) -> Iterator[Path]:
    """Yield the files that paths, folders and globs stand for, each once, in the order given, sorted inside each.

    Raises
    ------
    CorpusError
        If a path does not exist, a glob matches nothing, a folder holds no file of a known kind, or a file is of none.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _expand(path, kinds):
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _expand(path: Path, kinds: Collection[str]) -> Iterator[Path]:
    names = ", ".join(kinds)
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if kind_of(file) in kinds and file.is_file())
        if not found:
            raise CorpusError(f"{path} holds no {names} file")
        yield from found
    elif path.exists():
        if kind_of(path) not in kinds:
            raise CorpusError(f"{path}: unknown kind of file; Copydesk reads {names}, and those of text also as .gz")
        yield path
    elif has_magic(str(path)):  # a file that exists under a name such as a[1].csv is that file
        matches = sorted(glob(str(path), recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns
        if not matches:
            raise CorpusError(f"{path} matches no file")
        for match in matches:
            yield from _expand(Path(match), kinds)
    else:
        raise CorpusError(f"{path} does not exist")
