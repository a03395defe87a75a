"""A training run decides itself whether its version goes live."""

import pytest

from classifier.commands.console import PlainProgress
from classifier.errors import DamagedModelError
from classifier.store.registry import Registry
from classifier.training.publishing.gate import Verdict
from classifier.training.publishing.promotion import PromotionOutcome, promote_by_verdict
from classifier.training.publishing.run import RunOptions, run
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_jsonl(tmp_path_factory.mktemp("data") / "x.jsonl", small_corpus(60))


@pytest.fixture(scope="module")
def worse(tmp_path_factory):
    """The same articles with half of the labels taken away at random places: a model of them finds less."""
    rows = small_corpus(60)
    for row in rows:
        row["id"] = f"w-{row['id']}"
        row["sections"] = [] if rows.index(row) % 4 else row["sections"]
        row["body"] += " Revised."
    return write_jsonl(tmp_path_factory.mktemp("worse") / "x.jsonl", rows)


def train(data, models, **more):
    options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=models, jobs=1, ignore_checks=True, **more)
    return run(options, PlainProgress())


def test_the_first_version_goes_live_and_the_outcome_says_why(data, tmp_path):
    outcome = train(data, tmp_path)
    assert outcome.promotion == PromotionOutcome(promoted=True, reason="there was no live model")
    assert Registry(tmp_path).current() == outcome.version
    (entry,) = Registry(tmp_path).history()
    assert (entry.action, entry.forced, entry.note) == ("promote", False, "there was no live model")


def test_no_promote_leaves_the_live_version_and_is_no_refusal(data, tmp_path):
    first = train(data, tmp_path)
    second = train(data, tmp_path, no_promote=True, force=True)
    assert (second.promotion.promoted, second.promotion.refused) == (False, False)
    assert second.verdict.allowed
    assert Registry(tmp_path).current() == first.version


def test_a_version_that_the_gate_refuses_goes_live_only_by_force(data, worse, tmp_path):
    first = train(data, tmp_path)
    refused = train(worse, tmp_path)
    assert not refused.verdict.allowed
    assert (refused.promotion.promoted, refused.promotion.refused) == (False, True)
    assert refused.promotion.reason == refused.verdict.reason
    assert Registry(tmp_path).current() == first.version
    forced = train(worse, tmp_path, force=True)
    assert (forced.promotion.promoted, forced.promotion.forced, forced.promotion.refused) == (True, True, False)
    assert Registry(tmp_path).current() == forced.version
    assert Registry(tmp_path).history()[-1].forced


def test_a_version_that_another_one_overtook_is_refused_even_by_force(data, tmp_path):
    first = train(data, tmp_path, no_promote=True)
    second = train(data, tmp_path, no_promote=True, settings=TrainingSettings(seed=1))
    registry = Registry(tmp_path)
    registry.promote(first.version)
    outcome = promote_by_verdict(registry, second.version, second.verdict, force=True)
    assert (outcome.promoted, outcome.refused) == (False, True)
    assert f"compared with no model, but {first.version} has gone live since" in outcome.reason
    assert registry.current() == first.version


def test_a_version_that_is_damaged_before_its_promotion_is_an_error(data, tmp_path):
    version = train(data, tmp_path, no_promote=True).version
    (tmp_path / version / "weights.npy").write_bytes(b"")
    with pytest.raises(DamagedModelError, match=r"weights\.npy"):
        promote_by_verdict(Registry(tmp_path), version, Verdict(True, "fine"))
    assert Registry(tmp_path).current() is None


def test_options_are_given_by_name(data, tmp_path):
    with pytest.raises(TypeError):
        RunOptions((data,), SECTIONS_FILE, tmp_path)
