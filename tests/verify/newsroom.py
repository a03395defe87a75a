"""A newsroom that sends its articles by signed webhooks, some of them twice, and does not give up."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

SOURCE = "cms"
TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh."
GIVE_UP_SECONDS = 120.0
#: One delivery in as many is sent twice, and one article in as many is decided by an editor.
TWICE, DECIDED = 5, 4


class Newsroom:
    """Sends revisions of articles on a thread of its own; each until it is answered.

    Parameters
    ----------
    url : str
        Of the service.
    secret : str
        Of Standard Webhooks.
    choices : random.Random
        Which deliveries are sent twice.
    """

    def __init__(self, url: str, secret: str, choices: random.Random) -> None:
        self._http = httpx.Client(base_url=url, timeout=10)
        self._hook = Webhook(secret)
        self._random = choices
        self.answered: list[tuple[str, str]] = []
        self.decided: set[str] = set()
        self.twice = self.again = 0
        self.problems: list[str] = []

    def start(self, articles: int, revisions: int, seconds: float) -> None:
        """Send the first revision of all articles, then the second, ..., spread over a time."""
        self._thread = threading.Thread(target=self._work, args=(articles, revisions, seconds))
        self._thread.start()

    def join(self) -> None:
        """Wait until everything was sent."""
        self._thread.join()

    def expected(self) -> dict[str, list[tuple[str, str]]]:
        """Return the revisions and events of each article, in the order in which the endpoint must get them."""
        found: dict[str, list[tuple[str, str]]] = {}
        for article, revision in self.answered:
            found.setdefault(article, []).append((revision, "suggestion.made"))
        for article in self.decided:
            found[article].append((found[article][-1][0], "suggestion.decided"))
        return found

    def revisions(self) -> list[tuple[str, str]]:
        """Return each article and revision that was answered."""
        return self.answered

    def kept(self) -> Iterator[tuple[str, str]]:
        """Yield the article and revision of each suggestion that the service lists."""
        cursor: str | None = ""
        while cursor is not None:
            asked = {"state": "all", "limit": "500"} | ({"cursor": cursor} if cursor else {})
            page = self._http.get("/v1/suggestions", params=asked).raise_for_status().json()
            yield from ((one["article"], one["revision"]) for one in page["suggestions"])
            cursor = page["next"]

    def _work(self, articles: int, revisions: int, seconds: float) -> None:
        began, n = time.monotonic(), articles * revisions
        try:
            for i in range(n):
                time.sleep(max(0.0, began + i * seconds / n - time.monotonic()))
                article, revision = str(i % articles), str(i // articles + 1)
                self._deliver(article, revision)
                if revision == str(revisions) and int(article) % DECIDED == 0:
                    self._decide(article, revision)
        except Exception as error:  # shown at the end
            self.problems.append(f"the newsroom gave up: {type(error).__name__}: {error}")

    def _deliver(self, article: str, revision: str) -> None:
        told = {"id": article, "version": revision, "title": f"Border clash {article}", "text": f"{TEXT} {revision}"}
        body, name = json.dumps(told), f"msg_{article}_{revision}"
        times = 2 if self._random.random() < 1 / TWICE else 1

        def send() -> httpx.Response:
            now = datetime.now(UTC)
            headers = {
                "content-type": "application/json",
                "webhook-id": name,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": self._hook.sign(name, now, body),
            }
            return self._http.post(f"/v1/webhooks/{SOURCE}", content=body, headers=headers)

        for _ in range(times):
            self._until_taken(send, lambda answer: bool(answer.json()["kept"]))
        self.twice += times == 2
        self.answered.append((article, revision))

    def _decide(self, article: str, revision: str) -> None:
        sent = {"source": SOURCE, "article": article, "revision": revision, "kept": ["conflicts"]}
        # 200: it was stored before, by a service that was killed before it answered
        send = lambda: self._http.post("/v1/feedback", json=sent)  # noqa: E731
        self._until_taken(send, lambda answer: answer.status_code == 200 or answer.json()["decided"])
        self.decided.add(article)

    def _until_taken(self, send: Callable[[], httpx.Response], is_taken: Callable[[httpx.Response], bool]) -> None:
        """Send until the answer is 2xx; then it must be that it was taken."""
        until = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                answer = send()
                if answer.is_success and is_taken(answer):
                    return
                if answer.status_code < 500:
                    raise RuntimeError(f"answered {answer.status_code}: {answer.text[:200]}")
            except httpx.TransportError:
                pass
            self.again += 1
            if time.monotonic() > until:
                raise TimeoutError("not taken within two minutes")
            time.sleep(0.1)
