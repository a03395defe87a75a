"""Faults at a chosen call: the n-th open, read, write, fsync, rename or function call of a process fails.

The calls of the operating system are replaced as Python sees them, in a process that is made for one fault. Our own
code runs as it is.
"""

import builtins
import errno
import fcntl
import io
import mmap
import os
import resource
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from tests.helpers import ROOT

_PACKAGE = str(ROOT / "classifier")
#: They print the last sentence of a command, for which there has to be some memory left.
_REPORTERS = tuple(f"{name}.py" for name in ("running", "console", "main", "problems", "logs"))
_NO_CALLS = "<module>", "<genexpr>"  # the second is also entered to be closed, where no error can be raised

#: The errors that each kind of call can fail with. None stands for MemoryError.
ERRORS: dict[str, tuple[int | None, ...]] = {
    "open": (errno.EMFILE, errno.EIO, errno.ENOSPC),
    "read": (errno.EIO, None),
    "write": (errno.ENOSPC, errno.EIO),
    "fsync": (errno.EIO, errno.ENOSPC),
    "rename": (errno.EIO, errno.ENOSPC),
    "mkdir": (errno.ENOSPC,),
    "map": (errno.ENOMEM,),
    "lock": (errno.ENOLCK,),
    "database": (errno.EIO, errno.ENOSPC, None),
    "allocation": (None,),
    "file size": (errno.EFBIG,),
    "heap of SQLite": (None,),
}
#: The kinds that are limits, not numbers of calls.
LIMITS = ("file size", "heap of SQLite")


@dataclass(frozen=True)
class Fault:
    """A call that fails: the ``at``-th of its kind, counted from 0, and with ``lasting`` each one after it as well.

    ``error`` is an errno, or None for MemoryError. Of two kinds ``at`` is a limit in bytes, which the system itself
    keeps: of the size of a file, and of the memory that SQLite gets.
    """

    kind: str
    at: int
    error: int | None
    lasting: bool = False

    def __str__(self) -> str:
        name = errno.errorcode[self.error] if self.error else "MemoryError"
        if self.kind in LIMITS:
            return f"{self.kind} of at most {self.at:,} bytes: {name}"
        return f"{self.kind} {self.at}{' and all after it' if self.lasting else ''}: {name}"


class Injector:
    """Counts the calls of each kind, and makes one of them fail.

    Parameters
    ----------
    fault : Fault, optional
        Without one the calls are only counted.
    """

    def __init__(self, fault: Fault | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.has_failed = False
        self._is_armed = False
        self._fault = fault
        self._control = sqlite3.connect(":memory:")

    def hit(self, kind: str) -> None:
        """Count a call; raise if it is the one that fails."""
        if not self._is_armed:
            return
        number = self.counts[kind]
        self.counts[kind] += 1
        fault = self._fault
        if fault is None or fault.kind != kind or number < fault.at or (number > fault.at and not fault.lasting):
            return
        self.has_failed = True
        raise _error(kind, fault.error)

    def arm(self) -> None:
        """Begin to count, and to fail."""
        self._is_armed = True
        self._limit(self._fault.at if self._fault else None)

    def disarm(self) -> None:
        """Let every call succeed from now on."""
        self._is_armed = False
        self._limit(None)

    def _limit(self, most: int | None) -> None:
        kind = self._fault.kind if self._fault else ""
        if kind == "file size":
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard if most is None else most, hard))
        if kind == "heap of SQLite":  # of all connections of the process
            with suppress(MemoryError):  # the limit counts for this statement too
                self._control.execute(f"PRAGMA hard_heap_limit={1 << 40 if most is None else most}").close()

    def install(self) -> None:
        """Replace the calls, for the rest of this process; they fail between `arm` and `disarm`."""
        for module, name, kind in (
            (os, "open", "open"),
            (os, "read", "read"),
            (os, "write", "write"),
            (os, "fsync", "fsync"),
            (os, "rename", "rename"),
            (os, "replace", "rename"),
            (os, "mkdir", "mkdir"),
            (fcntl, "flock", "lock"),
        ):
            setattr(module, name, self._failing(getattr(module, name), kind))
        _Map.injector = _Raw.injector = _Cursor.injector = _Connection.injector = self
        mmap.mmap = _Map  # type: ignore[misc]
        builtins.open = io.open = self._opened
        connect = sqlite3.dbapi2.connect
        sqlite3.dbapi2.connect = sqlite3.connect = lambda *args, **given: connect(
            *args, **{**given, "factory": _Connection}
        )
        if self._fault is None or self._fault.kind == "allocation":
            threading.setprofile(self._profile)
            sys.setprofile(self._profile)

    def _failing(self, function: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def call(*args: Any, **given: Any) -> Any:
            self.hit(kind)
            return function(*args, **given)

        return call

    def _opened(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        """Do as ``open`` does, with reads and writes that can fail."""
        self.hit("open")
        raw = _Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        if buffering == 0:
            return raw
        if "+" in mode:
            buffered: Any = io.BufferedRandom(raw)
        else:
            buffered = io.BufferedReader(raw) if "r" in mode else _Writer(raw)
        if "b" in mode:
            return buffered
        return io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline, line_buffering=buffering == 1)

    def _profile(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and _is_ours(frame.f_code):
            self.hit("allocation")


def _is_ours(code: CodeType) -> bool:
    path = code.co_filename
    return path.startswith(_PACKAGE) and not path.endswith(_REPORTERS) and code.co_name not in _NO_CALLS


def _error(kind: str, number: int | None) -> Exception:
    if number is None:
        return MemoryError()
    if kind == "database":
        full = number == errno.ENOSPC
        return sqlite3.OperationalError("database or disk is full" if full else "disk I/O error")
    return OSError(number, os.strerror(number))


class _Raw(io.FileIO):
    injector: Injector

    def readinto(self, buffer: Any) -> Any:
        self.injector.hit("read")
        return super().readinto(buffer)

    def readall(self) -> Any:
        self.injector.hit("read")
        return super().readall()

    def write(self, data: Any) -> Any:
        self.injector.hit("write")
        return super().write(data)


class _Writer(io.BufferedWriter):
    def fileno(self) -> int:
        name = str(getattr(self.raw, "name", ""))
        if name.endswith(".npy"):  # NumPy would write to the descriptor, past the calls that can fail
            raise io.UnsupportedOperation
        return super().fileno()


class _Map(mmap.mmap):
    injector: Injector

    def __new__(cls, *args: Any, **given: Any) -> "_Map":
        cls.injector.hit("map")
        return super().__new__(cls, *args, **given)


class _Cursor(sqlite3.Cursor):
    injector: Injector

    def execute(self, *args: Any) -> Any:
        self.injector.hit("database")
        return super().execute(*args)


class _Connection(sqlite3.Connection):
    injector: Injector

    def cursor(self, factory: Any = _Cursor) -> Any:
        self.injector.hit("database")
        return super().cursor(factory)

    def commit(self) -> None:
        self.injector.hit("database")
        super().commit()

    def rollback(self) -> None:
        self.injector.hit("database")
        super().rollback()
