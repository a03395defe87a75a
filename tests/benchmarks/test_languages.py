import json
import sys
import tarfile

import click
import pytest
from click.testing import CliRunner

from benchmarks.languages.command import languages
from benchmarks.languages.copies import changed, false_copies, joined
from benchmarks.languages.letters import letters_in_terms
from benchmarks.languages.linear import PAIR_JOINT, classify, with_pairs
from benchmarks.languages.multilingual import few_of
from benchmarks.languages.peers import PEERS, WORDS, loaded, words
from benchmarks.languages.product import Labelled, given_labels, one_tag, section_id, trained, variants
from benchmarks.languages.same_figures import FIGURES, figures_report, measure
from benchmarks.languages.scores import MOST_BEHIND, SetScores, compared_report
from benchmarks.languages.scoring import F1, NO_LABEL, Differences, best
from benchmarks.languages.sets import (
    Example,
    LanguageSet,
    Split,
    folds_by_story,
    language_of_name,
    names_of_sets,
    read_set,
    unpacked,
)

TOPICS = ("sport", "weather")
SENTENCES = {
    "sport": "The goalkeeper of {place} saved {n} penalties and the striker scored",
    "weather": "Heavy rain and a cold wind reached {place} with {n} storms",
}
PLACES = ("Alderney", "Brisco", "Carrow", "Denholm", "Esker", "Farley", "Garth", "Helmsley")


def examples(n, first=0):
    rows = []
    for number in range(first, first + n):
        topic = TOPICS[number % 2]
        text = SENTENCES[topic].format(place=PLACES[number // 2 % len(PLACES)], n=number + 2)
        rows.append(Example(text, text, topic, str(number)))
    return rows


def write(folder, name, with_story=False, parts=("train", "dev", "test")):
    (folder / name).mkdir(parents=True)
    for part, first in zip(parts, (0, 40, 60), strict=False):
        rows = [
            {"id": e.story, "body": e.body, "sections": [e.label]} | ({"story": e.story} if with_story else {})
            for e in examples(40 if part == "train" else 20, first)
        ]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name / f"{part}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_folds_go_by_the_number_of_the_story_and_each_text_is_tested_once():
    found = folds_by_story(examples(23))
    assert [sorted(int(e.story) % 5 for e in split.test) for split in found] == [
        [fold] * len(split.test) for fold, split in enumerate(found)
    ]
    assert sorted(int(e.story) for split in found for e in split.test) == list(range(23))
    for split in found:
        assert not {e.story for e in split.train} & {e.story for e in split.test}
        assert len(split.train) + len(split.test) == 23


def test_the_figures_of_evaluate_are_those_of_scikit_learn_on_the_same_answers(tmp_path):
    found = read_set(write(tmp_path, "xx_news", parts=("train", "test")), "xx_news")
    rare = tuple(Example(f"Recipe {k} for plum cake", f"Recipe {k} for plum cake", "food") for k in range(3))
    with_rare = LanguageSet("rare", (Split(found.splits[0].train + rare[:1], found.splits[0].test + rare[1:]),))
    report = figures_report([found])
    assert [row[-1] for row in report.rows] == ["yes"] * 2 * len(FIGURES)
    ours, theirs, n_articles = measure(with_rare, one_tag())
    assert n_articles == 22
    assert ours == pytest.approx(theirs, abs=5e-5)
    assert ours["micro-F1"] < 1  # labels of a section that is too thin to train count as missed


def test_translations_of_a_sentence_are_in_the_same_fold_whatever_the_order():
    here, there = folds_by_story(examples(20)), folds_by_story(examples(20)[::-1])
    assert [{e.story for e in a.test} for a in here] == [{e.story for e in b.test} for b in there]


def test_a_set_with_stories_has_five_folds_of_all_parts_and_another_one_split_as_shipped(tmp_path):
    write(tmp_path, "sib_xyz", with_story=True)
    write(tmp_path, "xx_news", parts=("train", "test"))
    parallel, shipped = (read_set(tmp_path, name) for name in names_of_sets(tmp_path))
    assert (parallel.name, len(parallel.splits)) == ("sib_xyz", 5)
    assert sum(len(split.test) for split in parallel.splits) == 80
    assert [(len(split.train), len(split.test)) for split in shipped.splits] == [(40, 20)]
    assert shipped.labels == TOPICS


def test_an_archive_is_unpacked_to_a_folder_that_is_gone_afterwards(tmp_path):
    write(tmp_path / "sets", "xx_news")
    for inside in ("sets", "."):  # with and without a folder around everything
        with tarfile.open(tmp_path / "sets.tar.xz", "w:xz") as archive:
            archive.add(tmp_path / "sets", inside)
        with unpacked(tmp_path / "sets.tar.xz") as folder:
            assert names_of_sets(folder) == ["xx_news"]
        assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "language"),
    [("sib_khm_Khmr", "km"), ("mas_eng", "en"), ("zh_thuc", "zh"), ("bn", "bn"), ("en_in", "en"), ("12_x", None)],
)
def test_the_language_is_read_from_the_name_of_the_folder(name, language):
    assert language_of_name(name) == language


