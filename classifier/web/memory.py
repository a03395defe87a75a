"""Giving memory back after a large request."""

import ctypes
import sys

from flask import Flask, request

_LARGE_BYTES = 262_144


def give_memory_back(app: Flask) -> None:
    """Have the app return what a large request needed to the system, where the C library is glibc.

    Each thread has a heap of its own there, and keeps what its largest request needed: with 32 threads a few megabytes
    of bad input would be held 32 times. The call takes about a millisecond.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is None:
        return

    @app.teardown_request
    def give_back(_: BaseException | None) -> None:
        length = request.content_length
        came_in_pieces = length is None and request.method == "POST"
        if came_in_pieces or (length or 0) >= _LARGE_BYTES:
            trim(0)
