"""How long a caller with a key waits while callers without one are slow, silent, or ask without a pause."""

import http.client
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click
import numpy as np

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from classifier.service.guard.keys import create
from tests.driver.processes import Server, serving

WORKERS = 2
SLOW, SILENT, FLOODING = 50, 1_100, 20
TAGS_WITHIN, HEALTH_WITHIN = 1.0, 0.2  # seconds
_PAUSE_SECONDS = 0.02


@click.command()
@click.option("--seconds", type=click.IntRange(min=2), default=60, show_default=True, help="Time of each attack.")
@json_option
def door(seconds: int, as_json: bool) -> None:
    """Have callers without a key be slow, silent or many, and measure what a caller with a key and /healthz wait."""
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, 1_000, 50, 20_000, 20)
    body = json.dumps({"body": synthetic.texts[0][:3_000]}).encode()
    report = Report(
        f"Callers without a key, {seconds} s each, {WORKERS} workers",
        ["what", "calls", "failed", "p50, ms", "p99, ms", "slowest, ms", "health p99, ms", "health slowest, ms"],
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_as_model(synthetic, folder / "models")
        _, key = create(folder / "keys.json", "cms", "tag")
        command = [sys.executable, "service.py", "--models", str(folder / "models"), "--workers", str(WORKERS)]
        with serving([*command, "--keys", str(folder / "keys.json")], "/readyz", folder / "log") as server:
            for what, attack in ATTACKS.items():
                report.rows.append((what, *_measure(server, attack, body, key, seconds)))
    report.show(as_json)
    if any(row[2] or row[5] > TAGS_WITHIN * 1e3 or row[7] > HEALTH_WITHIN * 1e3 for row in report.rows):
        raise click.exceptions.Exit(1)


def nobody(_server: Server, _ending: threading.Event) -> None:
    """Attack not at all: what the others are compared with."""


def slow(server: Server, ending: threading.Event) -> None:
    """Send the bodies of webhooks and of articles byte by byte; when one is cut off start anew."""
    _hold(server, ending, SLOW, [b"/v1/webhooks/cms", b"/v1/tags"])


def silent(server: Server, ending: threading.Event) -> None:
    """Connect, and say nothing."""
    _hold(server, ending, SILENT, [])


def flooding(server: Server, ending: threading.Event) -> None:
    """Ask without a pause, for what needs a key."""

    def ask() -> None:
        while not ending.is_set():
            client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            try:
                for _ in range(100):
                    client.request("POST", "/v1/tags", b'{"body": "x"}', {"Content-Type": "application/json"})
                    client.getresponse().read()
            except (OSError, http.client.HTTPException):
                pass
            client.close()

    for _ in range(FLOODING):
        threading.Thread(target=ask, daemon=True).start()


ATTACKS: dict[str, Callable[[Server, threading.Event], None]] = {
    "nobody": nobody,
    f"{SLOW} slow": slow,
    f"{SILENT:,} silent": silent,
    f"{FLOODING} flooding": flooding,
}


def _hold(server: Server, ending: threading.Event, n: int, paths: list[bytes]) -> None:
    """Keep a number of connections open; those with a path send a body of a megabyte, a byte in half a second."""

    def hold() -> None:
        lines: dict[int, socket.socket] = {}
        while not ending.wait(0.5):
            for number in range(n):
                try:
                    if number not in lines:
                        lines[number] = socket.create_connection(("127.0.0.1", server.port), timeout=1)
                        lines[number].setblocking(False)
                        if paths:
                            path = paths[number % len(paths)]
                            lines[number].send(
                                b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                b"Content-Length: 1000000\r\n\r\n" % path
                            )
                    elif paths:
                        lines[number].send(b" ")
                    elif not lines[number].recv(1, socket.MSG_PEEK):
                        lines.pop(number).close()
                except BlockingIOError:
                    continue
                except OSError:
                    if number in lines:
                        lines.pop(number).close()
        for line in lines.values():
            line.close()

    threading.Thread(target=hold, daemon=True).start()


def _measure(
    server: Server, attack: Callable[[Server, threading.Event], None], body: bytes, key: str, seconds: float
) -> tuple[float, ...]:
    with ExitStack() as held:
        ending = threading.Event()
        child = os.fork()  # the attackers have a Python of their own, or they would slow down what measures
        if not child:
            threading.Timer(seconds + 2, os._exit, (0,)).start()
            attack(server, ending)
            ending.wait()
        held.callback(os.waitpid, child, 0)
        time.sleep(1)  # all of them are there
        tags, health, failed = [], [], 0
        until = time.monotonic() + seconds
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        while time.monotonic() < until:
            for kind, method, path in ((tags, "POST", "/v1/tags"), (health, "GET", "/healthz")):
                start = time.monotonic()
                client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                try:
                    client.request(method, path, body if method == "POST" else None, headers)
                    failed += client.getresponse().status != 200
                except (OSError, http.client.HTTPException):
                    failed += 1
                client.close()
                kind.append((time.monotonic() - start) * 1e3)
            time.sleep(_PAUSE_SECONDS)
    return (
        len(tags) + len(health),
        failed,
        *(float(x) for x in np.percentile(tags, [50, 99, 100])),
        *(float(x) for x in np.percentile(health, [99, 100])),
    )
