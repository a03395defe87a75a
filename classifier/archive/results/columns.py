"""The tags of a partition as a Parquet file: the same answers give the same bytes. Needs pyarrow, an optional extra."""

import io
from datetime import date
from typing import Any

from classifier.answer import Answer, Tag
from classifier.archive.asked import ArchiveError, TaggingOptions
from classifier.archive.changes import TagChange
from classifier.corpus.readers.rows import Place

#: Rows of a row group.
_GROUP = 10_000
_OF_TAGS = ("tags", "probabilities", "decisions", "reasons")


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
            "tagging an archive needs pyarrow, which is not installed. Fix: run “pip install 'copydesk[archive]'”"
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
        self._cells: dict[str, list[Any]] = {name: [] for name in self._schema.names}
        self._ends = [0]
        self._of_tags: dict[str, list[Any]] = {name: [] for name in _OF_TAGS}
        self._add = [self._cells[name].append for name in ("file", "line", "id", "published", "language")]
        self._add += [
            self._cells[name].append for name in ("outcome", "model", "set", "unknown_script", "text_dropped")
        ]

    def add(
        self,
        place: Place,
        answer: Answer,
        published: date | None,
        language: str | None,
        change: TagChange | None = None,
    ) -> None:
        """Add the answer for an article. Sections below their threshold are not tags."""
        row = (
            str(place.file),
            place.line,
            answer.id,
            published,
            language,
            answer.outcome,
            answer.model,
            answer.set,
            answer.unknown_script,
            answer.text_dropped,
        )
        for append, cell in zip(self._add, row, strict=True):
            append(cell)
        given = [tag for tag in answer.tags if tag.decision != "below"] if change else answer.tags
        sections, probabilities, decisions, reasons = self._of_tags.values()
        for tag in given:
            sections.append(tag.section)
            probabilities.append(tag.probability)
            decisions.append(tag.decision)
            reasons.append(tag.reason)
        self._ends.append(len(sections))
        if self._options.explain:
            self._cells["evidence"].append([_evidence(tag) for tag in given])
        if change:
            self._cells["labels"].append(change.labels)
            self._cells["added"].append([tag.section for tag in change.added])
            self._cells["removed"].append([section for section, _ in change.removed])
            self._cells["unknown_labels"].append(change.unknown)
        self.n_rows += 1
        if len(self._ends) > _GROUP:
            self._write()

    def _write(self) -> None:
        kinds = {field.name: field.type for field in self._schema}
        ends = self._arrow.array(self._ends, self._arrow.int32())
        columns = []
        for name in self._schema.names:
            if name in _OF_TAGS:
                values = self._arrow.array(self._of_tags[name], kinds[name].value_type)
                columns.append(self._arrow.ListArray.from_arrays(ends, values, type=kinds[name]))
            else:
                columns.append(self._arrow.array(self._cells[name], kinds[name]))
        batch = self._arrow.Table.from_arrays(columns, schema=self._schema)
        self._file.write_table(batch, row_group_size=_GROUP)
        self._clear()

    def to_bytes(self) -> bytes:
        """Write what is left, and return the whole file."""
        if len(self._ends) > 1:
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
