"""What a command learns of its files before it measures anything: what was read, what was not, and what is wrong."""

import json
import time

import pytest

from classifier.commands.console import PlainProgress
from classifier.corpus.intake import read_or_refuse
from classifier.corpus.readers import Reading
from classifier.errors import CorpusError
from classifier.sections import Section, Sections
from tests.driver.exports import export, post
from tests.helpers import PAGE, write_jsonl


@pytest.fixture
def read(tmp_path, sections):
    def read(files, rejects=None, vocabulary=sections, **reading):
        for name, rows in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            if isinstance(rows, list):
                write_jsonl(path, rows)
            else:
                path.write_bytes(rows if isinstance(rows, bytes) else rows.encode())
        paths = dict.fromkeys(tmp_path / name.split("/")[0] for name in files)
        return read_or_refuse(paths, vocabulary, rejects, Reading(**reading), PlainProgress())

    return read


LABELLED = [{"text": f"Troops {n}", "labels": ["Oceania"]} for n in range(4)]


def test_a_file_has_one_line_and_one_more_for_everything_that_was_left_out(read, tmp_path, capsys):
    read({"x.jsonl": [*LABELLED, {"text": "Navy", "labels": [], "colour": "red"}, {"labels": ["Oceania"]}]})
    assert capsys.readouterr().err.splitlines()[1:] == [
        f"{tmp_path / 'x.jsonl'}: 5 articles, 4 with labels (labels from labels)",
        "  left out (1): rows without text",
        "  columns not read: colour",
    ]


def test_an_account_is_plain_json(read):
    (account,) = read({"x.jsonl": [*LABELLED, {"labels": ["Oceania"], "colour": 1}]}).accounts
    found = json.loads(json.dumps(account.to_json()))
    assert (found["articles"], found["with_labels"], found["left_out"]) == (4, 4, {"rows without text": 1})
    assert found["columns"] == {"labels": ["labels"], "body": ["text"], "headline": [], "not_read": ["colour"]}
    assert "file" not in account.to_json(with_names=False)


def test_many_files_of_one_kind_are_one_line(read, tmp_path):
    corpus = read({f"pages/{n}.jsonl": LABELLED for n in range(20)})
    (line,) = corpus.account()
    assert line == f"{tmp_path / 'pages'} (20 files, JSON Lines): 80 articles, 80 with labels (labels from labels)"


def test_a_file_without_a_column_of_labels_stops_even_beside_another_that_has_one(read):
    other = [{"text": f"Navy {n}", "Ressort": "Oceania" if n % 2 else "South Asia"} for n in range(4)]
    with pytest.raises(CorpusError) as error:
        read({"a.jsonl": LABELLED, "b.jsonl": other})
    message = str(error.value)
    assert "b.jsonl: none of its 4 articles has a label" in message
    assert "column “Ressort” has values such as South Asia, Oceania" in message
    assert "Fix: add --labels Ressort, or add --all-unlabelled" in message
    assert "a.jsonl" not in message


def test_a_table_without_a_column_of_labels_stops_with_every_column_it_has(read):
    row = {"id": "1", "date": "2024-01-01", "title": "Navy", "text": "Ships met", "colour": "red", "url": "u"}
    words = r"the columns are id, date, title, text, colour, url\. Fix: name the column"
    with pytest.raises(CorpusError, match=words):
        read({"x.csv": f"{','.join(row)}\n{','.join(row.values())}\n"})
    with pytest.raises(CorpusError, match=words):
        read({"d/a.jsonl": [{**row, "id": "2"}], "d/b.jsonl": [row]})


@pytest.mark.parametrize("empty", [[], "", None])
def test_a_file_whose_labels_are_all_empty_stops(read, empty):
    with pytest.raises(CorpusError, match=r"Nothing in labels is a label|No column is known to hold labels"):
        read({"a.jsonl": [{"text": f"Navy {n}", "labels": empty} for n in range(4)]})


def test_a_file_of_articles_without_a_section_is_read_if_that_is_said(read):
    corpus = read({"a.jsonl": [{"text": "Navy", "labels": []}] * 3}, all_unlabelled=True)
    assert [item.sections for item in corpus.articles] == [frozenset()] * 3


