import json
import shutil

import pytest
from click.testing import CliRunner

from classifier.commands.models import models
from classifier.errors import DamagedModelError, ModelError, ModelsFolderError, NoModelError, NotPromotedError
from classifier.store.registry import CURRENT_FILE, HISTORY_FILE, INTENT_FILE, Registry
from classifier.tagger import Tagger


@pytest.fixture
def registry(starter_models, tmp_path):
    """A registry with three versions of the same content, none of them live."""
    source = Registry(starter_models).folder()
    digest = source.name.split("-")[1]
    for second in range(3):
        shutil.copytree(source, tmp_path / f"2026010100000{second}Z".replace("20260101", "20260101T"))
    for folder in list(tmp_path.iterdir()):
        folder.rename(tmp_path / f"{folder.name}-{digest}")
    for folder in tmp_path.iterdir():
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"version": folder.name}))
    return Registry(tmp_path)


def test_nothing_is_live_before_the_first_promotion(registry):
    assert registry.current() is None
    with pytest.raises(NoModelError, match="copydesk train"):
        registry.folder()


def test_rollback_goes_back_step_by_step_and_stops_at_the_first(registry):
    a, b, c = registry.versions()
    for version in (a, b, c):
        registry.promote(version)
    assert registry.rollback() == b
    assert registry.rollback() == a
    with pytest.raises(NoModelError, match="no earlier version") as refused:
        registry.rollback()
    assert refused.value.title == "There is no earlier model"
    assert str(refused.value).endswith(
        f"Fix: run “copydesk models promote {b}” to make it live again, or another that “copydesk models” lists"
    )
    assert registry.current() == a


def test_a_promotion_after_a_rollback_rolls_back_to_where_it_came_from(registry):
    a, b, c = registry.versions()
    registry.promote(a)
    registry.promote(b)
    registry.rollback()
    registry.promote(c)
    assert registry.rollback() == a


def test_the_history_keeps_every_change(registry):
    a, b, _ = registry.versions()
    registry.promote(a)
    registry.promote(b)
    registry.rollback()
    assert [(e.action, e.version, e.previous) for e in registry.history()] == [
        ("promote", a, None),
        ("promote", b, a),
        ("rollback", a, b),
    ]


def test_a_rollback_too_many_names_the_version_that_was_undone_and_how_to_have_it_again(registry):
    a, b, _ = registry.versions()
    registry.promote(a)
    with pytest.raises(NoModelError, match=r"no version was live before the current one.*promote VERSION”"):
        registry.rollback()
    registry.promote(b)
    registry.rollback()
    undone = f"each rollback undoes one promotion, and {b} was the last one to be undone.*models promote {b}”"
    with pytest.raises(NoModelError, match=undone):
        registry.rollback()
    shutil.rmtree(registry.models / b)
    with pytest.raises(NoModelError, match=rf"{b} was the last one to be undone.*promote VERSION”"):
        registry.rollback()
    assert registry.current() == a


def test_a_damaged_version_cannot_become_live(registry):
    a, b, _ = registry.versions()
    registry.promote(a)
    (registry.models / b / "idf.npy").write_bytes(b"")
    with pytest.raises(DamagedModelError):
        registry.promote(b)
    assert registry.current() == a


@pytest.mark.parametrize("name", ["../elsewhere", "nonsense", "20990101T000000Z-00000000", ""])
def test_a_version_that_is_not_there_is_refused(registry, name):
    with pytest.raises(NoModelError):
        registry.promote(name)


def test_a_promotion_that_was_killed_before_its_line_is_noted_later(registry):
    a, b, c = registry.versions()
    registry.promote(a)
    (registry.models / CURRENT_FILE).write_text(b + "\n")
    history = registry.models / HISTORY_FILE
    history.write_text(history.read_text() + '{"time": "2026-01-01T00:00')
    registry.promote(c)
    assert [entry.version for entry in registry.history()] == [a, b, c]
    assert registry.rollback() == b


def test_a_version_does_not_go_live_over_another_than_it_was_judged_against(registry):
    a, b, c = registry.versions()
    registry.promote(a, over=None)
    for over in (None, c):
        with pytest.raises(NotPromotedError, match=f"{a} has gone live since\\. Fix: .* models promote {b}"):
            registry.promote(b, over=over)
    assert registry.current() == a
    registry.promote(b, over=a)
    assert [entry.version for entry in registry.history()] == [a, b]


def test_a_current_file_that_names_no_version_is_none_to_be_judged_against(registry):
    a, *_ = registry.versions()
    (registry.models / CURRENT_FILE).write_text("")
    registry.promote(a, over=None)
    assert registry.current() == a


def without_last_line(registry):
    """Leave the folder as a change does that is killed after CURRENT and before HISTORY."""
    path = registry.models / HISTORY_FILE
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


@pytest.mark.parametrize("has_intent", [True, False])
def test_a_rollback_that_was_killed_before_its_line_is_noted_as_one(registry, has_intent):
    a, b, c = registry.versions()
    for version in (a, b, c):
        registry.promote(version)
    registry.rollback()
    without_last_line(registry)
    if not has_intent:  # an older version did not write it
        (registry.models / INTENT_FILE).unlink()
    assert registry.rollback() == a
    assert [(e.action, e.version) for e in registry.history()][3:] == [("rollback", b), ("rollback", a)]


def test_a_forced_promotion_that_was_killed_before_its_line_keeps_its_note(registry):
    a, b, c = registry.versions()
    registry.promote(a)
    registry.promote(b, forced=True, note="worse")
    written = registry.history()
    without_last_line(registry)
    registry.promote(c)
    assert registry.history()[:2] == written


