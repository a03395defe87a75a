"""The versions of the models that the service has, and the one that an editor compares with the live one."""

from threading import Lock

from classifier.errors import ModelError, UnknownModelError
from classifier.service.process.live import LOAD_SECONDS, load_probed
from classifier.service.process.sets import LiveSets
from classifier.tagger import Tagger

_LIST_SECONDS = 5.0


class Versions:
    """Loads versions that are not live. The last one that was asked for is kept; others leave the memory.

    Parameters
    ----------
    sets : LiveSets
    """

    def __init__(self, sets: LiveSets) -> None:
        self._sets = sets
        self._loading = Lock()
        self._kept: tuple[str, str, Tagger] | None = None

    def names(self, set_name: str) -> list[str]:
        """Return the versions of a set that are not live, the newest first; none if the disk does not respond."""
        live = self._sets.by_name[set_name]
        try:
            names = self._sets.asking.call(live.registry.versions, _LIST_SECONDS)
        except ModelError:
            return []
        return [name for name in sorted(names, reverse=True) if not live.current or name != live.current.version]

    def tagger(self, set_name: str, version: str) -> Tagger:
        """Return a version of a set.

        Raises
        ------
        ModelError
            If there is no such version, or it cannot be used.
        """
        live = self._sets.by_name[set_name]
        if live.current and live.current.version == version:
            return live.current
        with self._loading:
            if self._kept and self._kept[:2] == (set_name, version):
                return self._kept[2]
            if version not in self.names(set_name):
                raise UnknownModelError("there is no such version any more. Fix: choose one that the page lists")
            self._kept = None
            tagger = self._sets.asking.call(lambda: load_probed(live.registry, version), LOAD_SECONDS)
            self._kept = set_name, version, tagger
            return tagger
