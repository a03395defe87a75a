import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.corpus.readers import read_corpus
from classifier.errors import CorpusError
from classifier.sections import Section, Sections
from tests.helpers import PAGE, write_jsonl

HEADER = "id,title,content,tags,date\n"


@pytest.fixture
def read(tmp_path, sections):
    def read(source, name="articles.csv"):
        path = tmp_path / name
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return read_corpus([path], sections)

    return read


def lines_and_reasons(corpus):
    return [(reject.place.line, "; ".join(reject.reasons)) for reject in corpus.rejects]


def test_columns_and_labels_are_found_by_their_other_names(read):
    (item,) = read(HEADER + "1,A headline,A body,South Asia|FOIP,2024-01-31\n").articles
    assert (item.article.headline, item.article.body, item.article.id) == ("A headline", "A body", "1")
    assert item.sections == {"south-asia", "free-and-open-indo-pacific"}
    assert str(item.article.published) == "2024-01-31"


def test_a_table_with_five_kinds_of_mistake_names_each_with_its_line(read):
    corpus = read(
        "id,title,content,tags,language\n"
        "a1,Good,Body one,South Asia,en\n"
        "a2,Bad section,Body two,Sout Asia,en\n"
        f"a3,{'Bad title' * 300},Body three,South Asia,en\n"
        "a1,Bad id,Body four,Technology,en\n"
        'a5,"Bad quote,Body five,South Asia,en\n'
        "a6,Bad language,Body six,South Asia,the usual one\n"
        '"a7","Good ""too""","Body\nseven",technology;oceania,en\n'
    )
    assert [item.article.id for item in corpus.articles] == ["a1", "a7"]
    assert corpus.articles[1].article.headline == 'Good "too"'
    reasons = dict(lines_and_reasons(corpus))
    assert sorted(reasons) == [3, 4, 5, 6, 7]
    assert "nearest is “South Asia” (south-asia)" in reasons[3]
    assert reasons[4] == "title: longer than the 2,000 characters allowed. Fix: shorten it"
    assert reasons[5].startswith("id: already used at ")
    assert reasons[5].endswith("articles.csv:2. Fix: give each article its own id")
    assert "broken quotes" in reasons[6]
    assert reasons[7].startswith("language: “the usual one” is not a language code. Fix: write a BCP 47 code")


def test_labels_separated_by_a_comma_are_told_what_separates_them(tmp_path, sections):
    comma = Section(id="arts", name="Arts, Culture")
    path = tmp_path / "articles.csv"
    path.write_text(HEADER + '1,A,Body,"South Asia, Tecnology, Technology",\n2,B,Body,"Weather, sports",\n')
    corpus = read_corpus([path], Sections([*sections, comma]))
    separated, unknown = (reason for _, reason in lines_and_reasons(corpus))
    assert "unknown section “South Asia, Tecnology, Technology”" in separated
    assert separated.endswith(". If these are several, separate them with “|” or “;”, not with a comma")
    assert "comma" not in unknown


def test_rejects_hold_the_row_whole(read):
    row = 'a5,"Bad quote,Body five,South Asia,2020-01-05'
    assert [reject.raw for reject in read(HEADER + row + "\n").rejects] == [row]


def test_no_reason_shows_text(read):
    secret = "the minister will resign on Monday, said three people who had seen the letter"
    corpus = read(HEADER + f'1,"{secret}","{secret}","{secret}","{secret}"\n2,{secret}\n')
    assert len(corpus.rejects) == 2
    assert "minister" not in str(lines_and_reasons(corpus))


def test_semicolons_and_tabs_are_told_from_commas(read):
    assert read("title;text\nA;B, and C\n").articles[0].article.body == "B, and C"
    assert read("title\ttext\nA\tB, and C\n", "x.tsv").articles[0].article.body == "B, and C"


def test_a_row_with_too_few_or_too_many_cells_is_named(read):
    corpus = read("title,text\na\na,b,c\n")
    assert [line for line, _ in lines_and_reasons(corpus)] == [2, 3]
    assert "1 cell, but the header line names 2 columns" in lines_and_reasons(corpus)[0][1]


@pytest.mark.parametrize("header", ["title,text,text\n", ",,\n"])
def test_a_header_line_that_is_ambiguous_is_an_error(read, header):
    with pytest.raises(CorpusError, match="header line has repeated or empty column names"):
        read(header + "a,b,c\n")


@pytest.mark.parametrize(
    "source", [",title,text\n0,a,c\n", "title,,text\na,0,c\n", "title,text,\na,c,\n", "title,text,\na,c\n"]
)
def test_a_column_without_a_name_is_passed_over_and_said(read, source):
    corpus = read(source)
    assert [(item.article.headline, item.article.body) for item in corpus.articles] == [("a", "c")]
    assert any("has no name, so it is not read" in line for line in corpus.account())


