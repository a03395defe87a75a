import ast

import numpy as np
import pytest

from classifier.corpus.checks import check, check_rows, count
from classifier.corpus.findings import CHECK_NAMES, Finding, first_few, worst
from classifier.corpus.readers import read_corpus
from classifier.corpus.stories import group_stories, sign
from classifier.sections import Section, Sections
from classifier.training.counts.corpus import count_texts
from tests.helpers import ROOT, small_corpus, write_jsonl

FRENCH = (
    "Le ministère a annoncé que les manœuvres conjointes auront lieu au printemps, malgré les critiques de plusieurs "
    "députés qui demandent davantage de transparence sur le coût de ces exercices et sur la présence de navires "
    "étrangers dans les eaux du territoire. Les pêcheurs de la côte disent qu'ils n'ont pas été consultés, et la "
    "préfecture répond que des réunions publiques se tiendront avant la fin du mois. L'opposition réclame un débat, et "
    "le gouvernement promet de publier un rapport complet à l'automne, avec les chiffres des trois dernières années."
)


@pytest.fixture
def look(tmp_path, sections):
    def look(rows, vocabulary=sections, min_support=5):
        corpus = read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], vocabulary)
        texts = [item.prepared.text for item in corpus.articles]
        stories = group_stories(sign(texts), texts)
        counted = count_texts([item.prepared for item in corpus.articles])
        found = [*check_rows(corpus), *check(corpus.articles, stories, vocabulary, counted, min_support)]
        return {finding.check: finding for finding in found}

    return look


def lines(finding):
    return [int(item.split(":")[1].split()[0]) for item in finding.items]


def test_sections_in_a_column_that_is_not_read_are_a_warning_if_the_one_read_holds_none(tmp_path, sections):
    rows = [{"body": f"Text {n}", "tags": ["army"], "Ressort": "Oceania"} for n in range(3)]
    found = list(check_rows(read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], sections)))
    assert [finding.severity for finding in found] == ["error", "warning", "note"]
    assert found[1].message.endswith("Fix: read them with --labels Ressort")


def test_good_articles_give_no_warning(look):
    """The subjects are so different that single terms predict them; nothing else is reported."""
    assert set(look(small_corpus(60))) == {"thin-section", "leaking-term"}


def test_bad_rows_are_an_error(look):
    found = look([*small_corpus(), {"body": "x", "sections": ["Tecnology"]}])["bad-rows"]
    assert (found.severity, lines(found)) == ("error", [37])


def test_a_label_that_is_no_section_is_listed_once_with_its_rows(look):
    bad = [{"body": f"x {n}", "sections": [label]} for n, label in enumerate(["Tecnology", "sport", "Tecnology"])]
    found = look([*small_corpus(), *bad, {"body": 5, "sections": [None]}])["bad-rows"]
    assert found.message.startswith("4 rows cannot be used")
    labels = [item.partition(". Fix")[0].partition(": ")[2] for item in found.items]
    assert labels[:2] == ["sections: unknown section “Tecnology”", "sections: unknown section “sport”"]
    assert ["(2 rows)" in item for item in found.items] == [True, False, False]
    assert len(found.items) == 3
    assert found.items[2].count("sections") == 1


def test_rows_with_the_same_fault_are_one_item_with_their_number(look):
    same = [{"body": f"x {n}", "id": "same", "sections": ["Oceania"]} for n in range(4)]
    found = look([*small_corpus(), {"body": [{}], "sections": ["Oceania"]}, *same])["bad-rows"]
    assert found.message == "4 rows cannot be used. Fix: correct them, or train with --skip-bad"
    assert lines(found) == [39, 37]
    assert found.items[0].endswith(" (2 more rows like this)")
    assert "more row" not in found.items[1]


def test_a_file_in_another_encoding_is_named_before_its_rows(tmp_path, sections):
    path = tmp_path / "x.csv"
    path.write_bytes("text;label\nCafé au lait;Oceania\nUn été;Oceania\n".encode("windows-1252"))
    (found, *_) = check_rows(read_corpus([path], sections))
    assert found.message == "2 rows cannot be used. Fix: correct them"
    assert found.items == (
        f"{path} looks like windows-1252. Fix: add --encoding windows-1252, or save it as UTF-8",
        f"{path}:2: not UTF-8 (byte 0xe9 at character 4). Fix: correct it, or save the file as UTF-8 "
        "(1 more row like this)",
    )


