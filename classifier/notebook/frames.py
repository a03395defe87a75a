"""DataFrames of pandas, Polars, Arrow and their kin, by way of narwhals: rows in, frames out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import numpy as np

from classifier.corpus.readers.files import not_utf8
from classifier.corpus.readers.row_text import cells_as_json
from classifier.corpus.readers.rows import Found, Header, Place, Reject, Row
from classifier.errors import CorpusError, SettingsError, pip_command, shown

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

#: The libraries that can hold figures, the preferred one first.
LIBRARIES = ("pandas", "polars", "pyarrow")
#: The kind of a column of a frame that is written.
Kind = Literal["text", "whole", "number", "yes or no", "texts", "numbers"]
#: A column that is written: its kind and its cells, None if missing.
Column = tuple[Kind, Sequence[Any]]
#: The empty values of pandas that are no floats.
_MISSING = frozenset({"NAType", "NaTType"})


def is_frame(data: object) -> bool:
    """Return whether this is a DataFrame that can be read, lazy or not; texts, paths and lists are none."""
    if data is None or isinstance(data, str | Path | Mapping | Sequence):
        return False
    nw = narwhals()
    found = nw.from_native(data, pass_through=True)
    return isinstance(found, nw.DataFrame | nw.LazyFrame)


@dataclass(frozen=True)
class FrameTable:
    """A DataFrame as a table of articles; the number of a row, from 1, is its line.

    A lazy frame (Polars, DuckDB) is collected. The index of a pandas frame is a column if it has a name, as in a
    Parquet file that pandas writes.

    Parameters
    ----------
    frame : narwhals.DataFrame
    path : Path
        Stands for the frame in messages.
    """

    frame: "nw.DataFrame[Any]"
    path: Path

    @classmethod
    def of(cls, data: Any, name: str = "frame") -> "FrameTable":
        """Return a native DataFrame as a table.

        Raises
        ------
        CorpusError
            If narwhals is not installed, or the frame has two columns with one name.
        """
        nw = narwhals()
        try:
            if nw.dependencies.is_pandas_dataframe(data):
                data = _with_index(data)
            frame = nw.from_native(data)
            if isinstance(frame, nw.LazyFrame):
                frame = frame.collect()
        except nw.exceptions.DuplicateError:
            raise CorpusError(f"{name}: two columns have the same name. Fix: give every column its own name") from None
        return cls(frame, Path(name))

    @property
    def library(self) -> str:
        """The name of the library that the frame belongs to."""
        return str(self.frame.implementation.value)

    def rows(self) -> Iterator[Found]:
        """Yield the names of the columns, and each row with its cells as Python values; missing ones are left out.

        Raises
        ------
        CorpusError
            If the columns have no names, or two have the same name but for case and spaces.
        """
        names = [str(name).strip() for name in self.frame.columns]
        folded = [name.lower() for name in names]
        repeated = sorted({name for name in folded if folded.count(name) > 1})
        if repeated:
            listed = ", ".join(map(shown, repeated))
            raise CorpusError(f"{self.path} has repeated column names: {listed}. Fix: give every column its own name")
        if names and not any(character.isalpha() for name in names for character in name):
            raise CorpusError(
                f"{self.path}: its columns have no names, only numbers. Fix: name them, such as text and section"
            )
        yield Header(tuple(names))
        for number, cells in enumerate(self.frame.iter_rows(), 1):
            yield _row(Place(self.path, number), dict(zip(names, map(_value, cells), strict=True)))


def _with_index(frame: Any) -> Any:
    """Return a pandas frame with the named levels of its index as columns."""
    levels = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=levels) if levels else frame


def _row(place: Place, cells: dict[str, Any]) -> Row | Reject:
    present = {name: cell for name, cell in cells.items() if cell is not None}
    try:
        raw = cells_as_json(present)
    except (ValueError, TypeError, RecursionError):
        return Reject(place, ("a cell has a type that JSON lacks. Fix: leave out its column",), "")
    if problem := not_utf8(raw):
        return Reject(place, (problem,), raw)
    return Row(place, present, raw)


def _value(cell: Any) -> Any:
    """Return a cell as a plain value, None if it is missing: each library has its own empty values, lists, numbers."""
    if cell is None or type(cell) in (str, int, bool):
        return cell
    if type(cell).__name__ in _MISSING or (isinstance(cell, float | Decimal) and cell != cell):
        return None
    if isinstance(cell, dict):
        return {name: _value(value) for name, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [_value(value) for value in cell]
    if isinstance(cell, set | frozenset):
        return [_value(value) for value in sorted(cell, key=str)]
    if isinstance(cell, np.ndarray):
        return [_value(value) for value in cell.tolist()]
    if isinstance(cell, np.datetime64):
        return None if np.isnat(cell) else str(cell)
    if isinstance(cell, np.generic):
        return _value(cell.item())
    return str(cell) if isinstance(cell, str | UUID) else cell


def narwhals() -> Any:
    """Return the package narwhals, which reads every kind of frame.

    Raises
    ------
    CorpusError
        If it is not installed.
    """
    try:
        import narwhals.stable.v2 as nw
    except ImportError as error:
        raise CorpusError(f"DataFrames need narwhals. Fix: run {pip_command('frames')}") from error
    return nw


def figures_frame(columns: Mapping[str, Column], library: str | None) -> Any:
    """Return columns as a native DataFrame of a library; if it is not one of `LIBRARIES`, of one that is installed."""
    return make_frame(columns, library if library in LIBRARIES else library_for(None))


def library_for(asked: str | None) -> str:
    """Return the library for figures: the one asked for, or the first that is installed.

    Raises
    ------
    SettingsError
        If the one asked for is not known or not installed, or none is installed.
    """
    if asked is not None and asked not in LIBRARIES:
        raise SettingsError(f"frames: unknown library {shown(asked)}. Fix: use one of {', '.join(LIBRARIES)}")
    wanted = [asked] if asked else LIBRARIES
    found = next((name for name in wanted if find_spec(name)), None)
    if found is None:
        which = asked or "pandas, Polars or PyArrow"
        raise SettingsError(f"frames: {which} is not installed. Fix: run “pip install {asked or 'pandas'}”")
    return found


def make_frame(columns: Mapping[str, Column], library: Any) -> Any:
    """Return columns as a native DataFrame of a library, or of a narwhals implementation."""
    nw = narwhals()
    types = {
        "text": nw.String,
        "whole": nw.Int64,
        "number": nw.Float64,
        "yes or no": nw.Boolean,
        "texts": nw.List(nw.String),
        "numbers": nw.List(nw.Float64),
    }
    if str(library) in ("polars", "pyarrow"):
        schema = {name: types[kind] for name, (kind, _) in columns.items()}
        return nw.from_dict(
            {name: list(cells) for name, (_, cells) in columns.items()}, schema, backend=library
        ).to_native()
    # pandas has no type for lists of its own, and takes NaN for a missing number
    cells = {name: _for_pandas(kind, cells) for name, (kind, cells) in columns.items()}
    return nw.from_dict(cells, backend=library).to_native()


def _for_pandas(kind: Kind, cells: Sequence[Any]) -> list[Any]:
    return [float("nan") if cell is None else cell for cell in cells] if kind == "number" else list(cells)
