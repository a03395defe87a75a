"""A call-back endpoint that is down for ten minutes, while the service is killed twice: every call comes, in order.

``--minutes 1`` shortens it, ``--seed`` repeats its choices. The waits between tries are the defaults of the service.
"""

import base64
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click

from classifier.commands.console import PlainProgress
from classifier.training.publishing.run import RunOptions, run
from tests.conftest import SECTIONS_FILE
from tests.driver.processes import free_port
from tests.driver.receiver import Receiver
from tests.driver.service import Service, kill
from tests.helpers import small_corpus, write_jsonl
from tests.verify.newsroom import Newsroom

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
KILLS = 2
SETTLE_SECONDS = 3.0
#: The share of the calls that have come when the service is killed once more, while it delivers.
KILLED_AT = 0.3


class Outage:
    """A service on a folder, and an endpoint that is not there yet."""

    def __init__(self, folder: Path, seed: int) -> None:
        data = write_jsonl(folder / "articles.jsonl", small_corpus(60))
        self._folder, self._models, self._starts = folder, folder / "models", 0
        run(RunOptions(data=(data,), sections=SECTIONS_FILE, models=self._models, ignore_checks=True), PlainProgress())
        self.port, self._endpoint = free_port(), free_port()
        hooks, calls = folder / "webhooks.toml", folder / "callbacks.toml"
        hooks.write_text(
            '[source.cms]\nscheme = "standard"\nsecret = "HOOK"\nid = "/id"\nrevision = "/version"\n'
            'headline = "/title"\nbody = "/text"\n'
        )
        calls.write_text(f'[callback.cms]\nurl = "http://127.0.0.1:{self._endpoint}/hook"\nsecret = "CALLBACK"\n')
        self._settings = {"keep_suggestions": "yes", "webhooks": str(hooks), "callbacks": str(calls)}
        self.service = self._start()
        self.newsroom = Newsroom(self.service.url, SECRET, random.Random(seed))

    def _start(self) -> Service:
        self._starts += 1
        log = self._folder / f"log{self._starts}"
        with patch.dict(os.environ, HOOK=SECRET, CALLBACK=SECRET):
            return Service(self._models, log, "--workers", "2", port=self.port, **self._settings)

    def kill(self) -> None:
        """Kill the service and its workers, in the middle of whatever they do, and start it again."""
        self.service.http.close()
        for pid in (self.service.process.pid, *self.service.workers()):
            kill(pid)
        self.service.process.wait()
        self.service = self._start()

    def come_back(self) -> Receiver:
        """Return the endpoint, which answers from now on."""
        return Receiver(SECRET, self._endpoint)

    def waiting(self) -> Mapping[str, Any]:
        """Return what the service reports on the call-backs that wait."""
        return dict(self.service.http.get("/v1/callbacks").json()["sources"][0])


def problems_of(got: list[tuple[str, Mapping[str, Any]]], expected: Mapping[str, list[tuple[str, str]]]) -> list[str]:
    """Return what is wrong with the calls that came, as (webhook-id, JSON) in order of arrival.

    Parameters
    ----------
    got : list of tuple
    expected : mapping of str to list
        For each article its revisions and events, in order.
    """
    first: dict[str, Mapping[str, Any]] = {}
    found: dict[str, list[tuple[str, str]]] = {}
    problems = []
    for name, told in got:
        data = told["data"]
        if name not in first:
            first[name] = told
            found.setdefault(data["article"], []).append((data["revision"], told["type"]))
        elif first[name] != told:
            problems.append(f"{name} came twice, and differs")
    for article in expected.keys() | found.keys():
        if found.get(article) != expected.get(article):
            problems.append(f"article {article}: came {found.get(article)}, not {expected.get(article)}")
    return problems


def wait(holds: Callable[[], bool], seconds: float) -> bool:
    """Wait until something holds; return whether it did in time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@click.command()
@click.option("--minutes", type=float, default=10.0, show_default=True, help="How long the endpoint is down.")
@click.option("--articles", type=int, default=200, show_default=True, help="How many articles come meanwhile.")
@click.option("--revisions", type=int, default=3, show_default=True, help="How many revisions each article has.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choices.")
def outage(minutes: float, articles: int, revisions: int, seed: int) -> None:
    """Take a call-back endpoint down, kill the service meanwhile, and check the calls when the endpoint is back."""
    with tempfile.TemporaryDirectory(prefix="outage-") as name:
        scene = Outage(Path(name), seed)
        newsroom, began = scene.newsroom, time.monotonic()
        newsroom.start(articles, revisions, minutes * 60 * 0.9)
        for part in range(1, KILLS + 1):
            wait(lambda part=part: time.monotonic() - began > part * minutes * 60 / (KILLS + 1), minutes * 60)
            scene.kill()
            click.echo(f"{time.monotonic() - began:6.1f} s: killed, {len(newsroom.answered):,} deliveries answered")
        newsroom.join()
        wait(lambda: time.monotonic() - began > minutes * 60, minutes * 60)
        before, expected = scene.waiting(), newsroom.expected()
        n = sum(map(len, expected.values()))
        click.echo(f"{time.monotonic() - began:6.1f} s: {before['waiting']:,} calls wait, the endpoint is back")
        with scene.come_back() as receiver:
            back = time.monotonic()
            # each wait is at most twice as long as the one before, so the next try comes before this
            wait(lambda: len(receiver.got) > KILLED_AT * n, 60 + 2 * minutes * 60)
            first = time.monotonic() - back
            scene.kill()
            ids = lambda: {name for name, _ in receiver.got}  # noqa: E731
            came = wait(lambda: len(ids()) >= n, 120 + minutes * 60)
            last = time.monotonic() - back
            time.sleep(SETTLE_SECONDS)  # nothing more comes
        problems = newsroom.problems + problems_of(receiver.got, expected)
        problems += [] if came else ["not every call came in time"]
        problems += [f"{receiver.unsigned} calls were not signed"] if receiver.unsigned else []
        problems += [f"{before['waiting']:,} calls waited, not {n:,}"] if before["waiting"] != n else []
        problems += ["calls still wait"] if scene.waiting()["waiting"] else []
        kept = Counter(newsroom.kept())
        problems += [f"{key} has {kept[key]} suggestions" for key in newsroom.revisions() if kept[key] != 1]
        problems += [] if scene.service.stop() == 0 else ["the service did not end in order"]
    for problem in problems[:40]:
        click.echo(problem)
    click.echo(
        f"{len(newsroom.answered):,} deliveries answered, {newsroom.twice:,} of them sent twice, "
        f"{newsroom.again:,} tries while the service was away; {sum(kept.values()):,} suggestions"
    )
    click.echo(
        f"{n:,} calls on {len(expected):,} articles expected; {len(receiver.got):,} came, {receiver.unsigned:,} "
        f"with a wrong signature, {len(receiver.got) - len(ids()):,} twice with the same webhook-id"
    )
    click.echo(f"after the endpoint was back: the service killed again after {first:.0f} s, the last call {last:.0f} s")
    click.echo(f"{KILLS + 1} kills, {len(problems):,} problems")
    if problems:
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    outage()
