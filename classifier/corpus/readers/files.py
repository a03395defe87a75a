"""The files to read: folders and globs expanded, kinds known by suffix, .gz files unpacked while they are read."""

import gzip
import io
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from glob import glob, has_magic
from pathlib import Path
from typing import IO, Any

from classifier.corpus.readers.encodings import encoding_of
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.packed import (
    DAMAGE,
    GZIP,
    ZIP,
    Unpacked,
    is_member,
    members,
    open_member,
    size_of_member,
    zip_of,
)
from classifier.errors import CorpusError, unreadable_as

PARQUET = ".parquet"
_BUFFER = 1 << 18
_HEAD = 4_096


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
    """Open a file, or a file in a .zip, to read its bytes. A .gz file is unpacked while it is read.

    Reading raises CorpusError once a packed file unpacks to more than its limit.
    """
    if archive := zip_of(path):
        return io.BufferedReader(Unpacked(path, *open_member(archive, path), limits), buffer_size=_BUFFER)
    if path.suffix.lower() != GZIP:
        return path.open("rb")
    # GzipFile's own readline runs Python code for every line; the buffer's does not
    return io.BufferedReader(Unpacked(path, gzip.open(path), path.stat().st_size, limits), _BUFFER)


def open_utf8(path: Path, limits: Limits = LIMITS, encoding: str | None = None) -> IO[bytes]:
    """Open a text file to read it as UTF-8, whatever it is written in; bytes that are not UTF-8 stay as they are.

    Parameters
    ----------
    encoding : str, optional
        Its encoding, if it has no byte order mark. Without it, it is UTF-8.

    Raises
    ------
    CorpusError
        If the encoding is not known, or the file is UTF-16 without a mark. Reading raises it if the file is not in the
        encoding.
    """
    file = open_bytes(path, limits)
    try:
        head = file.peek(_HEAD) if isinstance(file, io.BufferedReader) else b""
        name = encoding_of(path, head, encoding)
    except BaseException:
        file.close()
        raise
    return io.BufferedReader(_Recoded(path, file, name), _BUFFER) if name else file


def open_text(path: Path, limits: Limits = LIMITS, encoding: str | None = None) -> IO[str]:
    """Open a file to read its lines with their line breaks; bytes that are not UTF-8 become surrogates."""
    file = open_utf8(path, limits, encoding)
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")


def packed_size(path: Path) -> int:
    """Return the bytes that a file takes, in its .zip if it is in one."""
    if archive := zip_of(path):
        return size_of_member(archive, path)
    return path.stat().st_size


def seekable(path: Path, limits: Limits = LIMITS) -> Path | IO[bytes]:
    """Return a file for a library that jumps about in it: its path, or its bytes in memory if it is in a .zip."""
    if not zip_of(path):
        return path
    with open_bytes(path, limits) as file:
        return io.BytesIO(file.read())


class _Recoded(io.RawIOBase):
    """The text of a file in UTF-8."""

    def __init__(self, path: Path, file: IO[bytes], encoding: str) -> None:
        self._path = path
        self._text = io.TextIOWrapper(file, encoding=encoding, newline="")
        self._encoding = encoding
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._ready:
            try:
                self._ready = self._text.read(_BUFFER).encode("utf-8", "surrogatepass")
            except UnicodeError as error:
                raise CorpusError(
                    f"{self._path} is not in the encoding {self._encoding}, or was cut short. "
                    "Fix: name the right one with --encoding, or save the file as UTF-8"
                ) from error
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._text.close()
        super().close()


def bounded_lines(file: IO[bytes], most: int) -> Iterator[bytes]:
    """Yield the lines of a file; of a line longer than ``most`` only its first ``most`` + 1 bytes."""
    while line := file.readline(most + 1):
        yield line
        if len(line) > most and not line.endswith(b"\n"):
            while (rest := file.readline(_BUFFER)) and not rest.endswith(b"\n"):
                pass


#: The bytes of a character of four bytes that was cut short, or of half of a surrogate pair. Text in another encoding
#: has no such run of bytes.
_CUT = re.compile("[\udcf0-\udcf4][\udc80-\udcbf]{1,2}|\udced[\udca0-\udcbf][\udc80-\udcbf]|[\ud800-\udbff]")


def with_cut_characters_replaced(raw: str) -> str:
    """Return text decoded with ``errors="surrogateescape"`` with U+FFFD instead of characters cut in two."""
    return _CUT.sub("\ufffd", raw)


def not_utf8(raw: str) -> str | None:
    """Return what is wrong with text that was decoded with ``errors="surrogateescape"``, or None if nothing is."""
    try:
        raw.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(raw[error.start]) - 0xDC00
        if not 0x80 <= code <= 0xFF:
            return f"not valid Unicode: half of a surrogate pair at character {error.start + 1}. Fix: remove it"
        return (
            f"not UTF-8 (byte 0x{code:02x} at character {error.start + 1}). Fix: correct it, or save the file as UTF-8"
        )
    return None


