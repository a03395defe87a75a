"""Compile functions to machine code when their module is imported, and keep the code for the next process.

Nothing is compiled while a request waits, because each function names its argument types. The code is cached next to
the source. If that folder is read-only, or others can write to it, it is cached in the user's cache folder or a
temporary folder, and the log names the folder. Code that ``copydesk warm`` has left next to the source is then copied.
"""

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from llvmlite import ir

from classifier.terms.code_folder import copy_installed, fallback_folder, is_trusted, report_unkept, set_aside

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class CompiledFunction:
    """A function that has been compiled: the folder that keeps its code, or None, and whether it was kept before."""

    folder: Path | None
    was_kept: bool


_compiled: list[CompiledFunction] = []
_when_called: list[Callable[[], object]] = []


def compile_all() -> tuple[CompiledFunction, ...]:
    """Compile also what is otherwise compiled when it is called, in all modules that have been imported.

    Returns
    -------
    tuple of CompiledFunction
        All functions that this process has compiled or loaded.
    """
    for machine_code in _when_called:
        machine_code()
    return tuple(_compiled)


def _import_numba() -> Any:
    """Import numba without scipy, which it would load for linear algebra: a quarter of a second for nothing.

    A process that has already imported scipy, such as a training run, keeps it.
    """
    if "numba" in sys.modules or "scipy" in sys.modules:
        return importlib.import_module("numba")
    sys.modules["scipy"] = cast(Any, None)  # to Python, None means "cannot be imported"
    try:
        importlib.import_module("numba.np.arraymath")  # looks for scipy only once, at import
        return importlib.import_module("numba")
    finally:
        del sys.modules["scipy"]


_numba = _import_numba()
_CACHE_LINE = 64


def _read_eight_bytes(_typing: Any, array: Any, _at: Any) -> Any:
    """Give numba the types and the code of `eight_bytes`, in numba's form of an intrinsic."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type, _ = signature.args
        data = context.make_array(array_type)(context, builder, arguments[0]).data
        place = builder.gep(data, [arguments[1]])
        word = builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)
        return word if sys.byteorder == "little" else builder.bswap(word)

    return _numba.types.uint64(array, _numba.types.uint64), generate


#: In compiled code, ``eight_bytes(array, at)`` reads eight bytes of a uint8 array from ``at`` on, as a little-endian
#: uint64. Without it numba reads only whole elements of a uint64 array: two reads and two shifts for each word.
eight_bytes: Callable[[Any, Any], Any] = _numba.extending.intrinsic(_read_eight_bytes)


def _write_eight_bytes(_typing: Any, array: Any, _at: Any, _word: Any) -> Any:
    """Give numba the types and the code of `put_eight_bytes`, in numba's form of an intrinsic."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(64).as_pointer())
        builder.store(arguments[2] if sys.byteorder == "little" else builder.bswap(arguments[2]), place, align=1)
        return context.get_dummy_value()

    types = _numba.types
    return types.void(array, types.uint64, types.uint64), generate


def _read_byte(_typing: Any, array: Any, _at: Any) -> Any:
    """Give numba the types and the code of `byte_at`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.zext(builder.load(builder.gep(data, [arguments[1]])), ir.IntType(64))

    return _numba.types.int64(array, _numba.types.int64), generate


def _write_byte(_typing: Any, array: Any, _at: Any, _byte: Any) -> Any:
    """Give numba the types and the code of `put_byte`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        builder.store(builder.trunc(arguments[2], ir.IntType(8)), builder.gep(data, [arguments[1]]))
        return context.get_dummy_value()

    types = _numba.types
    return types.void(array, types.int64, types.int64), generate


#: In compiled code, ``put_eight_bytes(array, at, word)`` writes what `eight_bytes` reads.
put_eight_bytes: Callable[[Any, Any, Any], None] = _numba.extending.intrinsic(_write_eight_bytes)
#: In compiled code, ``byte_at(array, at)`` reads a byte of a uint8 array as int64. It compiles to one instruction;
#: numba's own reading looks for negative places first.
byte_at: Callable[[Any, Any], int] = _numba.extending.intrinsic(_read_byte)
#: In compiled code, ``put_byte(array, at, byte)`` writes what `byte_at` reads.
put_byte: Callable[[Any, Any, Any], None] = _numba.extending.intrinsic(_write_byte)


class NotKeptError(Exception):
    """The code of a function is not kept, and may not be compiled now."""


_Listener: Any = _numba.core.event.Listener


