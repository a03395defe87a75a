"""Models from another machine: whole, or not there at all."""

import io
import json
import shutil
import tarfile

import pytest

from classifier.errors import DamagedModelError, MissingModelFileError, ModelError, ModelRefusedError
from classifier.store.importing import import_version
from classifier.store.registry import Registry
from tests.helpers import environment, run_python


@pytest.fixture
def version(starter_models):
    return Registry(starter_models).folder()


@pytest.fixture
def here(tmp_path):
    return Registry(tmp_path / "here")


def packed(tmp_path, *members, folder="x"):
    """Pack (name, content) pairs; a TarInfo may stand instead of a name."""
    path = tmp_path / "packed.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("form", ["folder", "packed folder", "packed files"])
def test_a_whole_model_is_copied_byte_by_byte(version, here, tmp_path, form):
    source = version
    if form != "folder":
        prefix = f"{version.name}/" if form == "packed folder" else "./"
        source = packed(tmp_path, *((prefix + name, content) for name, content in files_of(version).items()))
    assert import_version(here, source) == (version.name, True)
    assert files_of(here.models / version.name) == files_of(version)
    assert here.current() is None
    here.promote(version.name)
    # the second time there is nothing to do
    assert import_version(here, source) == (version.name, False)
    assert [path.name for path in here.models.iterdir() if path.name.startswith(".unf")] == []


def test_files_that_no_manifest_names_are_left_behind(version, here, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(version, source)
    (source / "notes.txt").write_text("mine")
    import_version(here, source)
    assert files_of(here.models / version.name) == files_of(version)


@pytest.mark.parametrize("form", ["folder", "packed"])
@pytest.mark.parametrize("name", ["weights.npy", "manifest.json", "report.html"])
def test_a_changed_file_is_refused_and_nothing_is_left(version, here, tmp_path, form, name):
    contents = files_of(version)
    contents[name] = contents[name][:-3] + b"xyz"
    if form == "packed":
        source = packed(tmp_path, *((f"v/{n}", content) for n, content in contents.items()))
    else:
        source = tmp_path / "source"
        source.mkdir()
        for n, content in contents.items():
            (source / n).write_bytes(content)
    with pytest.raises(DamagedModelError, match="Fix: copy the model again") as refused:
        import_version(here, source)
    assert str(source) in str(refused.value)
    assert ".unfinished" not in str(refused.value)
    assert list(here.models.iterdir()) == []


def test_a_missing_file_is_refused(version, here, tmp_path):
    contents = files_of(version)
    del contents["idf.npy"]
    with pytest.raises(MissingModelFileError, match=r"idf\.npy is missing"):
        import_version(here, packed(tmp_path, *((f"v/{n}", c) for n, c in contents.items())))
    assert list(here.models.iterdir()) == []


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", b"x")],
        [("/etc/evil", b"x")],
        [("a/b/evil", b"x")],
        [("v/../../evil", b"x")],
        [(link("v/weights.npy", "/etc/passwd"), b"")],
        [(link("v/weights.npy", "/etc/passwd", tarfile.LNKTYPE), b"")],
        [(link("v/pipe", "", tarfile.FIFOTYPE), b"")],
    ],
)
def test_a_packed_file_that_leads_elsewhere_is_refused(here, tmp_path, members):
    with pytest.raises(DamagedModelError, match="must contain only ordinary files, in one folder"):
        import_version(here, packed(tmp_path, *members))
    assert list(here.models.iterdir()) == []
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "content", [b"", b"no archive", b"\x1f\x8b\x08\x00 cut", None], ids=["empty", "text", "cut", "two folders"]
)
def test_a_file_that_is_no_packed_model_is_refused(here, tmp_path, content):
    source = tmp_path / "x.tar.gz"
    if content is None:
        source = packed(tmp_path, ("a/manifest.json", b"{}"), ("b/manifest2.json", b"{}"))
    else:
        source.write_bytes(content)
    with pytest.raises(ModelError):
        import_version(here, source)
    assert list(here.models.iterdir()) == []


def test_a_folder_of_links_is_refused(version, here, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(version, source)
    (source / "idf.npy").unlink()
    (source / "idf.npy").symlink_to(version / "idf.npy")
    with pytest.raises(DamagedModelError, match="not an ordinary file"):
        import_version(here, source)


def test_another_model_of_the_same_name_is_not_replaced(version, here, tmp_path):
    import_version(here, version)
    changed = here.models / version.name / "manifest.json"
    manifest = json.loads(changed.read_text())
    manifest["created"] = "2001-01-01T00:00:00+00:00"
    changed.write_text(json.dumps(manifest))
    with pytest.raises(ModelRefusedError, match="already exists and holds a different model"):
        import_version(here, version)


@pytest.mark.slow
def test_the_command_says_what_to_run_next(version, tmp_path):
    def models(*args):
        return run_python("-m", "classifier", "models", "--models", tmp_path / "here", *args, env=environment())

    done = models("import", version)
    assert done.returncode == 0, done.stderr
    assert f"copydesk models promote {version.name}" in done.stderr
    assert " live " not in models().stdout
    assert "already exists and is identical; nothing was imported" in models("import", version).stderr
    assert models("promote", version.name).returncode == 0
    refused = models("import", tmp_path)
    assert refused.returncode == 2
    assert "manifest.json is missing" in refused.stderr