def test_copies_are_a_note_and_a_warning_where_their_labels_differ(look):
    rows = small_corpus()
    alike, unlike = {**rows[1], "id": "c1"}, {**rows[4], "id": "c2", "sections": ["oceania"]}
    found = look([*rows, alike, unlike])
    assert found["copies"].severity == "note"
    assert found["copies"].items[0].count("x.jsonl") == 2
    assert found["contradicting-copies"].severity == "warning"
    assert "x.jsonl:5 = " in found["contradicting-copies"].items[0]


@pytest.mark.parametrize("line", ["Filed under: Technology", "TECHNOLOGY | Staff report", "Section - technology"])
@pytest.mark.parametrize("at_end", [False, True])
def test_a_line_that_names_the_articles_own_section_is_an_error(look, line, at_end):
    rows = small_corpus()
    for row in rows:
        if "technology" in row["sections"]:
            row["body"] = f"{row['body']}\n\n{line}" if at_end else f"{line}\n\n{row['body']}"
    found = look(rows)["leaked-header"]
    assert found.severity == "error"
    assert found.message.startswith("technology: ")
    assert len(found.items) == 12


def test_a_name_that_all_articles_mention_is_no_leak(look):
    rows = [{**row, "body": f"The Technology Desk\n\n{row['body']}"} for row in small_corpus()]
    assert "leaked-header" not in look(rows)


def test_a_section_named_within_a_sentence_is_no_leak(look):
    rows = small_corpus()
    for row in rows:
        if "technology" in row["sections"]:
            row["body"] += "\n\nIt is the technology that counts."
    assert "leaked-header" not in look(rows)


LABELS = [
    "Filed under: Technology, Oceania",
    "Filed under: Technology, Sport",
    "Filed under Technology",
    "By Jane Doe | 3 | Technology",
    "#Technology #Oceania",
]


@pytest.mark.parametrize("line", LABELS)
def test_a_line_of_little_but_section_names_is_a_leak(look, line):
    """Below the text, because cleaning removes some such lines from its start."""
    rows = small_corpus()
    for row in rows:
        if "technology" in row["sections"]:
            row["body"] = f"{row['body']}\n\n{line}"
    assert look(rows)["leaked-header"].message.startswith("technology: ")


@pytest.mark.parametrize(
    "line", ["Home > World > Technology", "Technology | News", "Home » News » Technology » Oceania"]
)
def test_a_first_line_of_section_names_is_removed_and_so_does_not_leak(look, line):
    rows = small_corpus()
    for row in rows:
        if "technology" in row["sections"]:
            row["body"] = f"{line}\n\n{row['body']}"
    assert "leaked-header" not in look(rows)


HEADLINES = [
    "{place} agrees new aid for technology",
    "Blackouts spread across technology of {place} and beyond",
    "{place} technology talks",
    "Technology: {place} under pressure",
    "Technology – {place} under pressure",
    "{place}, Technology",
    "{place}: blackouts, technology and aid",
]


def test_a_line_in_a_small_share_of_a_section_is_a_warning(look):
    rows = small_corpus(240)
    technology = [row for row in rows if "technology" in row["sections"]]
    for row in technology[:3]:
        row["body"] += "\n\nTechnology"
    few = look(rows)["leaked-header"]
    assert few.severity == "warning"
    assert few.message.startswith("technology: 3 of the 80 articles of this section name it")
    assert len(few.items) == 3
    for row in technology[3:5]:
        row["body"] += "\n\nTechnology"
    assert look(rows)["leaked-header"].severity == "error"


@pytest.mark.parametrize("headline", HEADLINES)
def test_a_headline_above_the_body_that_mentions_a_section_is_no_leak(look, headline):
    rows = small_corpus()
    technology = [row for row in rows if "technology" in row["sections"]]
    for row in technology:
        place = row["headline"].split()[0]
        row["body"] = f"{headline.format(place=place)}\n\n{row['body']}"
    assert "leaked-header" not in look(rows)


def test_a_source_that_gives_a_section_away_is_a_warning(look):
    rows = small_corpus(60)
    for row in rows:
        row["source"] = "Lab Notes" if "technology" in row["sections"] else "Other paper"
    found = look(rows)["leaking-source"]
    assert (found.severity, found.items) == ("warning", ("Lab Notes",))


def test_a_term_that_gives_a_section_away_is_a_warning(look):
    rows = small_corpus(60)
    for row in rows:
        if "technology" in row["sections"]:
            row["body"] += " Reporting by the zymurgic desk."
    found = look(rows)["leaking-term"]
    assert found.severity == "warning"


