"""A version goes live, by promotion or rollback, only if it loads and scores."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from classifier.errors import DamagedModelError, UnknownFormatError
from classifier.store.files import read_model, write_model
from classifier.store.probe import check_hashing, check_scores, load_probed
from classifier.store.registry import CURRENT_FILE, Registry
from classifier.terms.vocabulary import Vocabulary


@pytest.fixture
def registry(starter_models, tmp_path):
    shutil.copytree(starter_models, tmp_path / "models")
    return Registry(tmp_path / "models")


def written(registry, fields=None, **arrays):
    """Write the current model again, changed; every digest is right."""
    model = read_model(registry.folder())
    old = model.manifest.model_dump(exclude={"format", "version", "created", "files"})
    return write_model(registry.models, old | (fields or {}), replace(model.arrays, **arrays), {})


def test_a_good_model_passes_the_probe(registry):
    assert load_probed(registry.folder()).manifest.version == registry.current()


def overflowing(registry):
    """Write a version whose numbers are all finite, but whose logits are not."""
    slopes = [entry.model_dump() | {"slope": 1e308} for entry in read_model(registry.folder()).manifest.trained]
    return written(registry, {"trained": slopes}, intercepts=np.full(13, 1e10))


def test_a_promotion_of_a_model_that_does_not_score_is_refused(registry):
    before = registry.current()
    with pytest.raises(DamagedModelError, match="loads, but gives no valid score"):
        registry.promote(overflowing(registry))
    assert registry.current() == before


def test_a_rollback_to_a_model_that_does_not_score_is_refused(registry):
    bad = overflowing(registry)
    good = registry.current()
    (registry.models / CURRENT_FILE).write_text(f"{bad}\n")  # as an earlier version of Copydesk may have promoted it
    registry.promote(good)
    with pytest.raises(DamagedModelError, match="loads, but gives no valid score"):
        registry.rollback()
    assert registry.current() == good


def test_a_model_that_knows_none_of_its_terms_is_refused(registry):
    model = read_model(registry.folder())
    letters = str.maketrans("0123456789", "abcdefghij")
    others = tuple(f"qqq{i:06}".translate(letters) for i in range(len(model.arrays.terms)))
    arrays = replace(model.arrays, table=Vocabulary(others).table)
    with pytest.raises(DamagedModelError, match="does not recognize its own words"):
        check_scores(registry.folder(), replace(model, arrays=arrays))


def test_a_model_whose_terms_are_hashed_differently_is_refused_before_it_goes_live(registry):
    before = registry.current()
    with pytest.raises(UnknownFormatError, match="hashes terms differently"):
        registry.promote(written(registry, {"fingerprint_sample": "0" * 16}))
    assert registry.current() == before
    check_hashing(read_model(registry.folder()))