def set_of(*texts):
    return LanguageSet("xx", (Split((), tuple(Example(text, text, "a") for text in texts)),))


@pytest.mark.parametrize(
    ("text", "dictionaries"),
    [
        ("中国外交部发言人", {"ICU", "jieba"}),
        ("東京で花火大会がある", {"ICU", "MeCab"}),
        ("เรือประมงกลับเข้าฝั่ง", {"ICU", "newmm"}),
        ("한국어 기사", {"ICU", "Kiwi"}),
        ("हिन्दी समाचार", {"ICU"}),
        ("A river in spate", set()),
    ],
)
def test_dictionaries_are_chosen_by_script(text, dictionaries):
    assert {peer.name for peer in PEERS if peer.segmenter and peer.suits(set_of(text))} == dictionaries


def test_a_script_of_a_few_letters_is_none_of_the_sets():
    found = set_of("中国外交部发言人" * 20 + "NATO")
    assert (found.scripts, found.main_script) == (frozenset({"CJK"}), "CJK")


def test_f1_counts_a_text_without_a_label_as_missed():
    found = F1.of(["a", "a", NO_LABEL, "b"], ["a", "b", "b", "b"], ["a", "b"])
    assert found.micro == pytest.approx(100 * 2 * 2 / (3 + 4))
    assert found.macro == pytest.approx(100 * (2 / 3 + 2 / 4) / 2)
    assert F1.mean([F1(80, 70), F1(90, 60)]) == F1(85, 65)


def test_the_best_dictionary_is_the_one_with_the_highest_micro_f1():
    scores = {"ICU": F1(84.4, 80), "jieba": F1(81.9, 90), "fastText": F1(99, 99)}
    assert best(scores, ["ICU", "jieba", "MeCab"]).name == "ICU"
    assert best(scores, ["MeCab"]) is None


@pytest.mark.parametrize(
    ("by_set", "holds"),
    [
        ({"a": 0.5, "b": -0.5}, True),
        ({"a": 2.0, "b": -1.0}, True),
        ({"a": 9.0, "b": -1.1}, False),  # too far behind on one set
        ({"a": 0.5, "b": -0.6}, False),  # behind on average
    ],
)
def test_differences_hold_if_no_set_is_far_behind_and_the_mean_is_level(by_set, holds):
    found = Differences(by_set)
    assert found.mean == pytest.approx(sum(by_set.values()) / 2)
    assert found.worst == ("b", by_set["b"])
    assert found.holds(MOST_BEHIND) is holds


def test_the_comparison_takes_the_differences_to_the_best_dictionary_and_says_whether_targets_are_met():
    entry = SetScores(LanguageSet("th_wisesight", set_of("เรือประมงกลับเข้าฝั่ง").splits))
    entry.scores = {"Copydesk": F1(70.0, 60.0), "ICU": F1(68.9, 57.0), "newmm": F1(69.7, 58.4)}
    report = compared_report([entry])
    row = dict(zip(report.headers, report.rows[0], strict=True))
    assert (row["best dictionary"], row["the dictionary"], row["met"]) == ("newmm", 69.7, "yes")
    assert row["difference"] == pytest.approx(0.3)
    assert "mean +0.30, least +0.30 (th_wisesight)" in report.notes[0]


def test_pairs_follow_the_terms_and_weigh_less():
    assert with_pairs(["a", "b", "c"]) == ["a", "b", "c", f"a{PAIR_JOINT}b", f"b{PAIR_JOINT}c"]
    pairs = [f"two{PAIR_JOINT}boats", f"boats{PAIR_JOINT}00", f"00{PAIR_JOINT}men"]
    assert words("Two BOATS, 12 men") == ["two", "boats", "00", "men", *pairs]


def test_the_linear_model_and_the_product_learn_two_easy_topics():
    split = Split(tuple(examples(60)), tuple(examples(20, 60)))
    right = [example.label for example in split.test]
    train = [example.text for example in split.train]
    found = classify(train, [e.label for e in split.train], [e.text for e in split.test], words)
    assert found == right
    (_, label), *_ = loaded([WORDS])[0]
    assert label([split]) == [right]


