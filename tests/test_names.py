"""One word, one meaning: no two public classes of the package have the same name."""

import ast
from collections import defaultdict

from tests.helpers import ROOT


def public_classes():
    """Return the places of each public class at the top of a module, by name."""
    places = defaultdict(list)
    for path in sorted((ROOT / "classifier").rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    return places


def test_no_two_public_classes_have_the_same_name():
    places = public_classes()
    assert places["Choice"] == ["classifier/request.py"]
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
