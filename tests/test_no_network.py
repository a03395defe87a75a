"""The guard that keeps tests, and so the article texts in them, on this machine."""

import socket
import sys

import httpx
import pytest

from tests.driver.processes import serving
from tests.helpers import ROOT
from tests.no_network import OutsideConnectionError


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_to_another_machine_is_refused_before_it_is_made(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(OutsideConnectionError):
        connection.connect((host, 80))


def test_the_name_of_another_machine_is_not_looked_up():
    with pytest.raises(OutsideConnectionError):
        socket.getaddrinfo("example.com", 80)


def test_no_datagram_is_sent_to_another_machine():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending, pytest.raises(OutsideConnectionError):
        sending.sendto(b"an article", ("192.0.2.1", 53))


GUARDED = """
import sys
from tests.no_network import keep_connections_inside
keep_connections_inside()
from classifier.commands.main import main
main()
"""


@pytest.mark.slow
def test_no_text_leaves_the_machine_while_the_service_with_its_default_settings_tags_it(starter_models, tmp_path):
    (tmp_path / "guarded.py").write_text(GUARDED)
    command = [sys.executable, str(tmp_path / "guarded.py"), "serve", "--models", str(starter_models)]
    text = "Indian and Chinese soldiers fought on a ridge above the disputed border in Ladakh."
    question = {"instructions": "Is the article about South Asia?"}
    with serving(command, "/readyz", tmp_path / "log", {"PYTHONPATH": str(ROOT)}, folder=tmp_path) as server:
        for path, sent in (
            ("/v1/tags", {"body": text}),
            ("/v1/tags/batch", {"articles": [{"body": text}]}),
            ("/v1/systemone", {"state": text, "questions": {"a": question | {"type": "noul"}}}),
            ("/v1/decisions", {"input": text, "questions": [question | {"type": "predicate"}]}),
            ("/v1/feedback", {"article": "a", "revision": "1", "body": text, "kept": ["south-asia"]}),
        ):
            answer = httpx.post(f"{server.url}{path}", json=sent, trust_env=False, timeout=30)
            assert answer.is_success, answer.text
    assert "a test connected" not in (tmp_path / "log").read_text(encoding="utf-8")


def test_connections_to_this_machine_are_made():
    with socket.socket() as listening, socket.socket() as connection:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        connection.connect(listening.getsockname())
