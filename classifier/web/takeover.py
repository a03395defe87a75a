"""A new process takes the port over from an old one while both are there, and no connection is lost.

Both bind the same address (SO_REUSEPORT), and the kernel would share new connections between them until the old one
closes its socket: with it would go what waits in its queue. So the new one has the kernel give every new connection to
its own socket (SO_ATTACH_REUSEPORT_CBPF, socket(7)), and the old one has nothing waiting when it goes.
"""

import ctypes
import logging
import socket
import struct
import sys
import time
from pathlib import Path

_SO_ATTACH_REUSEPORT_CBPF = 51
_RETURN_CONSTANT = 0x06  # BPF_RET | BPF_K
_LISTENING = "0A"
_LOOK_SECONDS = 0.02
_log = logging.getLogger(__name__)


def take_over(listening: socket.socket) -> None:
    """Wait until a socket listens, then have it get the new connections if others listen at the same address.

    Does nothing where the system is not Linux: there new connections are shared until the other process stops.
    """
    if sys.platform != "linux":
        return
    while not listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        time.sleep(_LOOK_SECONDS)
    group = listeners(listening.getsockname(), listening.family)
    if group < 2:
        return
    _log.warning("another process answers at this port: new connections come here from now on; stop the other one")
    # the sockets of an address are numbered in the order in which they began to listen
    program = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN_CONSTANT, 0, 0, group - 1))
    pointer = struct.pack("HL", 1, ctypes.addressof(program))
    listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, pointer)


def listeners(address: tuple[object, ...], family: int) -> int:
    """Return how many sockets listen at an address of this machine, as /proc/net tells."""
    host, port = str(address[0]), int(str(address[1]))
    packed = socket.inet_pton(family, host)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    wanted = f"{''.join(f'{word:08X}' for word in words)}:{port:04X}"
    table = Path("/proc/net/tcp6" if family == socket.AF_INET6 else "/proc/net/tcp").read_text(encoding="ascii")
    rows = (line.split() for line in table.splitlines()[1:])
    return sum(row[1] == wanted and row[3] == _LISTENING for row in rows)
