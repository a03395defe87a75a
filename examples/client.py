"""Tag an article from Python with httpx, so that a slow or broken service never delays publishing."""

import logging
import time
from typing import Any

import httpx

RETRIES = 2
AGAIN = frozenset({429, 500, 502, 503, 504})
_log = logging.getLogger(__name__)


class Copydesk:
    """A service to ask for tags; ``seconds`` is the longest wait for an answer, retries included."""

    def __init__(self, url: str, key: str | None = None, seconds: float = 2.0) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=url, headers=headers)
        self._seconds = seconds

    def tags(self, article: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Return the tags of an article, or None if there was no answer: publish without them, and ask again later."""
        deadline = time.monotonic() + self._seconds
        for attempt in range(RETRIES + 1):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                answer = self._http.post("/v1/tags", json=article, timeout=left)
                if answer.status_code == 200:
                    tags: list[dict[str, Any]] = answer.json()["tags"]
                    return tags
                _log.warning("Copydesk refused the request (status %d): %s", answer.status_code, answer.text[:300])
                if answer.status_code not in AGAIN:
                    return None  # a retry would get the same answer
                pause = float(answer.headers.get("Retry-After", 0.1 * 2**attempt))
            except (httpx.HTTPError, ValueError, KeyError) as error:  # not there, too slow, or something else answers
                _log.warning("Copydesk gave no usable answer: %s", type(error).__name__)
                pause = 0.1 * 2**attempt
            time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
        return None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
