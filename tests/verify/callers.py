"""Processes that call a service without a pause, and write down its answers: one sends feedback, one articles."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.helpers import PAGE
from tests.verify.scene import feedback_json

_PAUSE_SECONDS = 0.02


class Caller:
    """A process that makes calls until it is told to stop.

    Parameters
    ----------
    call : callable
        Makes one call with a client and a number, and returns a line to write down.
    url : str
        Where the service answers.
    path : Path
        The file of the lines.
    """

    def __init__(self, call: Callable[[httpx.Client, int], str], url: str, path: Path) -> None:
        self._path = path
        path.touch()
        self._pid = os.fork()
        if not self._pid:
            _become(call, url, path)

    def stop(self) -> list[str]:
        """End the process, and return what it wrote down."""
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
        return self._path.read_text(encoding="utf-8").splitlines()


def _become(call: Callable[[httpx.Client, int], str], url: str, path: Path) -> None:
    code = 1
    try:
        with path.open("a", encoding="utf-8") as file:
            number = 0
            while True:
                with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
                    for _ in range(20):  # then a new connection, which may get another worker
                        number += 1
                        file.write(call(client, number) + "\n")
                        file.flush()
                        time.sleep(_PAUSE_SECONDS)
    finally:
        os._exit(code)


def send_feedback(client: httpx.Client, number: int) -> str:
    """Send feedback; return its article and revision if it was acknowledged, or the reason why it was not."""
    article, revision = f"k-{number % 500}", str(number)
    try:
        answer = client.post("/v1/feedback", json=feedback_json(article, revision))
    except httpx.TransportError as error:
        return json.dumps({"failed": type(error).__name__})
    if answer.status_code in (200, 201):
        return json.dumps({"acknowledged": [article, revision]})
    return json.dumps({"status": answer.status_code})


def send_article(client: httpx.Client, _number: int) -> str:
    """Tag an article; return the model that answered, or the reason why none did."""
    try:
        answer = client.post("/v1/tags", json={"body": PAGE})
    except httpx.TransportError as error:
        return json.dumps({"failed": type(error).__name__})
    if answer.status_code == 200:
        return json.dumps({"model": answer.json()["model"]})
    return json.dumps({"status": answer.status_code})


def summed_up(lines: list[str]) -> tuple[list[Any], Counter[str]]:
    """Return the good answers of a caller, and how many others there were of each kind."""
    good, others = [], Counter[str]()
    for line in lines:
        ((kind, value),) = json.loads(line).items()
        if kind in ("acknowledged", "model"):
            good.append(value)
        else:
            others[f"{kind} {value}"] += 1
    return good, others
