"""The operations that faults are injected into. Each runs in a process of its own and gives its exit code."""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import click

from classifier.article import Article
from classifier.commands.console import say
from classifier.commands.main import main
from classifier.commands.running import run_command
from classifier.errors import NotPromotedError
from classifier.service.process import live as live_module
from classifier.service.process import workers as workers_module
from classifier.service.process.sets import LiveSets
from classifier.service.process.workers import Workers, start_looking
from classifier.settings import Settings
from classifier.training.publishing.promotion import promote_by_verdict
from tests.driver.injection import Injector
from tests.driver.service import wait_until
from tests.helpers import PAGE
from tests.verify.scene import ARTICLE, FEEDBACK, MODELS, Ready, Scene, feedback_json

NEW_FEEDBACK = [("b-1", "1"), ("b-2", "1"), ("b-1", "2")]


@dataclass(frozen=True)
class Operation:
    """An operation: what it does, and the positions of the versions that may be live afterwards.

    ``run`` gets the scene, the run that is ready, and an injector that it arms; it raises SystemExit. With ``written``
    the version that it writes may be live as well. ``limits`` are the limits that the system keeps, by kind.
    """

    run: Callable[[Scene, Ready, Injector], None]
    live: tuple[int, ...]
    written: bool = False
    limits: Mapping[str, Iterable[int]] = field(default_factory=dict)


def load(scene: Scene, _ready: Ready, injector: Injector) -> None:
    """Tag an article with the live model at the command line."""
    _command(injector, "tag", "--models", MODELS, "--page", ARTICLE)


def promote(scene: Scene, _ready: Ready, injector: Injector) -> None:
    """Make the third version live."""
    _command(injector, "models", "promote", scene.versions[2], "--models", MODELS)


def rollback(scene: Scene, _ready: Ready, injector: Injector) -> None:
    """Go back to the first version."""
    _command(injector, "models", "rollback", "--models", MODELS)


def train(scene: Scene, ready: Ready, injector: Injector) -> None:
    """Write a trained model, and make it live."""

    @click.command()
    def write() -> None:
        version = ready.write(scene.models)
        outcome = promote_by_verdict(scene.registry, version, ready.verdict)
        if outcome.refused:
            raise NotPromotedError(f"{outcome.reason}. Fix: -")
        say(f"live now: {version}")

    sys.argv = ["write"]
    injector.arm()
    run_command(write)


def follow(scene: Scene, _ready: Ready, injector: Injector) -> None:
    """Have a worker of the service follow a promotion: it goes on with the old model, and takes the new one later."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    live_module.RETRY_SECONDS = workers_module.LOOK_SECONDS = 0.02
    sets = LiveSets(scene.models)
    sets.follow()
    live = sets.by_name["default"]
    workers = Workers(sets, None)
    start_looking(workers)
    seen = set()
    workers.on_look.append(lambda: seen.add(live.state.refused))
    sys.setprofile(None)  # in this thread, which only watches
    with live._loading:  # no look before the calls can fail
        scene.registry.promote(scene.versions[2])
        injector.arm()
    wait_until(lambda: injector.has_failed or live.state.model == scene.versions[2], 20)
    old = live.tagger().tag(Article(body=PAGE)).model
    assert old in scene.versions[1:], old
    time.sleep(0.05)
    injector.disarm()
    wait_until(lambda: live.state.model == scene.versions[2] and live.state.refused is None, 20)
    assert live.tagger().tag(Article(body=PAGE)).model == scene.versions[2]
    refused = [refusal.reason for refusal in seen if refusal]
    for reason in refused:
        say(f"refused: {reason}")
    sys.exit(2 if refused else 0)


def feedback(scene: Scene, _ready: Ready, injector: Injector) -> None:
    """Post feedback to the app, and print what it acknowledged; each answer is a receipt or a problem."""
    from classifier.service.app import create_app

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = Settings.load({}, environment={}, file=scene.folder / "none")
    settings = replace(
        settings,
        models=scene.models,
        keys=scene.folder / "keys.json",
        feedback=str(scene.folder / FEEDBACK),
        keep_texts=True,
    )
    client = create_app(settings).test_client()
    injector.arm()
    answers = [_posted(client, key) for key in NEW_FEEDBACK]
    injector.disarm()
    for key, answer in zip(NEW_FEEDBACK, answers, strict=True):
        if answer is None:
            say("closed without an answer")
        elif answer.status_code == 201:
            print(f"acknowledged {json.dumps(key)}")
        else:
            assert answer.status_code == 503, (answer.status_code, answer.json)
            assert answer.content_type == "application/problem+json"
            say(f"{answer.json['title']}: {answer.json['detail']}")
    assert client.post("/v1/tags", json={"body": PAGE}).status_code == 200
    sys.exit(0 if all(answer and answer.status_code == 201 for answer in answers) else 2)


def _posted(client: Any, key: tuple[str, str]) -> Any:
    """Post feedback; None if the app had no memory even for an error: a worker then closes the connection."""
    try:
        return client.post("/v1/feedback", json=feedback_json(*key))
    except MemoryError:
        return None


OPERATIONS = {
    "load": Operation(load, (1,)),
    "follow": Operation(follow, (2,)),
    "promote": Operation(promote, (1, 2), limits={"file size": range(0, 400, 25)}),
    "rollback": Operation(rollback, (0, 1), limits={"file size": range(0, 400, 25)}),
    "train": Operation(train, (1,), written=True, limits={"file size": range(0, 80_000, 1_000)}),
    "feedback": Operation(
        feedback,
        (1,),
        limits={"file size": range(0, 100_000, 1_000), "heap of SQLite": range(20_000, 420_000, 2_000)},
    ),
}


def _command(injector: Injector, *args: str) -> None:
    sys.argv = ["copydesk", *args]
    injector.arm()
    main()
