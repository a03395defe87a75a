import gc
import shutil
import weakref

import pytest

from classifier.article import Article
from classifier.errors import DamagedModelError, ModelError, NoModelError
from classifier.service.process.live import LiveModel
from classifier.store.registry import Registry
from tests.driver.service import another_version, damaged_version

ARTICLE = Article(body="Indian and Chinese soldiers clash at the Himalayan border")


@pytest.fixture(scope="module")
def versions(starter_models, tmp_path_factory):
    """A folder with two versions that load and one that does not; each test has a copy of it."""
    models = tmp_path_factory.mktemp("live") / "models"
    shutil.copytree(starter_models, models)
    first = Registry(models).current()
    return models, first, another_version(models), damaged_version(models, first)


@pytest.fixture
def models(versions, tmp_path):
    return shutil.copytree(versions[0], tmp_path / "models")


def current_by_hand(models, version):
    (models / "CURRENT").write_text(version + "\n")


def test_a_promoted_version_is_taken_and_looked_for_once(models, versions):
    _, first, second, _ = versions
    live = LiveModel(models)
    assert (live.follow(), live.tagger().version) == (True, first)
    assert not live.follow()
    live.registry.promote(second)
    assert (live.follow(), live.tagger().version, live.state.refused) == (True, second, None)


def test_a_request_ends_with_the_model_that_it_began_with(models, versions):
    _, first, second, _ = versions
    live = LiveModel(models)
    live.follow()
    begun = live.tagger()
    live.registry.promote(second)
    live.follow()
    shutil.rmtree(models / first)
    assert begun.tag(ARTICLE).model == first
    assert live.tagger().tag(ARTICLE).model == second


def test_a_model_that_does_not_load_is_refused_with_the_reason_and_the_old_one_goes_on(models, versions):
    _, first, second, damaged = versions
    live = LiveModel(models)
    live.follow()
    outcomes = []
    live.on_load.append(outcomes.append)
    current_by_hand(models, damaged)
    assert live.follow()
    assert live.tagger().tag(ARTICLE).model == live.state.model == first
    assert live.state.refused.version == damaged
    assert "weights.npy" in live.state.refused.reason
    live.registry.promote(second)
    live.follow()
    assert (live.tagger().version, live.state.refused, outcomes) == (second, None, [False, True])


def test_what_was_refused_is_tried_again_only_when_that_is_asked_for(models, versions):
    _, first, _, damaged = versions
    live = LiveModel(models)
    current_by_hand(models, damaged)
    live.follow()
    with pytest.raises(DamagedModelError):
        live.tagger()
    shutil.copy(models / first / "weights.npy", models / damaged)  # mended
    assert not live.follow()
    live.registry.ask_for_reload()
    assert live.follow()
    assert live.state.refused is None
    assert live.tagger().tag(ARTICLE).tags


@pytest.mark.parametrize("content", ["", "no version\n", "20200101T000000Z-00000000\n", "\x00\xff"])
def test_a_pointer_that_leads_nowhere_leaves_the_old_model(models, content):
    live = LiveModel(models)
    live.follow()
    (models / "CURRENT").write_text(content)
    assert live.follow()
    assert live.state.refused
    assert live.tagger().tag(ARTICLE).tags


def test_an_empty_folder_has_no_model_until_one_is_there(models, tmp_path, versions):
    live = LiveModel(tmp_path / "later")
    live.follow()
    with pytest.raises(NoModelError):
        live.tagger()
    shutil.copytree(models, tmp_path / "later")
    assert live.follow()
    assert live.tagger().version == versions[1]


def test_requests_that_are_answered_503_leave_nothing_of_themselves(tmp_path):
    class Sent(str):
        """What a caller sent, in the frame of the one who answers."""

    def answer(text):
        live.tagger()

    live = LiveModel(tmp_path / "none")
    live.follow()
    left = []
    for number in range(50):
        text = Sent(f"article {number}")
        left.append(weakref.ref(text))
        with pytest.raises(NoModelError):
            answer(text)
        del text
    gc.collect()
    assert [text() for text in left] == [None] * 50


def test_an_error_that_nobody_thought_of_refuses_the_model_too(models, versions, monkeypatch):
    live = LiveModel(models)
    live.follow()
    monkeypatch.setattr("classifier.service.process.live.probe", lambda _: 1 / 0)
    live.registry.ask_for_reload()
    live.follow()
    assert live.state.model == versions[1]
    assert "ZeroDivisionError" in live.state.refused.reason


def test_reloads_in_one_moment_are_all_different(models):
    registry = Registry(models)
    seen = set()
    for _ in range(5):
        registry.ask_for_reload()
        seen.add(registry.generation())
    assert len(seen) == 5


def test_a_folder_that_cannot_be_written_to_says_so(tmp_path):
    with pytest.raises(ModelError, match="cannot be written to"):
        Registry(tmp_path / "missing").ask_for_reload()
