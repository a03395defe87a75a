"""Tests reach this machine alone: a connection to any other address fails the test that makes it.

The guard sees the connections of the process it is installed in, and of workers that this forks. “make verify-offline”
runs the suite in a network namespace that has the loopback device alone, which holds for all child processes.
"""

import ipaddress
import socket
import sys


class OutsideConnectionError(AssertionError):
    """A test connected to another machine."""


def keep_connections_inside() -> None:
    """Refuse connections to addresses other than this machine's in this process, for good."""
    sys.addaudithook(_check)


def _check(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if host and not _is_inside(host.decode() if isinstance(host, bytes) else str(host)):
        raise OutsideConnectionError(f"a test connected to {host!r}")


def _is_inside(host: str) -> bool:
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host in ("localhost", socket.gethostname())
    return found.is_loopback or found.is_unspecified
