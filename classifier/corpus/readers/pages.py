"""Texts in files of their own, one .txt file per article.

The sections stand in a file of the same name next to it, in its own first line, or in the name of its folder.
"""

from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.annif import LABELS_FROM, subjects_beside
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import bare_name, not_utf8, open_utf8
from classifier.corpus.readers.rows import Place, Reject, Row, oversized
from classifier.errors import shown
from classifier.text.clean import clean_and_count
from classifier.text.page import split_header

_HEADER = "first line"
_FOLDER = "folder"
#: A longer first line is no headline.
_MAX_HEADLINE = 300


def read_page(path: Path, to: Context) -> Iterator[Row | Reject]:
    """Yield the article of a file."""
    with open_utf8(path, *to.text) as file:
        data = file.read(to.limits.row + 1)
    raw = data.decode("utf-8-sig", errors="surrogateescape")
    place = Place(path, 1)
    if len(data) > to.limits.row:
        yield oversized(place, raw, f"a page of more than {to.limits.row:,} bytes")
    elif problem := not_utf8(raw):
        yield Reject(place, (problem,), raw)
    else:
        beside = subjects_beside(path, to)
        yield _page(place, raw, to, beside)


def _page(place: Place, raw: str, to: Context, beside: list[str] | None) -> Row | Reject:
    folder = place.file.absolute().parent.name
    cleaned, dropped = clean_and_count(raw)
    header, story = split_header(cleaned, to.header)
    if beside is not None:
        id_, labels, labels_from = bare_name(place.file), beside, LABELS_FROM
    elif header:
        id_, labels, labels_from = bare_name(place.file), list(header), _HEADER
    elif to.reading.drafting or to.sections.get(folder):
        # each folder may have a 001.txt
        id_, labels, labels_from = f"{folder}/{bare_name(place.file)}", [folder], _FOLDER
    else:
        reason = (
            "the first line does not name the page's sections, as in “PartnershipsSouth Asia”, and its folder "
            f"{shown(folder)} is not a section. Fix: add that line, put the file into a folder with the name of its "
            f"section, or write its sections into {shown(bare_name(place.file) + '.key')} next to it, one a line"
        )
        return Reject(place, (reason,), raw)
    text = story if labels_from == _HEADER else raw.strip()
    headline, _, body = text.partition("\n")
    if labels_from != _HEADER and (not body.strip() or len(headline) > _MAX_HEADLINE):
        headline, body = "", text
    fields = {"id": id_, "headline": headline, "body": body.strip(), "sections": labels}
    # of any other page the raw text goes on, so what cleaning leaves out of it is counted later
    return Row(place, fields, raw, labels_from, dropped=dropped if labels_from == _HEADER else 0)