#: In the messages of gzip and zipfile about a file that unpacks, but to other content than was packed.
_WRONG_SUM = ("CRC", "Incorrect length")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn any failure to read, unpack or parse a file into a `CorpusError` that names the file and the cause."""
    with unreadable_as(CorpusError, f"{path} cannot be read"):
        try:
            yield
        except DAMAGE as error:
            if any(sign in str(error) for sign in _WRONG_SUM):
                raise CorpusError(
                    f"{path} is damaged: its checksum is wrong, so rows that could be read may be damaged as well. "
                    "Fix: copy it again"
                ) from error
            raise CorpusError(
                f"{path} is damaged or was cut short, so it cannot be unpacked. "
                "Fix: copy it again, or unpack as much of it as possible by hand"
            ) from error
        except MemoryError as error:
            raise CorpusError(f"{path} needs more memory than is free. Fix: split the file, or free memory") from error


#: The words for files of a folder or of a .zip that no reader can read.
OTHER_KIND = "files of a kind that is not read"
_MAX_NAMED = 5


def left_out_files(others: Collection[Path]) -> list[str]:
    """Return a line about the files that `find_files` passed over: their number and some names; no line if none was."""
    if not others:
        return []
    named, more = ", ".join(map(str, sorted(others)[:_MAX_NAMED])), len(others) - _MAX_NAMED
    return [f"left out ({len(others):,}): {OTHER_KIND}: {named}" + (f" and {more:,} more" if more > 0 else "")]


def find_files(
    paths: Iterable[Path],
    kinds: Collection[str],
    any_kind: bool = False,
    passed_over: list[Path] | None = None,
    *,
    damaged_too: bool = False,
) -> Iterator[Path]:
    """Yield the files that paths, folders and globs stand for, each once, in the order given, sorted inside each.

    ``any_kind`` takes files of every suffix, because the user has named their format. The files of folders and of .zip
    files that are of another kind are added to ``passed_over``, except hidden ones. With ``damaged_too``, a .zip that
    cannot be opened is itself a file.

    Raises
    ------
    CorpusError
        If a path does not exist or cannot be read, a glob matches nothing, a folder holds no file of a known kind, or
        a file is not of a known kind.
    """
    seen: set[Path] = set()
    others: list[Path] = [] if passed_over is None else passed_over
    for path in paths:
        with unreadable_as(CorpusError, f"{path} cannot be read"):
            takes_all = any_kind and path.suffix.lower() != ZIP
            files = list(_all_files(path) if takes_all else _expand(path, kinds, others, damaged_too))
        for file in files:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _all_files(path: Path) -> Iterator[Path]:
    """Yield a file, the files of a folder or the matches of a glob, whatever their suffix, but no hidden ones."""
    if path.is_dir():
        yield from sorted(file for file in path.rglob("[!.]*") if file.is_file())
    elif path.is_file() or not has_magic(str(path)):
        yield path
    else:
        for match in sorted(glob(str(path), recursive=True)):  # noqa: PTH207 - as in `_expand`
            yield from _all_files(Path(match))


def _expand(path: Path, kinds: Collection[str], others: list[Path], damaged_too: bool) -> Iterator[Path]:
    names = ", ".join(kinds)
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*") if file.is_file())
        of_kind = [file for file in inside if kind_of(file) in {*kinds, ZIP}]
        others += [file for file in set(inside).difference(of_kind) if not _is_hidden(file.relative_to(path))]
        found = False
        for file in of_kind:
            for one in _of_zip(file, kinds, others, damaged_too) if kind_of(file) == ZIP else [file]:
                found = True
                yield one
        if not found:
            raise CorpusError(f"{path} contains no {names} file. Fix: give a file or folder of articles")
    elif path.is_file() and kind_of(path) == ZIP:
        if not (of_zip := _of_zip(path, kinds, others, damaged_too)):
            raise CorpusError(f"{path} contains no {names} file. Fix: give a .zip of articles")
        yield from of_zip
    elif path.exists() or is_member(path):
        if kind_of(path) not in kinds:
            raise CorpusError(
                f"{path}: unknown kind of file. Fix: convert it to one of {names}; "
                f"except for {PARQUET}, it may also be packed as {GZIP}. If it is of a format that is read, name that "
                "with --format; docs/formats.md lists the formats"
            )
        yield path
    elif has_magic(str(path)):  # an existing file with a name such as a[1].csv is that file
        matches = sorted(glob(str(path), recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns
        if not matches:
            raise CorpusError(f"{path} matches no file. Fix: check the pattern")
        for match in matches:
            yield from _expand(Path(match), kinds, others, damaged_too)
    else:
        raise CorpusError(f"{path} does not exist. Fix: check the path")


def _of_zip(path: Path, kinds: Collection[str], others: list[Path], damaged_too: bool) -> list[Path]:
    """Return the files in a .zip that are of a known kind; the other files are added to ``others``."""
    try:
        inside = members(path)
    except CorpusError:
        if damaged_too:
            return [path]
        raise
    found = [member for member in inside if kind_of(member) in kinds]
    others += set(inside).difference(found)
    return found


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
