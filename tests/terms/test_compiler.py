"""The folder of compiled code, each case in its own process, because numba chooses the folder at import."""

import os
import stat
import subprocess
import sys

import pytest

from classifier.terms.code_folder import copy_installed, fallback_folder, is_trusted
from tests.driver.processes import free_port
from tests.driver.service import Service
from tests.helpers import ROOT, environment, run_python, small_corpus, write_jsonl

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

    def run(program=PROGRAM, **more):
        command = [sys.executable, "-c", program, str(package)]
        variables = environment(PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1", **more)
        variables.setdefault("XDG_CACHE_HOME", str(tmp_path / "cache"))
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        assert "6 False" in done.stdout
        assert not done.stderr
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


def test_code_that_was_compiled_at_the_installation_is_copied_instead_of_compiled_again(run, tmp_path):
    run()
    installed = tmp_path / "package" / "__pycache__"
    before = {path.name: path.stat().st_mtime_ns for path in installed.glob("*.nb*")}
    run(NUMBA_CACHE_DIR=str(tmp_path / "chosen"))
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "chosen").rglob("*.nb*")} == before


PUT_OFF = """
import sys
sys.path.insert(0, sys.argv[1])
from classifier.terms.compiler import NotKeptError, compile_now, only_for_speed, put_off
put_off()
try:
    with only_for_speed():
        import numbers_kernel
except NotKeptError:
    print("not kept")
    compile_now()
    with only_for_speed():
        import numbers_kernel
print(numbers_kernel.total([1, 2, 3]), "scipy" in sys.modules)
"""


def test_what_is_put_off_is_compiled_later_and_loaded_at_once_when_it_is_kept(run):
    assert run(program=PUT_OFF).splitlines() == ["not kept", "6 False"]
    assert run(program=PUT_OFF).splitlines() == ["6 False"]


def test_newer_code_is_not_replaced_by_that_of_the_installation(tmp_path):
    package, folder = tmp_path / "package", tmp_path / "folder"
    installed = package / "__pycache__"
    installed.mkdir(parents=True)
    folder.mkdir()
    for name, time_here in [("newer.nbi", 2_000), ("older.nbi", 500)]:
        (installed / name).write_text("installed")
        (folder / name).write_text("here")
        os.utime(installed / name, (1_000, 1_000))
        os.utime(folder / name, (time_here, time_here))
    (installed / "other.pyc").write_text("")
    copy_installed(installed, folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"newer.nbi": "here", "older.nbi": "installed"}


def test_code_that_others_could_have_written_is_not_copied(tmp_path):
    installed, folder = tmp_path / "package" / "__pycache__", tmp_path / "folder"
    installed.mkdir(parents=True)
    folder.mkdir()
    (installed / "a.nbi").write_text("")
    installed.chmod(0o777)
    copy_installed(installed, folder)
    assert not list(folder.iterdir())


def test_a_package_that_can_be_written_to_needs_no_other_folder(tmp_path):
    assert fallback_folder(tmp_path) is None