def test_thin_sections_are_named(look):
    rows = small_corpus()
    rows[0]["sections"] = ["oceania"]
    found = look(rows)["thin-section"]
    assert found.message.startswith(("oceania", "climate"))


def test_a_section_on_every_article_is_a_warning_of_its_own(look):
    rows = [{**row, "sections": [*row["sections"], "oceania"]} for row in small_corpus()]
    found = look(rows)["everywhere"]
    assert found.severity == "warning"
    assert found.message.startswith("oceania: every article has this section, so it cannot be learned")


def test_near_copies_of_a_story_count_once_for_a_thin_section(look):
    rows = small_corpus()
    copies = [{**rows[2], "id": f"copy{n}", "sections": ["oceania"]} for n in range(8)]
    vocabulary = Sections(Section(id=id_, name=id_) for id_ in ("technology", "climate-and-disasters", "oceania"))
    found = look([*rows, *copies], vocabulary)["thin-section"]
    assert found.severity == "warning"
    assert found.message.startswith(
        "oceania: 1 story in 8 articles, because near copies count once, so it is not trained: --min-support is 5"
    )


def test_a_section_that_is_to_be_trained_all_the_same_is_not_said_to_be_left_out(look):
    others = [row for row in small_corpus() if "climate-and-disasters" not in row["sections"]]
    rows = [*others, {"body": "A storm hit the coast.", "sections": ["climate-and-disasters"]}]
    assert "not trained" in look(rows)["thin-section"].message
    assert "not trained" not in look(rows, min_support=1)["thin-section"].message


def test_deprecated_labels_are_a_warning_unless_something_replaces_them(look):
    rows = [{**row, "sections": ["old"] if row["sections"] else []} for row in small_corpus()]
    old = {"id": "old", "name": "Old", "status": "deprecated"}
    alone = Sections([Section(id="new", name="New"), Section(**old)])
    replaced = Sections([Section(id="new", name="New"), Section(**old, replaced_by="new")])
    assert look(rows, alone)["deprecated-label"].severity == "warning"
    assert look(rows, replaced)["deprecated-label"].severity == "note"


@pytest.mark.parametrize("body", ["12 34 56 78 == 99 %% 00 11 22 33", "{}[]();;;=>=> x1"])
def test_what_is_not_text_is_a_warning(look, body):
    assert lines(look([*small_corpus(), {"body": body}])["not-text"]) == [37]


@pytest.mark.parametrize("body", ["The cafÃ© on the corner", "He said â€œnoâ€\u009d", "lost \ufffd character"])
def test_broken_encodings_are_a_warning(look, body):
    assert lines(look([*small_corpus(), {"body": f"{body} and some more words"}])["encoding"]) == [37]


def test_another_language_is_a_warning(look):
    assert lines(look([*small_corpus(), {"body": FRENCH}])["language"]) == [37]


def test_a_short_text_is_not_judged_by_its_language(look):
    assert "language" not in look([*small_corpus(), {"body": "Le ministre a dit non."}])


def test_counts_are_by_section_and_year(tmp_path, sections):
    rows = [
        {"id": str(i), "body": f"text number {i}", "sections": ["oceania"], "published": f"20{i}-01-01"}
        for i in (14, 15)
    ]
    corpus = read_corpus([write_jsonl(tmp_path / "x.jsonl", [*rows, {"body": "none at all"}])], sections)
    counts = count(corpus, np.arange(3), sections)
    assert counts.sections["oceania"] == {"2014": 1, "2015": 1}
    assert counts.sections["none"] == {"undated": 1}


def test_repeated_runs_of_eight_words_are_measured(tmp_path, sections):
    body = "one two three four five six seven eight nine ten"
    rows = [{"body": body}, {"body": body + " eleven"}]
    corpus = read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], sections)
    assert count(corpus, np.arange(2), sections).repeated_shingles == pytest.approx(3 / 4)


def test_long_lists_are_cut_with_a_count():
    assert first_few(["a", "b", "c"], 2) == "a, b and 1 more"
    assert worst([Finding("note", "x", "."), Finding("error", "x", "."), Finding("warning", "x", ".")]) == "error"


def test_every_check_can_be_named():
    """`--ignore-check` takes the names of all findings that the code makes."""
    made = set()
    for path in (ROOT / "classifier").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
                made.add(node.args[1].value)
    assert made == set(CHECK_NAMES)
