"""The processes: one that holds the port and watches, and workers that answer."""

import gc
import importlib
import logging
import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from socket import socket
from threading import Thread, Timer
from types import FrameType
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.mp import MPServer, WorkerProcess

from classifier.service.guard.access import refuse_open_doors
from classifier.service.logs import LOGGING
from classifier.service.process.sockets import (
    are_passed_on,
    bound_address,
    listening_sockets,
    share_out,
    stop_listening,
)
from classifier.service.process.workers import RUN_FOLDER, WATCHER, announce_drain, has_published
from classifier.settings import Settings

_log = logging.getLogger(__name__)
APP = "classifier.service.app:create_app"
BACKLOG = 1024
MOST_STILLBORN = 3
PAUSE_SECONDS = 5.0  # before the next try, when so many in a row were; twice as long each time
LONGEST_PAUSE_SECONDS = 60.0
KILL_SECONDS = 30  # a worker that is still answering this long after a stop is killed


def serve(settings: Settings, say: Callable[[str], None], app: str = APP) -> None:
    """Serve until told to stop.

    Parameters
    ----------
    settings : Settings
    say : callable
        Takes the few lines for the person who started it.
    app : str
        Module and factory of what answers.

    Raises
    ------
    SettingsError
        If the address cannot be listened at, or anybody could call the service there without a key.
    KeysError
        If the keys file cannot be used.
    """
    with ExitStack() as held:
        sockets = listening_sockets(settings.host, settings.port, settings.workers)
        for each in sockets:
            held.enter_context(each)
        host, port = bound_address(sockets)
        settings = replace(settings, host=host, port=port)  # what is really there: systemd may have chosen another
        refuse_open_doors(settings)
        name = held.enter_context(tempfile.TemporaryDirectory(prefix="copydesk-"))
        os.environ.update(settings.to_environment())  # worker processes read their settings from there
        os.environ[RUN_FOLDER] = name
        os.environ[WATCHER] = str(os.getpid())
        importlib.import_module(app.partition(":")[0])  # once for all: workers share its memory and start at once
        gc.collect()
        gc.freeze()  # nobody looks for garbage among what is shared: each worker would get its own copy by looking
        say(f"answering at http://{f'[{host}]' if ':' in host else host}:{port}/v1/tags")
        _server(app, settings, sockets, Path(name)).serve()


def _server(app: str, settings: Settings, sockets: Sequence[socket], folder: Path) -> MPServer:
    server = _Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=settings.workers,
        blocking_threads=settings.threads,
        websockets=False,
        backlog=BACKLOG,
        factory=True,
        log_access=False,
        log_dictconfig=LOGGING,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
    )
    server.sockets = sockets
    server.folder = folder

    watcher = os.getpid()

    def stop(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != watcher:  # a worker has this from its fork until Granian sets its own, when it is ready
            if number == signal.SIGTERM:  # a terminal's Ctrl-C is for the watcher
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            return
        announce_drain(folder)
        timer = Timer(settings.drain, server.signal_handler_interrupt)
        timer.daemon = True
        timer.start()

    def started() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        Thread(target=share_out, args=(sockets,), name="copydesk-share-out", daemon=True).start()

    server.on_startup(started)
    return server


class _Server(MPServer):
    """Granian with listening sockets that are given to it, as it does itself with sockets of the file system."""

    sockets: Sequence[socket]
    folder: Path

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._stillborn = 0
        self._paused: set[int] = set()

    def _init_shared_socket(self) -> None:
        self._ssp = self._sso = None

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> WorkerProcess:  # type: ignore[override]
        listening = self.sockets[idx % len(self.sockets)]
        listening.set_inheritable(True)
        self._shd = SocketHolder(listening.fileno(), False, BACKLOG)  # type: ignore[call-arg, assignment]
        return super()._spawn_worker(idx, target, callback_loader)

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        """Put a new worker in the place of one that died, however often.

        Granian ends the service when one dies twice within seconds, so that two articles that crash a worker would take
        it down. Here it goes on while any worker lives: when several in a row died before they were ready, with pauses.
        When none lives any more it ends, for then none ever will be ready.
        """
        paused = self._paused.intersection(workers)
        died = [idx for idx in workers if idx not in paused]
        self._paused -= paused
        if any(has_published(self.folder, self.wrks[idx].inner.pid) for idx in died):
            self._stillborn = 0
        elif died:
            self._stillborn += 1
        if died and self._stillborn >= MOST_STILLBORN:
            if not any(wrk.inner.is_alive() for idx, wrk in enumerate(self.wrks) if idx not in died):
                _log.error("%d workers in a row died before they were ready: the service stops", self._stillborn)
                self.interrupt_children.extend(died)  # what makes the exit code 1
                self.signal_handler_interrupt()  # type: ignore[no-untyped-call]
                return
            self._pause(died)
            workers = sorted(paused)
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self.respawned_wrks.clear()

    def _pause(self, workers: list[int]) -> None:
        """Have these workers replaced later, while the others answer and get what would have come to these."""
        if len(self.sockets) == self.workers and not are_passed_on():
            for idx in workers:
                stop_listening(self.sockets[idx])
        seconds = min(PAUSE_SECONDS * 2 ** (self._stillborn - MOST_STILLBORN), LONGEST_PAUSE_SECONDS)
        _log.error(
            "%d workers in a row died before they were ready; the log says above why; the next try is in %.0f s",
            self._stillborn,
            seconds,
        )

        def try_again() -> None:
            if not self.interrupt_signal:
                self._paused.update(workers)
                self.interrupt_children.extend(workers)
                self.main_loop_interrupt.set()

        timer = Timer(seconds, try_again)
        timer.daemon = True
        timer.start()
