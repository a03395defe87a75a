"""Suspects: the articles whose labels the model doubts, verdicts on them, and training on the verdicts."""

import csv
import json

import pytest

from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.verdicts import SUSPECT_COLUMNS, read_verdicts
from classifier.errors import CorpusError
from classifier.feedback.database import Database
from classifier.feedback.verdicts import VerdictStore
from classifier.sections import Section, Sections
from classifier.store.registry import Registry
from tests.conftest import SECTIONS_FILE
from tests.driver.desk import DRONES, FLOOD, MISLABELLED
from tests.helpers import small_corpus, write_jsonl


@pytest.fixture
def verdicts(tmp_path):
    opened = Database(str(tmp_path / "feedback.db"))
    yield VerdictStore(opened)
    opened.close()


def written(desk_models):
    path = desk_models / Registry(desk_models).current() / "suspects.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_version_names_its_suspects_the_mislabelled_articles_first(desk_models):
    found = written(desk_models)
    assert {item["id"] for item in found[:2]} == {f"a{i}" for i in MISLABELLED}
    first = found[0]
    assert first["add"].keys() | first["remove"].keys() == {FLOOD, DRONES}
    assert first["excerpt"]
    assert first["evidence"][next(iter(first["add"]))]


def test_the_desk_lists_them_and_stores_verdicts_with_the_name_of_the_editor(desk, desk_models, verdicts):
    _, ada, *_ = desk
    suspects = written(desk_models)
    page = ada.get("/desk/suspects")
    assert f"{len(suspects)} without a verdict" in page.text
    path = page.html.css_first("a.main").attributes["href"]
    assert suspects[0]["digest"] in path
    shown = ada.get(path)
    assert shown.html.css(".story mark.for")
    done = ada.send(path, action="model")
    verdict = verdicts.of([suspects[0]["digest"]])[suspects[0]["digest"]]
    assert verdict.sections == tuple(suspects[0]["add"])
    assert (verdict.person, verdict.article) == ("Ada Lovelace", suspects[0]["id"])
    assert suspects[1]["digest"] in done.location
    assert f"{len(suspects) - 1} without a verdict" in ada.get("/desk/suspects").text
    ada.send(path, action="withdraw")
    assert verdicts.all() == {}


@pytest.mark.parametrize(
    ("fields", "sections"),
    [
        ({"action": "right"}, "labels"),
        ({"action": "correct", "section": ["oceania", FLOOD]}, ("oceania", FLOOD)),
        ({"action": "correct"}, ()),
    ],
)
def test_what_the_buttons_store_as_verdict(desk, desk_models, verdicts, fields, sections):
    _, ada, *_ = desk
    first = written(desk_models)[0]
    ada.send(f"/desk/suspects/default/{first['digest']}", **fields)
    expected = tuple(first["sections"]) if sections == "labels" else sections
    assert verdicts.all()[first["digest"]].sections == expected


def test_a_verdict_names_sections_of_the_model_only(desk, desk_models, verdicts):
    _, ada, *_ = desk
    first = written(desk_models)[0]
    path = f"/desk/suspects/default/{first['digest']}"
    assert ada.send(path, action="correct", section="nowhere").status == 422
    assert ada.send(path, action="x").status == 422
    assert verdicts.all() == {}


@pytest.fixture
def corpus(tmp_path):
    """Articles with their sections, and the file that they are from."""
    data = write_jsonl(tmp_path / "articles.jsonl", small_corpus(6))
    sections = Sections.load(SECTIONS_FILE)
    return read_corpus([data], sections, Reading()).articles, data, sections


def test_training_reads_the_verdicts_of_the_desk(corpus, verdicts, tmp_path):
    articles, _, sections = corpus
    verdicts.put(articles[0].article.digest.hex(), "a0", (DRONES,), model="m", person=None)
    verdicts.put(articles[2].article.digest.hex(), "a2", (), model="m", person=None)
    verdicts.put("00" * 32, None, (FLOOD,), model="m", person=None)
    verdicts.put("11" * 32, None, ("gone",), model="m", person=None)
    read = read_verdicts((), str(tmp_path / "feedback.db"), sections)
    changed = read.applied_to(articles)
    assert [item.sections for item in changed[:3]] == [{DRONES}, {DRONES}, frozenset()]
    assert changed[3:] == articles[3:]
    notes = read.notes(articles)
    assert notes[0] == "2 of 3 verdicts are on articles of this run"
    assert "gone" in notes[1]


def test_a_verdict_counts_for_the_section_that_took_the_place_of_its_own(corpus, verdicts, tmp_path):
    articles, _, _ = corpus
    verdicts.put(articles[0].article.digest.hex(), None, ("drones", "robots"), model="m", person=None)
    sections = Sections(
        (
            Section(id=DRONES, name="Technology", aliases=("robots",)),
            Section(id="drones", name="Drones", status="deprecated", replaced_by=DRONES),
        )
    )
    read = read_verdicts((), str(tmp_path / "feedback.db"), sections)
    assert read.applied_to(articles)[0].sections == {DRONES}


def table(path, data, *verdicts):
    rows = [
        [data, i + 1, f"a{i}", "headline", FLOOD, f"{DRONES} 0.91", f"{FLOOD} 0.08", "words", verdict]
        for i, verdict in enumerate(verdicts)
    ]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([SUSPECT_COLUMNS, *rows])
    return path


def test_training_reads_the_verdicts_in_a_table_of_suspects(corpus, tmp_path):
    articles, data, sections = corpus
    path = table(tmp_path / "suspects.csv", data, "model", "ok", f"{FLOOD} | Oceania", "none", "")
    changed = read_verdicts((path,), None, sections).applied_to(articles)
    assert [set(item.sections) for item in changed[:4]] == [{DRONES}, {FLOOD}, {FLOOD, "oceania"}, set()]
    assert changed[4:] == articles[4:]


def test_a_verdict_that_is_not_clear_stops_training_and_names_its_row(corpus, tmp_path):
    _, data, sections = corpus
    path = table(tmp_path / "suspects.csv", data, "ok", "hm, perhaps")
    with pytest.raises(CorpusError, match=r"suspects.csv, row 3: the verdict is not clear.*write “ok”"):
        read_verdicts((path,), None, sections)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(CorpusError, match="is not a table of suspects"):
        read_verdicts((path,), None, sections)
