"""What the checks say about articles in several languages and scripts."""

import json

import pytest

from classifier.commands.console import PlainProgress
from classifier.notebook.sources import in_python_words
from classifier.sections import Section, Sections
from classifier.training.measuring.audit import audit
from classifier.training.training_settings import TrainingSettings
from tests.helpers import small_corpus, write_jsonl
from tests.languages import translated


@pytest.fixture
def look(tmp_path, sections):
    def look(rows, vocabulary=sections):
        path = write_jsonl(tmp_path / "x.jsonl", rows)
        return audit([path], vocabulary, TrainingSettings(), 1, PlainProgress())

    return look


def of(found, check):
    return [finding for finding in found.findings if finding.check == check]


@pytest.fixture
def rows():
    """60 articles in English and 40 translations; no translation has the section technology."""
    return [row for row in translated(small_corpus(60)) if row["language"] == "en" or row["sections"] != ["technology"]]


def test_articles_are_counted_by_language_and_section(look, rows):
    counts = look(rows).counts
    assert list(counts.languages) == ["en", "ru"]
    assert {name: n for name, n in counts.languages["en"].items() if n} == {
        "climate-and-disasters": 20,
        "technology": 20,
        "none": 20,
    }
    assert {name: n for name, n in counts.languages["ru"].items() if n} == {"climate-and-disasters": 20, "none": 20}
    assert json.loads(json.dumps(look(rows).to_json()))["languages"] == counts.languages


def test_several_languages_are_a_note_that_names_the_option(look, rows):
    (finding,) = of(look(rows), "several-languages")
    assert finding.severity == "note"
    assert "en (60), ru (40). Fix: train one model on all of them with --languages all" in finding.message
    assert 'languages="all"' in in_python_words(finding.message)


def test_one_language_has_no_counts_and_no_findings_of_its_own(look):
    found = look(small_corpus())
    assert found.counts.languages == {}
    assert not of(found, "several-languages") + of(found, "thin-language") + of(found, "script")


def test_a_section_without_articles_in_a_language_is_a_warning(look, rows):
    none, *_ = of(look(rows), "thin-language")
    assert none.severity == "warning"
    assert none.message.startswith("no article in ru has technology, so a text in ru gets them only for the names and")


def test_a_section_with_few_articles_in_a_language_is_a_note(look, rows):
    found = of(look(rows[:-6]), "thin-language")
    assert [finding.severity for finding in found] == ["warning", "note"]
    assert "fewer than 20 articles in ru have climate-and-disasters (17)" in found[1].message


def test_a_section_that_no_language_has_is_not_named_for_each(look, rows):
    vocabulary = Sections([Section(id=name, name=name) for name in ("technology", "climate-and-disasters", "opera")])
    assert not any("opera" in finding.message for finding in of(look(rows, vocabulary), "thin-language"))


def test_articles_in_a_script_that_share_no_terms_are_a_warning(look):
    strangers = [{"id": f"k{n}", "body": "".join(chr(0x1780 + 11 * n + k) for k in range(11))} for n in range(3)]
    (finding,) = of(look([*small_corpus(), *strangers]), "script")
    assert finding.severity == "warning"
    assert finding.message.startswith(
        "3 of 3 articles in Khmer script have fewer than 3 terms that also occur in another article"
    )
    assert [item.split(":")[-1] for item in finding.items] == ["37", "38", "39"]


def test_articles_in_a_script_of_which_few_terms_are_shared_are_a_warning(look):
    strangers = [{"id": f"k{n}", "body": "".join(chr(0x1780 + 6 * n + k) for k in range(10))} for n in range(3)]
    (finding,) = of(look([*small_corpus(), *strangers]), "script")
    assert finding.severity == "warning"
    assert (
        "3 articles in Khmer script: there are only 18 terms in this script that occur in two or more articles"
        in finding.message
    )
    assert [item.split(":")[-1] for item in finding.items] == ["37", "38", "39"]


def test_a_second_script_whose_articles_share_terms_is_fine(look, rows):
    assert not of(look(rows), "script")


def test_translations_with_other_labels_are_contradicting_copies(look):
    rows = translated(small_corpus(), "translation_of")
    rows[40] |= {"sections": ["oceania"]}
    found = look(rows)
    (finding,) = of(found, "contradicting-copies")
    assert finding.message.startswith("1 story has copies or translations with different labels")
    assert "35 stories occur in several copies or translations" in of(found, "copies")[0].message
    assert found.counts.n_stories == 36


def test_label_lines_are_found_in_every_language(look):
    rows = translated(small_corpus(), "story")
    for row in rows[36:]:
        if row["sections"] == ["technology"]:
            row["body"] = f"Section: Technology\n\n{row['body']}"
    (finding,) = of(look(rows), "leaked-header")
    assert finding.message.startswith("technology: 12 of the 24 articles")


def test_unnamed_articles_in_another_script_are_counted_in_their_language(look):
    thai = [{"id": f"t{n}", "body": f"รัฐมนตรี ประเทศ กรุงเทพ ข่าว {n}"} for n in range(8)]
    found = look([*small_corpus(), *thai])
    assert {code: sum(n.values()) for code, n in found.counts.languages.items()} == {"en": 36, "th": 8}
    assert not of(found, "language")


def test_a_title_in_han_alone_may_be_japanese(look):
    rows = [{"id": f"j{n}", "body": f"首相会見 {n}", "language": "ja"} for n in range(3)]
    assert not of(look([*(row | {"language": "en"} for row in small_corpus()), *rows]), "language")
    wrong = [{"id": "w", "body": "หนังสือพิมพ์รายวัน", "language": "ja"}]
    (finding,) = of(look([*(row | {"language": "en"} for row in small_corpus()), *wrong]), "language")
    assert finding.items[0].endswith("looks like “th”")
