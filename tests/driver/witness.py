"""Clients that ask a service without a pause and note every answer: when it came, and which model gave it."""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PATH = "/v1/tags"
_HEADERS = {"Content-Type": "application/json"}
_TIMEOUT_SECONDS = 10.0
_PAUSE_SECONDS = 0.002


@dataclass(frozen=True)
class Seen:
    """One request: when it was sent and answered (monotonic seconds), and by which version, or None where it failed."""

    sent: float
    answered: float
    model: str | None
    failure: str = ""


class Witness:
    """Asks from several connections as long as the context lasts.

    Parameters
    ----------
    url : str
        Where the service answers.
    body : bytes
        An article as JSON.
    connections : int
        How many ask at the same time; each reconnects for every ``per_connection`` requests.
    """

    def __init__(self, url: str, body: bytes, connections: int = 4, per_connection: int = 50) -> None:
        self._address = urlsplit(url).netloc
        self._body = body
        self._per_connection = per_connection
        self._ending = threading.Event()
        self._seen: list[list[Seen]] = [[] for _ in range(connections)]
        self._threads = [threading.Thread(target=self._ask, args=(found,)) for found in self._seen]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    @property
    def seen(self) -> list[Seen]:
        """Every request so far, in the order in which they were sent."""
        return sorted((one for found in self._seen for one in list(found)), key=lambda one: one.sent)

    @property
    def failures(self) -> list[Seen]:
        """The requests that were not answered with 200."""
        return [one for one in self.seen if one.model is None]

    def _ask(self, found: list[Seen]) -> None:
        while not self._ending.is_set():
            connection = http.client.HTTPConnection(self._address, timeout=_TIMEOUT_SECONDS)
            for _ in range(self._per_connection):
                sent = time.monotonic()
                try:
                    connection.request("POST", _PATH, self._body, _HEADERS)
                    response = connection.getresponse()
                    answer = response.read()
                except (OSError, http.client.HTTPException) as error:
                    found.append(Seen(sent, time.monotonic(), None, type(error).__name__))
                    break
                failure = "" if response.status == 200 else f"status {response.status}"
                model = None if failure else _model(answer)
                found.append(Seen(sent, time.monotonic(), model, failure))
                if response.will_close or self._ending.wait(_PAUSE_SECONDS):
                    break
            connection.close()


def _model(answer: bytes) -> str:
    return str(json.loads(answer)["model"])


def seconds_until_only(seen: Sequence[Seen], model: str, since: float, until: float) -> float:
    """Return how long after a moment the last answer of another model came, of those that were asked for until then.

    0 if there was none.
    """
    late = [one.answered - since for one in seen if since <= one.sent < until and one.model not in (model, None)]
    return max(late, default=0.0)
