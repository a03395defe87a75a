"""The lower bounds in pyproject.toml lie above the advisories that the documentation lists."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.helpers import ROOT

PAGE = (ROOT / "docs" / "operations" / "supply-chain.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| ([a-z0-9-]+)(?: \([^|]*\))? \| (CVE-[^|]*) \| (\d{4}(?:-\d\d-\d\d)?) \| ([\d.]+) \|$", PAGE, re.MULTILINE
)


def bounds():
    """Every requirement of the project, as (name of the package, oldest version that is allowed)."""
    file = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = file["project"]
    lists = [file["build-system"]["requires"], project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in (Requirement(text) for texts in lists for text in texts):
        name = canonicalize_name(requirement.name)
        oldest = [Version(one.version) for one in requirement.specifier if one.operator == ">="]
        if name != "copydesk":
            assert len(oldest) == 1, f"{requirement} has no lower bound"
            yield name, oldest[0]


BOUNDS = sorted(set(bounds()))


def test_the_page_has_no_row_that_is_not_read():
    assert len(ROWS) == PAGE.count("| CVE-") > 30


@pytest.mark.parametrize(("package", "advisories", "fixed"), [(p, a, f) for p, a, _, f in ROWS])
def test_no_version_is_allowed_that_an_advisory_applies_to(package, advisories, fixed):
    oldest = [version for name, version in BOUNDS if name == package]
    assert oldest, f"{package} is not a direct dependency"
    assert min(oldest) >= Version(fixed), advisories
