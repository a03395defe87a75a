"""Sentences of files that are not pages: what Python, PHP, JavaScript and templates show to a person."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_THREE_WORDS = re.compile(r"[^\W\d_]{2,}[,;:]?\s+[^\W\d_]+[,;:]?\s+[^\W\d_]+")
_CODE = re.compile(r"(`+).+?\1|<[^<>]*>")
#: the functions of WordPress whose first argument is shown; the two plural ones have two texts, in a row
_SHOWN = re.compile(
    r"\b(?:esc_html|esc_attr|_n|_x|_)*_[_enx]?\(\s*(?P<q>['\"])(?P<text>(?:(?!(?P=q))[^\\]|\\.)*)(?P=q)"
    r"(?:\s*,\s*(?P<q2>['\"])(?P<second>(?:(?!(?P=q2))[^\\]|\\.)*)(?P=q2))?",
    re.DOTALL,
)
_TEMPLATE_CODE = re.compile(r"{[{%#].*?[#%}]}|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


class Sentence(NamedTuple):
    """A text that a person reads, on one line, and the line of its file where it starts."""

    line: int
    text: str


def sentences(file: Path) -> list[Sentence]:
    """Return the texts of a file of source code that hold three words or more, as they stand, in the file's order.

    Raises
    ------
    ValueError
        If nothing here can read files of that kind.
    """
    readers = {".py": _of_python, ".php": _of_wordpress, ".js": _of_wordpress, ".j2": _of_template}
    if file.suffix not in readers:
        raise ValueError(f"{file}: sentences are found in {', '.join(readers)} only")
    found = (Sentence(s.line, " ".join(s.text.split())) for s in readers[file.suffix](file.read_text()))
    return sorted(s for s in found if _THREE_WORDS.search(s.text))


def _of_python(source: str) -> Iterator[Sentence]:
    """Yield docstrings, a paragraph at a time, and strings; the values within an f-string become an ellipsis."""
    tree = ast.parse(source)
    documented, parts = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and ast.get_docstring(node):
                documented.add(first.value)
        elif isinstance(node, ast.JoinedStr):
            parts.update(node.values)
    for node in ast.walk(tree):
        if node in documented:
            yield from _paragraphs(node.lineno, inspect.cleandoc(node.value))
        elif isinstance(node, ast.JoinedStr):
            shown = (str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values)
            yield Sentence(node.lineno, _without_code("".join(shown)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            yield Sentence(node.lineno, _without_code(node.value))


def _paragraphs(line: int, text: str) -> Iterator[Sentence]:
    for paragraph in re.split(r"(\n\s*\n)", text):
        if paragraph.strip():
            yield Sentence(line, _without_code(paragraph))
        line += paragraph.count("\n")


def _without_code(text: str) -> str:
    return _CODE.sub("…", text)


def _of_wordpress(source: str) -> Iterator[Sentence]:
    """Yield the texts that go through WordPress's functions of translation."""
    for match in _SHOWN.finditer(source):
        for name in ("text", "second"):
            if match[name]:
                yield Sentence(source.count("\n", 0, match.start(name)) + 1, _without_code(match[name]))


def _of_template(source: str) -> Iterator[Sentence]:
    """Yield the text between the tags; code and tags that stand within a line are passed over."""
    blank = _TEMPLATE_CODE.sub(lambda m: ("… " if m[0].startswith("{{") else " ") + "\n" * m[0].count("\n"), source)
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", blank):
        if paragraph.strip():
            yield Sentence(line + len(paragraph) - len(paragraph.lstrip("\n")), paragraph)
        line += paragraph.count("\n")
