"""Tables for a terminal: a figure is never cut, however narrow the terminal is."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click
from rich.cells import cell_len, chop_cells
from rich.console import Console

if TYPE_CHECKING:
    from classifier.training.measuring.evaluation import Score

#: Stands for a figure that does not exist.
NOTHING = "–"
_GAP = "  "
_MIN_WRAPPED_WIDTH = 16
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_Cells = Sequence[str]


def print_table(headers: _Cells, rows: Iterable[_Cells], n_text_columns: int = 1, *, wrap_last: bool = False) -> None:
    """Write a table to standard output.

    A terminal that is too narrow gets several tables below each other, each with the first column and as many others
    as fit, or else one line a value. A pipe or a file gets lines of any length.

    Parameters
    ----------
    headers : sequence of str
        One for each column.
    rows : iterable of sequences of str
        One cell for each column.
    n_text_columns : int
        How many of the first columns are aligned to the left; the others, figures, are aligned to the right.
    wrap_last : bool
        Whether the last column is a list, with commas between the items, that may take several lines.
    """
    terminal = sys.stdout.isatty()
    width = Console().width if terminal else None
    for number, block in enumerate(blocks(headers, rows, n_text_columns, width, wrap_last=wrap_last)):
        if number:
            click.echo()
        for n, line in enumerate(block):
            click.echo(click.style(line, bold=True) if n == 0 else line)


def score_cells(score: "Score") -> tuple[str, str, str]:
    """Return precision, recall and F1; a dash stands for a ratio that has nothing to divide by."""
    return (
        f"{score.precision:.3f}" if score.predicted else NOTHING,
        f"{score.recall:.3f}" if score.support else NOTHING,
        f"{score.f1:.3f}" if score.predicted or score.support else NOTHING,
    )


def blocks(
    headers: _Cells, rows: Iterable[_Cells], n_text_columns: int, width: int | None, *, wrap_last: bool = False
) -> list[list[str]]:
    """Return the lines of a table, as several tables where one does not fit.

    ``width`` is that of the terminal in cells, None for any. See `print_table` for the other parameters.
    """
    table = [[_CONTROL.sub("\ufffd", cell) for cell in row] for row in (headers, *rows)]
    groups = _groups(table, width, wrap_last)
    if groups is None:
        return _stacked(table)
    return [_block(table, group, n_text_columns, width, wrap_last) for group in groups]


def _groups(table: list[list[str]], width: int | None, wrap_last: bool) -> list[list[int]] | None:
    """Return the columns of each table, or None where not even two fit next to each other."""
    widths = _widths(table)
    if wrap_last:
        widths[-1] = min(widths[-1], _MIN_WRAPPED_WIDTH)
    if width is None:
        return [list(range(len(widths)))]
    if len(widths) == 1:
        return [[0]] if widths[0] <= width else None
    groups = [[0]]
    for column in range(1, len(widths)):
        if _total(widths, [*groups[-1], column]) <= width:
            groups[-1].append(column)
        elif _total(widths, [0, column]) <= width:
            groups.append([0, column])
        else:
            return None
    return [group for group in groups if len(group) > 1]


def _widths(table: list[list[str]]) -> list[int]:
    return [max(map(cell_len, column)) for column in zip(*table, strict=True)]


def _total(widths: list[int], columns: list[int]) -> int:
    return sum(widths[column] for column in columns) + len(_GAP) * (len(columns) - 1)


def _block(table: list[list[str]], group: list[int], n_text: int, width: int | None, wrap_last: bool) -> list[str]:
    widths = _widths(table)
    last = len(widths) - 1
    if wrap_last and width is not None and last in group:
        others = [column for column in group if column != last]
        widths[last] = min(widths[last], width - _total(widths, others) - len(_GAP) * bool(others))
    lines = []
    for row in table:
        cells = [[row[c]] if not (wrap_last and c == last) else list(_wrapped(row[c], widths[c])) for c in group]
        for n in range(max(map(len, cells))):
            parts = [
                _aligned(cell[n] if n < len(cell) else "", widths[c], left=c < n_text or (wrap_last and c == last))
                for c, cell in zip(group, cells, strict=True)
            ]
            lines.append(_GAP.join(parts).rstrip())
    return lines


def _aligned(cell: str, width: int, *, left: bool) -> str:
    space = " " * (width - cell_len(cell))
    return cell + space if left else space + cell


def _wrapped(cell: str, width: int) -> Iterator[str]:
    """Yield the lines of a list; an item is only broken where it alone is too long for a line."""
    line = ""
    items = cell.split(", ")
    for n, item in enumerate(items):
        piece = item + ("," if n < len(items) - 1 else "")
        joined = f"{line} {piece}" if line else piece
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            yield line
        *broken, line = chop_cells(piece, width) or [""]
        yield from broken
    yield line


def _stacked(table: list[list[str]]) -> list[list[str]]:
    """Return a block for each row, with a line for each value."""
    headers, *rows = table
    return [[_named(*pair) for pair in zip(headers, row, strict=True)] for row in rows] or [headers]


def _named(header: str, cell: str) -> str:
    return f"{header}: {cell}" if header else cell