class _Refusal(_Listener):  # type: ignore[misc] # numba has no types
    """Listens for numba to begin to compile, and refuses that to the thread that made the listener."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def on_start(self, _event: Any) -> None:
        if threading.get_ident() == self._thread:
            raise NotKeptError

    def on_end(self, _event: Any) -> None:
        pass


_put_off: list[bool] = []


def put_off() -> None:
    """From now on, leave functions uncompiled that only make others quicker, unless their code is kept."""
    _put_off.append(True)


@contextmanager
def only_for_speed() -> Iterator[None]:
    """Import a module that only makes another quicker.

    Raises
    ------
    NotKeptError
        After `put_off`, if code of that module would have to be compiled.
    """
    if not _put_off:
        yield
        return
    with _numba.core.event.install_listener("numba:compile", _Refusal()):
        yield


def compile_now() -> None:
    """End what `put_off` began."""
    _put_off.clear()


def _fetch_row(_typing: Any, array: Any, _row: Any) -> Any:
    """Give numba the types and the code of `prefetch_row`: two calls of LLVM's intrinsic, one for each cache line."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parts = context.make_array(signature.args[0])(context, builder, arguments[0])
        flag, address, place = ir.IntType(32), ir.IntType(64), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [place, flag, flag, flag])
        fetch = _numba.core.cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        to_read, to_keep, of_data = (ir.Constant(flag, n) for n in (0, 3, 1))
        bytes_of_a_row = _numba.core.cgutils.unpack_tuple(builder, parts.strides)[0]
        row = builder.add(builder.ptrtoint(parts.data, address), builder.mul(arguments[1], bytes_of_a_row))
        for line in (0, _CACHE_LINE):
            at = builder.inttoptr(builder.add(row, ir.Constant(address, line)), place)
            builder.call(fetch, [at, to_read, to_keep, of_data])
        return context.get_dummy_value()

    return _numba.types.void(array, _numba.types.uint64), generate


#: In compiled code, ``prefetch_row(array, row)`` has the first two lines of a row brought to the processor's cache. It
#: reads nothing, so a row that ends before them, or the end of the array, does no harm.
prefetch_row: Callable[[Any, Any], Any] = _numba.extending.intrinsic(_fetch_row)


def inlined(function: _Function) -> _Function:
    """Make a function part of the compiled functions that call it, which must stand in the same file.

    The cache notices a change only in the file of the compiled function itself.
    """
    return cast(_Function, _numba.njit(inline="never", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


def compiled(result: str, *arguments: str, nogil: bool = True) -> Callable[[_Function], _Function]:
    """Compile a function for these types now.

    Parameters
    ----------
    result, *arguments : str
        numba's scalar types by name. ``float64[:]`` is an array, ``const float64[:]`` is a read-only array such as a
        mapped file, and ``bytes`` is bytes.
    nogil : bool
        Release the interpreter's lock during the call. A call of a microsecond should keep the lock: to release it
        lets another thread in, which costs more than the call.
    """

    def decorate(function: _Function) -> _Function:
        return _compile(function, _type(result)(*map(_type, arguments)), nogil)

    return decorate


def compiled_when_called(result: str, *arguments: str) -> Callable[[_Function], _Function]:
    """Compile a function on its first call. Use it for functions that serving never calls."""

    def decorate(function: _Function) -> _Function:
        @cache
        def machine_code() -> Callable[..., Any]:
            return compiled(result, *arguments)(function)

        _when_called.append(machine_code)

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


def _compile(function: _Function, signature: Any, nogil: bool) -> _Function:
    """Load the code of a function from the cache, or compile it.

    A cache that is damaged is moved aside and made again. One that cannot be used costs time, and nothing else.
    """
    source = Path(function.__code__.co_filename)
    with _cache_folder(source.parent):
        for _ in range(2):
            folder = f"the folder of {source}"
            try:
                kept = _numba.njit(cache=True, nogil=nogil, no_cfunc_wrapper=True)(function)
                folder = kept.stats.cache_path
                if not _is_safe(Path(folder), source.parent):
                    report_unkept(folder, "another user can write to it")
                    break
                copy_installed(source.parent / "__pycache__", Path(folder))
                kept.compile(signature)
            except (
                MemoryError,
                _numba.core.errors.NumbaError,
                NotKeptError,
            ):  # of the machine, of the function, of now
                raise
            except OSError as error:
                report_unkept(folder, error.strerror or str(error))
                break
            except Exception as error:  # bytes that are no pickle raise errors of many kinds
                if not set_aside(Path(folder), error):
                    report_unkept(folder, type(error).__name__)
                    break
            else:
                kept.disable_compile()
                _compiled.append(CompiledFunction(Path(folder), bool(kept.stats.cache_hits)))
                return cast(_Function, kept)
    _compiled.append(CompiledFunction(None, was_kept=False))
    return cast(_Function, _numba.njit(signature, nogil=nogil)(function))


def _is_safe(folder: Path, package: Path) -> bool:
    """Return whether numba may unpickle the files of the folder that it has chosen."""
    return is_trusted(folder, package if folder.parent == package else None)


@contextmanager
def _cache_folder(package: Path) -> Iterator[None]:
    """Let numba cache in a folder that it can write to and nobody else can."""
    chosen = _numba.config.CACHE_DIR
    folder = fallback_folder(package, chosen)
    _numba.config.CACHE_DIR = str(folder or "")
    try:
        yield
    finally:
        _numba.config.CACHE_DIR = chosen  # the setting is global: other users of numba keep their own folder
