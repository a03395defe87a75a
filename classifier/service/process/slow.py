"""Clients that do not finish their request: the server waits for a body as long as it takes, so we cut them off.

A thread of the server blocks in a read that has no time limit and that Python cannot break off. What can be done is to
end the receiving side of the connection: the read returns short, and the client is told 408. Which connection that is
the kernel knows: one that has received since it last sent, and still has not sent.
"""

import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from classifier.errors import MalformedInputError, TooSlowError
from classifier.settings import Settings

ARRIVALS = "copydesk_arrivals"
_DESCRIPTORS = Path("/proc/self/fd")
# of the kernel's struct tcp_info: milliseconds since data was last sent and last received, bytes sent in all
_TCP_INFO = struct.Struct("=44x I 4x I 144x Q")
_SAME_MOMENT_MS = 10  # the kernel's clock ticks every 4 ms or so
_log = logging.getLogger(__name__)


class _Connection(NamedTuple):
    """A connection of the service in the state that it has until it is answered."""

    peer: tuple[object, ...]
    bytes_sent: int


class _Waiting(NamedTuple):
    """An unanswered connection: since when it was seen so, minus how long ago (in ms) it was last sent to, its end."""

    since: float
    not_sent_to: int
    end: socket.socket


class Arrivals:
    """The bodies that are being read now; `watch` ends those that take longer than ``body_seconds``."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.body_seconds
        self._port = settings.port
        self._started: dict[int, float] = {}
        self._unanswered: dict[_Connection, float] = {}

    def read(self, read: Callable[[], bytes], length: int | None) -> bytes:
        """Return the body that ``read`` reads; ``length`` is how many bytes were announced, if so.

        Raises
        ------
        TooSlowError
            If it took longer than a body may.
        MalformedInputError
            If it ended before all that was announced was there.
        """
        me = threading.get_ident()
        self._started[me] = start = time.monotonic()
        try:
            data = read()
        finally:
            del self._started[me]
        if time.monotonic() - start >= self._seconds:
            raise TooSlowError(f"the request body did not arrive within {self._seconds:g} seconds; send it again")
        if length is not None and len(data) < length:
            raise MalformedInputError(f"the request body ended after {len(data):,} of {length:,} bytes; send it again")
        return data

    def watch(self) -> None:
        """Look at the connections from now on, in a thread that ends with the process."""
        if not (_DESCRIPTORS.is_dir() and hasattr(socket, "TCP_INFO")):
            _log.warning("slow request bodies are not cut off on this system: put a proxy in front that does so")
            return
        threading.Thread(target=self._watch, name="slow-clients", daemon=True).start()

    def _watch(self) -> None:
        tick = min(1.0, self._seconds / 4)
        while True:
            time.sleep(tick)
            now = time.monotonic()
            started = list(self._started.values())
            if now - min(started, default=now) < tick:
                self._unanswered.clear()
            else:
                self._look(now, sum(now - start >= self._seconds for start in started))

    def _look(self, now: float, overdue: int) -> None:
        """Note since when each connection is unanswered, and end as many as there are bodies overdue.

        The first of them to wait are ended: later ones may be whole requests that wait for a thread.
        """
        seen: dict[_Connection, float] = {}
        with ExitStack() as held:
            waiting = []
            for connection, sent_ms, end in self._connections(held):
                seen[connection] = since = self._unanswered.get(connection, now)
                waiting.append(_Waiting(since, -sent_ms, end))
            for one in sorted(waiting, key=lambda w: (w.since, w.not_sent_to))[:overdue]:
                if now - one.since >= self._seconds / 2:  # it was noted a tick or two after its body began
                    with suppress(OSError):  # it has closed meanwhile
                        one.end.shutdown(socket.SHUT_RD)
        self._unanswered = seen

    def _connections(self, held: ExitStack) -> Iterator[tuple[_Connection, int, socket.socket]]:
        """Give the connections of the service that have received since they sent, each with a socket to end it by."""
        for entry in _DESCRIPTORS.iterdir():
            with suppress(OSError):  # no socket, or closed meanwhile
                end = held.enter_context(_socket(int(entry.name)))
                if end.family not in (socket.AF_INET, socket.AF_INET6) or end.getsockname()[1] != self._port:
                    continue
                peer = end.getpeername()
                info = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
                sent_ms, received_ms, bytes_sent = _TCP_INFO.unpack(info)
                if received_ms <= sent_ms + _SAME_MOMENT_MS:
                    yield _Connection(peer, bytes_sent), sent_ms, end


def _socket(descriptor: int) -> socket.socket:
    copy = os.dup(descriptor)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
