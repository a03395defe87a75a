"""The compiled analyzer against its definition in classifier.terms.definition."""

import json
import re
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifier.terms import hashing, kernel
from classifier.terms.analyzer import ANALYZERS, EARLIER, Analyzer
from classifier.terms.characters import BLOCK, BLOCK_BITS, CLASS_BITS, character_table
from classifier.terms.definition import Subwords, features, fold
from classifier.terms.encoding import lines_of, utf8
from classifier.terms.fingerprints import (
    CollisionError,
    collision_free_table,
    look_up,
    make_table,
    number_bits,
)
from classifier.terms.hashing import feature_lines, fingerprints, hash_digest, hash_texts
from classifier.terms.scripts import CharacterClass, class_of
from classifier.terms.vocabulary import LinearWeights, Vocabulary
from classifier.terms.weighing import tfidf
from tests.conftest import ARTICLES
from tests.terms.test_definition import MIXED

#: Letters whose lowercase depends on others or is several letters; marks, digits, lone surrogates, other scripts.
ODD = st.text(
    st.sampled_from("Σσς İIıi ßẞ é\u0301\u0307 ǅ ﬁ KÅ Ⓐⓐ ٣५９𝟗 ²½Ⅷ _- 漢字仮名 नमस्ते 𐐀𐐨 𝔘𝔫 😀\U0010ffff \ud800\udfff ab")
)
TEXTS = st.text() | ODD | MIXED | st.lists(st.text() | ODD | st.sampled_from(["Border", "clash", "F-16"])).map(" ".join)
ALL = [Analyzer(EARLIER), *(Analyzer(subwords=subwords) for subwords in Subwords)]


def counted(text: str, analyzer: Analyzer) -> Counter[str]:
    """Return every feature of a text and its count, from the kernel."""
    known = sorted(set(analyzer.features(text)) | {"absent", "absent here"})
    numbers, counts = Vocabulary(known, analyzer=analyzer).count(text)
    return Counter(dict(zip([known[n] for n in numbers], counts.tolist(), strict=True)))


@pytest.mark.parametrize("analyzer", ALL)
@given(text=TEXTS)
@example("ΌΣΟΣ ΣΑΣ Σ ΑΣ.")
@example("İstanbul DİYARBAKIR ıİ")
@example("STRASSE Straße GROẞ")
@example("e\u0301te\u0301 1\u0307")
@example("𐐀𐐁𐐂 𝟘𝟙 ٣٤٥ １２")
@example("aaaaaaaa bbbbbbbbb" + "c" * 500)
@example("क" * 300 + "中" * 300 + "서" * 300)
@example("a b " * 40 + "“quoted” words — é à " * 9 + "K Å ẞ")
def test_any_text_has_the_features_that_the_definition_lists(analyzer, text):
    assert counted(text, analyzer) == Counter(analyzer.features(text))


@pytest.mark.parametrize("version", ANALYZERS)
@given(texts=st.lists(TEXTS, max_size=4))
def test_terms_of_several_texts_are_the_terms_of_each(version, texts):
    analyzer = Analyzer(version)
    hashed = hash_texts(texts, analyzer=analyzer)
    every = np.arange(len(hashed.hashes), dtype=np.int32)
    words = np.column_stack([every, np.full_like(every, 8)])
    found = lines_of(feature_lines(hashed.folded, hashed.words, hashed.units, words))
    others = lines_of(feature_lines(hashed.folded, hashed.words, hashed.units, hashed.places[:, :2].copy()))
    for number, text in enumerate(texts):
        begin, end = hashed.offsets[number : number + 2]
        listed = [*found[begin[0] : end[0]], *others[begin[1] : end[1]]]
        assert listed == [feature for feature in analyzer.features(text) if " " not in feature]


