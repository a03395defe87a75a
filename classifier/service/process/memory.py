"""What keeps a process small where the C library is glibc: one heap, and what a large request needed given back."""

import ctypes
import gc
import os
import sys

#: Bytes of a body after which memory is given back; that takes some milliseconds.
LARGE_BYTES = 400_000
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
_glibc = ctypes.CDLL(None) if sys.platform == "linux" else None


def keep_one_heap() -> None:
    """Have all threads of this process and of those forked from it share a heap; call it before numpy is imported.

    By default each thread gets one, and keeps there what its largest request needed. Python's lock lets few threads
    allocate at a time anyhow. Nor does serving need numpy's own threads, and a process that is forked has none.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if mallopt := getattr(_glibc, "mallopt", None):
        mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what a large request needed."""
    if trim := getattr(_glibc, "malloc_trim", None):
        gc.collect()  # empties Python's lists of free objects, which would hold the memory around them
        trim(0)
