"""Lists as programs write them into a cell of text."""

import ast
import json
import re
from typing import Any

#: A list in a cell is parsed up to this length. No list of labels comes near it.
MAX_LIST = 100_000
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
#: NumPy writes ['a' 'b'], which Python would read as ['ab'].
_NUMPY = re.compile(rf"\[\s*(?:{_QUOTED})(?:\s+(?:{_QUOTED}))+\s*\]")
_ITEM = re.compile(rf"\s*({_QUOTED}|[^,]*?)\s*(?:,|$)")
_ESCAPE = re.compile(r"\\(.)")
_OPEN = {"[": "]}", "{": "]}", "(": ")"}
#: The call that a program writes around a list: array(['a'], dtype=object), Index([...]), frozenset({...}).
_CALL = re.compile(r"[A-Za-z_][\w.]*\(\s*(?=[\[{])")
_END_OF_CALL = re.compile(r"\s*(?:,\s*\w+=[^,]*)*\)")
_EMPTY_CALL = re.compile(r"(?:frozen)?set\(\)")
#: NumPy 2 writes [np.str_('a')].
_NUMPY_TEXT = re.compile(rf"\b(?:np|numpy)\.str_\(({_QUOTED})\)")


def inner_list(cell: str) -> str | None:
    """Return the part of a cell that is a list, tuple, set or object with its brackets, or None if the cell is none."""
    if _EMPTY_CALL.fullmatch(cell):
        return "[]"
    if call := _CALL.match(cell):
        end = max(cell.rfind("]"), cell.rfind("}")) + 1
        if not _END_OF_CALL.fullmatch(cell, end):
            return None
        cell = cell[call.end() : end]
    if not cell or cell[-1] not in _OPEN.get(cell[0], ""):
        return None
    return _NUMPY_TEXT.sub(r"\1", cell) if ".str_(" in cell else cell


def parsed(cell: str) -> Any:
    """Return the list or object that a cell holds as JSON or as Python writes it, or None."""
    if _NUMPY.fullmatch(cell):
        return [_unquoted(part) for part in re.findall(_QUOTED, cell)]
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(cell)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        if isinstance(found, list | dict | tuple | set):
            return found
    return None


def bare_items(inner: str) -> tuple[list[str], bool]:
    """Return the items between commas, and whether one of them was in quotes."""
    found: list[str] = []
    quoted = False
    position = 0
    while position < len(inner):
        match = _ITEM.match(inner, position)
        if not match or match.end() == position:
            break
        is_quoted = match[1][:1] in ("'", '"')
        quoted = quoted or is_quoted
        found.append(_unquoted(match[1]) if is_quoted else match[1])
        position = match.end()
    return found, quoted


def _unquoted(text: str) -> str:
    if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:
        return text
    return _ESCAPE.sub(r"\1", text[1:-1])
