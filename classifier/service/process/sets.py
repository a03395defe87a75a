"""The sets of models that a service has: each with the model that is live in it, or the reason why there is none."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock

from classifier.article import Article
from classifier.errors import CopydeskError, ModelError, shown
from classifier.routing.choosing import choose_set, named_set, usual_set
from classifier.routing.detecting import load_detector, undetectable
from classifier.service.process.disk import DiskThread
from classifier.service.process.live import LOOK_SECONDS, LiveModel
from classifier.store.sets import OWN, set_folders
from classifier.tagger import Tagger

#: Key of the `LiveSets` among an app's extensions.
LIVE_SETS = "copydesk_live_sets"
SEARCH_SECONDS = 1.0
_log = logging.getLogger(__name__)


class LiveSets:
    """Holds the live model of each set in a folder of models.

    A folder with one set is the usual case: then a request names no set and nothing is chosen. A set that is added
    while the service runs is found within a second; one that is removed stays until the service starts again.

    Parameters
    ----------
    models : Path
        The folder of models.
    preferred : sequence of str
        The sets that answer if several could, in order; see `classifier.routing.choosing.choose_set`.
    """

    def __init__(self, models: Path, preferred: Sequence[str] = ()) -> None:
        self.models = models
        self.preferred = tuple(preferred)
        #: Makes the calls on the folder of models that somebody waits for.
        self.asking = DiskThread(models)
        self._looking = DiskThread(models)
        self._searching = Lock()
        self._search_at = 0.0
        self._problem = ""
        #: Called with the name of a set, and True or False, after each attempt to load a model.
        self.on_load: list[Callable[[str, bool], None]] = []
        #: The sets by name. The mapping is replaced if a set is added, and never changed.
        self.by_name: Mapping[str, LiveModel] = {OWN: self._live(OWN, models)}
        #: The one set, if there is only one.
        self.only: LiveModel | None = self.by_name[OWN]
        self._find(loaded=False)

    @property
    def models_count(self) -> int:
        """The number of sets that have a model."""
        return sum(live.current is not None for live in self.by_name.values())

    def label(self, name: str) -> str:
        """Return the name of a set if there are several, or else an empty text: one set needs no name."""
        return "" if self.only else name

    def search(self) -> bool:
        """Find the sets in the folder of models, and load the new ones; return whether there are any."""
        return self._find(loaded=True)

    def _find(self, *, loaded: bool) -> bool:
        """Find the sets; if ``loaded``, a new one counts only after the first attempt to load its model."""
        with self._searching:
            self._search_at = time.monotonic() + SEARCH_SECONDS
            try:
                folders = self._looking.call(lambda: set_folders(self.models, live=True), LOOK_SECONDS)
            except ModelError as error:
                if str(error) != self._problem:
                    _log.error("the sets of models cannot be listed: %s", error)
                self._problem = str(error)
                return False
            self._problem = ""
            held = {name: live for name, live in self.by_name.items() if name in folders or live.current}
            new = {name: self._live(name, folder) for name, folder in folders.items() if name not in held}
            if new or (held and held.keys() != self.by_name.keys()):
                for live in new.values() if loaded else ():
                    live.follow()
                self._publish(held | new)
            return bool(new)

    def _publish(self, found: Mapping[str, LiveModel]) -> None:
        self._prepare_choosing(found)
        self.by_name = {name: found[name] for name in sorted(found, key=lambda name: (name != OWN, name))}
        self.only = next(iter(found.values())) if len(found) == 1 else None

    def follow(self) -> bool:
        """Find new sets, and have each follow what is promoted in it; return whether any has changed.

        Raises
        ------
        ModelError
            As `LiveModel.follow`. The other sets are followed anyway.
        """
        changed = time.monotonic() >= self._search_at and self.search()
        failed = None
        for live in self.by_name.values():
            try:
                changed |= live.follow()
            except ModelError as error:
                failed = error
        if changed:
            self._prepare_choosing(self.by_name)
        if failed:
            raise failed
        return changed

    def _prepare_choosing(self, sets: Mapping[str, LiveModel]) -> None:
        """Load what the detection of languages needs, before an article waits for it; log what cannot work."""
        present = {code for live in sets.values() for code in live.languages} if len(sets) > 1 else set()
        load_detector(present)
        problems = [
            f"texts in {', '.join(group)} cannot be distinguished, because the detector does not know all of these "
            "languages. Fix: have requests name the language or the set"
            for group in undetectable(present)
        ]
        problems += [
            f"preferred_sets names {shown(name)}, which is not a set with a live model. Fix: correct the setting"
            for name in self.preferred
            if name not in sets
        ]
        for problem in problems:
            _log.warning("%s", problem)

    def check(self) -> None:
        """Check that any set has a model.

        Raises
        ------
        ModelError
            The reason why the first set has none.
        """
        if not self.models_count:
            next(iter(self.by_name.values())).tagger()

    def choose(self, article: Article, asked: str | None) -> tuple[Tagger, str | None]:
        """Return the tagger for an article, and the name of its set if there are several.

        Raises
        ------
        SetChoiceError, LanguageError
            As `classifier.routing.choosing.choose_set`.
        ModelError
            If the set has no usable model.
        """
        if only := self.only:
            if asked is not None:
                named_set(self.languages(), asked)
            return only.current or only.tagger(), None
        name = choose_set(self.languages(), article, asked, self.preferred)
        return self.tagger_of(name), name

    def named(self, asked: str | None) -> tuple[Tagger, str | None]:
        """Return the tagger of the set that is asked for, or of the one that is usually meant.

        Raises
        ------
        SetChoiceError
            If there is no such set, or no set is the usual one.
        ModelError
            If the set has no usable model.
        """
        languages = self.languages()
        name = usual_set(languages, self.preferred) if asked is None else named_set(languages, asked)
        return self.tagger_of(name), None if self.only else name

    def tagger_of(self, name: str) -> Tagger:
        """Return the live tagger of a set.

        Raises
        ------
        ModelError
            If it has none. If there are several sets, the message names it.
        """
        live = self.by_name[name]
        if live.current:
            return live.current
        try:
            return live.tagger()
        except CopydeskError as error:
            if self.only:
                raise
            raise ModelError(f"the set {name} has no usable model: {error}") from None

    def languages(self) -> dict[str, tuple[str, ...]]:
        """Return the languages of each set."""
        return {name: live.languages for name, live in self.by_name.items()}

    def _live(self, name: str, folder: Path) -> LiveModel:
        live = LiveModel(folder, "" if name == OWN else name, self._looking, self.asking)
        live.on_load.append(lambda loaded: self._tell(name, loaded))
        return live

    def _tell(self, name: str, loaded: bool) -> None:
        for listener in self.on_load:
            listener(self.label(name), loaded)
