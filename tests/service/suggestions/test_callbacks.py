"""Call-backs: signed, in order for each article, tried until they are taken, whatever is down or killed meanwhile."""

import os
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest

from classifier.errors import SettingsError
from classifier.feedback.database import Database
from classifier.feedback.outbox import Outbox
from classifier.service.http.suggestions.chores import Chores
from classifier.service.http.suggestions.posting import sign
from classifier.service.http.suggestions.receivers import load_receivers
from classifier.settings import Settings
from tests.driver.receiver import Receiver, free_port
from tests.driver.service import Service, wait_until
from tests.service.suggestions.conftest import SECRET, TEXT

ARTICLE = {"source": "cms", "headline": "Border clash", "body": TEXT}


@pytest.fixture
def callbacks(tmp_path, monkeypatch):
    """Write a file of call-backs for source cms; return its path."""
    monkeypatch.setenv("CALLBACK", SECRET)

    def write(url, **more):
        settings = {"first_wait": 0.05, "longest_wait": 0.2, "timeout": 5} | more
        lines = [f"{name} = {str(value).lower()}" for name, value in settings.items()]
        path = tmp_path / "callbacks.toml"
        path.write_text("\n".join(["[callback.cms]", f'url = "{url}"', 'secret = "CALLBACK"', *lines]))
        return str(path)

    return write


class Worker:
    """An app, and its chores without a thread."""

    def __init__(self, make_client, tmp_path, path):
        self.client = make_client(callbacks=path)
        self.counted = Counter()
        self.receivers = load_receivers(tmp_path / "callbacks.toml")
        self._address = str(tmp_path / "feedback.db")
        self._made = []
        self.chores = self.new_chores()

    def close(self):
        for chores in self._made:
            chores.close()

    def new_chores(self):
        settings = Settings.load({"keep_suggestions": "yes"}, {}, None)
        count = lambda source, result: self.counted.update([result])  # noqa: E731
        self._made.append(Chores(lambda: Database(self._address), self.receivers, settings, count))
        return self._made[-1]

    def tag(self, article, revision, **more):
        answer = self.client.post("/v1/tags", json=ARTICLE | {"id": article, "revision": revision} | more)
        assert answer.get_json()["kept"] is True

    def work(self, until, seconds=10):
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end
            time.sleep(min(self.chores.work_once(), 0.02))


@pytest.fixture
def make_worker(make_client, tmp_path, callbacks):
    made = []

    def make(url, **more):
        made.append(Worker(make_client, tmp_path, callbacks(url, **more)))
        return made[-1]

    yield make
    for worker in made:
        worker.close()


def in_order(got):
    """The revisions and events that a receiver got, by article."""
    found = {}
    for _, told in got:
        data = told["data"]
        found.setdefault(data["article"], []).append((data["revision"], told["type"].partition(".")[2]))
    return found


def test_what_is_made_and_decided_is_told_in_order_without_the_text(make_worker):
    with Receiver(SECRET) as receiver:
        worker = make_worker(receiver.url)
        worker.tag("a", 1)
        worker.tag("b", 1)
        worker.tag("a", 1)  # the same: nothing to tell
        worker.tag("a", 2)
        worker.client.post("/v1/feedback", json={"source": "cms", "article": "a", "revision": "2", "kept": ["x"]})
        worker.tag("c", 1, source="nobody")
        worker.work(lambda: len(receiver.got) == 4)
        assert worker.chores.work_once() > 0
    assert in_order(receiver.got) == {"a": [("1", "made"), ("2", "made"), ("2", "decided")], "b": [("1", "made")]}
    decided = next(told["data"] for _, told in receiver.got if told["type"] == "suggestion.decided")
    assert decided["feedback"]["kept"] == ["x"]
    assert "body" not in decided
    assert "south-asia" in [tag["section"] for tag in decided["tags"]]
    assert len({name for name, _ in receiver.got}) == 4
    assert worker.counted == {"delivered": 4}
    assert worker.client.get("/v1/callbacks").get_json()["sources"][0]["waiting"] == 0


