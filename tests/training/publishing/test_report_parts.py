"""The parts of the report that are made without a model: excerpts, readiness, earlier versions, lines."""

import json

import pytest

from classifier.sections import Section
from classifier.store.registry import Registry
from classifier.terms.analyzer import DEFAULT_ANALYZER
from classifier.training.fitting.applying import NeverApplied
from classifier.training.measuring.suspects import LogitTerms
from classifier.training.publishing.report.alone import readiness
from classifier.training.publishing.report.edition import MAX_VERSIONS, PastVersion, past_versions
from classifier.training.publishing.report.excerpts import LENGTH, excerpt_of, opening_of
from classifier.training.publishing.report.time_charts import versions_chart


def excerpt(text, headline, *terms):
    return excerpt_of(text, len(headline), LogitTerms(1.0, 0.0, terms), DEFAULT_ANALYZER)


def marked(found):
    return [(text, mark) for text, mark in found.pieces if mark]


def test_an_excerpt_is_taken_where_most_is_said_and_marks_it_as_it_is_written():
    filler = "Nothing happened there on that quiet day. " * 40
    text = f"A headline\n{filler}The Border clash, then a concert. {filler}"
    found = excerpt(text, "A headline", ("border", 0.5), ("border clash", 0.4), ("concert", -0.3))
    assert marked(found) == [("Border clash", "for"), ("concert", "against")]
    whole = "".join(piece for piece, _ in found.pieces)
    assert whole in text
    assert len(whole) <= LENGTH
    assert (found.cut_before, found.cut_after) == (True, True)
    assert whole[0] != " "
    assert text[text.index(whole) - 1].isspace()  # no word is cut


def test_a_short_article_is_shown_whole_without_its_headline():
    text = "Troops clash\nSoldiers fought near the line."
    found = excerpt(text, "Troops clash", ("soldiers", 0.5), ("clash", 0.9))
    assert "".join(piece for piece, _ in found.pieces) == "Soldiers fought near the line."
    assert marked(found) == [("Soldiers", "for")]
    assert (found.cut_before, found.cut_after) == (False, False)


def test_words_that_only_the_headline_has_bring_it_into_the_excerpt():
    found = excerpt("Troops clash\nNo more is known.", "Troops clash", ("clash", 0.9))
    assert marked(found) == [("clash", "for")]


@pytest.mark.parametrize("text", ["", "x", "中" * 1000, "a " * 30_000, "\U0001f600 border " * 100])
def test_any_text_has_an_excerpt_of_bounded_length(text):
    found = excerpt(text, "", ("border", 0.5), ("中", 0.2))
    assert len("".join(piece for piece, _ in found.pieces)) <= LENGTH
    assert "".join(piece for piece, _ in found.pieces) in text
    assert len(opening_of(text)) <= 100


def test_sections_are_sorted_by_what_it_takes_until_they_go_alone():
    sections = [(Section(id=name, name=name.title()), f"{n} words") for n, name in enumerate("abcde")]
    never = {
        "b": NeverApplied("few_stories", 0.9, 9, 9, 12, more_stories=40),
        "c": NeverApplied("imprecise", 0.9, 9, 5, 12),
        "d": NeverApplied("few_stories", 0.9, 9, 9, 30, more_stories=10),
    }
    found = readiness(sections, never, {"b": 12, "c": 12, "d": 30})
    assert [(item.section.id, item.since) for item in found.alone] == [("a", "0 words"), ("e", "4 words")]
    assert [(item.section.id, item.have, item.more, item.percent) for item in found.need_stories] == [
        ("d", 30, 10, 75.0),
        ("b", 12, 40, pytest.approx(23.08, abs=0.01)),
    ]
    assert [item.section.id for item in found.need_other] == ["c"]


def test_earlier_versions_are_read_and_those_that_cannot_be_are_counted(tmp_path):
    micro = {"f1": 0.8, "interval": {"f1": [0.7, 0.9]}, "applied": {"share_of_suggested": None}}
    for n in range(MAX_VERSIONS + 3):
        folder = tmp_path / f"20260101T0000{n:02}Z-0123abcd"
        folder.mkdir()
        text = json.dumps({"out_of_fold": {"articles": n, "micro": micro}}) if n != 10 else "{"
        (folder / "evaluation.json").write_text(text)
    found, n_unreadable = past_versions(Registry(tmp_path))
    assert (len(found), n_unreadable) == (MAX_VERSIONS - 1, 1)
    assert [past.n_articles for past in found] == sorted(past.n_articles for past in found)
    assert found[-1] == PastVersion("20260101T000026Z-0123abcd", 26, 0.8, 0.7, 0.9, 0.0)
    assert found[-1].day == "2026-01-01"


def test_one_version_alone_makes_no_line():
    version = PastVersion("20260101T000000Z-0123abcd", 9, 1.0, 1.0, 1.0, 0.0)
    assert versions_chart([version]) is None
    assert str(versions_chart([version, version])).count("<circle") == 2
