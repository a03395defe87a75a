"""suspects.json of a version: the training articles whose labels it doubts most, which the desk shows."""

import json
from collections.abc import Iterable
from typing import Any

from classifier.training.measuring.suspects import Suspect

#: Characters of each text that are kept.
EXCERPT_LENGTH = 800


def suspects_text(suspects: Iterable[Suspect]) -> str:
    """Return suspects as JSON, the most doubtful first: sections by id, probabilities 0 to 1, doubt in nats."""
    return json.dumps([_fields(suspect) for suspect in suspects], ensure_ascii=False, indent=1, allow_nan=False)


def _fields(suspect: Suspect) -> dict[str, Any]:
    item = suspect.article
    return {
        "digest": item.article.digest.hex(),
        "id": item.article.id,
        "file": str(item.place.file),
        "line": item.place.line,
        "headline": item.article.headline,
        "excerpt": item.prepared.text[:EXCERPT_LENGTH],
        "language": item.article.language,
        "sections": sorted(item.sections),
        "add": suspect.missing,
        "remove": suspect.surplus,
        "evidence": {section: list(terms) for section, terms in suspect.evidence.items()},
        "doubt": suspect.doubt,
    }