def test_columns_that_no_field_takes_are_reported(read):
    assert read("text,colour\nx,red\n").ignored_columns == {"colour"}


def test_bytes_that_are_not_utf8_are_named_and_kept(read):
    corpus = read(b"title,text\nA,caf\xe9\nB,good\n")
    assert [item.article.headline for item in corpus.articles] == ["B"]
    assert "not UTF-8 (byte 0xe9" in lines_and_reasons(corpus)[0][1]
    assert corpus.rejects[0].raw.encode("utf-8", "surrogateescape") == b"A,caf\xe9"


def test_json_lines_go_on_after_a_bad_line(read):
    good = json.dumps({"body": "x", "sections": ["Oceania"]})
    corpus = read(f"{good}\n{{bad\n\n[1]\n{good}\n", "x.jsonl")
    assert len(corpus.articles) == 2
    assert [line for line, _ in lines_and_reasons(corpus)] == [2, 4]


def test_labels_of_json_lines_may_be_one_text(read):
    source = json.dumps({"body": "x", "labels": "South Asia; Technology"})
    assert read(source, "x.jsonl").articles[0].sections == {"south-asia", "technology"}


def test_labels_that_are_no_texts_are_refused(read):
    assert (
        "sections"
        in lines_and_reasons(read('{"body": "x", "sections": [1]}\n{"body": "x", "tags": 5}', "x.jsonl"))[0][1]
    )


def test_nested_json_without_end_is_a_bad_row(read):
    corpus = read("[" * 100_000 + "\n", "x.jsonl")
    assert len(corpus.rejects) == 1


def test_pages_give_their_labels_and_lose_them(read):
    (item,) = read(PAGE, "page.txt").articles
    assert item.sections == {"terrorism", "partnerships", "southeast-asia"}
    assert item.article.headline.startswith("Two navies")
    assert "Southeast Asia" not in item.prepared.text
    assert "Comment Here" not in item.prepared.text


def test_a_page_that_loses_most_of_its_letters_is_counted(read):
    page = "<p>South Asia</p><p>Troops clash</p><p>They fought at dawn.</p>"
    lost = f"<p><button>{'Accept every cookie of ours. ' * 20}</button></p>"
    (kept,) = read(page, "page.txt").articles
    corpus = read(page + lost, "page.txt")
    (item,) = corpus.articles
    assert item.prepared.text == kept.prepared.text == "Troops clash\n\nThey fought at dawn."
    assert (kept.prepared.dropped, item.prepared.dropped) == (0, 20 * len("Accepteverycookieofours"))
    (remark,) = corpus.accounts[0].remarks
    assert "cleaning left out more than half of the letters" in remark


def test_a_page_without_labels_is_not_taken_for_one_without_sections(read):
    assert "does not name the page's sections" in lines_and_reasons(read("A headline\n\nA body", "page.txt"))[0][1]


def test_folders_are_read_in_order_and_with_what_lies_below(tmp_path, sections):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.jsonl").write_text('{"id": "two", "body": "x"}\n')
    (tmp_path / "a.csv").write_text("id,text\none,x\n")
    (tmp_path / "notes.md").write_text("not data")
    assert [item.article.id for item in read_corpus([tmp_path], sections).articles] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "words"), [("nowhere.csv", "does not exist"), ("x.pdf", "unknown kind"), ("", "contains no")]
)
def test_paths_that_cannot_be_read_are_errors(tmp_path, sections, name, words):
    (tmp_path / "x.pdf").write_text("x")
    with pytest.raises(CorpusError, match=words):
        read_corpus([tmp_path / name], sections)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@settings(max_examples=50)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_whatever_the_csv_module_writes_is_read_back(tmp_path_factory, sections, rows):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("headline", "body"))
        writer.writerows(rows)
    corpus = read_corpus([path], sections)
    assert len(corpus.articles) + len(corpus.rejects) + corpus.left_out.total() == len(rows)
    blank = {("", body) for _, body in rows} | {(headline, "") for headline, _ in rows}
    assert {(a.article.headline, a.article.body) for a in corpus.articles} <= set(rows) | blank


def test_articles_of_whose_text_most_was_left_out_are_counted(tmp_path, sections):
    hidden = "<button>A long line of buttons to share a story with others.</button>"
    rows = [
        {"body": f"<p>Ships met.</p>{hidden}", "sections": ["Oceania"]},
        {"body": f"<p>{'Ships met at the reef and sailed home. ' * 3}</p>{hidden}", "sections": ["Oceania"]},
        {"headline": "Ships meet", "body": hidden, "sections": ["Oceania"]},
    ]
    corpus = read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], sections)
    assert len(corpus.articles) == 3
    changed = corpus.accounts[0].remarks
    assert [count for what, count in changed.items() if "more than half of the letters" in what] == [1]
    assert [count for what, count in changed.items() if "only the headline" in what] == [1]
    assert any("more than half of the letters" in line for line in corpus.account())