def test_a_part_of_an_archive_without_labels_is_fine_if_its_other_files_have_some(read):
    corpus = read({"d/a.jsonl": LABELLED, "d/b.jsonl": [{"text": f"Navy {n}", "labels": []} for n in range(9)]})
    assert len(corpus.articles) == 13


def test_one_article_a_file_is_judged_by_its_folder(read):
    files = {f"d/{n}.jsonl": [{"text": f"A {n}", "category": "Oceania"}] for n in range(3)}
    assert len(read(files | {"d/9.jsonl": [{"text": "Navy"}]}).articles) == 4


def test_an_export_whose_posts_have_no_category_stops(read):
    with pytest.raises(CorpusError, match=r"x\.xml: none of its 2 articles has a label"):
        read({"x.xml": export(post(1, "Troops", []), post(2, "Navy", []))})


def test_pages_have_labels(read):
    assert len(read({"page.txt": PAGE}).articles) == 1


def test_unknown_labels_are_told_once_each_with_their_number(read):
    rows = [{"text": f"Navy {n}", "labels": ["Tecnology", "Weather"]} for n in range(200)]
    with pytest.raises(CorpusError) as error:
        read({"x.jsonl": rows})
    first, second, *others = str(error.value).splitlines()
    assert "x.jsonl:1 (200 rows): labels: unknown section “Tecnology”" in first
    assert "the nearest is “Technology” (technology)" in first
    assert second.endswith("unknown section “Weather”, and no section is similar")
    assert len(others) == 2
    assert others[-1].startswith("200 of 200 rows cannot be used")


def test_a_table_of_headlines_whose_text_may_be_in_another_column_is_told(read):
    rows = [{"title": "Troops", "Volltext": "Troops marched", "labels": ["Oceania"]}]
    hint = "  only headlines are read. Fix: if a column not read has the text, name it with --text"
    assert hint in read({"x.jsonl": rows}).account()
    assert hint not in read({"x.jsonl": rows}, text="Volltext").account()


@pytest.mark.parametrize("options", [{}, {"ignore_unknown": True}])
def test_a_row_that_nobody_has_labelled_is_refused_even_if_unknown_labels_are_dropped(read, options):
    rows = [{"text": "Navy", "labels": "Technology"}, {"text": "Army", "labels": "?"}]
    with pytest.raises(CorpusError) as error:
        read({"x.jsonl": rows}, **options)
    assert "x.jsonl:2: labels: nobody has labelled this row. Fix: replace “?” with its sections" in str(error.value)
    assert "--ignore-unknown" not in str(error.value)


def test_an_error_about_thousands_of_rows_is_short(read):
    rows = [
        {"text": f"Navy {n}", "labels": [f"Label {n}"], "id": n % 7, "url": "x" * (2_001 + n)} for n in range(3_000)
    ]
    with pytest.raises(CorpusError) as error:
        read({"x.jsonl": rows})
    assert len(str(error.value).splitlines()) <= 30
    assert "and 2,988 more labels that are not sections" in str(error.value)


def test_labels_that_are_numbers_are_told_how_to_be_named(read):
    with pytest.raises(CorpusError, match=r"These labels are numbers\. Fix: .*--label-names"):
        read({"x.jsonl": [{"text": f"Navy {n}", "label": n % 4} for n in range(9)]})


def test_the_nearest_section_is_looked_for_once_a_label(read):
    sections = Sections([Section(id=f"topic-{n}", name=f"Topic {n} harbour") for n in range(2_000)])
    rows = [{"text": f"Navy {n}", "labels": [f"Topik {n % 80} harbor", f"Rubrik {n % 80}"]} for n in range(300)]
    began = time.process_time()
    with pytest.raises(CorpusError, match=r"the nearest is “Topic 0 harbour”"):
        read({"x.jsonl": rows}, vocabulary=sections)
    assert time.process_time() - began < 5  # one search a row takes ten times as long


