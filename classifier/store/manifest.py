"""manifest.json: the sections, rules and figures of a model, and the digests of its files."""

import hashlib
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from classifier.errors import SectionsError
from classifier.schema import memory_errors_unwrapped
from classifier.sections import Section, Sections
from classifier.terms.analyzer import EARLIER, Analyzer
from classifier.terms.definition import Subwords

FORMAT = 3
#: The format of a model whose weights are `classifier.terms.weighing.SparseRows`; all else is as in `FORMAT`.
SPARSE_FORMAT = 4
FORMATS = (FORMAT, SPARSE_FORMAT)
#: The largest of ``lengths``, and how many there may be: serving has an entry for each number of words below it.
MOST_WORDS = 10_000
MOST_LENGTHS = 100
MANIFEST_FILE = "manifest.json"
#: Documents for people. They also describe the model that was live at the time, so they do not count for the version.
REPORT_FILE = "report.html"
CARD_FILE = "model-card.md"
#: The account of what was read. The same articles in another format give the same model, so it does not count either.
READING_FILE = "reading.json"
#: The training articles whose labels the model doubts most. It names files and lines, so it does not count either.
SUSPECTS_FILE = "suspects.json"
_NOT_CONTENT = (REPORT_FILE, CARD_FILE, READING_FILE, SUSPECTS_FILE)


LanguageCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,34}$")]


class _ManifestPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LengthRule(_ManifestPart):
    """How a section's margins become tags in texts of one class of lengths: fields as in `TrainedSection`."""

    slope: Annotated[float, Field(gt=0)]
    offset: float
    suggest: Annotated[float, Field(ge=0, le=1)]
    apply: Annotated[float, Field(ge=0, le=1)] | None


class LengthFigures(_ManifestPart):
    """The out-of-fold quality of a section in texts of ``words_from`` to fewer than ``words_below`` words."""

    words_from: Annotated[int, Field(ge=0)]
    words_below: Annotated[int, Field(ge=1)] | None
    support: Annotated[int, Field(ge=0)]
    precision: Annotated[float, Field(ge=0, le=1)]
    recall: Annotated[float, Field(ge=0, le=1)]
    f1: Annotated[float, Field(ge=0, le=1)]


class WhyNever(_ManifestPart):
    """Why a section is never applied without an editor, in words, and how many more stories would do, if known."""

    cause: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    reason: Annotated[str, Field(max_length=1_000)]
    advice: Annotated[str, Field(max_length=1_000)] = ""
    more_stories: Annotated[int, Field(ge=0)] | None = None


