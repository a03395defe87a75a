"""Signatures tell unrelated texts apart, however short, and the index finds the near copies that they tell."""

import random
from itertools import pairwise

import numpy as np
import pytest

from classifier.corpus.stories import (
    EARLIER_SCHEME,
    N_MINIMA,
    SCHEME,
    SCHEMES,
    group_stories,
    have_near_copies,
    shingles,
    sign,
)

LETTERS = "abcdefghijklmnopqrst"


def vocabulary(n):
    """Return ``n`` different words of letters: digits would be folded into one."""
    return ["".join(LETTERS[(k // 20**place) % 20] for place in range(4)) for k in range(n)]


def headlines(n, n_words, seed=0):
    words, rng = vocabulary(20_000), random.Random(seed)
    return [" ".join(rng.choice(words) for _ in range(n_words)) for _ in range(n)]


def stories_of(texts):
    return group_stories(sign(texts), texts)


@pytest.mark.parametrize("n_words", [1, 3, 4, 5, 8])
def test_different_short_texts_are_stories_of_their_own(n_words):
    texts = list(dict.fromkeys(headlines(10_000, n_words)))
    assert np.array_equal(stories_of(texts), np.arange(len(texts)))


def test_different_headlines_without_spaces_are_stories_of_their_own():
    rng = random.Random(1)
    texts = ["".join(chr(0x4E00 + rng.randrange(3_000)) for _ in range(14)) for _ in range(5_000)]
    assert np.array_equal(stories_of(texts), np.arange(5_000))


def test_short_texts_are_no_near_copies_of_the_short_texts_of_a_model():
    assert not have_near_copies(sign(headlines(4_000, 4)), sign(headlines(4_000, 4, seed=7))).any()


def test_equal_short_texts_are_one_story():
    texts = [*headlines(500, 4), *headlines(500, 4)]
    assert np.array_equal(stories_of(texts), np.tile(np.arange(500), 2))


def test_the_runs_of_short_texts_decide_and_not_an_estimate_of_them():
    words = vocabulary(4_000)
    third, half = [], []
    for k in range(0, 4_000, 10):
        base = words[k : k + 10]
        third += [" ".join(base[:5]), " ".join(base[1:6])]  # one run of three in common
        half += [" ".join(base[:6]), " ".join(base[:6] + base[9:])]  # three of four
    assert len(set(stories_of(third))) == len(third)
    joined = stories_of(half)
    assert sum(joined[k] == joined[k + 1] for k in range(0, len(half), 2)) >= 0.99 * len(half) / 2


@pytest.mark.parametrize("jaccard", [0.5, 0.55, 0.6, 0.7])
def test_the_index_finds_what_the_signatures_tell(jaccard):
    words, rng, n = vocabulary(20_000), random.Random(3), 300
    n_common = round(2 * n * jaccard / (1 + jaccard))
    texts = []
    for _ in range(200):
        base = [rng.choice(words) for _ in range(n_common + 3)]
        texts += [" ".join(base + [rng.choice(words) for _ in range(n - n_common)]) for _ in range(2)]
    signatures = sign(texts)
    alike = (signatures[::2] == signatures[1::2]).mean(axis=1) >= 0.5
    stories = group_stories(signatures, texts)
    found = stories[::2] == stories[1::2]
    assert alike.sum() >= 80
    assert not (found & ~alike).any()
    assert found.sum() >= 0.98 * alike.sum()


def test_the_estimate_of_common_runs_is_close_to_their_share():
    base = headlines(1, 600, seed=5)[0].split()
    texts = [" ".join(base[k : k + 400]) for k in (0, 50, 100, 200)]
    signatures = sign(texts)
    for (one, text), (other, changed) in pairwise(zip(signatures, texts, strict=True)):
        first, second = set(shingles(text).tolist()), set(shingles(changed).tolist())
        share = len(first & second) / len(first | second)
        assert (one == other).mean() == pytest.approx(share, abs=0.2)


def test_the_schemes_differ_and_the_earlier_one_keeps_the_lowest_bits():
    texts = headlines(20, 4)
    now, before = sign(texts, SCHEME), sign(texts, EARLIER_SCHEME)
    assert now.shape == before.shape == (20, N_MINIMA)
    assert (now == before).mean() < 0.01
    assert np.array_equal(now, sign(texts))
    # an odd multiple plus a constant: the lowest bits of all minima of a text of one run follow from one of them
    lowest = before & 1
    assert all(len(np.unique(column ^ lowest[:, 0])) == 1 for column in lowest.T)
    assert not all(len(np.unique(column ^ (now[:, 0] & 1))) == 1 for column in (now & 1).T)


#: Letters of six scripts, to make sentences of words or syllables at random.
SYLLABLES = {
    "Burmese": "ကောင်း မြန် တိုင်း နို့ သူ များ ဖြစ် ရေး ပြည် ထောင် စု လူ မျိုး ဥ ပ ဒေ ရာ ဇ ဝင် ကျော်",
    "Thai": "กระ ประ เทศ ไทย การ ความ แห่ง ชาติ ที่ ไม่ เป็น ได้ ว่า รัฐ บาล เมือง น้ำ คน ใหม่ ใจ",
    "Japanese": "日 本 東 京 政 府 会 議 大 統 領 経 済 の は が を に と で も な る た",
    "Chinese": "中 国 外 交 部 发 言 人 经 济 社 会 发 展 人 民 政 府 北 京 上 海",
    "Hindi": "देश सरकार प्रधान मंत्री ने कहा कि यह बैठक दिल्ली में हुई और जनता को लाभ मिलेगा",
    "Korean": "정부는 서울에서 회의를 열고 경제 정책을 발표했다 국민 대통령 시장 새로운 계획",
}
SPACED = {"Hindi", "Korean"}


@pytest.mark.parametrize("script", SYLLABLES)
def test_a_changed_letter_in_an_article_is_a_near_copy_and_other_articles_are_none(script):
    parts, joint = SYLLABLES[script].split(), " " if script in SPACED else ""
    rng = random.Random(4)
    articles = [joint.join(rng.choice(parts) for _ in range(400))[:500] for _ in range(40)]
    changed = []
    for text in articles:
        place = rng.randrange(100, 400)
        changed.append(text[:place] + rng.choice(parts)[0] + text[place + 1 :])
    stories = stories_of(articles + changed)
    assert np.array_equal(stories, np.tile(np.arange(40), 2))


def test_runs_are_of_four_words_or_eight_units():
    assert len(shingles("one two three four")) == 1
    assert len(shingles("one two three four five")) == 2
    assert len(shingles("中国外交部发言")) == 1
    assert len(shingles("中国外交部发言人说")) == 2
    assert len(shingles("中国外交 two three")) == 1
    assert len(shingles("서울에서 회의를 열고 경제 정책을")) == 2
    assert shingles("!!!") != shingles("???")


def test_every_scheme_gives_near_copies_of_its_own():
    texts = headlines(3, 30)
    changed = [text.replace(text.split()[0], "other", 1) for text in texts]
    for scheme in SCHEMES:
        assert have_near_copies(sign(changed, scheme), sign(texts, scheme)).all()
    first, second, third = (sign(texts, scheme) for scheme in SCHEMES)
    assert not have_near_copies(first, second).any()
    assert not have_near_copies(second, third).any()