def test_peers_that_are_not_installed_are_named_with_the_reason(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)  # as if it were not installed
    found, missing = loaded(["jieba"])
    assert found == []
    assert missing[0].startswith("jieba is not measured: ")
    assert "Fix: pip install" in missing[0]


def test_one_letter_of_a_copy_is_changed_near_its_middle():
    text = "Rain fell on the dykes, and 12 crews went out at night."
    copy = changed(text)
    places = [n for n, (a, b) in enumerate(zip(text, copy, strict=True)) if a != b]
    assert len(places) == 1
    assert abs(places[0] - len(text) // 2) < 5
    assert text[places[0]].isalpha()
    assert copy[places[0]].isalpha()


def test_made_articles_have_sentences_of_one_topic_and_the_length_asked_for():
    from random import Random

    made = joined(examples(80), 6, Random(1))
    assert all(500 <= len(article) < 600 for article in made)
    assert [("rain" in article, "penalties" in article) for article in made] == [(False, True), (True, False)] * 3
    assert made == joined(examples(80), 6, Random(1))


@pytest.mark.parametrize(
    ("texts", "n_false"),
    [
        (["送考队伍成海 高考场外", "送考队伍成海 高考场内"], 0),
        (["送考队伍成海 高考场外", "港股普涨 汇控涨六"], 1),
        (["送考队伍成海", "送考队伍成江", "港股普涨汇控"], 1),
    ],
)
def test_a_copy_is_false_if_it_is_like_no_other_text_of_its_story(texts, n_false):
    assert false_copies(texts) == n_false


def test_the_share_of_letters_in_terms_leaves_out_single_letters_of_words():
    assert letters_in_terms(["A boat, 12 men", "am I in"]) == (11, 13)


def test_few_sentences_are_the_same_stories_in_every_language():
    here, there = few_of(examples(100)), few_of(examples(100)[::-1])
    assert [e.story for e in here] == [e.story for e in there] == [str(n) for n in range(60)]


def test_sections_have_names_that_no_text_has():
    assert section_id(3) == "label-3"


@pytest.mark.parametrize(("text", "n"), [("한국어 기사", 3), ("A river in spate", 2)])
def test_the_product_is_measured_with_its_default_and_with_subwords_the_other_ways(text, n):
    found = variants(set_of(text).main_script)
    assert len(found) == n
    assert len({settings.subwords for settings in found.values()}) == n
    assert all((settings.min_tags, settings.max_tags) == (1, 1) for settings in found.values())


@pytest.mark.slow
def test_the_product_trains_on_a_set_and_gives_one_label_a_text(tmp_path):
    with trained([Labelled("en", examples(60))], TOPICS, one_tag()) as tagger:
        test = examples(20, 60)
        assert given_labels(tagger, [e.body for e in test], TOPICS) == [e.label for e in test]
        assert given_labels(tagger, ["qqq"], TOPICS) == [NO_LABEL]


@pytest.mark.parametrize(
    ("options", "words_"),
    [
        (["--sets", "nowhere"], "there is no set nowhere"),
        (["--sets", "xx_news", "--peers", "nobody"], "there is no peer nobody"),
        (["--multilingual"], "needs two sets of SIB-200"),
    ],
)
def test_options_that_cannot_be_used_are_refused_with_the_choice(tmp_path, options, words_):
    write(tmp_path, "xx_news")
    found = CliRunner().invoke(languages, ["--data", str(tmp_path), *options])
    assert found.exit_code != 0
    assert words_ in found.output
    assert "Fix: " in found.output
    assert "Traceback" not in found.output


def test_a_row_that_cannot_be_read_is_named(tmp_path):
    write(tmp_path, "xx_news")
    (tmp_path / "xx_news" / "test.jsonl").write_text('{"body": "x", "sections": ["a", "b"]}\n', encoding="utf-8")
    with pytest.raises(click.ClickException, match=r"test\.jsonl, line 1, cannot be read: ValueError"):
        read_set(tmp_path, "xx_news")


def test_letters_are_reported_for_each_set_as_json(tmp_path):
    write(tmp_path, "xx_news")
    found = CliRunner().invoke(languages, ["--data", str(tmp_path), "--letters", "--json"])
    assert found.exit_code == 0, found.output
    (report,) = json.loads(found.stdout)
    assert report["rows"][0]["set"] == "xx_news"
    assert report["rows"][0]["met"] == "yes"
