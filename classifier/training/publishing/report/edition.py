"""The edition of a report: which version it describes, when it was made and for whom, and the versions before it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from classifier.errors import CopydeskError
from classifier.store.files import EVALUATION_FILE
from classifier.store.registry import Registry

#: Of the earlier versions, the newest ones are shown.
MAX_VERSIONS = 24


@dataclass(frozen=True)
class PastVersion:
    """The figures that a version was written with: micro-F1 and its 95 % interval, and its share of applied tags."""

    version: str
    n_articles: int
    f1: float
    low: float
    high: float
    applied_share: float

    @property
    def day(self) -> str:
        """The day on which it was made, as ``2026-11-28``."""
        return f"{self.version[:4]}-{self.version[4:6]}-{self.version[6:8]}"


@dataclass(frozen=True)
class Edition:
    """The version of a report, the moment at which it was made (UTC), the newsroom's name, and earlier versions.

    ``past`` lists them with the oldest first; ``n_unreadable`` counts those whose figures cannot be read.
    """

    version: str
    made: datetime
    newsroom: str = ""
    past: tuple[PastVersion, ...] = ()
    n_unreadable: int = 0

    @property
    def day(self) -> str:
        """The day in words, such as ``28 November 2026``."""
        return f"{self.made.day} {self.made:%B %Y}"


def past_versions(registry: Registry) -> tuple[tuple[PastVersion, ...], int]:
    """Return the newest versions in a folder of models, oldest first, and how many of them cannot be read."""
    versions = registry.versions()[-MAX_VERSIONS:]
    found = [past for version in versions if (past := _read(registry, version)) is not None]
    return tuple(found), len(versions) - len(found)


def _read(registry: Registry, version: str) -> PastVersion | None:
    try:
        written: Any = json.loads((registry.folder(version) / EVALUATION_FILE).read_bytes())
        micro = written["out_of_fold"]["micro"]
        f1, (low, high) = micro["f1"], micro["interval"]["f1"]
        share = micro["applied"]["share_of_suggested"] or 0.0
        return PastVersion(version, int(written["out_of_fold"]["articles"]), *map(float, (f1, low, high, share)))
    except (CopydeskError, OSError, ValueError, KeyError, TypeError):
        return None