def halved(content):
    return content[: len(content) // 2]


def emptied(_content):
    return b""


def zeroed(content):
    """A file whose length a crash has saved, but not its content."""
    return bytes(len(content))


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize(
    ("damage", "chosen"),
    [(halved, False), (emptied, False), (zeroed, False), (halved, True)],
    ids=["halved", "emptied", "zeroed", "halved in NUMBA_CACHE_DIR"],
)
def test_a_damaged_cache_is_named_moved_aside_and_made_again(run, tmp_path, suffix, damage, chosen):
    settings = {"NUMBA_CACHE_DIR": str(tmp_path / "chosen")} if chosen else {}
    run(**settings)
    (broken,) = (tmp_path / ("chosen" if chosen else "package")).rglob(f"*{suffix}")
    content = damage(broken.read_bytes())
    broken.write_bytes(content)
    told = run(**settings)
    aside = broken.parent / "damaged"
    assert f"the compiled code in {broken.parent} is damaged" in told
    assert f"so it was moved to {aside} and is compiled again" in told
    assert (aside / broken.name).read_bytes() == content
    assert sorted(path.suffix for path in broken.parent.glob("*.nb*")) == [".nbc", ".nbi"]
    assert "damaged" not in run(**settings)


def test_a_damaged_cache_that_cannot_be_moved_only_costs_time(run, tmp_path):
    run()
    cache = tmp_path / "package" / "__pycache__"
    for path in cache.glob("*.nb*"):
        path.write_bytes(b"")
    (cache / "damaged").write_text("a file where the folder would be")
    told = run()
    assert f"damaged compiled code cannot be moved out of {cache}" in told
    assert f"compiled code cannot be kept in {cache}: EOFError; every start compiles for some seconds. Fix: set" in told


def test_a_disk_that_is_full_only_costs_time(run, tmp_path):
    """A folder takes the place of the index file: it can be neither read nor replaced."""
    run()
    (index,) = (tmp_path / "package").rglob("*.nbi")
    index.unlink()
    index.mkdir()
    assert f"compiled code cannot be kept in {index.parent}: Is a directory" in run()


@pytest.mark.parametrize("beside", [False, True], ids=["NUMBA_CACHE_DIR", "beside the source"])
def test_a_cache_that_others_can_write_to_is_not_used_and_the_log_says_so(run, tmp_path, beside):
    folder = tmp_path / ("package/__pycache__" if beside else "chosen")
    folder.mkdir()
    folder.chmod(0o777)
    told = run(**({} if beside else {"NUMBA_CACHE_DIR": str(folder)}))
    kept = tmp_path / "cache" / "copydesk"
    assert f"{folder} belongs to another user, or others can write to it, so compiled code is kept in {kept}" in told
    assert ("Fix: make it writable for this user alone" in told) is not beside
    assert not compiled_files(folder)
    assert compiled_files(kept) == [".nbc", ".nbi"]


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser can give a folder to another user")
def test_a_folder_of_another_user_is_not_trusted_unless_the_source_is_theirs_too(tmp_path):
    source = tmp_path / "source"
    cache = source / "__pycache__"
    cache.mkdir(parents=True)
    assert is_trusted(cache, source)
    os.chown(cache, 12_345, -1)
    assert not is_trusted(cache, source)
    os.chown(source, 12_345, -1)
    assert is_trusted(cache, source)
    assert not is_trusted(cache)


def test_a_group_that_can_change_the_source_may_change_the_cache(tmp_path):
    source = tmp_path / "source"
    cache = source / "__pycache__"
    cache.mkdir(parents=True)
    cache.chmod(0o775)
    assert not is_trusted(cache, source)
    source.chmod(0o775)
    assert is_trusted(cache, source)
    cache.chmod(0o777)
    assert not is_trusted(cache, source)


@pytest.mark.slow
def test_no_command_stumbles_over_a_damaged_cache(starter_models, tmp_path, monkeypatch):
    """Every kernel of the package, really truncated as a crash leaves it, in a cache of the test's own."""
    cache = tmp_path / "cache"
    data = write_jsonl(tmp_path / "articles.jsonl", small_corpus())
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache))
    check = ("service.py", "--check", "--models", starter_models, "--port", str(free_port()))
    training = ("train.py", "--data", data, "--models", tmp_path / "models", "--ignore-checks", "--no-promote")
    assert run_python(*training).returncode == 0

    def damage():
        files = [path for path in cache.rglob("*.nb*") if path.parent.name != "damaged"]
        assert len(files) > 10
        for path in files:
            path.write_bytes(halved(path.read_bytes()))

    for command in (check, training):
        damage()
        done = run_python(*command)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert f"the compiled code in {cache}" in done.stderr
    damage()
    service = Service(starter_models, tmp_path / "log")
    assert service.http.get("/readyz").status_code == 200
    assert service.stop() == 0
    assert f"the compiled code in {cache}" in service.log.read_text()
    assert "Traceback" not in service.log.read_text()