@pytest.mark.parametrize("analyzer", ALL)
@given(text=TEXTS, most=st.integers(1, 3) | st.just(1_000))
@example("ـBـＡ나ๆ", 9)
@example("ｸﾞｸﾞ ab", 9)
def test_places_are_the_first_of_the_definition(analyzer, text, most):
    known = sorted(set(analyzer.features(text)))
    expected: dict[int, list[tuple[int, int]]] = {}
    for term in analyzer.located_features(text):
        expected.setdefault(known.index(term.text), []).append((term.start, term.end))
    found = Vocabulary(known, analyzer=analyzer).locate(text, most)
    assert {n: list(spans) for n, spans in found.items()} == {n: spans[:most] for n, spans in expected.items()}


@pytest.mark.slow
def test_every_article_of_the_starter_corpus_has_the_features_that_the_definition_lists():
    lines = [line for path in sorted(ARTICLES.glob("*.jsonl")) for line in path.read_text().split("\n") if line]
    bodies = [json.loads(line)["body"] for line in lines]
    known = sorted({feature for body in bodies for feature in Analyzer(EARLIER).features(body)})
    vocabulary = Vocabulary(known)
    earlier = Vocabulary(known, vocabulary.table, analyzer=Analyzer(EARLIER))
    for place, body in enumerate(bodies):
        numbers, counts = vocabulary.count(body)
        listed = Counter(features(body) if place % 20 == 0 else Analyzer(EARLIER).features(body))
        assert dict(zip([known[n] for n in numbers], counts.tolist(), strict=True)) == listed
        assert np.array_equal(earlier.count(body), (numbers, counts))


def folded_and_class(point: int, version: int) -> tuple[int, CharacterClass]:
    table = character_table(version)
    entry = int(table.blocks[table.block_of[point >> BLOCK_BITS], point & (BLOCK - 1)])
    return point + (entry >> CLASS_BITS), CharacterClass(entry & ((1 << CLASS_BITS) - 1))


@pytest.mark.slow
def test_every_character_is_folded_as_analyzer_1_does():
    for point in range(sys.maxunicode + 1):
        folded = Analyzer(EARLIER).fold(chr(point))
        found, kind = folded_and_class(point, EARLIER)
        if kind == CharacterClass.NEEDS_TEXT:
            same_length = len(utf8(folded)) == len(utf8(chr(point)))
            assert len(folded) > 1 or chr(point) == "Σ" or not same_length
        elif kind == CharacterClass.SEPARATOR:
            assert not re.search(r"\w", folded)
        else:
            assert folded == chr(found)
            assert re.fullmatch(r"\w", folded)
            assert len(utf8(folded)) == len(utf8(chr(point)))


@pytest.mark.parametrize("step", [37, pytest.param(1, marks=pytest.mark.slow)])
def test_every_character_has_the_folded_form_and_the_class_of_analyzer_2(step):
    for point in [*range(0x3400), *range(0x3400, sys.maxunicode + 1, step)]:
        folded = fold(chr(point))
        found, kind = folded_and_class(point, 2)
        if kind == CharacterClass.NEEDS_TEXT:
            assert chr(point) in "Σ\uff9e\uff9f" or len(utf8(folded)) > len(utf8(chr(point)))
        elif kind == CharacterClass.NARROWED:
            assert (folded, class_of(folded)) == (chr(found), CharacterClass.WORD)
            assert len(utf8(folded)) < len(utf8(chr(point)))
        else:
            assert kind == class_of(folded)
            assert kind == CharacterClass.SEPARATOR or folded == chr(found)


KNOWN = ["00", "ab", "ab the", "border", "border clash", "clash", "the", "été", "日+本"]
RNG = np.random.default_rng(4)
LINEAR = LinearWeights(
    idf=RNG.uniform(1, 9, len(KNOWN)),
    weights=RNG.normal(size=(len(KNOWN), 7)).astype(np.float32),
    intercepts=RNG.normal(size=7),
)
SCORER = Vocabulary(KNOWN, linear=LINEAR)
WORDS = st.lists(
    st.sampled_from(["Border", "clash", "the", "ab", "12", "été", "ΣΑΣ", "x", "unknown", "İ", "日本", "Ⱥ"]),
    max_size=400,
)


