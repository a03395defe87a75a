"""The guard that keeps tests, and so the article texts in them, on this machine."""

import socket

import pytest

from tests.no_network import OutsideConnectionError


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_to_another_machine_is_refused_before_it_is_made(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(OutsideConnectionError):
        connection.connect((host, 80))


def test_the_name_of_another_machine_is_not_looked_up():
    with pytest.raises(OutsideConnectionError):
        socket.getaddrinfo("example.com", 80)


def test_connections_to_this_machine_are_made():
    with socket.socket() as listening, socket.socket() as connection:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        connection.connect(listening.getsockname())