def test_one_row_is_told_in_the_singular(read):
    rows = [{"text": f"Navy {n}", "labels": "Oceania", "id": n % 9} for n in range(11)]
    with pytest.raises(CorpusError, match=r"\(1 more row like this\)\n2 of 11 rows cannot be used, .* correct them"):
        read({"x.jsonl": rows})
    with pytest.raises(CorpusError, match=r"\n1 of 10 rows cannot be used, .* Fix: correct it, or remove it from"):
        read({"x.jsonl": rows[:10]})
    labels = [{"text": f"Navy {n}", "labels": f"Label {n}"} for n in range(13)]
    with pytest.raises(CorpusError, match="and 1 more label that is not a section"):
        read({"x.jsonl": labels})


def test_bytes_of_windows_1252_are_told_by_name(read):
    rows = "".join(f"Café “Zum Löwen” {n};Oceania\n" for n in range(9))
    with pytest.raises(CorpusError) as error:
        read({"x.csv": f"text;label\n{rows}".encode("windows-1252")})
    assert "(8 more rows like this)" in str(error.value)
    assert "x.csv looks like windows-1252. Fix: add --encoding windows-1252" in str(error.value)


def test_bytes_of_another_script_are_not_taken_for_windows_1252(read):
    rows = "".join(f"Новости дня {n};Oceania\n" for n in range(9))
    with pytest.raises(CorpusError) as error:
        read({"x.csv": f"text;label\n{rows}".encode("windows-1251")})
    assert "windows-1252" not in str(error.value)


@pytest.mark.parametrize("damaged", [b"caf\xe9", b"caf\xc3 here", b"\xff\xfecaf\xe9"])
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_a_damaged_row_among_rows_in_utf8_gets_no_hint_of_another_encoding(read, name, damaged):
    texts = [*(f"Café “Zum Löwen” {n}".encode() for n in range(9)), damaged]
    rows = [text + b";Oceania" for text in texts]
    if name == "x.jsonl":
        rows = [b'{"text": "' + text + b'", "label": "Oceania"}' for text in texts]
    with pytest.raises(CorpusError) as error:
        read({name: b"\n".join(rows if name == "x.jsonl" else [b"text;label", *rows])})
    assert "9 other rows hold characters in UTF-8" in str(error.value)
    assert "the row that is not UTF-8 is damaged. Fix: correct that row" in str(error.value)
    assert "windows-1252" not in str(error.value)


@pytest.mark.parametrize(
    "damaged",
    [b"caf\xc3 here", b"caf\xc3", b"the \xc2 sign", b"\xff\xfere\xe9port", b"he said \xe2\x80 so", b"\xc3 la"],
)
def test_half_a_character_or_half_a_byte_order_mark_is_no_letter_of_windows_1252(read, damaged):
    rows = [*(b"Troops %d;Oceania" % n for n in range(9)), damaged + b";Oceania"]
    with pytest.raises(CorpusError) as error:
        read({"x.csv": b"\n".join([b"text;label", *rows])})
    assert "not UTF-8" in str(error.value)
    assert "windows-1252" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["À Paris", "AMANHÃ", "L’Âge d’or", "MÜNCHEN", "l’été…", "Þórr það", "naïve • Œuvre", "5 € à vie"]
)
def test_letters_and_quotes_of_western_languages_are_told_as_windows_1252(read, text):
    rows = "".join(f"{text} {'été' * n};Oceania\n" for n in range(3))
    with pytest.raises(CorpusError, match="looks like windows-1252"):
        read({"x.csv": f"text;label\n{rows}".encode("windows-1252")})


@pytest.mark.parametrize(
    ("below", "hint"),
    [("Café;Oceania".encode(), ""), (b"Caf\xe9;Oceania", " windows-1252"), (b"Navy;Oceania", " windows-1252")],
)
def test_a_header_that_is_not_utf8_names_another_encoding_only_if_no_row_is_utf8(read, below, hint):
    with pytest.raises(CorpusError, match=r"x\.csv:1: not UTF-8") as error:
        read({"x.csv": b"r\xe9sum\xe9;label\n" + below})
    assert str(error.value).endswith(
        f"or name its encoding with --encoding{hint}" if hint else "or save the file as UTF-8"
    )


def test_a_part_of_a_split_without_rows_is_an_error_that_says_what_was_left_out(read):
    rows = [{**row, "split": "train"} for row in LABELLED]
    words = r"no articles to use: all 4 rows were left out \(4 rows of the train part, as the column “split”"
    with pytest.raises(CorpusError, match=words):
        read({"x.jsonl": rows}, split="test")
