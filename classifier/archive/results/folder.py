"""The folder that a run writes: partitions, each whole or absent, and what is made of them at the end."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from classifier.archive.asked import ArchiveError
from classifier.archive.results.counts import ArchiveCounts
from classifier.archive.tagging import TaggedPartition
from classifier.errors import unreadable_as
from classifier.store.files import flush_to_disk

_TAGS = "tags"
#: What is known of each finished partition besides its tags.
_PARTS = ".parts"
_LOCK = ".lock"
_UNFINISHED = ".unfinished-"
REVIEW_FILE = "review.csv"
REJECTS_FILE = "rejects.jsonl"


class DamagedPartitionError(ArchiveError):
    """A finished partition whose files are not as they were written."""


class ArchiveFolder:
    """The folder of a run.

    ``tags`` in it holds the Parquet files and nothing else. A partition is finished once its Parquet file is there: its
    record is written before.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tags = path / _TAGS
        self._parts = path / _PARTS

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder, and keep other runs out of it until the end.

        Raises
        ------
        ArchiveError
            If it cannot be written to, or another run works in it.
        """
        with unreadable_as(ArchiveError, f"{self.path} cannot be written to"):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ArchiveError(
                    f"another run is writing to {self.path}. Fix: wait until it has ended, or give another folder "
                    "with --out"
                ) from None
            with unreadable_as(ArchiveError, f"{self.path} cannot be written to"):
                for folder in (self._tags, self._parts):
                    folder.mkdir(exist_ok=True)
                for folder in (self.path, self._tags, self._parts):
                    for left in folder.glob(f"{_UNFINISHED}*"):  # by a run that was killed
                        left.unlink(missing_ok=True)
            yield
        finally:
            os.close(lock)

    def write(self, number: int, tagged: TaggedPartition) -> None:
        """Write a partition. It is on disk when this returns; until then, none of it counts.

        Raises
        ------
        ArchiveError
            If it cannot be written.
        """
        record = {"counts": tagged.counts.to_json(), "rejects": tagged.rejects, "review": tagged.review}
        record["digest"] = _digest(record, tagged.parquet)
        text = json.dumps(record, ensure_ascii=False, allow_nan=False)
        self.put(self._record(number), lambda file: file.write(text.encode()))
        self.put(self._parquet(number), lambda file: file.write(tagged.parquet))

    def put(self, path: Path, write: Callable[[IO[bytes]], Any]) -> None:
        """Write a file, flush it to disk and rename it: it is whole, or as it was before.

        Raises
        ------
        ArchiveError
            If it cannot be written.
        """
        partial = path.with_name(f"{_UNFINISHED}{token_hex(8)}")
        with unreadable_as(ArchiveError, f"{path} cannot be written"):
            try:
                with partial.open("xb") as file:
                    write(file)
                    file.flush()
                    os.fsync(file.fileno())
                partial.rename(path)
                flush_to_disk(path.parent)
            finally:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)

    def finished(self, number: int) -> ArchiveCounts | None:
        """Return the counts of a partition, or None if it is not finished.

        Raises
        ------
        DamagedPartitionError
            If it was finished, but is damaged now.
        """
        path = self._parquet(number)
        if not path.exists():
            return None
        try:
            record = json.loads(self._record(number).read_bytes())
            if record.pop("digest") == _digest(record, path.read_bytes()):
                return ArchiveCounts.of(record["counts"])
        except (OSError, ValueError, LookupError, AttributeError, TypeError):
            pass
        raise DamagedPartitionError(f"{path} or {self._record(number)} is damaged")

    def gather(self, name: str, key: str, n: int, header: str = "") -> None:
        """Write a file of what all partitions have under a key of their records, in their order.

        Raises
        ------
        ArchiveError
            If it cannot be written, or a record is gone.
        """

        def write(file: IO[bytes]) -> None:
            file.write(header.encode())
            for number in range(n):
                file.write(json.loads(self._record(number).read_bytes())[key].encode())

        self.put(self.path / name, write)

    def clear(self) -> int:
        """Delete all that an earlier run wrote, and return the number of its partitions.

        Raises
        ------
        ArchiveError
            If a file cannot be deleted.
        """
        n = 0
        with unreadable_as(ArchiveError, f"{self.path} cannot be emptied"):
            for path in self._own(self._tags, self._parts):
                n += path.parent == self._tags
                path.unlink(missing_ok=True)
        return n

    def _own(self, *folders: Path) -> Iterator[Path]:
        for folder in folders:
            yield from folder.glob("part-*")
        for name in ("run.json", "inputs.jsonl", "summary.csv", REVIEW_FILE, REJECTS_FILE):
            yield self.path / name

    def strangers(self) -> Iterable[Path]:
        """Yield what is in the folder and not of a run."""
        own = {self._tags, self._parts, self.path / _LOCK, *self._own()}
        return (path for path in self.path.iterdir() if path not in own)

    def _parquet(self, number: int) -> Path:
        return self._tags / f"part-{number:06}.parquet"

    def _record(self, number: int) -> Path:
        return self._parts / f"part-{number:06}.json"


def _digest(record: Mapping[str, Any], parquet: bytes) -> str:
    """Return the SHA-256 of a partition: of its record and its Parquet file."""
    found = hashlib.sha256(json.dumps(record, allow_nan=False).encode())
    found.update(parquet)
    return found.hexdigest()
