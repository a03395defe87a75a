"""Compiling while the service answers already: what only makes it quicker is compiled by a process next to it."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classifier.terms.compiler import compile_now
from classifier.text.onepass.start import take_up

LOOK_SECONDS = 1.0
OWN_SECONDS = 180.0  # after which a worker compiles itself: nothing can be kept here, or nobody compiles
_NICE = 10
_PROGRAM = Path(__file__).parents[3]
_log = logging.getLogger(__name__)


@contextmanager
def compiled_meanwhile() -> Iterator[None]:
    """Have another process compile what is not compiled yet. It is stopped at the end, if it is still at work."""
    if take_up():
        yield
        return
    _log.info("some code is still being compiled; until then articles with HTML take several times as long")
    # a worker loads the code when it is kept; it must be the code of this program, not of one in the current folder
    command = [sys.executable, "-P", "-m", "classifier", "warm"]
    path = os.pathsep.join([str(_PROGRAM), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(  # noqa: S603 - a fixed command
        command, env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        try:
            yield
        finally:
            process.terminate()


class Compiling:
    """A worker's look for the code that is being compiled."""

    def __init__(self) -> None:
        self._is_done = take_up()
        self._own_at = time.monotonic() + OWN_SECONDS
        self._look_at = 0.0

    def look(self) -> None:
        """Load the code if it is there by now."""
        now = time.monotonic()
        if self._is_done or now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        if now >= self._own_at:
            compile_now()
        self._is_done = take_up()
        if self._is_done:
            _log.info("all code is compiled")
