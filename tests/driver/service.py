"""The real service as a test starts it: on a free port of this machine, with what it wrote."""

import json
import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import httpx

from classifier.store.files import read_model, write_model
from classifier.store.registry import Registry
from tests.driver.processes import start
from tests.helpers import ROOT

_FACTS = {
    *(
        "event",
        "level",
        "time",
        "pid",
        "request_id",
        "method",
        "route",
        "status",
        "ms",
        "articles",
        "model",
        "set",
        "key",
    ),
}
_FACT = re.compile(r"[\w .:/<>{}+-]{0,80}")
_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_WINDOW = 24  # characters of a text that are looked for at its beginning, in its middle and at its end


class Service:
    """A service that answers; ``log`` is the file that takes its output, ``passed_on`` a socket that it is given.

    ``program`` is what is started in the place of service.py, ``folder`` where.

    When it is stopped its log is searched for whatever was sent through ``http`` and `once`: texts and keys.
    """

    def __init__(
        self,
        models: Path,
        log: Path,
        *args: str,
        port: int | None = None,
        passed_on: socket.socket | None = None,
        program: Sequence[str] = (str(ROOT / "service.py"),),
        folder: Path = ROOT,
        **settings: str,
    ) -> None:
        command = [sys.executable, *program, "--models", str(models), *args]
        settings = {"drain": "0.2", "feedback": str(log.parent / "feedback.db")} | settings
        variables = {f"COPYDESK_{name.upper()}": value for name, value in settings.items()}
        self.log = log
        self.server = start(command, "/healthz", log, variables, port, folder, passed_on)
        self.process, self.port, self.url = self.server.process, self.server.port, self.server.url
        self.sent: set[str] = set()
        self.http = httpx.Client(base_url=self.url, timeout=10, event_hooks={"request": [self._note]})

    def once(self, body: bytes) -> None:
        """Tag an article on a connection of its own."""
        self.sent.update(texts_of(body))
        answer = httpx.post(f"{self.url}/v1/tags", content=body, headers={"content-type": "application/json"})
        answer.raise_for_status()

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def stop(self) -> int:
        self.http.close()
        code = self.server.stop()
        assert not said(self.log.read_text(), self.sent), "the log tells of what was sent"
        return code

    def _note(self, request: httpx.Request) -> None:
        self.sent.update(texts_of(request.read()))
        self.sent.add(request.headers.get("Authorization", "").removeprefix("Bearer "))


def said(log: str, sent: Iterable[str]) -> list[str]:
    """Return what a log holds of texts and keys that were sent, and lines of requests with unknown facts."""
    found = []
    for text in filter(None, sent):
        middle = len(text) // 2
        parts = text[:_WINDOW], text[middle : middle + _WINDOW], text[-_WINDOW:]
        found += [part for part in parts if part in log]
    for line in log.splitlines():
        facts = json.loads(line) if line.startswith("{") else {}
        if facts.get("event") == "request":
            known = facts.keys() <= _FACTS and all(_FACT.fullmatch(str(value)) for value in facts.values())
            found += [] if known else [line]
    return found


def texts_of(body: bytes) -> set[str]:
    """Return the strings of a JSON body, or all of another one, that are long enough to be told from a name."""
    try:
        found = strings(json.loads(body))
    except ValueError:
        found = {body.decode("utf-8", "replace")}
    return {text for text in found if len(text) >= _WINDOW and not _VERSION.fullmatch(text)}


def strings(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(strings, inner))


def another_version(models: Path) -> str:
    """Write the current model again, under a version of its own; it does not become current."""
    model = read_model(Registry(models).folder())
    about = model.manifest.model_dump(mode="json", exclude={"format", "version", "created", "files"})
    time.sleep(1)  # a version begins with the second of its making
    return write_model(models, about, model.arrays, {})


def damaged_version(models: Path, version: str) -> str:
    """Copy a version and spoil the copy."""
    damaged = f"20200101T000000Z-{version[-8:]}"
    shutil.copytree(models / version, models / damaged)
    manifest = models / damaged / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(version, damaged), "utf-8")
    (models / damaged / "weights.npy").write_bytes(b"not an array")
    return damaged


def wait_until(holds: Callable[[], bool], seconds: float, log: Path | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, log.read_text() if log else "it did not come to hold in time"
        time.sleep(0.02)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
