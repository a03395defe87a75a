"""The listening sockets: held by the supervisor, or by systemd, and shared by all workers.

What waits in a socket's queue outlives a worker, and a restart if systemd holds the socket.
"""

import errno
import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack

from classifier.errors import SettingsError
from classifier.service.addresses import is_loopback

BACKLOG = 1_024
_FIRST_PASSED_ON = 3  # sd_listen_fds(3)


def listening_sockets(host: str, port: int) -> list[socket.socket]:
    """Return the sockets to answer at: those that systemd has passed on, or else one bound to host and port.

    Raises
    ------
    SettingsError
        If there is no such address, it is not one of this machine, or another program has it; if a socket that was
        passed on is not one of TCP.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        return _passed_on()
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return [_bound(family, address)]
    except OSError as error:
        reason = error.strerror or error
        raise SettingsError(
            f"the service cannot listen at host {host}, port {port}: {reason}. "
            "Fix: choose another address or port, or stop the program that uses it"
        ) from error


def bound_address(sockets: Sequence[socket.socket]) -> tuple[str, int]:
    """Return the host and port of the sockets; of several, one that other machines can reach, if there is one."""
    found: list[tuple[str, int]] = [each.getsockname()[:2] for each in sockets]
    return next((each for each in found if not is_loopback(each[0])), found[0])


def would_listen_at(host: str, port: int) -> tuple[str, bool]:
    """Return the host at which a service would answer, and whether another program holds its port already.

    If a program holds the port at all addresses, as systemd does for ``ListenStream=8000``, the host is that.

    Raises
    ------
    SettingsError
        If there is no such address, or it is not one of this machine.
    """
    try:
        sockets = listening_sockets(host, port)
    except SettingsError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
            return "0.0.0.0" if _is_held_everywhere(port) else host, True  # noqa: S104
        raise
    with ExitStack() as held:
        for each in sockets:
            held.enter_context(each)
        return bound_address(sockets)[0], False


def _passed_on() -> list[socket.socket]:
    try:
        n = int(os.environ.get("LISTEN_FDS", ""))
        sockets = [socket.socket(fileno=_FIRST_PASSED_ON + i) for i in range(n)]
    except (ValueError, OSError):
        sockets = []
    if not sockets:
        raise SettingsError(
            "LISTEN_PID is set, but LISTEN_FDS passes no socket to the service. Fix: check ListenStream= in the "
            "socket unit"
        )
    # whoever calls through a Unix socket has no address, so that a proxy's callers would all look like this machine
    if any(each.family not in (socket.AF_INET, socket.AF_INET6) or each.type != socket.SOCK_STREAM for each in sockets):
        raise SettingsError(
            "systemd passed a socket that is not a TCP socket, but the service supports only TCP. Fix: write "
            "ListenStream=127.0.0.1:8000 in the socket unit"
        )
    return sockets


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def _is_held_everywhere(port: int) -> bool:
    """Return whether a program that holds a port holds it at addresses of this machine that nobody asks for, too."""
    try:
        _bound(socket.AF_INET, ("127.0.0.2", port)).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False
