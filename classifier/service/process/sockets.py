"""The listening sockets: one for each worker, held by the process that watches them.

Granian would have each worker make a socket of its own, and what waits in the queue of such a socket is lost when its
worker dies. Here a socket outlives its worker, and the worker that comes next takes what waits.

The kernel shares new connections out by a program that we give it (SO_ATTACH_REUSEPORT_CBPF, socket(7)), for two
reasons. By default it takes a hash, and of eight connections one worker of two may get seven for as long as they stay
open; a client's ports go up in steps of two, so taking turns by the port is fair. And while an old and a new process
are both at the port, all connections are to go to the new one, so that nothing waits at the old one when it goes.
"""

import ctypes
import errno
import logging
import os
import socket
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from classifier.errors import SettingsError
from classifier.service.addresses import is_loopback

_FIRST_PASSED_ON = 3  # sd_listen_fds(3)
_SO_ATTACH_REUSEPORT_CBPF = 51
_LISTENING = "0A"
_LOOK_SECONDS = 0.02
_NETWORK_HEADER = 0xFFF00000  # SKF_NET_OFF
_log = logging.getLogger(__name__)


def listening_sockets(host: str, port: int, n: int) -> list[socket.socket]:
    """Return the sockets to answer at: those that systemd has passed on, or else ``n`` bound to host and port.

    They do not listen before a worker does, so that nobody waits for workers that are still starting.

    Raises
    ------
    SettingsError
        If there is no such address, it is not one of this machine, or another program has it; if a socket that was
        passed on is not one of TCP.
    """
    if are_passed_on():
        return _passed_on()
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        # elsewhere than on Linux the kernel gives all connections to one socket of several: the workers share that
        return [_bound(family, address) for _ in range(n if sys.platform == "linux" else 1)]
    except OSError as error:
        reason = error.strerror or error
        raise SettingsError(f"the service cannot listen at host {host}, port {port}: {reason}") from error


def are_passed_on() -> bool:
    """Say whether the sockets are those of systemd, which goes on holding them."""
    return os.environ.get("LISTEN_PID") == str(os.getpid())


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
        sockets = listening_sockets(host, port, 1)
    except SettingsError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
            return _held_everywhere(port) or host, True
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
            "LISTEN_PID says that sockets were passed on, and there are none (LISTEN_FDS). Fix: look at the socket unit"
        )
    # whoever calls through a Unix socket has no address, so that a proxy's callers would all look like this machine
    if any(each.family not in (socket.AF_INET, socket.AF_INET6) or each.type != socket.SOCK_STREAM for each in sockets):
        raise SettingsError(
            "a socket that was passed on is not one of TCP, and the service answers at no other. Fix: write "
            "ListenStream=127.0.0.1:8000 in the socket unit"
        )
    return sockets


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.bind(address)
    return made


def share_out(ours: Sequence[socket.socket]) -> None:
    """Once all our sockets listen, have them take turns; of others at the same address, take over what is new.

    Returns when we are alone at the address, or at once where there is nothing to share out: systemd passes a socket on
    without SO_REUSEPORT unless its unit says ``ReusePort=yes``. All workers then take from that one socket.
    """
    if sys.platform != "linux" or not all(each.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT) for each in ours):
        return
    while not all(each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) for each in ours):
        time.sleep(_LOOK_SECONDS)
    told = None
    while told != 0:
        others = listeners(ours[0]) - len(ours)
        if others != told:
            if others:
                _log.warning("another process answers at this port: what is new comes here from now on; stop that one")
            _attach(ours[0], others, len(ours))
            told = others
        time.sleep(_LOOK_SECONDS)


def stop_listening(one: socket.socket) -> None:
    """Have new connections go to the other sockets at the address until a worker listens at this one again.

    It stays bound. What waits in it is reset, for nobody would take it soon.
    """
    with suppress(OSError):  # no worker has listened at it yet
        one.shutdown(socket.SHUT_RDWR)


def listeners(ours: socket.socket) -> int:
    """Return how many sockets listen at the address of one, as /proc/net tells."""
    host, port = ours.getsockname()[:2]
    packed = socket.inet_pton(ours.family, host)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    wanted = f"{''.join(f'{word:08X}' for word in words)}:{port:04X}"
    return sum(local == wanted for local in _listening(ours.family))


def _held_everywhere(port: int) -> str | None:
    """Return the address of all addresses at which some program listens at a port, or None."""
    if sys.platform != "linux":
        return None
    for family, everywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104
        zeros = "0" * 2 * len(socket.inet_pton(family, everywhere))
        with suppress(OSError):  # a machine without IPv6
            if f"{zeros}:{port:04X}" in _listening(family):
                return everywhere
    return None


def _listening(family: int) -> list[str]:
    """Return the addresses of all sockets that listen, as /proc/net writes them."""
    table = Path("/proc/net/tcp6" if family == socket.AF_INET6 else "/proc/net/tcp").read_text(encoding="ascii")
    rows = (line.split() for line in table.splitlines()[1:])
    return [row[1] for row in rows if row[3] == _LISTENING]


def _attach(one: socket.socket, first: int, n: int) -> None:
    """Tell the kernel which of an address's sockets gets a new connection: ``first + port // 2 % n``.

    The sockets are numbered in the order in which they began to listen. A number that there is not makes the kernel
    take the hash after all.
    """
    program = [
        (0x30, 0, 0, _NETWORK_HEADER),  # the first byte of the IP header
        (0x74, 0, 0, 4),  # its upper half: the version
        (0x15, 2, 0, 6),  # if it is 6, go on two instructions further
        (0x28, 0, 0, _NETWORK_HEADER + 20),  # IPv4: the port of the sender
        (0x05, 0, 0, 1),
        (0x28, 0, 0, _NETWORK_HEADER + 40),  # IPv6: the same
        (0x74, 0, 0, 1),  # shifted by one: half of it
        (0x94, 0, 0, n),  # modulo
        (0x04, 0, 0, first),  # plus
        (0x16, 0, 0, 0),  # is the answer
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    pointer = struct.pack("HP", len(program), ctypes.addressof(code))
    one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, pointer)
