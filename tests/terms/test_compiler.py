"""The folder of compiled code, each case in its own process, because numba chooses the folder at import."""

import os
import stat
import subprocess
import sys

import pytest

from classifier.terms.compiler import fallback_folder
from tests.helpers import ROOT, environment

PROGRAM = """
import logging, sys
logging.basicConfig(stream=sys.stdout)
sys.path.insert(0, sys.argv[1])
import numbers_kernel
print(numbers_kernel.total([1, 2, 3]), "scipy" in sys.modules)
"""
KERNEL = """
import numpy as np
from classifier.terms.compiler import compiled

@compiled("int64", "const int64[:]")
def add(values):
    result = 0
    for value in values:
        result += value
    return result

def total(values):
    return add(np.array(values))
"""


@pytest.fixture
def run(tmp_path):
    """Run a program that compiles a function of a file in ``package``, and return what it printed."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "numbers_kernel.py").write_text(KERNEL)

    def run(**more):
        command = [sys.executable, "-c", PROGRAM, str(package)]
        variables = environment(PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1", **more)
        variables.setdefault("XDG_CACHE_HOME", str(tmp_path / "cache"))
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        assert "6 False" in done.stdout
        return done.stdout

    return run


def lock(package):
    """Make a folder that nobody can write to, not even the superuser: a file takes the place of the cache."""
    (package / "__pycache__").write_text("")


def compiled_files(folder):
    return sorted(path.suffix for path in folder.rglob("*.nb*"))


def test_compiled_code_lies_beside_the_source(run, tmp_path):
    assert "cannot be written to" not in run()
    assert compiled_files(tmp_path / "package" / "__pycache__") == [".nbc", ".nbi"]


def test_where_the_source_cannot_be_written_to_it_lies_in_the_users_cache_and_the_log_says_so(run, tmp_path):
    lock(tmp_path / "package")
    words = f"package cannot be written to, so compiled code is kept in {tmp_path / 'cache' / 'copydesk'}"
    assert words in run()
    found = compiled_files(tmp_path / "cache")
    assert found == [".nbc", ".nbi"]
    run()
    assert compiled_files(tmp_path / "cache") == found


def test_where_there_is_no_cache_folder_either_it_lies_in_a_private_temporary_one(run, tmp_path):
    lock(tmp_path / "package")
    (tmp_path / "cache").write_text("")
    (tmp_path / "tmp").mkdir()
    folder = tmp_path / "tmp" / f"copydesk-{os.getuid()}"
    assert str(folder) in run(TMPDIR=str(tmp_path / "tmp"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert compiled_files(folder) == [".nbc", ".nbi"]


def test_a_temporary_folder_that_others_can_write_to_is_not_used(run, tmp_path):
    """numba unpickles every file of its cache, so another user's file would run code."""
    lock(tmp_path / "package")
    (tmp_path / "cache").write_text("")
    open_to_all = tmp_path / "tmp" / f"copydesk-{os.getuid()}"
    open_to_all.mkdir(parents=True)
    open_to_all.chmod(0o777)
    run(TMPDIR=str(tmp_path / "tmp"))
    assert not compiled_files(open_to_all)
    assert len(compiled_files(tmp_path / "tmp")) == 2


def test_numbas_own_variable_decides_where_it_is_set(run, tmp_path):
    lock(tmp_path / "package")
    assert "cannot be written to" not in run(NUMBA_CACHE_DIR=str(tmp_path / "chosen"))
    assert compiled_files(tmp_path / "chosen") == [".nbc", ".nbi"]


def test_a_package_that_can_be_written_to_needs_no_other_folder(tmp_path):
    assert fallback_folder(tmp_path) is None
