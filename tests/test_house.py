"""How the packages stand to each other: no circles, small folders, and short walks through the code."""

import ast
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

from tests.helpers import ROOT

PACKAGE = ROOT / "classifier"
MOST_FILES = 15
#: Folders that hold one file for each thing of a kind: a format that is read, a command.
OPEN_ENDED = {"corpus/readers", "commands"}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, also inside functions, but not for type checking alone."""
    found = set()
    skipped: set[ast.AST] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            skipped |= {inner for statement in node.body for inner in ast.walk(statement)}
        if node in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & MODULES.keys()) or ({node.module} & MODULES.keys())
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & MODULES.keys()
    return found


def test_no_module_imports_itself_by_a_detour():
    graph = {name: imports(path) - {name} for name, path in MODULES.items()}
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle
    assert set(order) == set(MODULES)


def test_no_package_imports_another_that_imports_it():
    """Between the rooms of one floor there is no circle either: each folder is a node, with all that is below it."""

    def room(name: str) -> str:
        return ".".join(name.split(".")[:2])

    graph: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        if name.count(".") >= 1:
            rooms = {room(target) for target in imports(path) if target.count(".") >= 1}
            graph.setdefault(room(name), set()).update(rooms - {room(name)})
    assert list(TopologicalSorter(graph).static_order())


def test_no_folder_holds_more_files_than_one_can_take_in():
    sizes = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in MODULES.values())
    assert {folder: n for folder, n in sizes.items() if n > MOST_FILES and folder not in OPEN_ENDED} == {}
