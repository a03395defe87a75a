"""The columns of a stranger's table: which of them hold labels, text and headline, and every form of a cell."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.readers.columns.cells import Cells
from classifier.errors import CorpusError
from classifier.sections import Section, Sections
from tests.helpers import write_jsonl

#: Names with every sign that separates labels in some form of cell.
AWKWARD = Sections(
    [
        Section(id="sport", name="Sport"),
        Section(id="arts", name="Arts, Culture"),
        Section(id="food", name="Food; Drink"),
        Section(id="film", name="Film | Music"),
        Section(id="media", name="TV/Radio"),
        Section(id="odd", name="It's “odd”"),
        Section(id="asia", name="South Asia", aliases=("Asia > South",)),
    ]
)
PLAIN = Sections([Section(id=name.lower().replace(" ", "-"), name=name) for name in ("Sport", "South Asia", "Oceania")])


@pytest.fixture
def read(tmp_path, sections):
    def read(rows, name="x.jsonl", vocabulary=sections, **reading):
        path = tmp_path / name
        if isinstance(rows, str):
            path.write_text(rows, encoding="utf-8")
        else:
            write_jsonl(path, rows)
        return read_corpus([path], vocabulary, Reading(**reading))

    return read


def labels(corpus):
    assert corpus.rejects == []
    return [sorted(item.sections) for item in corpus.articles]


NAMES = (
    *("Section", "SECTIONS", "category", "Categories", "label", "Labels", "topic", "tags", "Tag", "class", "subject"),
    *("accept", "choices", "annotation", "Label Text", "category_name", "article-section"),
)


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_found_under_the_names_that_tools_give_them(read, name):
    corpus = read([{"text": "A", name: "Oceania"}, {"text": "B", name: "South Asia"}])
    assert labels(corpus) == [["oceania"], ["south-asia"]]
    assert corpus.accounts[0].labels_from == {name: 2}


@pytest.mark.parametrize(
    ("headline", "body"),
    [("title", "text"), ("Headline", "Article Body"), ("post_title", "post_content"), ("Title", "description")],
)
def test_headline_and_text_are_found_under_the_names_that_tools_give_them(read, headline, body):
    (item,) = read([{headline: "H", body: "B"}]).articles
    assert (item.article.headline, item.article.body) == ("H", "B")


def test_several_label_columns_whose_values_are_sections_are_joined(read):
    rows = "text,Categories,Tags,topic\nA,Oceania,South Asia|Technology,hard news\nB,South Asia,Technology,soft news\n"
    corpus = read(rows, "x.csv")
    assert labels(corpus) == [["oceania", "south-asia", "technology"], ["south-asia", "technology"]]
    assert corpus.accounts[0].labels_from == {"Categories + Tags": 2}
    assert corpus.ignored_columns == {"topic"}


def test_a_label_column_of_another_vocabulary_is_not_read_and_said(read):
    corpus = read("text,Categories,Tags\nA,Oceania,army|ridge\nB,South Asia,navy\nC,,\n", "x.csv")
    assert labels(corpus) == [["oceania"], ["south-asia"], []]
    assert "columns not read: Tags" in " ".join(corpus.account())


def test_a_label_column_that_begins_empty_is_read_further_down(read):
    rows = [{"text": f"A {n}", "labels": [], "category": "Oceania"} for n in range(400)]
    rows.append({"text": "Z", "labels": ["South Asia"], "category": "Oceania"})
    assert labels(read(rows))[-1] == ["oceania", "south-asia"]


def test_an_empty_label_column_is_not_given_up_for_one_of_another_vocabulary(read):
    rows = [{"text": f"A {n}", "sections": [], "category": ["Analysis", "Report"][n % 2]} for n in range(9)]
    corpus = read(rows)
    assert corpus.rejects == []
    assert corpus.accounts[0].columns.labels == ("sections",)
    assert [place.option for place in corpus.unread_labels] == ["--labels category"]


def test_the_first_of_several_text_columns_is_read_and_said(read):
    corpus = read([{"title": "T", "headline": "H", "article": "x", "body": "B", "description": "d"}])
    (item,) = corpus.articles
    assert (item.article.headline, item.article.body) == ("H", "B")
    assert "columns not read: article, description" in " ".join(corpus.account())


def test_a_text_under_another_usual_name_is_read_where_the_first_is_empty(read):
    corpus = read([{"text": "A"}, {"content": "B"}, {"text": "", "body": "C"}])
    assert [item.article.body for item in corpus.articles] == ["A", "B", "C"]


def test_columns_that_are_named_are_read_whatever_they_are_called(read):
    rows = [{"Ressort": "Oceania", "Thema": "South Asia", "Inhalt": "A", "Zeile": "H", "text": "not this"}]
    corpus = read(rows, labels=("ressort", "Thema"), text="Inhalt", headline="Zeile")
    assert labels(corpus) == [["oceania", "south-asia"]]
    assert (corpus.articles[0].article.body, corpus.articles[0].article.headline) == ("A", "H")


@pytest.mark.parametrize("option", [{"labels": ("nowhere",)}, {"text": "nowhere"}, {"headline": "nowhere"}])
def test_a_named_column_that_is_missing_is_an_error_that_lists_the_columns(read, option):
    with pytest.raises(CorpusError, match=r"no column “nowhere”. Its columns are text, Ressort. Fix: give --"):
        read([{"text": "A", "Ressort": "Oceania"}], **option)


def test_a_key_that_only_later_rows_have_is_read_too(read):
    rows = [{"text": f"A {n}", "labels": ["Oceania"]} for n in range(400)] + [{"text": "Z", "category": "South Asia"}]
    corpus = read(rows)
    assert labels(corpus)[-1] == ["south-asia"]
    assert corpus.accounts[0].labels_from == {"labels": 400, "category": 1}


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("true", "false"), (True, False), (1.0, 0.0)])
def test_a_column_for_each_section_holds_its_labels(read, yes, no):
    corpus = read([{"text": "A", "Oceania": yes, "South Asia": yes}, {"text": "B", "Oceania": no, "South Asia": no}])
    assert labels(corpus) == [["oceania", "south-asia"], []]
    assert corpus.accounts[0].n_labelled == 1


def cells_of(found: list[str]) -> dict[str, object]:
    """Return a list of labels in every form of cell that can hold any name."""
    quoted = ["'" + label.replace("\\", "\\\\").replace("'", "\\'") + "'" for label in found]
    return {
        "list": list(found),
        "JSON": json.dumps(found),
        "Python": str(found),
        "Label Studio": json.dumps({"choices": found}),
        "Python object": str({"choices": found}),
        "scores": dict.fromkeys(found, 1.0) | {"Nothing": 0.0},
        "objects": [{"name": label, "slug": "x"} for label in found],
        "DuckDB": f"[{', '.join(quoted)}]",
        "PostgreSQL": "{" + ",".join('"' + label.replace('"', '\\"') + '"' for label in found) + "}",
    }


@given(st.lists(st.sampled_from([section.name for section in AWKWARD]), unique=True, min_size=1))
def test_any_labels_are_read_back_from_every_form_of_list(found):
    cells = Cells(AWKWARD)
    for form, cell in cells_of(found).items():
        assert (form, sorted(cells.labels(cell))) == (form, sorted(found))


@pytest.mark.parametrize("separator", ["|", ";", " | ", "; ", "\n"])
@given(st.lists(st.sampled_from([section.name for section in AWKWARD]), unique=True, min_size=1))
def test_any_labels_are_read_back_from_text_with_separators(separator, found):
    assert Cells(AWKWARD).labels(separator.join(found)) == found


@pytest.mark.parametrize("separator", [",", ", ", " , "])
@given(st.lists(st.sampled_from(["Sport", "Arts, Culture", "South Asia"]), unique=True, min_size=1))
def test_commas_separate_labels_and_a_name_with_a_comma_stays_whole(separator, found):
    assert Cells(AWKWARD).labels(separator.join(found)) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("South Asia, Oceania", ["South Asia", "Oceania"]),
        ("[south asia, oceania]", ["south asia", "oceania"]),
        ("{south-asia,oceania}", ["south-asia", "oceania"]),
        ("['South Asia' 'Oceania']", ["South Asia", "Oceania"]),
        ("{'Oceania', 'Sport'}", ["Oceania", "Sport"]),
        ("News>Oceania|Asia > South Asia", ["Oceania", "South Asia"]),
        ("News/Oceania", ["Oceania"]),
        ("News > Weather", ["News > Weather"]),
        ("https://news.example/weather", ["https://news.example/weather"]),
        ("South&nbsp;Asia;Oceania", ["South\u00a0Asia", "Oceania"]),
        ("", []),
        ("[]", []),
        ("{}", []),
        (" | ; ", []),
        ("NaN", []),
        ("None", []),
        ([], []),
        (7, ["7"]),
        (7.0, ["7"]),
        (float("nan"), []),
        ({"oceania": True, "sport": False}, ["oceania"]),
    ],
)
def test_forms_of_cells(cell, found):
    assert Cells(PLAIN).labels(cell) == found


def test_a_slash_within_names_of_sections_separates_nothing():
    assert Cells(AWKWARD).labels("News/Sport") == ["News/Sport"]


@given(st.text() | st.recursive(st.none() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_no_cell_is_an_error(cell):
    found = Cells(AWKWARD).labels(cell)
    assert found is cell or isinstance(found, list)


@pytest.mark.parametrize("names", ["Oceania\nSouth Asia\n", '["Oceania", "South Asia"]', "0\tOceania\n1\tSouth Asia\n"])
@pytest.mark.parametrize("written", ["0,1", [0, 1], "[0, 1]", "0|1"])
def test_labels_that_are_numbers_have_their_names_in_a_file(read, tmp_path, names, written):
    (tmp_path / "names.txt").write_text(names)
    rows = [{"text": "A", "label": written}, {"text": "B", "label": 0}]
    assert labels(read(rows, label_names=tmp_path / "names.txt")) == [["oceania", "south-asia"], ["oceania"]]


@pytest.mark.parametrize(
    "names",
    [
        '{"1": "Oceania", "2": "South Asia"}',
        '{"features": {"label": {"names": ["Nothing", "Oceania", "South Asia"], "_type": "ClassLabel"}}}',
        '{"label2id": {"Oceania": 1, "South Asia": 2}}',
        "1 Oceania\n2 South Asia\n",
        "1,Oceania\n2,South Asia\n",
    ],
)
def test_a_file_of_names_may_begin_at_any_number(read, tmp_path, names):
    (tmp_path / "names.txt").write_text(names)
    rows = [{"text": "A", "label": 1}, {"text": "B", "label": 2.0}]
    assert labels(read(rows, label_names=tmp_path / "names.txt")) == [["oceania"], ["south-asia"]]


@pytest.mark.parametrize(
    ("names", "numbers", "words"),
    [
        ("Oceania\nSouth Asia\n", [1, 2], "the label “2” has no name in .*names for 0 to 1"),
        ("Oceania\nSouth Asia\nTechnology\n", [1, 2], "no article has the label 0, so the numbers may begin at 1"),
        ("", [0], "holds no names of classes"),
        ("{}", [0], "holds no names of classes"),
        ("[1, 2", [0], "holds no names of classes"),
    ],
)
def test_numbers_that_may_mean_other_names_stop_the_run(read, tmp_path, names, numbers, words):
    (tmp_path / "names.txt").write_text(names)
    with pytest.raises(CorpusError, match=words):
        read([{"text": "A", "label": number} for number in numbers], label_names=tmp_path / "names.txt")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("en_GB", "en"),
        ("English", "en"),
        ("german", "de"),
        ("eng", "en"),
        ("und", None),
        ("", None),
        ("pt-BR", "pt"),
    ],
)
def test_languages_are_codes_or_english_names(read, written, code):
    (item,) = read([{"text": "A", "Language": written}]).articles
    assert item.article.language == code


def test_a_language_that_is_no_code_is_a_bad_row(read):
    (reject,) = read([{"text": "A", "lang": "the usual one"}]).rejects
    assert reject.reasons[0].startswith("language: “the usual one” is not a language code. Fix: ")


def test_a_text_of_nothing_but_names_of_sections_says_so(read):
    corpus = read([{"text": "Oceania South Asia"}, {"title": "Oceania"}, {"title": "H", "text": "Oceania"}])
    kept = [item.prepared.text for item in corpus.articles]
    assert [text for text in kept if text] == kept
    assert len(kept) + len(corpus.rejects) == 3
    assert all("nothing is left of it" in str(reject) for reject in corpus.rejects)


def test_rows_without_text_are_left_out_and_counted(read):
    corpus = read('text,headline,label\n,,Oceania\n" ",,Oceania\n<img src="a">,,Oceania\nA,,Oceania\n', "x.csv")
    assert (len(corpus.articles), corpus.left_out, corpus.rejects) == (1, {"rows without text": 3}, [])


def test_a_headline_alone_is_an_article(read):
    (item,) = read("title,label\nTroops clash,Oceania\n", "x.csv").articles
    assert item.prepared.text == "Troops clash"


@pytest.mark.parametrize(
    "inner", [{"cats": {"Oceania": 1}}, {"label": 1, "Comments": []}, {"data": {"annotations": 1}}]
)
def test_keys_of_an_annotation_tool_further_in_do_not_make_a_table_its_export(read, inner):
    rows = [{"text": "A", "category": "Oceania", "meta": inner}, {"text": "B", "category": "Oceania", "meta": inner}]
    corpus = read(rows)
    assert labels(corpus) == [["oceania"], ["oceania"]]
    assert corpus.accounts[0].format == "JSON Lines"
