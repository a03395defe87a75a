"""The columns of a stranger's table: which of them hold labels, text and headline."""

import pytest

from classifier.corpus.readers import Reading, read_corpus
from classifier.errors import CorpusError
from tests.helpers import write_jsonl


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


def test_columns_that_are_not_read_are_noted_with_the_reason(read):
    rows = "title,text,description,section,category,author,split\nT,A,d,Oceania,x,B. C.,9\nT,B,d,South Asia,y,B. C.,9\n"
    other = "columns that were not read, because another column is read for the same field, or because their values do "
    assert read(rows, "x.csv").notes() == [
        "columns ignored because they are not fields of an article: author",
        "label columns that were not read, because most of their first values are not sections: category",
        f"{other}not fit the field: description, split",
    ]
    (_, labels_named, *_) = read(rows, "x.csv", labels=("section",)).notes()
    assert labels_named == "label columns that were not read, because --labels names others: category"


@pytest.mark.parametrize("words", ["army|ridge", "peace"])
def test_a_label_column_without_a_section_beside_another_that_has_sections_names_the_option(read, words):
    corpus = read(f"text,Tags,Ressort\nA,{words},Oceania\nB,navy,South Asia|Technology\n", "x.csv")
    assert len(corpus.rejects) == 2
    (line,) = corpus.labels_instead()
    assert "labels are read from Tags" in line
    assert line.endswith(
        "column “Ressort” has values such as Oceania, South Asia, Technology. Fix: read them with --labels Ressort"
    )
    assert line.partition(": ")[2] in " ".join(corpus.account())


@pytest.mark.parametrize(
    "rows",
    [
        "text,Tags,Ressort\nA,Oceania,Oceania\nB,navy,South Asia\n",
        "text,Tags,Ressort\nA,navy,Sea\nB,army,Land\n",
        "text,Tags,Ressort\nA,?,Oceania\nB,?,South Asia\n",
        "text,Tags,Ressort\nA,,Oceania\nB,,South Asia\n",
    ],
)
def test_no_other_column_is_named_if_a_label_is_a_section_or_nothing_is_better(read, rows):
    assert read(rows, "x.csv").labels_instead() == []


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
