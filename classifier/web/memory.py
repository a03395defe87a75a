"""Giving memory back after a large request, where the C library is glibc; elsewhere nothing is done."""

import ctypes
import sys

from flask import Flask, request

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
_LARGE_BYTES = 262_144
_glibc = ctypes.CDLL(None) if sys.platform == "linux" else None


def keep_one_heap() -> None:
    """Have all threads of this process, and of those forked from it, share a heap.

    By default each thread gets one, and keeps there what its largest request needed: with 32 threads a few megabytes of
    bad input would be held 32 times. Python's lock lets few threads allocate at a time anyhow.
    """
    mallopt = getattr(_glibc, "mallopt", None)
    if mallopt:
        mallopt(_ARENA_MAX, 1)


def give_memory_back(app: Flask) -> None:
    """Have the app return what a large request needed to the system; that takes about a millisecond."""
    trim = getattr(_glibc, "malloc_trim", None)
    if trim is None:
        return

    @app.teardown_request
    def give_back(_: BaseException | None) -> None:
        length = request.content_length
        came_in_pieces = length is None and request.method == "POST"
        if came_in_pieces or (length or 0) >= _LARGE_BYTES:
            trim(0)