def test_a_promotion_by_hand_of_the_version_before_is_no_rollback_though_it_was_killed(registry):
    a, b, _ = registry.versions()
    for version in (a, b, a):
        registry.promote(version)
    without_last_line(registry)
    assert registry.rollback() == b


def test_a_change_that_was_written_down_is_not_noted_twice(registry):
    a, b, _ = registry.versions()
    registry.promote(a)
    registry.promote(b, forced=True, note="worse")
    (registry.models / CURRENT_FILE).write_text(a + "\n")
    registry.promote(b)
    assert [(e.action, e.version, e.forced) for e in registry.history()] == [
        ("promote", a, False),
        ("promote", b, True),
        ("rollback", a, False),
        ("promote", b, False),
    ]


@pytest.mark.parametrize("content", ["", "../../etc", "nonsense"])
def test_a_current_file_that_names_no_version_is_an_error(registry, content):
    (registry.models / CURRENT_FILE).write_text(content)
    with pytest.raises(ModelError, match="CURRENT does not contain the name of a version"):
        Tagger.load(registry.models)


@pytest.mark.parametrize("content", ["", "../../etc", "\0\0\0"])
def test_a_current_file_that_names_no_version_is_mended_by_a_promotion(registry, content):
    a, b, _ = registry.versions()
    registry.promote(a)
    (registry.models / CURRENT_FILE).write_text(content)
    registry.promote(b)
    assert registry.current() == b
    assert [(e.version, e.previous) for e in registry.history()] == [(a, None), (b, None)]


def test_a_current_file_that_names_no_version_does_not_keep_from_rolling_back(registry):
    a, b, _ = registry.versions()
    registry.promote(a)
    registry.promote(b)
    (registry.models / CURRENT_FILE).write_text("")
    assert registry.rollback() == a
    assert registry.current() == a


def test_a_last_line_cut_short_is_left_out_of_the_history(registry):
    a, b, c = registry.versions()
    registry.promote(a)
    registry.promote(b)
    history = registry.models / HISTORY_FILE
    history.write_text(history.read_text()[:-20])
    assert [entry.version for entry in registry.history()] == [a]
    registry.promote(c)
    assert [entry.version for entry in registry.history()] == [a, b, c]


def test_a_first_line_cut_short_is_left_out_too(registry):
    a, b, _ = registry.versions()
    registry.promote(a)
    (registry.models / HISTORY_FILE).write_text('{"time": "2026-01-01T00:00')
    registry.promote(b)
    assert [entry.version for entry in registry.history()] == [a, b]


def test_a_whole_last_line_without_its_end_is_kept(registry):
    a, b, _ = registry.versions()
    registry.promote(a)
    history = registry.models / HISTORY_FILE
    history.write_text(history.read_text().rstrip())
    registry.promote(b)
    assert [entry.version for entry in registry.history()] == [a, b]


@pytest.mark.parametrize("line", ["{", "[]", '{"time": "2026-01-01"}', "\0"])
def test_another_line_that_is_no_entry_is_named(registry, line):
    a, *_ = registry.versions()
    registry.promote(a)
    history = registry.models / HISTORY_FILE
    history.write_text(f"{line}\n" + history.read_text())
    with pytest.raises(ModelError, match=r"HISTORY\.jsonl:1 is not a valid history entry"):
        registry.history()


def test_a_current_file_that_cannot_be_read_is_not_taken_for_none(registry):
    """A full table of open files would otherwise read as: nothing is live, and the history would say so."""
    first, second = registry.versions()[:2]
    registry.promote(first)
    (registry.models / CURRENT_FILE).unlink()
    (registry.models / CURRENT_FILE).mkdir()
    with pytest.raises(ModelError, match=r"CURRENT cannot be read: Is a directory\. Fix: "):
        registry.promote(second, over=first)
    assert registry.history()[-1].version == first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["rollback"],
            "the folder {} has no live model. Fix: run “copydesk train”, or “copydesk models promote VERSION”",
        ),
        (
            ["reload"],
            "the folder {} has no live model. Fix: run “copydesk train”, or “copydesk models promote VERSION”",
        ),
        (
            ["promote", "20990101T000000Z-00000000"],
            "has no version “20990101T000000Z-00000000”. Fix: run “copydesk train”",
        ),
    ],
)
def test_without_a_model_there_is_nothing_to_go_back_to_and_nothing_to_reload(tmp_path, arguments, words):
    done = CliRunner().invoke(models, ["--models", str(tmp_path), *arguments])
    assert isinstance(done.exception, NoModelError)
    assert words.format(tmp_path) in str(done.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["rollback", "reload", "history", "prune --keep 1", "promote x"])
def test_a_folder_that_does_not_exist_is_named_with_what_to_do(tmp_path, command):
    done = CliRunner().invoke(models, ["--models", str(tmp_path / "nowhere"), *command.split()])
    assert isinstance(done.exception, NoModelError)
    assert done.exception.title == "There is no model"
    assert str(done.exception) == (
        f"the folder of models, {tmp_path / 'nowhere'}, does not exist. Fix: correct the path, or run “copydesk "
        "train”, which creates the folder and a model in it"
    )


def test_a_folder_that_cannot_be_written_to_is_not_called_a_model_that_cannot_be_loaded(registry):
    a, *_ = registry.versions()
    (registry.models / ".lock").mkdir()
    with pytest.raises(ModelsFolderError, match=r"cannot be written to: Is a directory\. Fix: ") as refused:
        registry.promote(a)
    assert refused.value.title == "The folder of models cannot be changed"
