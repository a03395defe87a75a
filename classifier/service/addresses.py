"""The origin of a call: this machine or another one, and the address under which its calls are counted."""

from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from classifier.settings import Settings

_LONGEST_HOST = 261  # a name of 255 characters, a colon and a port
_COUNTED_BITS = 64  # of an IPv6 address: the rest is the caller's own to choose


@lru_cache(maxsize=4096)
def address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, with or without a port, as gateways write it; None if the text is not one.

    An IPv4 address that is written as IPv6 (``::ffff:192.0.2.1``) is returned as IPv4.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found


@lru_cache(maxsize=4096)
def is_loopback(text: str) -> bool:
    """Return whether an address is one that only programs of this machine can use."""
    found = address(text)
    return found is not None and found.is_loopback


@lru_cache(maxsize=4096)
def counted_as(text: str) -> str:
    """Return what calls from an address are counted under: itself, or its /64 in IPv6.

    All text that is not an address is counted as one caller.
    """
    found = address(text)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found), _COUNTED_BITS), strict=False))
    return str(found or "unknown")


def is_this_host(host: str, names: Collection[str]) -> bool:
    """Return whether a header Host, with any port, has one of these names or a loopback address."""
    if len(host) > _LONGEST_HOST:  # also keeps long text out of the caches
        return False
    name = host.lower()
    before, colon, port = name.rpartition(":")
    if colon and port.isdecimal():  # else it has no port, or ends within an IPv6 address
        name = before
    if name.startswith("[") and name.endswith("]"):
        return name in names or is_loopback(name[1:-1])
    return not {":", "["} & set(name) and (name in names or is_loopback(name))


def only_this_machine(settings: Settings) -> bool:
    """Return whether only programs of this machine can call.

    In our own service ``host`` is the address of its sockets. Under another WSGI server it is only a setting, so the
    address of each call is looked at as well.
    """
    return not settings.proxies and (settings.host == "localhost" or is_loopback(settings.host))
