"""The folder that compiled code is kept in. numba unpickles every file of it, so nobody else may write to it."""

import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

#: The variable of numba that names a folder.
VARIABLE = "NUMBA_CACHE_DIR"
_SET_ASIDE = "damaged"
_SUFFIXES = (".nbi", ".nbc")  # numba's index files and data files
_ROOT = 0
_OTHERS_WRITE = 0o022
_log = logging.getLogger(__name__)


@cache
def fallback_folder(package: Path, chosen: str = "") -> Path | None:
    """Return the folder for the compiled code of a source folder, or None if the source folder itself can hold it.

    Parameters
    ----------
    package : Path
        The source folder.
    chosen : str
        The folder that `VARIABLE` names, empty if it names none.
    """
    if chosen:
        problem = _problem(Path(chosen))
        fix = f"Fix: make it writable for this user alone, or set {VARIABLE} to another folder"
    else:
        problem = _problem(package / "__pycache__", like=package)
        fix = "No action is needed"
    if problem is None:
        return Path(chosen) if chosen else None
    folder = _own_folder()
    _log.warning("%s, so compiled code is kept in %s. %s", problem, folder, fix)
    return folder


def is_trusted(folder: Path, like: Path | None = None) -> bool:
    """Return whether a folder that exists belongs to this user or to root, and nobody else can write to it.

    Who can write to ``like``, the folder of the source, may also write here: that would change the program anyway.
    """
    try:
        found = folder.stat()
        source = like.stat() if like else None
    except OSError:
        return False
    owners = {os.getuid(), _ROOT} | ({source.st_uid} if source else set())
    open_to = found.st_mode & _OTHERS_WRITE
    if source and source.st_gid == found.st_gid:
        open_to &= ~source.st_mode
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners and not open_to


@cache
def copy_installed(installed: Path, folder: Path) -> None:
    """Copy the compiled code that was made when the program was installed, unless the folder has newer code.

    Parameters
    ----------
    installed : Path
        The folder next to the source.
    folder : Path
        The folder that compiled code is kept in. It may be the same one.
    """
    if installed == folder or not is_trusted(installed, installed.parent):
        return
    try:
        # an index comes after the files that it names
        for path in sorted(_compiled_files(installed), key=lambda path: _SUFFIXES.index(path.suffix), reverse=True):
            target = folder / path.name
            if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
                beside = target.with_name(f"{target.name}.{os.getpid()}.new")
                shutil.copy2(path, beside)
                beside.replace(target)
    except OSError as error:  # without the copy, the code is compiled here
        _log.warning("compiled code cannot be copied from %s to %s: %s", installed, folder, error.strerror)


def set_aside(folder: Path, error: Exception) -> bool:
    """Move damaged compiled code to a folder of its own, so that it is made again; return whether any was moved."""
    aside = folder / _SET_ASIDE
    moved = False
    try:
        for path in _compiled_files(folder):
            aside.mkdir(exist_ok=True, mode=0o700)
            with suppress(FileNotFoundError):  # another process has just moved it
                path.replace(aside / path.name)
                moved = True
    except OSError as problem:
        _log.warning("damaged compiled code cannot be moved out of %s: %s", folder, problem.strerror)
        return False
    if moved:
        _log.warning(
            "the compiled code in %s is damaged (%s), so it was moved to %s and is compiled again, which takes some "
            "seconds. No action is needed",
            folder,
            type(error).__name__,
            aside,
        )
    return moved


def _compiled_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.suffix in _SUFFIXES:
            yield path


def _problem(folder: Path, like: Path | None = None) -> str | None:
    """Return why a folder cannot be used, or None. It is made if it does not exist."""
    if not _is_writable(folder):
        return f"{like or folder} cannot be written to"
    if not is_trusted(folder, like):
        return f"{folder} belongs to another user, or others can write to it"
    return None


@cache
def _own_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    user = Path(home).expanduser() / "copydesk"
    temporary = Path(tempfile.gettempdir()) / f"copydesk-{os.getuid()}"
    for folder in (user, temporary):
        if _is_private(folder) and _is_writable(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix="copydesk-"))


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    """Return whether a folder is ours alone, or does not exist yet."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & _OTHERS_WRITE


@cache
def report_unkept(folder: str, reason: str) -> None:
    """Log once for each folder whose code every start has to compile."""
    _log.warning(
        "compiled code cannot be kept in %s: %s; every start compiles for some seconds. Fix: set %s to a folder that "
        "only this user can write to",
        folder,
        reason,
        VARIABLE,
    )
