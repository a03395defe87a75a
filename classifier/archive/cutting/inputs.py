"""The files of an archive as a run finds them, written down so that a later run can see whether they are the same."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from classifier.archive.asked import ArchiveError, encodable
from classifier.archive.cutting.partitions import FileStamp, StampedFile
from classifier.corpus.readers.files import find_files
from classifier.corpus.readers.packed import zip_of
from classifier.corpus.readers.registry import suffixes
from classifier.errors import CorpusError, unreadable_as

#: Files up to this size are digested whole, of larger ones this many samples of this size.
_WHOLE = 64 << 20
_SAMPLES = 256
_SAMPLE = 1 << 16


@dataclass(frozen=True)
class InputFile:
    """A file of an archive, and the SHA-256 of its content; of a large one, of samples of its content."""

    file: StampedFile
    digest: str

    def to_json(self) -> dict[str, Any]:
        """Return the file as JSON values."""
        stamp = self.file.stamp
        return {
            "file": encodable(str(self.file.path)),
            "size": stamp.size,
            "mtime_ns": stamp.mtime_ns,
            "digest": self.digest,
        }


def archive_files(
    paths: Iterable[Path], any_kind: bool, passed_over: list[Path] | None = None
) -> Iterator[StampedFile]:
    """Yield the files that paths, folders and globs stand for; ``passed_over`` gets those of a kind that is not read.

    A .zip that is damaged as a whole is itself a file, which cannot be read.

    Raises
    ------
    CorpusError
        If one of them does not exist, or holds no file of a known kind.
    """
    return map(StampedFile.of, find_files(paths, suffixes(), any_kind, passed_over, damaged_too=True))


def write_inputs(files: Iterable[StampedFile], out: IO[str]) -> None:
    """Write a line of JSON for each file.

    Raises
    ------
    CorpusError
        If a file cannot be read.
    """
    for file in files:
        out.write(json.dumps(InputFile(file, digest_of(file)).to_json(), ensure_ascii=False, allow_nan=False) + "\n")


def check_inputs(files: Iterable[StampedFile], written: IO[str], where: Path) -> None:
    """Compare the files of an archive with those that an earlier run wrote down.

    A file with another time but the same content is the same, unless it is too large to be digested whole.

    Raises
    ------
    ArchiveError
        If they differ; the message names the first file that does.
    """
    lines = iter(written)
    for file in files:
        line = next(lines, None)
        if line is None:
            raise _other(where, f"{file.path} was not among its files")
        name, stamp, digest = _as_written(line, where)
        if name != encodable(str(file.path)):
            raise _other(where, f"it read {name} in the place where this run would read {file.path}")
        if stamp == file.stamp:
            continue
        if stamp.size != file.stamp.size:
            raise _other(where, f"{file.path} had {stamp.size:,} bytes, and has {file.stamp.size:,} now")
        if file.stamp.size > _WHOLE or digest_of(file) != digest:
            raise _other(where, f"{file.path} has changed since")
    if (line := next(lines, None)) is not None:
        raise _other(where, f"{_as_written(line, where)[0]} is missing now")


def _as_written(line: str, where: Path) -> tuple[str, FileStamp, str]:
    """Return the name, the stamp and the digest of a file in a line that `write_inputs` wrote."""
    try:
        found = json.loads(line)
        return found["file"], FileStamp(found["size"], found["mtime_ns"]), found["digest"]
    except (ValueError, LookupError, TypeError):
        raise ArchiveError(
            f"{where / 'inputs.jsonl'}, the list of the files of this run, is damaged. Fix: add --restart to delete "
            "the run and begin again, or give another folder with --out"
        ) from None


def _other(where: Path, what: str) -> ArchiveError:
    return ArchiveError(
        f"{where} holds a run over other files: {what}. Fix: give another folder with --out, restore the files, or "
        "add --restart to delete that run and begin again. If a damaged file was repaired, tag that file alone with "
        "another --out"
    )


def digest_of(file: StampedFile) -> str:
    """Return the SHA-256 of the content of a file, or of samples of a large one, in hexadecimal.

    Raises
    ------
    CorpusError
        If the file cannot be read.
    """
    path = zip_of(file.path) or file.path
    with unreadable_as(CorpusError, f"{path} cannot be read"), path.open("rb") as content:
        if file.stamp.size <= _WHOLE:
            return hashlib.file_digest(content, "sha256").hexdigest()
        found = hashlib.sha256()
        for sample in range(_SAMPLES):
            content.seek((file.stamp.size - _SAMPLE) * sample // (_SAMPLES - 1))
            found.update(content.read(_SAMPLE))
        return found.hexdigest()
