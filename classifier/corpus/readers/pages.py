"""Dumped pages: one .txt file per article; a first line of section names, then the headline, then the body."""

from collections.abc import Callable, Iterator
from pathlib import Path

from classifier.corpus.readers.files import bare_name, not_utf8, open_utf8
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import Place, Reject, Row, oversized
from classifier.sections import Sections
from classifier.text.clean import clean
from classifier.text.page import split_header


def page_reader(
    sections: Sections, limits: Limits = LIMITS, encoding: str | None = None
) -> Callable[[Path], Iterator[Row | Reject]]:
    """Return a reader of dumped pages that knows the names in ``sections``."""

    def read_page(path: Path) -> Iterator[Row | Reject]:
        with open_utf8(path, limits, encoding) as file:
            data = file.read(limits.row + 1)
        raw = data.decode("utf-8-sig", errors="surrogateescape")
        place = Place(path, 1)
        if len(data) > limits.row:
            yield oversized(place, raw, f"a page of more than {limits.row:,} bytes")
            return
        if problem := not_utf8(raw):
            yield Reject(place, (problem,), raw)
            return
        labels, story = split_header(clean(raw), sections.spellings)
        if not labels:
            reason = (
                "the first line does not name the page's sections, as in “PartnershipsSouth Asia”. Fix: add that line"
            )
            yield Reject(place, (reason,), raw)
            return
        headline, _, body = story.partition("\n")
        yield Row(
            place,
            {"id": bare_name(path), "headline": headline, "body": body.strip(), "sections": list(labels)},
            raw,
        )

    return read_page
