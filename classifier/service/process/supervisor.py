"""The process that holds the port: it forks workers, replaces the dead ones, and stops all.

It starts no thread and loads no model, and a stop asks nothing of it but signals: it works on a machine in trouble.
"""

import asyncio
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from flask import Flask

from classifier.errors import CopydeskError
from classifier.service.logs import flush_requests
from classifier.service.process.board import Board
from classifier.service.process.worker import Worker
from classifier.settings import Settings

SOON_SECONDS = 5.0  # a worker that dies this soon after its start has failed
MOST_FAILURES = 3  # in a row, of the workers in one place; after that there are pauses
PAUSE_SECONDS = 5.0  # the first of them; each is twice as long
LONGEST_PAUSE_SECONDS = 60.0
KILL_SECONDS = 30.0  # after the drain, a worker may continue to answer this long
_STOPS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}  # the last when the terminal is closed
_log = logging.getLogger(__name__)


class _Place:
    """A place for a worker, taken or to be taken."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.pid = 0
        self.started_at = 0.0
        self.start_at = 0.0
        self.failures = 0


def ending_of(status: int) -> str:
    """Return how a process ended, in words: its exit code, or the name of the signal that killed it.

    Parameters
    ----------
    status : int
        As `os.waitpid` returns it.
    """
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exit code {code}"
    name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
    if -code != signal.SIGKILL:
        return f"killed by {name}"
    return (
        f"killed by {name}, perhaps because the system was out of memory. Fix: look for “out of memory” in the log of "
        "the kernel (journalctl -k); if it is there, give the service more memory, or fewer workers"
    )


class Supervisor:
    """Keeps the workers of a service alive.

    Parameters
    ----------
    make : callable
        Returns the app of a worker; called in that.
    settings : Settings
    sockets : sequence of socket
        They listen already.
    """

    def __init__(self, make: Callable[[], Flask], settings: Settings, sockets: Sequence[socket.socket]) -> None:
        self._make = make
        self._settings = settings
        self._sockets = sockets
        self._board = Board(settings.workers)
        self._places = [_Place(index) for index in range(settings.workers)]
        self._signals, into = os.pipe()
        os.set_blocking(into, False)
        signal.set_wakeup_fd(into, warn_on_full_buffer=False)
        for number in (*_STOPS, signal.SIGCHLD):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup has it ignored
                signal.signal(number, lambda *_: None)

    def run(self) -> bool:
        """Keep workers alive until told to stop. Return True then, and False if no worker would start."""
        while True:
            now = time.monotonic()
            for place in self._places:
                if not place.pid and place.start_at <= now:
                    self._start(place)
            next_start = min((place.start_at for place in self._places if not place.pid), default=now + 60)
            if self._wait(next_start - now):
                self._stop()
                return True
            for place, pid, status in self._died():
                if not self._take_note(place, pid, status):
                    self._stop()
                    return False

    def _start(self, place: _Place) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)  # until the child no longer has our handlers
        place.started_at = time.monotonic()
        try:
            pid = os.fork()
        except OSError as error:
            place.start_at = place.started_at + PAUSE_SECONDS
            _log.error("no worker can be started: %s; the next try is in %.0f s", error.strerror, PAUSE_SECONDS)
        else:
            if not pid:
                self._become_worker(place.index)
            place.pid = pid
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)

    def _become_worker(self, index: int) -> None:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGHUP):  # a terminal sends them to all; the supervisor acts on them
                signal.signal(number, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
            asyncio.run(self._work(index))
            code = 0
        except CopydeskError as error:
            _log.error("the worker cannot start: %s", error)
        except BaseException:
            _log.exception("the worker stopped because of an unexpected error")
        finally:
            flush_requests()
            with suppress(OSError, ValueError):
                sys.stdout.flush()
            os._exit(code)

    async def _work(self, index: int) -> None:
        await Worker(self._make(), self._settings, self._sockets, self._board, index).run()

    def _wait(self, seconds: float) -> bool:
        """Wait for a signal, at most for a time; return whether one asks for a stop."""
        ready, _, _ = select.select([self._signals], [], [], max(0.0, seconds))
        asked = _STOPS.intersection(os.read(self._signals, 512)) if ready else set()
        for number in sorted(asked):
            _log.info("the service stops because of %s", signal.Signals(number).name)
        return bool(asked)

    def _died(self) -> list[tuple[_Place, int, int]]:
        """Return the places whose workers have ended, with the process id and the status of each."""
        died = []
        for place in self._places:
            pid, status = os.waitpid(place.pid, os.WNOHANG) if place.pid else (0, 0)
            if pid:
                died.append((place, pid, status))
                place.pid = 0
        return died

    def _take_note(self, place: _Place, pid: int, status: int) -> bool:
        """Have a worker replaced: at once, or after a pause if several failed; return whether there is any hope."""
        was_ready = self._board.is_ready(place.index)
        self._board.write(place.index, 0, False, 0)
        lived = time.monotonic() - place.started_at
        place.failures = place.failures + 1 if not was_ready or lived < SOON_SECONDS else 0
        _log.error("worker %d (pid %d) has ended after %.1f s: %s", place.index + 1, pid, lived, ending_of(status))
        if place.failures < MOST_FAILURES:
            return True
        if not was_ready and not any(other.pid for other in self._places):
            _log.error(
                "%d workers in a row died before they were ready, so the service stops; the log lines above give "
                "the reason",
                place.failures,
            )
            return False
        seconds = min(PAUSE_SECONDS * 2 ** (place.failures - MOST_FAILURES), LONGEST_PAUSE_SECONDS)
        place.start_at = time.monotonic() + seconds
        _log.error(
            "%d workers in a row died soon after their start; the log lines above give the reason; the next "
            "try is in %.0f s",
            place.failures,
            seconds,
        )
        return True

    def _stop(self) -> None:
        """Tell every worker to stop; kill the workers that have not stopped in time."""
        self._kill(signal.SIGTERM)
        until = time.monotonic() + self._settings.drain + KILL_SECONDS
        while any(place.pid for place in self._places):
            if time.monotonic() >= until:
                _log.warning(
                    "%d workers did not stop in time and are killed; requests that they were answering are lost",
                    sum(place.pid > 0 for place in self._places),
                )
                self._kill(signal.SIGKILL)
                until += KILL_SECONDS
            self._wait(until - time.monotonic())
            self._died()

    def _kill(self, number: int) -> None:
        for place in self._places:
            if place.pid:
                os.kill(place.pid, number)
