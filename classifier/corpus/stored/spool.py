"""Records of bytes in a temporary file without a name: written once, read again by number."""

import errno
import os
import tempfile
import weakref
from array import array
from collections.abc import Iterator
from pathlib import Path

from classifier.errors import CorpusError

#: Records stay in memory up to this many bytes: a small corpus needs no file.
BUFFER = 1 << 22
#: How many bytes of neighbouring records are read at once.
_READ_AT_ONCE = 1 << 20
_MOUNTS = Path("/proc/self/mounts")
_ON_DISK = Path("/var/tmp")  # noqa: S108 - by convention, the folder of temporary files that are large


def spool_folder() -> Path:
    """Return the folder of temporary files: that of TMPDIR, or else the usual one, unless this is held in memory.

    Raises
    ------
    CorpusError
        If no folder can be written.
    """
    try:
        usual = Path(tempfile.gettempdir())
    except OSError:
        raise CorpusError(
            "there is no folder for temporary files: none of the usual ones can be written. Fix: name one with the "
            "environment variable TMPDIR"
        ) from None
    is_choice = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    if not is_choice and is_in_memory(usual) and _ON_DISK.is_dir() and os.access(_ON_DISK, os.W_OK):
        return _ON_DISK
    return usual


def is_in_memory(folder: Path) -> bool:
    """Return whether the files of a folder take memory instead of disk, as those of a tmpfs do."""
    try:
        mounts = [line.split()[1:3] for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return False
    above = {str(folder.resolve()), *map(str, folder.resolve().parents)}
    kinds = [(len(place), kind) for place, kind in mounts if place in above]
    return bool(kinds) and max(kinds)[1] in ("tmpfs", "ramfs")


class Spool:
    """Records of bytes, numbered from 0.

    Records that do not fit into a small buffer are in a file that is removed as soon as it is open, so that nothing is
    left behind even after a crash. Several threads may read, while none writes.
    """

    def __init__(self) -> None:
        self._ends = array("q", [0])
        self._buffer = bytearray()
        self._written = 0
        self._file: int | None = None

    def __len__(self) -> int:
        return len(self._ends) - 1

    @property
    def n_bytes(self) -> int:
        """The size of all records."""
        return self._ends[-1]

    @property
    def ends(self) -> "array[int]":
        """The end of each record, after a 0."""
        return self._ends

    def append(self, record: bytes) -> None:
        """Add a record.

        Raises
        ------
        CorpusError
            If the file cannot be written; the message names the folder.
        """
        self._buffer += record
        self._ends.append(self._ends[-1] + len(record))
        if len(self._buffer) >= BUFFER:
            self._write()

    def read(self, number: int) -> bytes:
        """Return a record."""
        return self._between(self._ends[number], self._ends[number + 1])

    def read_range(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield the records from ``begin`` to below ``end``, read many at once."""
        ends = self._ends
        while begin < end:
            first, last = begin, begin + 1
            while last < end and ends[last + 1] - ends[first] <= _READ_AT_ONCE:
                last += 1
            data = self._between(ends[first], ends[last])
            for number in range(first, last):
                yield data[ends[number] - ends[first] : ends[number + 1] - ends[first]]
            begin = last

    def _between(self, begin: int, end: int) -> bytes:
        parts = []
        at = begin
        while self._file is not None and at < min(end, self._written):
            try:
                part = os.pread(self._file, min(end, self._written) - at, at)
            except OSError as error:
                raise CorpusError(f"a temporary file cannot be read: {error.strerror}. Fix: {_AGAIN}") from None
            if not part:
                raise CorpusError(f"a temporary file of texts was cut short by another program. Fix: {_AGAIN}")
            parts.append(part)
            at += len(part)
        parts.append(bytes(self._buffer[at - self._written : end - self._written]))
        return b"".join(parts)

    def _write(self) -> None:
        if self._file is None:
            self._file = _nameless_file()
            weakref.finalize(self, os.close, self._file)
        view = memoryview(self._buffer)
        while view:
            try:
                done = os.write(self._file, view)
            except OSError as error:
                raise _unwritable(error) from None
            view = view[done:]
        self._written += len(self._buffer)
        view.release()
        self._buffer = bytearray()


_AGAIN = "run the command again"


def _nameless_file() -> int:
    folder = spool_folder()
    try:
        with tempfile.TemporaryFile(dir=folder, prefix="copydesk-") as file:
            return os.dup(file.fileno())
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> CorpusError:
    folder = spool_folder()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CorpusError(
            f"the disk of {folder} is full: the texts of articles are kept there while the command runs. Fix: free "
            "space there, or name a folder on another disk with the environment variable TMPDIR"
        )
    return CorpusError(
        f"the texts of articles cannot be written to {folder}: {error.strerror}. Fix: name another folder with the "
        "environment variable TMPDIR"
    )
