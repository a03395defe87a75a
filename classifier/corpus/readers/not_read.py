"""Why columns of tables were not read."""

from collections.abc import Iterable, Mapping

from classifier.corpus.readers.columns.names import field_of
from classifier.corpus.readers.rows import Columns

_NO_FIELD = "columns ignored because they are not fields of an article"
_ASKED = "label columns that were not read, because --labels names others"
_NO_SECTIONS = "label columns that were not read, because most of their first values are not sections"
_OTHER = (
    "columns that were not read, because another column is read for the same field, or because their values do not fit "
    "the field"
)


def why_not_read(tables: Iterable[Columns]) -> Mapping[str, set[str]]:
    """Return the columns that were not read of tables, by the reason in words."""
    found: dict[str, set[str]] = {reason: set() for reason in (_NO_FIELD, _ASKED, _NO_SECTIONS, _OTHER)}
    for table in tables:
        for name in table.not_read:
            found[_reason(name, table)].add(name)
    return {reason: names for reason, names in found.items() if names}


def _reason(column: str, table: Columns) -> str:
    match field_of(column):
        case None:
            return _NO_FIELD
        case "sections":
            return _ASKED if table.labels_are_named else _NO_SECTIONS
    return _OTHER
