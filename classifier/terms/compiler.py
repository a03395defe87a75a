"""Compile functions to machine code when their module is imported, and keep the code for the next process.

Nothing is compiled while a request waits: each function names its argument types. The code is cached beside the
source, or where that cannot be written to in the user's cache folder or a temporary one; the log then says where.
"""

import importlib
import logging
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from llvmlite import ir

_log = logging.getLogger(__name__)
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _import_numba() -> Any:
    """Import numba without scipy, which it would load for linear algebra: a quarter of a second, and never used here.

    In a process that has scipy already, such as one that trains, nothing is kept from it.
    """
    if "numba" in sys.modules or "scipy" in sys.modules:
        return importlib.import_module("numba")
    sys.modules["scipy"] = cast(Any, None)  # what Python itself takes for "cannot be imported"
    try:
        importlib.import_module("numba.np.arraymath")  # looks for scipy once, when it is imported
        return importlib.import_module("numba")
    finally:
        del sys.modules["scipy"]


_numba = _import_numba()


def _read_eight_bytes(_typing: Any, array: Any, _at: Any) -> Any:
    """Tell numba the types and the code of `eight_bytes`, in its own form of an intrinsic."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type, _ = signature.args
        data = context.make_array(array_type)(context, builder, arguments[0]).data
        place = builder.gep(data, [arguments[1]])
        word = builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)
        return word if sys.byteorder == "little" else builder.bswap(word)

    return _numba.types.uint64(array, _numba.types.uint64), generate


#: In compiled code: ``eight_bytes(array, at)`` are those of a uint8 array from any place on, as a little-endian uint64.
#: By itself numba reads whole words of a uint64 array only: two for each word of a text, and both to be shifted.
eight_bytes: Callable[[Any, Any], Any] = _numba.extending.intrinsic(_read_eight_bytes)


def inlined(function: _Function) -> _Function:
    """Make a function part of the compiled functions of the same file that call it.

    Only of the same file: the cache notices a change of the file that a compiled function stands in, and of no other.
    """
    return cast(_Function, _numba.njit(inline="never")(function))


def compiled(result: str, *arguments: str, nogil: bool = True) -> Callable[[_Function], _Function]:
    """Compile a function now, for these types, to run without the interpreter's lock unless ``nogil`` is false.

    A call of a microsecond had better keep the lock: giving it up invites another thread in, and costs more than that.

    Parameters
    ----------
    result, *arguments : str
        numba's scalar types by name; ``float64[:]`` is an array, ``const float64[:]`` one that is only read, such as
        a mapped file; ``bytes`` is bytes.
    """

    def decorate(function: _Function) -> _Function:
        signature = _type(result)(*map(_type, arguments))
        with _cache_folder(Path(function.__code__.co_filename)):
            return cast(_Function, _numba.njit(signature, cache=True, nogil=nogil)(function))

    return decorate


def compiled_when_called(result: str, *arguments: str) -> Callable[[_Function], _Function]:
    """Compile a function as `compiled` does, but on its first call: for what serving never calls."""

    def decorate(function: _Function) -> _Function:
        @cache
        def machine_code() -> Callable[..., Any]:
            return compiled(result, *arguments)(function)

        @wraps(function)
        def call(*values: Any) -> Any:
            return machine_code()(*values)

        return cast(_Function, call)

    return decorate


def _type(name: str) -> Any:
    types = _numba.types
    if name == "bytes":
        return types.Bytes(types.uint8, 1, "C")
    scalar, _, dimensions = name.removeprefix("const ").partition("[")
    if not dimensions:
        return getattr(types, scalar)
    return types.Array(getattr(types, scalar), dimensions.count(":"), "C", readonly=name.startswith("const "))


@contextmanager
def _cache_folder(source: Path) -> Iterator[None]:
    """Have numba cache where it can, unless NUMBA_CACHE_DIR says where."""
    folder = None if _numba.config.CACHE_DIR else fallback_folder(source.parent)
    if folder is None:
        yield
        return
    _numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        _numba.config.CACHE_DIR = ""  # it is everybody's: other users of numba keep their own place


@cache
def fallback_folder(package: Path) -> Path | None:
    """Return where compiled code of a folder of source goes, or None where it can lie beside the source."""
    if _is_writable(package / "__pycache__"):
        return None
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    user = Path(home).expanduser() / "copydesk"
    temporary = Path(tempfile.gettempdir()) / f"copydesk-{os.getuid()}"
    for folder in (user, temporary):
        if _is_private(folder) and _is_writable(folder):
            break
    else:
        folder = Path(tempfile.mkdtemp(prefix="copydesk-"))
    _log.warning("%s cannot be written to; compiled code is kept in %s", package, folder)
    return folder


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    """Tell whether a folder is ours alone or not there yet: numba unpickles what it finds in a cache."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
