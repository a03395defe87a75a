"""The parts of the report that are made without a model: excerpts, readiness, earlier versions, lines."""

import json

import numpy as np
import pytest

from classifier.rules.tagging import Predictions
from classifier.sections import Section
from classifier.store.registry import Registry
from classifier.terms.analyzer import DEFAULT_ANALYZER
from classifier.training.fitting.applying import NeverApplied
from classifier.training.measuring.assessment import assess
from classifier.training.measuring.suspects import LogitTerms
from classifier.training.publishing.report.alone import readiness
from classifier.training.publishing.report.co_occurrence import co_occurrence, confusion
from classifier.training.publishing.report.edition import MAX_VERSIONS, PastVersion, past_versions
from classifier.training.publishing.report.excerpts import LENGTH, excerpt_of, opening_of
from classifier.training.publishing.report.render import CHARTED_OF_A_KIND, MOST_WITH_CHARTS, charted_sections
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


def test_sections_that_share_articles_and_confused_pairs_are_those_of_the_whole_products():
    rng = np.random.default_rng(3)
    labels, suggested = rng.random((400, 30)) < rng.random(30) / 3, rng.random((400, 30)) < 0.1
    shared, support = labels.T.astype(int) @ labels, labels.sum(axis=0)
    matrix = co_occurrence(labels)
    assert set(matrix.sections) == set(np.argsort(-support, kind="stable")[:20].tolist())
    for row, cells in zip(matrix.sections, matrix.cells, strict=True):
        for column, cell in zip(matrix.sections, cells, strict=True):
            assert (cell is None) == (row == column)
            assert cell is None or (cell.n, cell.share) == (shared[row, column], shared[row, column] / support[row])
    swaps = (labels & ~suggested).T.astype(int) @ (suggested & ~labels)
    found, pairs = confusion(suggested, labels)
    order = np.argsort(-swaps, axis=None, kind="stable")[:12]
    assert [(p.right * 30 + p.given, p.n) for p in pairs] == [(k, swaps.flat[k]) for k in order]
    assert found.cells[0][1].n == swaps[found.sections[0], found.sections[1]]
    assert confusion(labels, labels)[1] == []


def test_charts_are_drawn_of_the_largest_and_the_weakest_sections_if_there_are_many():
    rng = np.random.default_rng(4)
    labels = rng.random((300, MOST_WITH_CHARTS + 1)) < 0.05
    labels[:, 7] = rng.random(300) < 0.9
    suggested = labels & (rng.random(labels.shape) < 0.8)
    suggested[:, 9] = ~labels[:, 9]
    tags = Predictions(suggested.astype(float), suggested, suggested)
    quality = assess(tags, labels, np.arange(300), [None] * 300, 0).sections
    charted = charted_sections(quality)
    assert CHARTED_OF_A_KIND < len(charted) <= 2 * CHARTED_OF_A_KIND
    assert {7, 9} <= charted
    assert charted_sections(quality[:-1]) == set(range(MOST_WITH_CHARTS))
