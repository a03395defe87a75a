"""What is in the wheel and the source distribution, and what git leaves out."""

import subprocess
import tarfile
import zipfile
from email.parser import Parser

import pytest

from tests.helpers import ROOT
from tests.packaging.build import tracked

_EXTRAS = {
    "all",
    "archive",
    "bench",
    "dask",
    "docs",
    "examples",
    "excel",
    "formats",
    "frames",
    "parquet",
    "postgresql",
    "redis",
    "teach",
    "test",
    "train",
}


def test_the_source_distribution_holds_every_file_of_the_project(built):
    _, sdist = built
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    made = {name for name in names if name in ("PKG-INFO", "setup.cfg") or name.startswith("copydesk.egg-info/")}
    assert names - made == tracked()


def test_the_wheel_holds_every_file_of_the_package_and_no_other(built):
    wheel, _ = built
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {name for name in tracked() if name.startswith("classifier/")}


def test_the_wheel_names_what_serving_needs_and_the_extras(built):
    wheel, _ = built
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    assert set(metadata.get_all("Provides-Extra")) == _EXTRAS
    base = {line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line}
    for package in (
        "scikit-learn",
        "scipy",
        "joblib",
        "narwhals",
        "pyarrow",
        "distributed",
        "psycopg",
        "redis",
    ):
        assert not [line for line in base if line.startswith(package)]
    assert metadata["Requires-Python"] == ">=3.11"


_PRIVATE = [
    "copydesk.toml",
    "decisions.db",
    "feedback.db",
    "feedback.db-wal",
    "keys.json",
    "may.rejects.jsonl",
    "rejects.jsonl",
    "suspects.csv",
    "training_data/rejects.jsonl",
    "webhooks.toml",
]


@pytest.mark.parametrize("private", _PRIVATE)
def test_git_leaves_out_private_files(private):
    if not (ROOT / ".git").exists():
        pytest.skip("not a git repository")
    assert subprocess.run(["git", "check-ignore", "--quiet", private], cwd=ROOT, check=False).returncode == 0


def test_versions_of_ci_are_names_and_numbers_only():
    lines = (ROOT / "constraints.txt").read_text().splitlines()[1:]
    assert len(lines) > 100
    for line in lines:
        name, mark, rest = line.partition("==")
        assert mark, line
        assert name.replace("-", "").replace("_", "").replace(".", "").isalnum(), line
        assert "://" not in rest, line
        assert "--" not in rest, line
