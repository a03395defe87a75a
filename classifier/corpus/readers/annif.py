"""Collections of Annif: texts with the addresses of their subjects, in one table or in a file next to each text."""

import re
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import open_utf8
from classifier.corpus.readers.lines import read_lines
from classifier.corpus.readers.rows import Found, Reject, Row
from classifier.sections import Sections

_URI = re.compile(r"<([^<>\s]+)>")
_TABLE = re.compile(rb"[^\t\r\n]+\t[^\S\r\n]*<[a-z]+:[^<>\s]+>[^\r\n]*(\r?\n|$)")
_SUBJECTS = re.compile(rb"<[a-z]+:[^<>\s]+>\t[^\r\n]*(\r?\n|$)")
#: Names under which a section may have the address of a subject among its external ids.
_SYSTEMS = ("skos", "annif", "iptc", "uri")
LABELS_FROM = "subjects"
#: Suffixes of the file with the subjects of a text.
_BESIDE = (".tsv", ".key", ".subj")


def is_annif_table(head: bytes) -> bool:
    """Return whether the first line is a text, a tab, and addresses in angle brackets."""
    return bool(_TABLE.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()))


def is_annif_subjects(head: bytes) -> bool:
    """Return whether the first line is an address in angle brackets, a tab, and a name: the subjects of one text."""
    return bool(_SUBJECTS.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()))


def read_annif_table(path: Path, to: Context) -> Iterator[Found]:
    """Yield the texts of a table without a header line."""
    for line in read_lines(path, to):
        if isinstance(line, Reject):
            yield line
            continue
        place, raw = line
        text, _, uris = raw.partition("\t")
        labels = [subject_label(uri, "", to.sections) for uri in _URI.findall(uris)]
        yield Row(place, {"body": text.strip(), "sections": labels}, raw, LABELS_FROM if labels else "")


def skip_subjects(path: Path, to: Context) -> Iterator[Found]:  # noqa: ARG001 - as every reader
    """Yield nothing: the subjects of a text are read with it."""
    yield from ()


def subjects_beside(text: Path, to: Context) -> list[str] | None:
    """Return the subjects of a text in the file of the same name next to it, or None if there is none.

    A line of a .tsv file is an address in angle brackets, a tab and a name, a line of a .key file is a name.
    """
    file = next((file for suffix in _BESIDE if (file := text.with_suffix(suffix)).is_file()), None)
    if file is None:
        return None
    with open_utf8(file, *to.text) as opened:
        lines = opened.read(to.limits.row).decode("utf-8-sig", errors="replace").splitlines()
    labels = []
    for line in filter(str.strip, lines):
        uri, tab, name = line.partition("\t")
        found = _URI.fullmatch(uri.strip())
        labels.append(
            subject_label(found.group(1), name.strip(), to.sections) if found else (name if tab else uri).strip()
        )
    return labels


def subject_label(uri: str, name: str, sections: Sections) -> str:
    """Return the id of the section that has an address among its external ids, or else the name, or the address."""
    found = next((section for system in _SYSTEMS if (section := sections.get_external(system, uri))), None)
    if found:
        return found.id
    return uri if not name or (sections.get(uri) and not sections.get(name)) else name
