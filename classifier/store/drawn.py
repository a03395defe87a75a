"""to-label.json of a set of models: articles that people are asked to label on the desk.

“copydesk sample” draws them. The file has the names of the sections to choose from, and lies next to the versions,
because a newsroom may have no model yet.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from classifier.errors import CopydeskError

DRAWN_FILE = "to-label.json"
#: The most articles that the desk lists, and the characters of each that it shows.
MOST_DRAWN = 1_000
MOST_SHOWN = 5_000


class DrawnSampleError(CopydeskError):
    """A file of articles to label that cannot be used."""

    status = 503
    title = "The articles to label cannot be read"
    slug = "sample"


@dataclass(frozen=True, slots=True)
class DrawnArticle:
    """An article that people are asked to label: the digest of its text in hexadecimal, and what the desk shows."""

    digest: str
    id: str | None
    headline: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """The articles that were drawn, in their order, and the names of the active sections by id."""

    sections: dict[str, str]
    articles: tuple[DrawnArticle, ...]

    def to_json(self) -> str:
        """Return the sample as the text of its file."""
        fields = {"sections": self.sections, "articles": [asdict(article) for article in self.articles]}
        return json.dumps(fields, ensure_ascii=False, indent=1, allow_nan=False)

    @classmethod
    def read(cls, data: bytes, name: str) -> "DrawnSample":
        """Return the sample in the bytes of a file; ``name`` is the file's, for messages.

        Raises
        ------
        DrawnSampleError
            If they are not a sample.
        """
        try:
            fields: dict[str, Any] = json.loads(data)
            articles: Sequence[dict[str, Any]] = fields["articles"]
            return cls(dict(fields["sections"]), tuple(DrawnArticle(**article) for article in articles))
        except (ValueError, TypeError, KeyError) as error:
            raise DrawnSampleError(
                f"{name} is not a sample of articles to label. Fix: run “copydesk sample” again"
            ) from error