def test_a_refused_call_back_waits_with_all_later_ones_for_its_article_and_no_others(make_worker):
    refused = {"a"}
    with Receiver(SECRET, answer=lambda told: (404 if told["data"]["article"] in refused else 200, {})) as receiver:
        worker = make_worker(receiver.url, stuck_after=0.1)
        for article, revision in (("a", 1), ("b", 1), ("a", 2), ("b", 2)):
            worker.tag(article, revision)
        worker.work(lambda: len(receiver.got) == 2 and receiver.refused >= 3)
        assert in_order(receiver.got) == {"b": [("1", "made"), ("2", "made")]}
        time.sleep(0.15)
        seen = worker.client.get("/v1/callbacks").get_json()
        (source,) = seen["sources"]
        assert (source["waiting"], source["failing"], source["is_stuck"]) == (2, 1, True)
        (stuck,) = seen["stuck"]
        assert (stuck["article"], stuck["problem"], stuck["attempts"] >= 3) == ("a", "answered 404", True)
        metrics = worker.client.get("/metrics").text
        assert 'copydesk_callbacks_waiting{source="cms"} 2.0' in metrics
        assert 'copydesk_callbacks_is_stuck{source="cms"} 1.0' in metrics
        refused.clear()
        assert worker.client.post("/v1/callbacks/retry").get_json() == {"waiting": 2}
        worker.work(lambda: len(receiver.got) == 4)
        assert in_order(receiver.got)["a"] == [("1", "made"), ("2", "made")]


def test_one_article_that_breaks_its_receiver_does_not_keep_others_waiting(make_worker):
    with Receiver(SECRET, answer=lambda told: (500 if told["data"]["article"] == "0" else 200, {})) as receiver:
        worker = make_worker(receiver.url)
        for article in range(6):
            worker.tag(str(article), 1)
        worker.work(lambda: len(receiver.got) == 5)
    assert "0" not in in_order(receiver.got)


def test_a_receiver_that_asks_to_wait_is_left_alone_that_long(make_worker):
    with Receiver(SECRET, answer=lambda _: (429, {"Retry-After": "60"})) as receiver:
        worker = make_worker(receiver.url, longest_wait=120)
        worker.tag("a", 1)
        worker.tag("b", 1)
        worker.work(lambda: receiver.refused == 1)
        for _ in range(3):
            worker.chores.work_once()
            time.sleep(0.05)
        assert receiver.refused == 1
        receiver.answer = lambda _: (200, {})
        worker.client.post("/v1/callbacks/retry")
        worker.work(lambda: len(receiver.got) == 2)


def test_a_redirect_is_not_followed(make_worker):
    with Receiver(SECRET) as other, Receiver(SECRET, answer=lambda _: (302, {"Location": other.url})) as receiver:
        worker = make_worker(receiver.url)
        worker.tag("a", 1)
        worker.work(lambda: receiver.refused == 2)
        assert other.got == []


def test_one_worker_at_a_time_delivers_and_another_takes_over_when_it_has_died(make_worker, tmp_path):
    with Receiver(SECRET) as receiver:
        worker = make_worker(receiver.url)
        first, second = worker.chores, worker.new_chores()
        first.work_once()
        worker.tag("a", 1)
        second.work_once()
        assert receiver.got == []
        first.work_once()
        assert len(receiver.got) == 1
        outbox = Outbox(Database(str(tmp_path / "feedback.db")))
        hold = {"name": "x", "time": timedelta(seconds=60)}
        assert outbox.hold(**hold, holder="a", is_dead=lambda _: False)
        assert not outbox.hold(**hold, holder="b", is_dead=lambda _: False)
        assert outbox.hold(**hold, holder="b", is_dead=lambda holder: holder == "a")
        assert not outbox.hold(**hold, holder="a", is_dead=lambda _: False)
        outbox._database.close()


