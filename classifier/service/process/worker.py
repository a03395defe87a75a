"""A worker: an event loop that takes connections, answers quick requests itself and has threads answer the others."""

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import formatdate
from typing import Any

from flask import Flask

from classifier.errors import NO_MEMORY
from classifier.service.process.board import Board
from classifier.service.process.connection import Connection
from classifier.service.process.gateway import LATER, NEEDS_BODY, QUICK, Answer, Environ, Gateway, Later, Request
from classifier.service.process.memory import LARGE_BYTES, give_back
from classifier.service.process.sockets import bound_address
from classifier.service.process.workers import WORKERS, Workers
from classifier.settings import Settings

MAX_CONNECTIONS = 4_096
SPARE_DESCRIPTORS = 128  # for model, database, log and so on; half of a small limit
QUICK_BYTES = 16_384  # of a body that is tagged within a few milliseconds, whatever it holds
BODIES_AT_ONCE = 16  # so many of the largest may arrive at once
TICK_SECONDS = 0.1
YIELD_SECONDS = 0.005
_log = logging.getLogger(__name__)


class Worker:
    """Serves an app on sockets that it shares with other workers.

    Parameters
    ----------
    app : Flask
    settings : Settings
    sockets : sequence of socket
        They listen already.
    board : Board
    index : int
        Its row on the board.
    """

    def __init__(
        self, app: Flask, settings: Settings, sockets: Sequence[socket.socket], board: Board, index: int
    ) -> None:
        self.settings = settings
        self.gateway = Gateway(app.wsgi_app, bound_address(sockets))
        self.loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()  # of the loop
        self.is_draining = False
        self.arrived_bytes = 0  # of bodies that are still arriving
        self.date = ""
        self._sockets = sockets
        self._board = board
        self._index = index
        self._workers: Workers | None = app.extensions.get(WORKERS)
        self._quick: frozenset[str] = app.extensions.get(QUICK, frozenset())
        self.needs_body: Callable[[Environ], bool] = app.extensions.get(NEEDS_BODY, lambda _: True)
        self._connections: set[Connection] = set()
        self._most = most_connections()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_listening = False
        self._drained_at = float("inf")
        self._pool = ThreadPoolExecutor(settings.threads, "copydesk")

    @property
    def is_full(self) -> bool:
        """Whether the bodies that are arriving take all the memory that they may."""
        return self.arrived_bytes > BODIES_AT_ONCE * self.settings.max_request_bytes

    async def run(self) -> None:
        """Serve until told to stop with SIGTERM, or until the supervisor is gone."""
        self._start_threads()
        if self._workers:
            self._workers.pids = self._board.pids
        self.loop.add_signal_handler(signal.SIGTERM, self._drain)
        while not self._is_done():
            if os.getppid() != self._board.supervisor and not self.is_draining:
                self._drain()
            self._tick()
            await asyncio.sleep(TICK_SECONDS)

    def answer(self, request: Request, peer: str, send: Callable[[Request, Answer | None], None]) -> bool:
        """Have a request answered, and the answer sent; return whether that is done, or takes a moment only."""
        environ = self.gateway.environ(request, peer)
        packed = "HTTP_CONTENT_ENCODING" in environ  # a small body may be a large one
        quick = request.body_bytes <= QUICK_BYTES and not packed and environ["PATH_INFO"] in self._quick
        if request.refusal or quick:
            environ[LATER] = None
            answer = self._call(environ, request.body_bytes)
            later: Later | None = environ[LATER]
            if answer is None or later is None:
                send(request, answer)
            else:
                later.begin(self._finish, (send, request, answer, later.body))
            return True
        future = self.loop.run_in_executor(self._pool, self._call, environ, request.body_bytes)
        future.add_done_callback(lambda done: send(request, done.result()))
        return False

    def _finish(self, done: Sequence[tuple[Any, Any]]) -> None:
        """Have the loop send answers that waited: it is woken once for all of them."""
        if threading.get_ident() == self._thread:
            self._send_all(done)
            return
        with suppress(RuntimeError):  # the loop has ended, and with it the connections
            self.loop.call_soon_threadsafe(self._send_all, done)

    def _send_all(self, done: Sequence[tuple[Any, Any]]) -> None:
        for (send, request, (status, headers, _), body), result in done:
            self.loop.call_soon(send, request, (status, headers, body(result)))  # one that fails stops no other

    def forget(self, connection: Connection, arrived_bytes: int) -> None:
        """Take note that a connection has ended."""
        self.arrived_bytes -= arrived_bytes
        self._connections.discard(connection)
        self._show()

    def _start_threads(self) -> None:
        """Start the threads now: later, on a machine in trouble, none might start."""
        started = threading.Barrier(self.settings.threads + 1)
        for _ in range(self.settings.threads):
            self._pool.submit(started.wait)
        started.wait()

    def _call(self, environ: Environ, body_bytes: int) -> Answer | None:
        try:
            return self.gateway.call(environ)
        except MemoryError:
            _log.error("a request could not be answered: %s", NO_MEMORY)
            return None
        except Exception:
            _log.exception("a request could not be answered")
            return None
        finally:
            if body_bytes >= LARGE_BYTES:
                give_back()

    def _drain(self) -> None:
        self.is_draining = True
        self._drained_at = self.loop.time() + self.settings.drain

    def _is_done(self) -> bool:
        if self.loop.time() < self._drained_at:
            return False
        for connection in list(self._connections):
            connection.close_soon()
        return not (self._connections or self._tasks)

    def _tick(self) -> None:
        now = self.loop.time()
        self.date = formatdate(usegmt=True)
        for connection in [each for each in self._connections if each.deadline < now]:
            connection.expire()
        if (excess := len(self._connections) + 1 - self._most) > 0:
            self._make_room(excess)
        self._show()
        # while others can tag, a worker that lacks a model takes nothing: some of its answers would be 503
        useless = self._board.others_have_more_models(self._index, self._models)
        self._listen(now < self._drained_at and not useless and len(self._connections) < self._most)

    @property
    def _models(self) -> int:
        return 1 if self._workers is None else self._workers.models_count

    def _show(self) -> None:
        self._board.write(self._index, os.getpid(), self._models, len(self._connections))

    def _listen(self, wanted: bool) -> None:
        if wanted != self._is_listening:
            self._is_listening = wanted
            for each in self._sockets:
                if wanted:
                    self.loop.add_reader(each, self._offer, each)
                else:
                    self.loop.remove_reader(each)

    def _offer(self, listening: socket.socket) -> None:
        """Take a new connection; if another worker has fewer, only if that one does not within a moment."""
        if self._board.is_fuller(self._index, len(self._connections)):
            self.loop.remove_reader(listening)
            self.loop.call_later(YIELD_SECONDS, self._take, listening)
        else:
            self._take(listening)

    def _take(self, listening: socket.socket) -> None:
        if not self._is_listening:
            return
        self.loop.add_reader(listening, self._offer, listening)
        try:
            client, _ = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another worker was faster, or the client has gone
            return
        except OSError as error:
            _log.error("no new connection can be accepted: %s", error.strerror)
            self._make_room()
            self._listen(False)  # until the next tick
            return
        client.setblocking(False)
        task = self.loop.create_task(self._connect(client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, client: socket.socket) -> None:
        if len(self._connections) + 1 >= self._most:
            self._make_room()
        connection = Connection(self)
        self._connections.add(connection)
        self._show()
        try:
            await self.loop.connect_accepted_socket(lambda: connection, client)
        except OSError:  # the client has gone
            client.close()
            self.forget(connection, 0)

    def _make_room(self, n: int = 1) -> None:
        """Close the connections that would be closed next anyway, so that silent clients keep nobody out."""
        useless = [each for each in self._connections if each.is_useless]
        for connection in sorted(useless, key=lambda each: each.deadline)[:n]:
            connection.abort()


def most_connections() -> int:
    """Return how many connections a worker holds at most; ask the system for as many files as that needs."""
    descriptors = _descriptors()
    return max(1, min(MAX_CONNECTIONS, descriptors - min(SPARE_DESCRIPTORS, descriptors // 2)))


def _descriptors() -> int:
    """Return how many files and connections this process may have open, after asking for as many as it can get."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * MAX_CONNECTIONS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return wanted if soft == resource.RLIM_INFINITY else soft
