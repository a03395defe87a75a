"""The private folder of a running service, in which its workers write what the others read."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Names the folder, in the environment of the workers.
RUN_FOLDER = "COPYDESK_RUN_FOLDER"
_PREFIX = "copydesk-"
_LOCK = "lock"


@contextmanager
def own_run_folder() -> Iterator[Path]:
    """Make the folder and remove it at the end; remove what services that were killed have left.

    A folder's lock is held by the supervisor and its workers, and goes with the last of them.
    """
    _sweep()
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name,
        (Path(name) / _LOCK).open("wb") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.environ[RUN_FOLDER] = name
        yield Path(name)


def run_folder() -> Path | None:
    """Return the folder that the workers of this service share, or None if the server is not ours."""
    name = os.environ.get(RUN_FOLDER)
    return Path(name) if name else None


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), (folder / _LOCK).open("rb") as lock:  # another user's, or one without a lock
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