@pytest.mark.slow
def test_a_receiver_that_is_down_gets_every_call_back_in_order_though_the_service_is_killed(
    starter_models, tmp_path, sources, callbacks
):
    """Ten minutes down, on a clock that runs a hundred times as fast: waits of 5 s to 5 min become 0.05 s to 3 s."""
    port, articles, revisions = free_port(), 6, 3
    path = callbacks(f"http://127.0.0.1:{port}/hook", first_wait=0.05, longest_wait=3, stuck_after=1)
    settings = {"keep_suggestions": "yes", "webhooks": sources, "callbacks": path}
    settings["feedback"] = str(tmp_path / "feedback.db")
    service = Service(starter_models, tmp_path / "log", "--workers", "2", **settings)
    began, killed = time.monotonic(), 0
    for revision in range(1, revisions + 1):
        for number in range(articles):
            article = ARTICLE | {"id": str(number), "revision": revision}
            assert service.http.post("/v1/tags", json=article).json()["kept"] is True
        if revision < revisions:
            service.http.close()
            for pid in (service.process.pid, *service.workers()):
                os.kill(pid, signal.SIGKILL)
            service.process.wait()
            killed += 1
            service = Service(starter_models, tmp_path / f"log{revision}", "--workers", "2", **settings)
    for number in range(articles):
        sent = {"source": "cms", "article": str(number), "revision": str(revisions), "kept": ["conflicts"]}
        assert service.http.post("/v1/feedback", json=sent).json()["decided"] is True
    wait_until(lambda: time.monotonic() - began > 6, 30)
    assert service.http.get("/v1/callbacks").json()["sources"][0]["is_stuck"] is True
    with Receiver(SECRET, port) as receiver:
        n = articles * (revisions + 1)
        wait_until(lambda: len(receiver.got) >= n, 30)
        time.sleep(0.7)  # nothing more comes
        assert killed == 2
        assert len({name for name, _ in receiver.got}) == len(receiver.got) == n
        expected = [(str(revision), "made") for revision in range(1, revisions + 1)] + [(str(revisions), "decided")]
        assert in_order(receiver.got) == {str(number): expected for number in range(articles)}
        assert service.http.get("/v1/callbacks").json()["sources"][0]["waiting"] == 0
        assert service.stop() == 0


def test_a_signature_is_that_of_the_package_of_standard_webhooks():
    from standardwebhooks import Webhook

    headers = sign("msg_1", int(time.time()), '{"ü": 1}'.encode(), [bytes(32), bytes(range(32))])
    assert Webhook(SECRET).verify('{"ü": 1}'.encode(), headers) == {"ü": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("http://127.0.0.1:1/", "ftp://127.0.0.1/"), "not an address of http"),
        (("http://127.0.0.1:1/", "http://cms.example.org/"), "in the clear"),
        (("http://127.0.0.1:1/", "https://u:p@cms.example.org/"), "not an address of http"),
        (("http://127.0.0.1:1/", "https://cms.example.org:99999/"), "not an address of http"),
        (('"CALLBACK"', '"NONE"'), "NONE, which is not set"),
        (("callback.cms", 'callback."a/b"'), "no “/”"),
        (("callback.cms", "source.cms"), "only tables named"),
        (("timeout = 5", "colour = 5"), "colour"),
    ],
)
def test_a_file_of_call_backs_that_cannot_be_used_is_named_with_its_mistake(callbacks, tmp_path, change, said):
    callbacks("http://127.0.0.1:1/")
    path = tmp_path / "callbacks.toml"
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(SettingsError, match=said):
        load_receivers(path)


def test_call_backs_without_kept_suggestions_are_refused(make_client, callbacks):
    with pytest.raises(SettingsError, match="keep_suggestions"):
        make_client(callbacks=callbacks("http://127.0.0.1:1/"), keep_suggestions="no")


def test_a_service_that_calls_nobody_back_says_so(client):
    assert client.get("/v1/callbacks").status_code == 404
    assert client.post("/v1/callbacks/retry").status_code == 404
