"""What answers leave behind: nothing half sent, and, where the C library is glibc, no memory of large requests."""

import ctypes
import gc
import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
_JEMALLOC = "_RJEM_MALLOC_CONF"
_LARGE_BYTES = 400_000
_glibc = ctypes.CDLL(None) if sys.platform == "linux" else None


def keep_one_heap() -> None:
    """Have all threads of this process and of those forked from it share a heap; call it before Granian is imported.

    By default each thread gets one, and keeps there what its largest request needed: a few megabytes of bad input would
    be held by every thread. Python's lock lets few threads allocate at a time anyhow. Granian brings an allocator of
    its own, which holds on to large bodies for ten seconds of work; what it should do it reads when it is loaded.
    """
    mallopt = getattr(_glibc, "mallopt", None)
    if mallopt:
        mallopt(_ARENA_MAX, 1)
    os.environ.setdefault(_JEMALLOC, "narenas:1,dirty_decay_ms:200,muzzy_decay_ms:0")


def answer_whole(app: Flask) -> None:
    """Have the app give its answers in one piece, and what a large request needed back to the system after it.

    The server sends a list at once; whatever else an app returns it sends piece by piece, with the interpreter's lock
    taken for each. Giving memory back takes some milliseconds.
    """
    inner: Any = app.wsgi_app
    trim = getattr(_glibc, "malloc_trim", None)

    def whole(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        pieces = inner(environ, start_response)
        try:
            answer = list(pieces)
        finally:
            if close := getattr(pieces, "close", None):
                close()
        if trim and _was_large(environ):
            gc.collect()  # empties Python's lists of free objects, which would hold the memory around them
            trim(0)
        return answer

    app.wsgi_app = whole  # type: ignore[method-assign]


def _was_large(environ: dict[str, Any]) -> bool:
    announced = environ.get("CONTENT_LENGTH", "")
    if announced.isdecimal():
        return int(announced) >= _LARGE_BYTES
    return bool(environ["REQUEST_METHOD"] == "POST")  # it came in pieces
