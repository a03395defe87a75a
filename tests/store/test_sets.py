import pytest

from classifier.errors import ModelError, NoModelError, SettingsError
from classifier.store.registry import Registry
from classifier.store.sets import MAX_SETS, new_set_folder, set_folder, set_folders, set_with, unused_note
from classifier.tagger import Tagger

VERSION = "20261128T122700Z-6c9130d7"


@pytest.fixture
def models(tmp_path):
    """A folder with a version of its own that is not live, two live sets, one that is not live, and what is no set."""
    for folder in (VERSION, "thai/" + VERSION, "site-2/" + VERSION, "later/" + VERSION, ".unfinished-1", "notes"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("thai", "site-2"):
        (tmp_path / name / "CURRENT").write_text(VERSION + "\n")
    (tmp_path / "report.html").write_text("")
    return tmp_path


def test_a_set_is_a_folder_with_versions_and_the_folder_of_models_itself_is_one(models):
    expected = {"default": models, "later": models / "later", "site-2": models / "site-2", "thai": models / "thai"}
    assert set_folders(models) == expected
    assert list(set_folders(models)) == ["default", "later", "site-2", "thai"]
    assert list(set_folders(models, live=True)) == ["site-2", "thai"]
    assert set_folders(models / VERSION) == set_folders(models / "nowhere") == {}


def test_a_folder_with_a_name_that_no_set_may_have_is_reported_and_not_used(models):
    for name in ("Thai Site", "x" * 41, "default", "a--b", "lost+found"):
        (models / name).mkdir()
        (models / name / "CURRENT").write_text(VERSION + "\n")
    assert list(set_folders(models, live=True)) == ["site-2", "thai"]
    note = unused_note(models)
    assert note.count("because of its name") == 5
    assert str(models / "Thai Site") in note
    (models / "Thai Site" / "CURRENT").unlink()
    assert str(models / "Thai Site") not in unused_note(models)


def test_a_folder_with_too_many_sets_is_refused(models):
    for number in range(MAX_SETS):
        (models / f"s{number}").mkdir()
        (models / f"s{number}" / "CURRENT").write_text(VERSION + "\n")
    with pytest.raises(ModelError, match=f"has {MAX_SETS + 2} sets of models, but at most {MAX_SETS} .* Fix: move"):
        set_folders(models, live=True)


def test_a_command_works_on_the_named_set_or_on_the_only_one(models, tmp_path):
    assert set_folder(models, "thai") == models / "thai"
    assert set_folder(models, "default") == set_folder(models, None) == models
    (models / VERSION).rmdir()
    with pytest.raises(NoModelError, match=r"several sets of models: later, site-2, thai\. Fix: choose one with --set"):
        set_folder(models, None)
    for name in ("later", "site-2"):
        (models / name).rename(models / f".{name}")
    assert set_folder(models, None) == models / "thai"


def test_a_version_alone_tells_its_set(models):
    other = "20261128T122701Z-23bcb771"
    (models / "thai" / other).mkdir()
    assert set_with(models, other) == "thai"
    assert set_folder(models, None, other) == models / "thai"
    assert set_with(models, VERSION) == "default"
    assert set_with(models, "thai") is None
    assert set_with(models, "20261128T122702Z-23bcb771") is None


@pytest.mark.parametrize("name", ["Thai", "a b", "../x", "", "-a", "a-", "x" * 41, VERSION])
def test_a_name_that_no_set_may_have_is_an_error_that_states_the_rule(models, name):
    for function in (set_folder, new_set_folder):
        with pytest.raises(SettingsError, match=r"--set is .* cannot be the name of a set. Fix: use up to 40 small"):
            function(models, name)


def test_an_unknown_set_is_an_error_that_lists_those_that_there_are(models):
    with pytest.raises(NoModelError, match=r"no set “hindi”; its sets are default, later, site-2, thai\. Fix: .*--set"):
        set_folder(models, "hindi")
    with pytest.raises(NoModelError, match="it has no model yet"):
        set_folder(models / "notes", "hindi")


def test_training_goes_to_a_new_set_but_not_by_accident_beside_others(models):
    assert new_set_folder(models, "hindi") == models / "hindi"
    assert new_set_folder(models, None) == models
    (models / VERSION).rmdir()
    with pytest.raises(ModelError, match=r"has sets of models: later, site-2, thai. Fix: name the set to train"):
        new_set_folder(models, None)
    assert new_set_folder(models, "default") == new_set_folder(models / "none", None).parent == models


def test_a_folder_that_holds_only_sets_says_so_where_one_model_is_meant(models):
    with pytest.raises(
        NoModelError, match=r"no live model of its own, but sets of models: site-2, thai\. Fix: .*/site-2"
    ):
        Registry(models).folder()
    with pytest.raises(NoModelError, match="site-2, thai"):
        Tagger.load(models)
