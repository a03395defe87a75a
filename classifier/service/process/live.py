"""The model that is being served, or the reason why there is none."""

import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic, perf_counter
from typing import Any

from classifier.article import Article
from classifier.errors import NO_MEMORY, ModelError, afresh, unreadable_as
from classifier.request import Choice
from classifier.service.process.disk import DiskThread
from classifier.store.probe import load_probed as load_verified
from classifier.store.registry import Registry
from classifier.tagger import Tagger

RETRY_SECONDS = 1.0  # before a model that was refused is tried again; twice as long each time
LONGEST_RETRY_SECONDS = 60.0
LOCK_SECONDS = 5.0
LOOK_SECONDS = 5.0  # that the disk has to say what is current
LOAD_SECONDS = 60.0  # that it has to give a model
_PROBE_TERMS = 50
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refusal:
    """A model that was not taken: its version, as far as that was known, why, and when (UTC, ISO 8601)."""

    version: str | None
    reason: str
    time: str


@dataclass(frozen=True)
class State:
    """What a worker serves: the version and since when (UTC, ISO 8601), and what it refused after that.

    ``generation`` is that of the registry when the worker last looked.
    """

    generation: str
    model: str | None = None
    since: str | None = None
    refused: Refusal | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        return asdict(self)


class LiveModel:
    """Holds the tagger that answers requests.

    A tagger gets in only after it has scored a probe, and by one assignment: a request that has begun with the one
    before ends with it, and the last such request lets go of it. A model that does not load changes nothing.

    Parameters
    ----------
    models : Path
        The folder of models.
    name : str
        The name of the set of models in log lines; empty if it has none.
    looking, asking : DiskThread, optional
        The threads of several sets, which share them.
    """

    def __init__(
        self, models: Path, name: str = "", looking: DiskThread | None = None, asking: DiskThread | None = None
    ) -> None:
        self.registry = Registry(models)
        self._prefix = f"set {name}: " if name else ""
        self._looking = looking or DiskThread(models)
        #: Makes the calls on the folder of models that somebody waits for; looks have a thread of their own.
        self.asking = asking or DiskThread(models)
        #: The live tagger, or None if there is none: then `tagger` raises the reason.
        self.current: Tagger | None = None
        self._error = ModelError("no model has been loaded yet. Fix: try again in a moment")
        self._languages: tuple[str, ...] = ()
        self._state = State("")
        self._loading = Lock()
        self._retry_at = math.inf
        self._pause = RETRY_SECONDS
        #: Called with True or False after each attempt to load, for whoever counts them.
        self.on_load: list[Callable[[bool], None]] = []

    @property
    def state(self) -> State:
        """What is served now."""
        return self._state

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the live model; if there is none, of the version that was refused, if that can be read."""
        return self.current.languages if self.current else self._languages

    def tagger(self) -> Tagger:
        """Return the live tagger.

        Raises
        ------
        ModelError
            If there is none: the error that the last attempt to load one ended with.
        """
        if self.current is None:
            raise afresh(self._error)
        return self.current

    def follow(self) -> bool:
        """Load the current model if it was promoted, or a reload asked for, since the last look; return whether it was.

        If loading fails, the previous model stays live. The current one is tried again, after longer and longer pauses:
        its files may still be on their way, or a disk may come back.

        Raises
        ------
        ModelError
            If another thread is still loading after `LOCK_SECONDS`.
        """
        if not self._loading.acquire(timeout=LOCK_SECONDS):
            raise ModelError(
                f"a model has been loading for more than {LOCK_SECONDS:g} s. Fix: try again; if this persists, "
                "check that the disk with the folder of models is mounted and responds"
            )
        try:
            try:
                generation = self._looking.call(self.registry.generation, LOOK_SECONDS)
            except ModelError as error:
                generation = str(error)  # the disk does not answer: say so once, go on, look again
            is_new = generation != self._state.generation
            if not is_new and monotonic() < self._retry_at:
                return False
            self._pause = RETRY_SECONDS if is_new else min(2 * self._pause, LONGEST_RETRY_SECONDS)
            self._load(generation)
            self._retry_at = monotonic() + self._pause if self._state.refused else math.inf
            return True
        finally:
            self._loading.release()

    def _load(self, generation: str) -> None:
        start = perf_counter()
        version = None
        try:
            version = name = self._looking.call(self.registry.folder, LOOK_SECONDS).name
            tagger = self._looking.call(lambda: load_probed(self.registry, name), LOAD_SECONDS)
        except ModelError as error:
            self._refuse(generation, version, error)
        except MemoryError:
            self._refuse(generation, version, ModelError(NO_MEMORY))
        except Exception as error:  # what nobody thought of must not end the thread that follows
            _log.exception(
                "%sloading model %s failed with an unexpected error; the service goes on with %s. Fix: run “copydesk "
                "models rollback”, and report this error with its traceback",
                self._prefix,
                version or "(no version found)",
                self._state.model or "no model",
            )
            self._refuse(
                generation,
                version,
                ModelError(f"unexpected {type(error).__name__}, which the log of the service describes"),
            )
        else:
            before = self._state.model
            self.current = tagger
            self._state = State(generation, tagger.version, _now())
            took = (perf_counter() - start) * 1e3
            _log.info(
                "%smodel %s is live, instead of %s; loaded in %.0f ms",
                self._prefix,
                tagger.version,
                before or "none",
                took,
            )
            self._tell(True)

    def _refuse(self, generation: str, version: str | None, error: ModelError) -> None:
        self._error = afresh(error)
        old = self._state
        self._state = State(generation, old.model, old.since, Refusal(version, str(error), _now()))
        if old.refused is None or (old.refused.version, old.refused.reason) != (version, str(error)):
            shown = f"model {version}" if version else "the live model"
            kept = f"model {old.model} stays live" if old.model else "the service has no model"
            _log.error("%s%s cannot be used, so %s: %s", self._prefix, shown, kept, error)
        if version and self.current is None:
            self._languages = self._languages_of(version)
        self._tell(False)

    def _languages_of(self, version: str) -> tuple[str, ...]:
        """Return the languages of a version that cannot be used, if its manifest can be read."""
        try:
            return self._looking.call(lambda: self.registry.manifest(version).languages, LOOK_SECONDS)
        except ModelError:
            return self._languages

    def _tell(self, loaded: bool) -> None:
        for listener in self.on_load:
            listener(loaded)


def load_probed(registry: Registry, version: str) -> Tagger:
    """Load a version and have it score a probe.

    Raises
    ------
    ModelError
        If it is not there, not whole, or does not score.
    """
    with unreadable_as(ModelError, f"model {version} cannot be loaded"):
        tagger = Tagger(load_verified(registry.folder(version)))
        probe(tagger)
        return tagger


def probe(tagger: Tagger) -> None:
    """Score a text made of the model's own terms.

    Raises
    ------
    ModelError
        If the answer is not a probability for every section.
    """
    article = Article(body=" ".join(tagger.probe_terms(_PROBE_TERMS)))
    answer = tagger.tag(article, Choice(all=True))
    sane = all(math.isfinite(tag.probability) and 0 <= tag.probability <= 1 for tag in answer.tags)
    if answer.outcome == "no_known_terms" or not sane:
        raise ModelError(
            f"model {tagger.version} loads but cannot score a test text. Fix: train again, or go back with "
            "“copydesk models rollback”"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
