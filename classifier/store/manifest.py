"""manifest.json: what a model is, in words and numbers, with the digest of every file beside it."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from classifier.sections import Section

FORMAT = 3
MANIFEST_FILE = "manifest.json"
#: Files for people. They also tell of the model that was live then, so they do not count for a version's name.
REPORT_FILE = "report.html"
CARD_FILE = "model-card.md"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TrainedSection(_Record):
    """A section that the model scores: column ``s`` of the weights is the ``s``-th of these.

    ``slope`` and ``offset`` turn a margin into a logit; ``suggest`` and ``apply`` are probabilities, ``apply`` None
    for a section that always needs an editor; the rest is out-of-fold.
    """

    section: Section
    support: int
    slope: Annotated[float, Field(gt=0)]
    offset: float
    suggest: Annotated[float, Field(ge=0, le=1)]
    apply: Annotated[float, Field(ge=0, le=1)] | None
    precision: float
    recall: float
    f1: float


class UntrainedSection(_Record):
    """A section that had too few articles to learn from, or is deprecated."""

    section: Section
    support: int


class Manifest(_Record):
    """All of a model but its arrays and words.

    ``fingerprint_seed`` went into the fingerprints of the features; ``fingerprint_sample`` is what
    `classifier.terms.hashing.sample` gave when they were made. An article gets at least ``min_tags`` tags, and at most
    ``max_tags`` where that is given.
    """

    format: int
    version: str
    created: str
    language: str
    trained: tuple[TrainedSection, ...]
    untrained: tuple[UntrainedSection, ...]
    n_articles: int
    n_stories: int
    data_digest: str
    fingerprint_seed: Annotated[int, Field(ge=0)]
    fingerprint_sample: str
    min_tags: Annotated[int, Field(ge=0)] = 0
    max_tags: Annotated[int, Field(ge=1)] | None = None
    settings: dict[str, Any]
    libraries: dict[str, str]
    files: dict[str, str]

    def content(self) -> dict[str, Any]:
        """Return all that depends on data, settings and seed alone: not time, nor files that tell of other models."""
        content = self.model_dump(mode="json", exclude={"version", "created"})
        content["files"] = {name: d for name, d in self.files.items() if name not in (REPORT_FILE, CARD_FILE)}
        return content


def content_digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest's content in canonical JSON, as hexadecimal digits."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
