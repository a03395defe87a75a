"""Shadows: second models that score a share of the real articles before they go live. Nobody sees their tags."""

import logging
import random
import weakref
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread

from classifier.answer import Answer
from classifier.article import Article
from classifier.errors import CopydeskError, ModelError
from classifier.request import Choice
from classifier.service.process.disk import DiskThread
from classifier.service.process.live import LOAD_SECONDS, load_probed
from classifier.service.process.sets import LiveSets
from classifier.service.watch.metrics import Metrics
from classifier.settings import Settings
from classifier.store.registry import Registry
from classifier.store.sets import OWN, set_folder, set_with
from classifier.tagger import Tagger

MAX_WAITING = 64
_IDLE_SECONDS = 1.0
_log = logging.getLogger(__name__)


class Shadow:
    """Compares the tags of a second model with the given ones. Answers never wait for it: if slow, it skips articles.

    Parameters
    ----------
    tagger : Tagger
        The second model.
    share : float
        The share of articles that it scores, from 0 to 1.
    metrics : Metrics
        Counts the comparisons.
    """

    def __init__(self, tagger: Tagger, share: float, metrics: Metrics) -> None:
        self.tagger = tagger
        self._share = share
        self._metrics = metrics
        self._waiting: Queue[tuple[Article, Choice, Answer]] = Queue(MAX_WAITING)
        Thread(target=_work, args=(weakref.ref(self),), name="copydesk-shadow", daemon=True).start()

    def offer(self, article: Article, choice: Choice, answer: Answer) -> None:
        """Queue an answered article, or skip it."""
        if random.random() < self._share:  # noqa: S311 - a sample, not a secret
            try:
                self._waiting.put_nowait((article, choice, answer))
            except Full:
                self._metrics.drop()

    def work(self) -> None:
        """Compare the next article, if one comes in time."""
        try:
            article, choice, answer = self._waiting.get(timeout=_IDLE_SECONDS)
        except Empty:
            return
        try:
            theirs = self.tagger.tag(article, choice)
        except CopydeskError:  # it does not know the language, or a section that the request names
            self._metrics.compare(_given(answer), ())
            return
        except Exception:  # a fault of the shadow must not end its thread
            _log.exception("the shadow model failed on an article with an unexpected error")
            return
        self._metrics.compare(_given(answer), _given(theirs))


class Shadows:
    """The shadow of each set of models that has one.

    Parameters
    ----------
    by_set : mapping
        The shadows by the name of their set.
    sets : LiveSets
        The sets that answer.
    """

    def __init__(self, by_set: Mapping[str, Shadow], sets: LiveSets) -> None:
        self._by_set = by_set
        self._sets = sets

    def offer(self, article: Article, choice: Choice, answer: Answer) -> None:
        """Offer an answered article to the shadow of the set that answered."""
        name = next(iter(self._sets.by_name)) if answer.set is None else answer.set
        if shadow := self._by_set.get(name):
            shadow.offer(article, choice, answer)


def shadows_of(settings: Settings, sets: LiveSets, metrics: Metrics) -> Shadows | None:
    """Return the shadows that the settings ask for, or None. If one cannot be loaded, the log has the reason."""
    found = {}
    for version in settings.shadow.split():
        try:
            name, tagger = DiskThread(sets.models).call(partial(load_shadow, sets.models, version), LOAD_SECONDS)
        except ModelError as error:
            _log.error("the shadow model %s cannot be loaded, so there is no shadow: %s", version, error)
            continue
        if name in found:
            _log.error("the shadow model %s is not used, because its set %s has another shadow", version, name)
            continue
        share = settings.shadow_share
        _log.info("model %s is the shadow for %.0f %% of the articles", tagger.version, share * 100)
        found[name] = Shadow(tagger, share, metrics.of(sets.label(name)))
    return Shadows(found, sets) if found else None


def load_shadow(models: Path, version: str) -> tuple[str, Tagger]:
    """Return the name of the set that has a version, and the version's tagger, which has scored a probe.

    Raises
    ------
    ModelError
        If no set has it, or it cannot be used.
    """
    name = set_with(models, version) or OWN
    return name, load_probed(Registry(set_folder(models, name)), version)


def _work(shadow: "weakref.ref[Shadow]") -> None:
    while (held := shadow()) is not None:
        held.work()
        del held


def _given(answer: Answer) -> set[str]:
    return {tag.section for tag in answer.tags if tag.decision != "below"}