class TrainedSection(_ManifestPart):
    """A section that the model scores. Column ``s`` of the weights belongs to the ``s``-th trained section.

    ``slope`` and ``offset`` turn a margin into a logit. ``suggest`` and ``apply`` are probabilities; ``apply`` is at
    least ``suggest``, or None for a section that always needs an editor. These hold for the longest texts; ``shorter``
    has the rules of the other classes of lengths, the shortest texts first: see `Manifest.lengths`. ``never_applied``
    gives the reason if ``apply`` is None. The quality figures are out-of-fold; ``by_length`` has those of texts of
    different lengths.
    """

    section: Section
    support: Annotated[int, Field(ge=0)]
    slope: Annotated[float, Field(gt=0)]
    offset: float
    suggest: Annotated[float, Field(ge=0, le=1)]
    apply: Annotated[float, Field(ge=0, le=1)] | None
    precision: Annotated[float, Field(ge=0, le=1)]
    recall: Annotated[float, Field(ge=0, le=1)]
    f1: Annotated[float, Field(ge=0, le=1)]
    shorter: tuple[LengthRule, ...] = ()
    by_length: tuple[LengthFigures, ...] = ()
    never_applied: WhyNever | None = None

    @model_validator(mode="after")
    def _thresholds_in_order(self) -> Self:
        if any(rule.apply is not None and rule.apply < rule.suggest for rule in self.rules):
            raise ValueError(f"the threshold “apply” of {self.section.id} is below its threshold “suggest”")
        return self

    @property
    def rules(self) -> "tuple[LengthRule | TrainedSection, ...]":
        """The rules of each class of lengths, those of the longest texts last."""
        return (*self.shorter, self)

    @model_serializer(mode="wrap")
    def _as_written(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is absent of what was added: earlier manifests keep their digest."""
        fields: dict[str, Any] = serialize(self)
        for name in ("shorter", "by_length", "never_applied"):
            if not getattr(self, name):
                fields.pop(name, None)
        return fields


class UntrainedSection(_ManifestPart):
    """A section that has too few articles to train on, or is deprecated."""

    section: Section
    support: Annotated[int, Field(ge=0)]


class Manifest(_ManifestPart):
    """All of a model except its arrays and terms.

    ``fingerprint_seed`` is the seed of the fingerprints of the features; ``fingerprint_sample`` is the result of
    `classifier.terms.hashing.hash_digest` when they were made. ``analyzer`` and ``subwords`` say what a term is: see
    `classifier.terms.analyzer`. A manifest from before them means analyzer 1. Each article gets at least ``min_tags``
    tags and, if ``max_tags`` is given, at most that many. ``starter`` marks a model of the starter corpus that comes
    with Copydesk. ``languages`` are those that it was trained on, the one with the most articles first; that one is
    ``language``. ``scripts`` are those of its terms, as `classifier.text.script.scripts_of_terms` names them; a
    manifest without them does not record them. ``lengths`` are the numbers of words at which the rules change,
    ascending: each trained section has as many rules in ``shorter``. Without lengths, all texts have the same rules.
    """

    format: int
    version: str
    created: Annotated[str, Field(pattern=r"^[0-9T:.Z+-]{10,40}$")]
    language: LanguageCode
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)]
    trained: tuple[TrainedSection, ...]
    untrained: tuple[UntrainedSection, ...]
    n_articles: Annotated[int, Field(ge=0)]
    n_stories: Annotated[int, Field(ge=0)]
    data_digest: str
    fingerprint_seed: Annotated[int, Field(ge=0)]
    fingerprint_sample: str
    analyzer: Literal[1, 2] = 1
    subwords: Subwords = Subwords.OFF
    min_tags: Annotated[int, Field(ge=0)] = 0
    max_tags: Annotated[int, Field(ge=1)] | None = None
    starter: bool = False
    scripts: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = ()
    lengths: Annotated[tuple[Annotated[int, Field(ge=1, le=MOST_WORDS)], ...], Field(max_length=MOST_LENGTHS)] = ()
    settings: dict[str, Any]
    libraries: dict[str, str]
    files: dict[str, str]

    @model_validator(mode="before")
    @classmethod
    def _one_language(cls, data: Any) -> Any:
        """Read a manifest of one language, as all of them were once."""
        if isinstance(data, dict) and "languages" not in data and "language" in data:
            return {**data, "languages": (data["language"],)}
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.languages[0] != self.language or len(set(self.languages)) < len(self.languages):
            raise ValueError("languages must begin with language, and name each language once")
        sections = [*(entry.section for entry in self.trained), *(entry.section for entry in self.untrained)]
        twice = next((id_ for id_, n in Counter(section.id for section in sections).items() if n > 1), None)
        if twice is not None:
            raise ValueError(f"the section {twice} is listed twice")
        try:
            Sections(sections)
        except SectionsError as error:
            raise ValueError(str(error).partition(". Fix: ")[0]) from None
        if self.max_tags is not None and self.max_tags < self.min_tags:
            raise ValueError("max_tags is below min_tags")
        if any(b <= a for a, b in pairwise(self.lengths)):
            raise ValueError("lengths must be in ascending order")
        if (wrong := next((e for e in self.trained if len(e.shorter) != len(self.lengths)), None)) is not None:
            raise ValueError(
                f"{wrong.section.id} has {len(wrong.shorter)} shorter rules for {len(self.lengths)} lengths"
            )
        Analyzer(self.analyzer, self.subwords)  # raises ValueError if the two do not go together
        return self

    @property
    def terms_analyzer(self) -> Analyzer:
        """What a term of the model is."""
        return Analyzer(self.analyzer, self.subwords)

    def thresholds_of(self, entry: TrainedSection) -> list[dict[str, Any]]:
        """Return the thresholds of a trained section for each class of lengths, as plain JSON values."""
        ends = (*self.lengths, None)
        return [
            {"words_from": low, "words_below": high, "suggest": rule.suggest, "apply": rule.apply}
            for low, high, rule in zip((0, *self.lengths), ends, entry.rules, strict=True)
        ]

    @model_serializer(mode="wrap")
    def _as_written(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out ``languages`` if there is one, and what is not given: earlier manifests keep their digest."""
        fields: dict[str, Any] = serialize(self)
        if len(self.languages) == 1:
            fields.pop("languages", None)
        if not self.scripts:
            fields.pop("scripts", None)
        if not self.lengths:
            fields.pop("lengths", None)
        return fields

    def content(self) -> dict[str, Any]:
        """Return all that depends only on data, settings and seed: no times, and no documents about other models."""
        with memory_errors_unwrapped():
            content = self.model_dump(mode="json", exclude={"version", "created"})
        if not self.starter:  # manifests without the mark keep their digest
            del content["starter"]
        if self.analyzer == EARLIER:
            del content["analyzer"], content["subwords"]
        content["files"] = {name: d for name, d in self.files.items() if name not in _NOT_CONTENT}
        return content


def content_digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest's content in canonical JSON, in hexadecimal."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
