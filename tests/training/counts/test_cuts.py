"""Texts cut short have the words that they were cut to, in every script."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.terms.analyzer import Analyzer
from classifier.terms.hashing import hash_texts
from classifier.training.counts.cuts import ends_of_first_words
from tests.terms.test_kernel import TEXTS


def cut(text: str, n_words: int) -> str | None:
    (end,) = ends_of_first_words(hash_texts([text]), 0, [n_words])
    return None if end is None else text.encode("utf-8", "surrogatepass")[:end].decode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("text", "n_words", "expected"),
    [
        ("Border clash: a soldier was killed", 3, "Border clash: a soldier"),
        ("Border clash: a soldier was killed", 5, None),
        ("국경에서 충돌 보고 있었다", 2, "국경에서 충돌"),
        ("东京的部队在边境", 2, "东京的部"),
        ("国境で 3 時間の衝突 NATO 部隊", 3, "国境で 3 時間の"),
        ("सीमा पर झड़प हुई", 2, "सीमा पर"),
        ("a b c", 1, None),
        ("", 1, None),
    ],
)
def test_a_text_is_cut_after_its_first_words(text, n_words, expected):
    assert cut(text, n_words) == expected


@given(TEXTS, st.integers(1, 6))
def test_a_cut_has_the_words_asked_for_and_a_text_without_a_cut_has_no_more(text, n_words):
    hashed = hash_texts([text], analyzer=Analyzer())
    if hashed.folded_by_python:
        return
    found = cut(text, n_words)
    if found is None:
        assert hashed.lengths[0] <= n_words or hash_texts([text]).offsets[-1, 0] == 0
    else:
        assert text.startswith(found)
        assert hashed.lengths[0] > n_words
        assert np.isin(hash_texts([found]).lengths[0], [n_words - 1, n_words])
