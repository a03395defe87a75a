"""The numbers of the desk: what waits, what the service counted since its start, and how far editors agree."""

import json
import logging
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any

from classifier.errors import FeedbackError
from classifier.service.watch.telemetry import metrics_page
from classifier.settings import Settings
from classifier.tagger import Tagger

#: Open suggestions are counted up to this number; the pages then say “more than”.
MOST_COUNTED = 1_000
#: The agreement is counted again after this time: editors do not look more often, and it reads all feedback.
KEPT_SECONDS = 300.0
_COUNTING_SECONDS = 120.0
_NICE = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SectionCount:
    """A section in the articles that were tagged since the start, and in those that the model was trained on.

    ``served`` and ``trained`` are shares of articles, 0 to 1; ``applied`` is the share of its tags that were sure.
    """

    name: str
    tags: int
    applied: float | None
    trained: float
    articles: int

    @property
    def served(self) -> float | None:
        """The share of the articles that have it; None without articles."""
        return self.tags / self.articles if self.articles else None

    @property
    def has_moved(self) -> bool:
        """Whether its share is less than half or more than twice that in training, and not by a single article."""
        expected = self.trained * self.articles
        return self.tags + 1 < expected / 2 or self.tags - 1 > 2 * expected


@dataclass
class ServiceCounts:
    """What one set of models did since the service started; ``outcomes`` are numbers of articles."""

    outcomes: Counter[str] = field(default_factory=Counter)
    mostly_dropped: int = 0
    sections: list[SectionCount] = field(default_factory=list)
    shadow: Counter[str] = field(default_factory=Counter)

    @property
    def articles(self) -> int:
        """The number of articles that were tagged."""
        return self.outcomes.total()

    def share(self, outcome: str) -> float | None:
        """Return the share of the articles with an outcome; None without articles."""
        return self.outcomes[outcome] / self.articles if self.articles else None


def service_counts(tagger: Tagger, set_label: str) -> ServiceCounts:
    """Return the counts of a set of models, summed over all workers.

    Parameters
    ----------
    tagger : Tagger
        The live one: the counts of sections that it does not have are left out.
    set_label : str
        The name of the set in the metrics; empty if there is one set.
    """
    from prometheus_client.parser import text_string_to_metric_families

    found = ServiceCounts()
    tags: dict[str, Counter[str]] = {}
    for family in text_string_to_metric_families(metrics_page().decode()):
        for sample in family.samples:
            if sample.labels.get("set", "") != set_label:
                continue
            value = int(sample.value)
            match sample.name:
                case "copydesk_articles_total":
                    found.outcomes[sample.labels["outcome"]] += value
                case "copydesk_articles_mostly_dropped_total":
                    found.mostly_dropped += value
                case "copydesk_tags_total":
                    tags.setdefault(sample.labels["section"], Counter())[sample.labels["decision"]] += value
                case "copydesk_shadow_articles_total":
                    found.shadow[sample.labels["result"]] += value
    n_trained = max(1, tagger.manifest.n_articles)
    for entry in tagger.manifest.trained:
        given = tags.get(entry.section.id, Counter())
        n = given["apply"] + given["review"]
        found.sections.append(
            SectionCount(
                entry.section.name,
                n,
                given["apply"] / n if n else None,
                entry.support / n_trained,
                found.articles,
            )
        )
    return found


class AgreementCounts:
    """Counts how far editors agree with the suggestions, in a process of its own, so that tagging does not wait.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._starting = Lock()
        self._running: Future[Mapping[str, Any]] | None = None
        self._last: Mapping[str, Any] | None = None
        self._since = 0.0

    def get(self, seconds: float = 1.0) -> Mapping[str, Any] | None:
        """Return the agreement as ``copydesk agreement --json`` prints it; empty if there is no feedback.

        While it is counted again, return the last one at once. If there is none within ``seconds``, return None: it
        will be there a little later.

        Raises
        ------
        FeedbackError
            If the database does not answer, or counting takes too long. The next call counts again.
        """
        with self._starting:
            if self._running is None or (self._running.done() and time.monotonic() > self._since + KEPT_SECONDS):
                self._running, self._since = Future(), time.monotonic()
                Thread(target=self._count_into, args=(self._running,), name="copydesk-agreement", daemon=True).start()
            running = self._running
        try:
            self._last = running.result(0 if self._last else seconds)
        except TimeoutError:
            pass
        except FeedbackError as error:
            self._running = None
            raise FeedbackError(error.detail) from None
        return self._last

    def _count_into(self, running: "Future[Mapping[str, Any]]") -> None:
        try:
            running.set_result(self._count())
        except FeedbackError as error:
            running.set_exception(error)
        except Exception as error:  # whoever waits gets an answer
            _log.exception("counting the feedback failed")
            running.set_exception(FeedbackError(f"the feedback cannot be counted ({type(error).__name__})"))

    def _count(self) -> Mapping[str, Any]:
        command = [sys.executable, "-m", "classifier", "agreement", "--json"]
        # the address may hold a password, so it is in the environment, and not in the list of processes
        environment = os.environ | self._settings.to_environment()
        with subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as counting:
            with suppress(OSError):  # it has ended already
                os.setpriority(os.PRIO_PROCESS, counting.pid, _NICE)
            try:
                out, complaint = counting.communicate(timeout=_COUNTING_SECONDS)
            except subprocess.TimeoutExpired:
                counting.kill()
                raise FeedbackError("counting the feedback takes too long. Fix: run “copydesk agreement”") from None
        if b"does not exist" in complaint:
            return {}
        if counting.returncode:
            raise FeedbackError("the feedback cannot be counted now. Fix: run “copydesk agreement” to see the reason")
        found: Mapping[str, Any] = json.loads(out)
        return found