@given(WORDS.map(" ".join))
def test_margins_are_those_of_plain_arithmetic(text):
    numbers, counts = SCORER.count(text)
    scores = SCORER.score(text)
    if not len(numbers):
        assert scores is None
        return
    values = tfidf(counts, LINEAR.idf[numbers])
    order = np.argsort(scores.numbers)
    assert np.array_equal(scores.numbers[order], numbers)
    np.testing.assert_allclose(scores.values[order], values, rtol=1e-13)
    np.testing.assert_allclose(scores.margins, values @ LINEAR.weights[numbers] + LINEAR.intercepts, atol=1e-12)


def test_a_term_that_occurs_thousands_of_times_is_counted_like_others():
    text = "border " * 5000 + "clash"
    numbers, counts = SCORER.count(text)
    assert counts.tolist() == [5000, 1, 1]
    np.testing.assert_allclose(
        np.sort(SCORER.score(text).values), np.sort(tfidf(counts, LINEAR.idf[numbers])), rtol=1e-13
    )


@given(WORDS.map(" ".join), WORDS.map(" ".join))
def test_what_was_scored_before_changes_no_bit(text, before):
    fresh = Vocabulary(KNOWN, SCORER.table, LINEAR).score(text)
    SCORER.score(before)
    again = SCORER.score(text)
    assert (fresh is None) == (again is None)
    if fresh is not None:
        assert fresh.margins.tobytes() == again.margins.tobytes()
        assert (fresh.margins.tolist(), len(fresh.numbers), fresh.n_words) == SCORER.margins(utf8(text))


@given(st.lists(WORDS.map(" ".join) | TEXTS, max_size=6))
def test_texts_scored_together_have_the_bits_of_each_alone(texts):
    margins, n_known, n_words = SCORER.margins_of_each(list(map(utf8, texts)))
    alone = [SCORER.margins(utf8(text)) for text in texts]
    assert n_known.tolist() == [n for _, n, _ in alone]
    assert n_words.tolist() == [length for _, _, length in alone] == hash_texts(texts).lengths.tolist()
    assert all(row.tolist() == found for row, (found, n, _) in zip(margins, alone, strict=True) if n)


@pytest.mark.parametrize(
    ("text", "n_words"),
    [
        ("", 0),
        ("a b c", 0),
        ("Border clash: a soldier was killed", 5),
        ("İstanbul ΟΔΟΣ", 2),
        ("सीमा पर झड़प", 3),
        ("국경에서 충돌 보고", 3),
        ("东京的部队", 2),
        ("国境で 3 時間の衝突 NATO", 5),
        ("ทหารไทย", 2),
    ],
)
def test_the_length_is_in_words_and_two_letters_without_spaces_count_as_one(text, n_words):
    assert SCORER.margins(utf8(text))[2] == n_words


def test_a_seed_under_which_features_collide_is_passed_over():
    def fingerprint(seed):
        return np.array([1 << 20, 2 << 20, (2 if seed < 3 else 3) << 20], np.uint64)

    assert collision_free_table(fingerprint).seed == 3


@given(st.sets(st.integers(1, 2**64 - 1), min_size=1, max_size=60), st.sets(st.integers(1, 2**64 - 1), max_size=60))
@example({8, 16, 24, 32, 40}, {48, 56})  # all begin at one slot
@example({1, 9, 17}, {2**64 - 1})
def test_a_table_gives_each_feature_its_number_or_refuses_to_be_made(known, others):
    found = np.array(sorted(known), np.uint64)
    try:
        table = make_table(0, found)
    except CollisionError:
        above = number_bits(len(known))
        assert len({f >> above for f in known}) < len(known)  # some differ in their lowest bits only
        return
    assert table.problem(len(known)) is None
    numbers = np.empty(len(known), np.int32)
    look_up(found, table.entries, number_bits(len(known)), numbers)
    assert numbers.tolist() == list(range(len(known)))
    unknown = np.array(sorted(o for o in others if o >> 8 not in {f >> 8 for f in known}), np.uint64)
    numbers = np.empty(len(unknown), np.int32)
    look_up(unknown, table.entries, number_bits(len(known)), numbers)
    assert set(numbers.tolist()) <= {-1}


