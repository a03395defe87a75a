"""Suspects: the articles whose labels the model doubts, verdicts on them, and training on the verdicts."""

import csv
import json

import pytest
from click.testing import CliRunner

from classifier.commands.sample import sample
from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.verdicts import SUSPECT_COLUMNS, read_verdicts
from classifier.errors import CorpusError
from classifier.feedback.database import Database
from classifier.feedback.verdicts import VerdictStore
from classifier.sections import Section, Sections
from classifier.service.app import create_app
from classifier.settings import Settings
from classifier.store.drawn import DRAWN_FILE, DrawnArticle, DrawnSample
from classifier.store.registry import Registry
from tests.conftest import SECTIONS_FILE
from tests.driver.desk import DRONES, FLOOD, MISLABELLED, Editor
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


def table(path, data, *verdicts, delimiter=",", encoding="utf-8-sig"):
    rows = [
        [data, i + 1, f"a{i}", "headline", FLOOD, f"{DRONES} 0.91", f"{FLOOD} 0.08", "words", verdict]
        for i, verdict in enumerate(verdicts)
    ]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([SUSPECT_COLUMNS, *rows])
    return path


def test_training_reads_the_verdicts_in_a_table_of_suspects(corpus, tmp_path):
    articles, data, sections = corpus
    path = table(tmp_path / "suspects.csv", data, "model", "ok", f"{FLOOD} | Oceania", "none", "")
    changed = read_verdicts((path,), None, sections).applied_to(articles)
    assert [set(item.sections) for item in changed[:4]] == [{DRONES}, {FLOOD}, {FLOOD, "oceania"}, set()]
    assert changed[4:] == articles[4:]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_verdicts_are_read_as_the_spreadsheets_of_every_country_save_them(corpus, tmp_path, delimiter, encoding):
    _, data, sections = corpus
    path = table(tmp_path / "s.csv", data, "model", f"{FLOOD} | Oceania", delimiter=delimiter, encoding=encoding)
    found = read_verdicts((path,), None, sections).of_place
    assert found == {(str(data), "a0"): {DRONES}, (str(data), "a1"): {FLOOD, "oceania"}}
    if encoding == "utf-8":
        path.write_text(f"sep={delimiter}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
        assert read_verdicts((path,), None, sections).of_place == found


def test_a_verdict_in_a_row_with_a_cell_too_many_is_refused_not_dropped(corpus, tmp_path):
    _, data, sections = corpus
    path = table(tmp_path / "suspects.csv", data, "ok")
    path.write_text(f"{path.read_text(encoding='utf-8').rstrip()},more\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="row 2: 10 cells, but the first row has 9"):
        read_verdicts((path,), None, sections)


def test_a_verdict_that_is_not_clear_stops_training_and_names_its_row(corpus, tmp_path):
    _, data, sections = corpus
    path = table(tmp_path / "suspects.csv", data, "ok", "hm, perhaps")
    with pytest.raises(CorpusError, match=r"suspects.csv, row 3: the verdict is not clear.*write “ok”"):
        read_verdicts((path,), None, sections)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(CorpusError, match="is not a table of suspects"):
        read_verdicts((path,), None, sections)


@pytest.fixture
def drawn(tmp_path):
    """A newsroom without a model: its archive, and a sample of five articles on the desk."""
    archive = write_jsonl(tmp_path / "archive.jsonl", [{**row, "sections": []} for row in small_corpus(30)])
    asked = [archive, "--n", 5, "--sections", SECTIONS_FILE, "--to", tmp_path / "to-label.jsonl"]
    asked += ["--desk", tmp_path / "models"]
    assert CliRunner().invoke(sample, list(map(str, asked))).exit_code == 0
    given = {"models": tmp_path / "models", "keys": tmp_path / "none", "feedback": str(tmp_path / "feedback.db")}
    return Editor(create_app(Settings.load(given, {}, tmp_path / "none"))), tmp_path


def label_on_desk(editor, n):
    """Label the first articles of the list: the very first with no section. Return the last answer."""
    path = editor.get("/desk/suspects").html.css_first("a.main").attributes["href"]
    for k in range(n):
        answer = editor.send(path, action="correct", section=[DRONES] if k else [])
        path = answer.location.partition("?")[0]
    return answer


def test_a_sample_is_labelled_on_the_desk_without_any_model(drawn):
    editor, _ = drawn
    page = editor.get("/desk/suspects")
    assert "5 articles were drawn for people to label" in page.text
    assert len(page.html.css("ol.queue li h2 a")) == 5
    path = page.html.css_first("a.main").attributes["href"]
    shown = editor.get(path)
    assert len(shown.html.css("input[name=section]")) == len(Sections.load(SECTIONS_FILE).active)
    assert shown.html.css("input[name=section][checked]") == []
    assert [button.attributes["value"] for button in shown.html.css("button[name=action]")] == ["correct"]
    assert {editor.send(path, action=action).status for action in ("right", "model")} == {422}
    assert label_on_desk(editor, 5).location == "/desk/suspects"
    assert "0 without a verdict" in editor.get("/desk/suspects").text


def test_training_reads_the_labels_of_the_desk_in_place_of_question_marks_and_of_a_teachers_labels(drawn):
    editor, folder = drawn
    label_on_desk(editor, 3)
    sections = Sections.load(SECTIONS_FILE)
    verdicts = read_verdicts((), str(folder / "feedback.db"), sections)
    reading = Reading(verdicts=verdicts.of_text)
    corpus = read_corpus([folder / "to-label.jsonl"], sections, reading)
    assert [set(item.sections) for item in corpus.articles] == [set(), {DRONES}, {DRONES}]
    assert ["nobody has labelled this row" in str(reject) for reject in corpus.rejects] == [True, True]
    taught = [row | {"sections": [FLOOD], "label_source": "machine"} for row in small_corpus(30)]
    corpus = read_corpus([write_jsonl(folder / "labelled.jsonl", taught)], sections, reading)
    applied = verdicts.applied_to(corpus.articles)
    assert sorted(len(item.sections - {FLOOD}) for item in applied if not item.taught) == [0, 1, 1]
    assert verdicts.notes(applied) == ["3 of 3 verdicts are on articles of this run"]


def test_a_sample_comes_before_the_suspects_and_a_file_that_is_none_is_named(desk, desk_models):
    _, ada, *_ = desk
    n = len(written(desk_models))
    article = DrawnArticle("ab" * 32, None, "", "A flood in the valley.", None)
    path = desk_models / DRAWN_FILE
    path.write_text(DrawnSample({FLOOD: "Floods"}, (article,)).to_json(), encoding="utf-8")
    try:
        page = ada.get("/desk/suspects")
        assert f"{n + 1} without a verdict" in page.text
        assert page.texts("ol.queue h2")[0] == "A flood in the valley."
        path.write_text('{"articles": 5}', encoding="utf-8")
        wrong = ada.get("/desk/suspects")
        assert wrong.status == 503
        assert "To-label.json is not a sample of articles to label. Fix: run “copydesk sample” again." in wrong.text
    finally:
        path.unlink()
