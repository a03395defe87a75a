"""Old versions are removed; those in use, and the way back, stay."""

import json
import shutil

import pytest

from classifier.errors import ModelError
from classifier.store.history import version_before
from classifier.store.pruning import prune
from classifier.store.registry import Registry
from tests.helpers import environment, run_python


@pytest.fixture
def registry(starter_models, tmp_path):
    """Six versions, v0 the oldest, of which v1 was live before v2."""
    registry = Registry(tmp_path / "models")
    registry.models.mkdir()
    source = Registry(starter_models).folder()
    for n in range(6):
        shutil.copytree(source, registry.models / f"2020010{n + 1}T000000Z-{source.name[-8:]}")
    for version in registry.versions()[1:3]:
        registry._make_current(version, "promote")
    return registry


def test_the_newest_stay_and_those_in_use(registry):
    versions = registry.versions()
    done = prune(registry, 2)
    assert done.removed == (versions[0], versions[3])
    assert done.spared == {versions[1]: "live before the current one", versions[2]: "live"}
    assert registry.versions() == [versions[n] for n in (1, 2, 4, 5)]
    assert registry.current() == versions[2]
    assert version_before(registry.history()) == versions[1]
    assert not [path for path in registry.models.iterdir() if path.name.startswith(".unfinished")]


def test_a_dry_run_removes_nothing(registry):
    versions = registry.versions()
    assert prune(registry, 1, dry_run=True).removed == (versions[0], versions[3], versions[4])
    assert registry.versions() == versions


def test_the_shadow_stays(registry):
    versions = registry.versions()
    assert versions[0] not in prune(registry, 1, [versions[0]]).removed
    assert versions[0] in registry.versions()


def test_where_all_are_new_enough_none_goes(registry):
    assert prune(registry, 6).removed == ()
    assert prune(registry, 99).removed == ()
    assert len(registry.versions()) == 6


def test_nothing_is_removed_while_nobody_can_tell_what_is_live(registry):
    (registry.models / "CURRENT").write_text("")
    with pytest.raises(ModelError, match="does not contain the name of a version"):
        prune(registry, 1)
    assert len(registry.versions()) == 6


def test_a_folder_without_models_has_nothing_to_prune(tmp_path):
    assert prune(Registry(tmp_path / "none"), 1).removed == ()


def test_the_command_lists_what_it_removed(registry):
    versions = registry.versions()

    def models(*args, **variables):
        return run_python(
            "-m", "classifier", "models", "--models", registry.models, *args, env=environment(**variables)
        )

    tried = models("prune", "--keep", 1, "--dry-run", COPYDESK_SHADOW=versions[0])
    assert tried.stdout.split() == [versions[3], versions[4]]
    assert "would remove 2 versions from" in tried.stderr
    done = models("prune", "--keep", 1)
    assert done.stdout.split() == [versions[0], versions[3], versions[4]]
    assert f"kept: {versions[2]}, live" in done.stderr
    assert models("prune").returncode == 2
    assert models("prune", "--keep", 0).returncode == 2


def test_a_subcommand_of_models_accepts_the_folder_too(registry, tmp_path):
    before = registry.generation()
    done = run_python("-m", "classifier", "models", "reload", "--models", registry.models, env=environment())
    assert done.returncode == 0
    assert registry.generation() != before
    command = ["models", "--models", tmp_path / "elsewhere", "history", "--models", registry.models]
    done = run_python("-m", "classifier", *command, env=environment())
    assert [json.loads(line)["version"] for line in done.stdout.splitlines()] == registry.versions()[1:3]
