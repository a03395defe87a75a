"""The shadow: a second model that scores a share of the real articles before it goes live. Nobody sees its tags."""

import logging
import random
import weakref
from queue import Empty, Full, Queue
from threading import Thread

from classifier.answer import Answer
from classifier.article import Article
from classifier.errors import CopydeskError, ModelError
from classifier.request import Choice
from classifier.service.process.disk import DiskThread
from classifier.service.process.live import LOAD_SECONDS, load_probed
from classifier.service.watch.metrics import Metrics
from classifier.settings import Settings
from classifier.store.registry import Registry
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


def shadow_of(settings: Settings, registry: Registry, metrics: Metrics) -> Shadow | None:
    """Return the shadow that the settings ask for, or None. If it cannot be loaded, the log has the reason."""
    if not settings.shadow:
        return None
    try:
        tagger = DiskThread(registry.models).call(lambda: load_probed(registry, settings.shadow), LOAD_SECONDS)
    except ModelError as error:
        _log.error("the shadow model %s cannot be loaded, so there is no shadow: %s", settings.shadow, error)
        return None
    _log.info("model %s is the shadow for %.0f %% of the articles", tagger.version, settings.shadow_share * 100)
    return Shadow(tagger, settings.shadow_share, metrics)


def _work(shadow: "weakref.ref[Shadow]") -> None:
    while (held := shadow()) is not None:
        held.work()
        del held


def _given(answer: Answer) -> set[str]:
    return {tag.section for tag in answer.tags if tag.decision != "below"}
