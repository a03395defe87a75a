"""The processes: one that holds the port and watches, and workers that answer.

Granian gives each worker a listening socket of its own, and what waits in the queue of such a socket is lost with its
worker. Here one socket belongs to the process that watches, and the workers share it: a worker may die, and the
connections that it had not taken yet are taken by another.
"""

import importlib
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread, Timer
from types import FrameType

from granian.constants import HTTPModes, Interfaces
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.mp import MPServer

from classifier.errors import SettingsError
from classifier.settings import Settings
from classifier.web import takeover
from classifier.web.logs import LOGGING
from classifier.web.workers import METRICS_FOLDER, RUN_FOLDER, announce_drain

APP = "classifier.web.app:create_app"
BACKLOG = 1024
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
        If the address cannot be listened at.
    """
    with listening_socket(settings) as listening, tempfile.TemporaryDirectory(prefix="copydesk-") as name:
        folder = Path(name)
        (folder / "metrics").mkdir()
        os.environ.update(settings.to_environment())  # worker processes read their settings from there
        os.environ[RUN_FOLDER] = name
        os.environ[METRICS_FOLDER] = str(folder / "metrics")  # read when the prometheus client is imported
        importlib.import_module(
            app.partition(":")[0]
        )  # once for all workers: they share its memory, and a new one is there at once
        host, port = listening.getsockname()[:2]
        say(f"answering at http://{f'[{host}]' if ':' in host else host}:{port}/v1/tags")
        _server(app, settings, listening, folder).serve()


def listening_socket(settings: Settings) -> socket.socket:
    """Return the socket to answer at: the one that systemd has passed on, or else one bound to host and port.

    It does not listen before the first worker does, so that nobody waits for workers that are still starting.

    Raises
    ------
    SettingsError
        If there is no such address, it is not one of this machine, or another program has it.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        if os.environ.get("LISTEN_FDS") != "1":
            raise SettingsError("systemd has passed on more than one socket; one ListenStream= is what is needed")
        return socket.socket(fileno=3)
    where = f"host {settings.host} and port {settings.port}"
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, proto)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.bind(address)
    except OSError as error:
        raise SettingsError(f"the service cannot listen at {where}: {error.strerror or error}") from error
    return found


def _server(app: str, settings: Settings, listening: socket.socket, folder: Path) -> MPServer:
    server = _SharedSocketServer(
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
    server.listening = listening

    def stop(_number: int, _frame: FrameType | None) -> None:
        announce_drain(folder)
        timer = Timer(settings.drain, server.signal_handler_interrupt)
        timer.daemon = True
        timer.start()

    def started() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        Thread(target=takeover.take_over, args=(listening,), name="copydesk-takeover", daemon=True).start()

    server.on_startup(started)
    return server


class _SharedSocketServer(MPServer):
    """Granian with a listening socket that is given to it, as it does itself with sockets of the file system."""

    listening: socket.socket

    def _init_shared_socket(self) -> None:
        self.listening.set_inheritable(True)
        self._ssp = None
        self._sfd = self.listening.fileno()  # type: ignore[assignment]
        self._shd = SocketHolder(self._sfd, False, BACKLOG)  # type: ignore[call-arg, assignment]
        self._sso = self.listening
