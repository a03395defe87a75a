"""The tags of a partition as a Parquet file: the same answers give the same bytes. Needs pyarrow, an optional extra."""

import io
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import Any

from classifier.answer import Answer, Tag
from classifier.archive.asked import ArchiveError, TaggingOptions, encodable
from classifier.archive.changes import TagChange
from classifier.corpus.readers.rows import Place
from classifier.errors import pip_command

#: Rows of a row group.
_GROUP = 10_000
#: The columns with one value a row.
_OF_ROW = (
    "file",
    "line",
    "id",
    "published",
    "language",
    "outcome",
    "model",
    "set",
    "unknown_script",
    "text_dropped",
)


def arrow() -> Any:
    """Return pyarrow, with its part for Parquet.

    Raises
    ------
    ArchiveError
        If it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ArchiveError(
            f"tagging an archive needs pyarrow, which is not installed. Fix: run {pip_command('archive')}"
        ) from error
    return pyarrow


class TagColumns:
    """The columns of a Parquet file of answers, filled row by row and written a row group at a time.

    Parameters
    ----------
    options : TaggingOptions
    """

    def __init__(self, options: TaggingOptions) -> None:
        self._arrow = arrow()
        self._options = options
        self._schema = _schema(self._arrow, options)
        self._out = io.BytesIO()
        # each choice is written out, so that another version of pyarrow with other defaults changes nothing
        self._file = self._arrow.parquet.ParquetWriter(
            self._out,
            self._schema,
            version="2.6",
            compression="zstd",
            compression_level=1,
            use_dictionary=True,
            write_statistics=True,
            data_page_version="1.0",
            store_schema=False,
        )
        self.n_rows = 0
        self._clear()

    def _clear(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._tags: list[Sequence[Tag]] = []
        self._changes: list[TagChange] = []

    def add(
        self,
        place: Place,
        answer: Answer,
        published: date | None,
        language: str | None,
        change: TagChange | None = None,
    ) -> None:
        """Add the answer for an article. Sections below their threshold are not tags."""
        id_, model, outcome, tags, _, dropped, script, set_ = answer
        self._rows.append(
            (encodable(str(place.file)), place.line, id_, published, language, outcome, model, set_, script, dropped)
        )
        if change:
            self._changes.append(change)
            self._tags.append([tag for tag in tags if tag.decision != "below"])
        else:
            self._tags.append(tags)
        self.n_rows += 1
        if len(self._rows) >= _GROUP:
            self._write()

    def _write(self) -> None:
        """Write the rows so far as a row group."""
        cells = dict(zip(_OF_ROW, zip(*self._rows, strict=True), strict=True))
        flat = [tag for tags in self._tags for tag in tags]
        of_tags = {
            "tags": [tag.section for tag in flat],
            "probabilities": [tag.probability for tag in flat],
            "decisions": [tag.decision for tag in flat],
            "reasons": [tag.reason for tag in flat],
        }
        cells["evidence"] = tuple([_evidence(tag) for tag in tags] for tags in self._tags if self._options.explain)
        cells["labels"] = tuple(change.labels for change in self._changes)
        cells["added"] = tuple([tag.section for tag in change.added] for change in self._changes)
        cells["removed"] = tuple([section for section, _ in change.removed] for change in self._changes)
        cells["unknown_labels"] = tuple(change.unknown for change in self._changes)
        ends = self._arrow.array([0, *accumulate(map(len, self._tags))], self._arrow.int32())
        columns = []
        for field in self._schema:
            if field.name in of_tags:
                values = self._arrow.array(of_tags[field.name], field.type.value_type)
                columns.append(self._arrow.ListArray.from_arrays(ends, values, type=field.type))
            else:
                columns.append(self._arrow.array(cells[field.name], field.type))
        self._file.write_table(self._arrow.Table.from_arrays(columns, schema=self._schema), row_group_size=_GROUP)
        self._clear()

    def to_bytes(self) -> bytes:
        """Write what is left, and return the whole file."""
        if self._rows:
            self._write()
        self._file.close()
        return self._out.getvalue()


def _schema(pyarrow: Any, options: TaggingOptions) -> Any:
    text = pyarrow.string()
    texts = pyarrow.list_(text)
    fields = [
        ("file", text),
        ("line", pyarrow.int64()),
        ("id", text),
        ("published", pyarrow.date32()),
        ("language", text),
        ("outcome", text),
        ("tags", texts),
        ("probabilities", pyarrow.list_(pyarrow.float64())),
        ("decisions", texts),
        ("reasons", texts),
        ("model", text),
        ("set", text),
        ("unknown_script", text),
        ("text_dropped", pyarrow.float64()),
    ]
    if options.explain:
        term = pyarrow.struct([("term", text), ("share", pyarrow.float64())])
        of_tag = pyarrow.struct(
            [
                ("section", text),
                ("logit", pyarrow.float64()),
                ("rest", pyarrow.float64()),
                ("terms", pyarrow.list_(term)),
            ]
        )
        fields.append(("evidence", pyarrow.list_(of_tag)))
    if options.changed:
        fields += [("labels", texts), ("added", texts), ("removed", texts), ("unknown_labels", texts)]
    return pyarrow.schema(fields)


def _evidence(tag: Tag) -> dict[str, Any]:
    found = tag.explanation
    if found is None:
        return {"section": tag.section, "logit": None, "rest": None, "terms": []}
    terms = [{"term": item.term, "share": item.share} for item in found.evidence]
    return {"section": tag.section, "logit": found.logit, "rest": found.rest, "terms": terms}