def test_features_that_crowd_the_same_slots_are_all_found():
    crowded = np.array([(n << 32) | 7 for n in range(1, 41)] + [(n << 32) | 9 for n in range(50, 70)], np.uint64)
    table = make_table(0, crowded)
    unknown = np.array([(n << 32) | 7 for n in range(100, 140)], np.uint64)
    hashes = np.concatenate([unknown, crowded])
    numbers = np.empty(2 * len(hashes), np.int32)
    n = kernel.find(hashes, 0, len(hashes), table.entries, number_bits(len(crowded)), numbers)
    assert n == len(hashes)
    assert numbers[:n].tolist() == [-1] * len(unknown) + list(range(len(crowded)))


@pytest.mark.parametrize("analyzer", ALL)
@pytest.mark.parametrize("text", ["中가나" * 400, "가나 " * 400, "中" * 1_000, "中ab" * 400, "ที่" * 400, "中 " * 400])
def test_a_text_with_as_many_features_as_bytes_has_room(analyzer, text):
    assert counted(text, analyzer) == Counter(analyzer.features(text))


@pytest.mark.parametrize(
    "terms", [["ab", "cd", "ab"], ["Ab", "aB"], ["x1 00", "x0 00"], ["日+本", "日+本"], ["AB*", "ab*"]]
)
def test_features_that_are_the_same_cannot_be_told_apart_by_any_seed(terms):
    with pytest.raises(CollisionError, match="contains a term twice"):
        Vocabulary(terms)


@pytest.mark.parametrize("feature", ["", "a", "two  spaces", "semi;colon", " ab", "日 本", "ab+cd", "日本", "*", "**"])
def test_a_feature_that_is_none_is_refused(feature):
    with pytest.raises(ValueError, match="feature 1 does not consist of terms"):
        Vocabulary(["ab", feature])


@given(st.lists(st.text("abcdefgh", min_size=2, max_size=20), min_size=2, unique=True))
def test_fingerprints_of_different_features_differ_and_depend_on_the_seed(words):
    pairs = [f"{a} {b}" for a in words[:6] for b in words[:6]]
    known = sorted({*words, *pairs})
    assert len(set(fingerprints(known, 0).tolist()) | set(fingerprints(known, 1).tolist())) == 2 * len(known)


@given(MIXED)
def test_fingerprints_of_all_features_of_a_text_differ(text):
    known = sorted(set(features(text, Subwords.ON)))
    assert len(set(fingerprints(known, 0).tolist())) == len(known)


def test_fingerprints_do_not_depend_on_how_many_features_are_hashed_together(monkeypatch):
    known = [f"{a}{b}" for a in "abcdefgh" for b in "abcdefgh"]
    together = fingerprints(known, 3)
    monkeypatch.setattr(hashing, "_FEATURES_AT_ONCE", 7)
    assert fingerprints(known, 3).tolist() == together.tolist()
    assert fingerprints([], 3).tolist() == []
    with pytest.raises(ValueError, match="feature 64 does not consist of terms"):
        fingerprints([*known, "a, b"], 3)


def test_hashes_are_the_same_on_every_machine_and_in_every_version_that_reads_this_format():
    for version in ANALYZERS:
        assert fingerprints(["border", "border clash", "नमस"], 0, Analyzer(version)).tolist() == [
            8004733772583097602,
            5107788474268758243,
            916425011704863200,
        ]
    assert [hash_digest(analyzer) for analyzer in ALL] == [
        "efeb867f9c7d4407",
        "a2494681b410fcdd",
        "8a5dbce6cb9350d2",
        "4ac6a3a0d2cf7645",
    ]
