"""How long a caller with a key waits while callers without one are slow, silent, or ask without a pause.

Each of the other callers has an address of its own, so that no limit for one address stops it.
"""

import http.client
import json
import os
import resource
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
from tests.driver.processes import serving
from tests.driver.proxies import INSTALL, proxying

WORKERS = 2
SLOW, SILENT, FLOODING = 50, 1_100, 20
TAGS_WITHIN, HEALTH_WITHIN = 1.0, 0.2  # seconds
_PAUSE_SECONDS = 0.02
_SILENT = f"{SILENT:,} silent"


@click.command()
@click.option("--seconds", type=click.IntRange(min=2), default=60, show_default=True, help="Time of each attack.")
@click.option("--proxy", type=click.Choice(list(INSTALL)), help="Measure behind this proxy. Default: directly.")
@json_option
def door(seconds: int, proxy: str | None, as_json: bool) -> None:
    """Have callers without a key be slow, silent or many, and measure what a caller with a key and /healthz wait.

    The exit code is 1 if a call fails, an answer takes longer than a second, or /healthz longer than 0.2 s. Without a
    proxy, the figures of silent callers do not count.
    """
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, 1_000, 50, 20_000, 20)
    body = json.dumps({"body": synthetic.texts[0][:3_000]}, allow_nan=False).encode()
    report = Report(
        f"Callers without a key, {seconds} s each, {WORKERS} workers, {f'behind {proxy}' if proxy else 'directly'}",
        ["what", "calls", "failed", "p50, ms", "p99, ms", "slowest, ms", "health p99, ms", "health slowest, ms"],
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_as_model(synthetic, folder / "models")
        _, key = create(folder / "keys.json", "cms", "tag")
        command = [sys.executable, "service.py", "--models", str(folder / "models"), "--workers", str(WORKERS)]
        with ExitStack() as held:
            variables = {"COPYDESK_PROXIES": "1"} if proxy else {}
            command += ["--keys", str(folder / "keys.json")]
            port = held.enter_context(serving(command, "/readyz", folder / "log", variables)).port
            if proxy:
                port = held.enter_context(proxying(proxy, port, folder / proxy))
            for what, attack in ATTACKS.items():
                report.rows.append((what, *_measure(port, attack, body, key, seconds)))
    report.show(as_json)
    counted = [row for row in report.rows if proxy or row[0] != _SILENT]
    if any(row[2] or row[5] > TAGS_WITHIN * 1e3 or row[7] > HEALTH_WITHIN * 1e3 for row in counted):
        raise click.exceptions.Exit(1)


def nobody(_port: int, _ending: threading.Event) -> None:
    """Attack not at all: what the others are compared with."""


def slow(port: int, ending: threading.Event) -> None:
    """Send the bodies of webhooks and of articles byte by byte; when one is cut off start again."""
    _hold(port, ending, SLOW, [b"/v1/webhooks/cms", b"/v1/tags"])


def silent(port: int, ending: threading.Event) -> None:
    """Connect, and say nothing."""
    _hold(port, ending, SILENT, [])


def flooding(port: int, ending: threading.Event) -> None:
    """Ask without a pause, without the key that is needed."""

    def ask(i: int) -> None:
        while not ending.is_set():
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(_address(i), 0))
            try:
                for _ in range(100):
                    client.request("POST", "/v1/tags", b'{"body": "x"}', {"Content-Type": "application/json"})
                    client.getresponse().read()
            except (OSError, http.client.HTTPException):
                pass
            client.close()

    for i in range(FLOODING):
        threading.Thread(target=ask, args=(i,), daemon=True).start()


ATTACKS: dict[str, Callable[[int, threading.Event], None]] = {
    "nobody": nobody,
    f"{SLOW} slow": slow,
    _SILENT: silent,
    f"{FLOODING} flooding": flooding,
}


def _hold(port: int, ending: threading.Event, n: int, paths: list[bytes]) -> None:
    """Keep a number of connections open; those with a path send a body of a megabyte, a byte in half a second."""

    def hold() -> None:
        lines: dict[int, socket.socket] = {}
        while not ending.wait(0.5):
            for number in range(n):
                try:
                    if number not in lines:
                        source = (_address(number), 0)
                        lines[number] = socket.create_connection(("127.0.0.1", port), timeout=1, source_address=source)
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


def _address(caller: int) -> str:
    """Return an address of this machine for an attacker."""
    return f"127.1.{caller // 250}.{caller % 250 + 1}"


def _measure(
    port: int, attack: Callable[[int, threading.Event], None], body: bytes, key: str, seconds: float
) -> tuple[float, ...]:
    with ExitStack() as held:
        ending = threading.Event()
        child = os.fork()  # the attackers have a Python of their own, or they would slow down what measures
        if not child:
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            threading.Timer(seconds + 2, os._exit, (0,)).start()
            attack(port, ending)
            ending.wait()
        held.callback(os.waitpid, child, 0)
        time.sleep(1)  # all of them are there
        tags, health, failed = [], [], 0
        until = time.monotonic() + seconds
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        while time.monotonic() < until:
            for kind, method, path in ((tags, "POST", "/v1/tags"), (health, "GET", "/healthz")):
                start = time.monotonic()
                client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
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
