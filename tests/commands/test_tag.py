"""``copydesk tag``: every kind of file in, JSON Lines, CSV or Parquet out."""

import csv
import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet
import pytest

from classifier import Article, Choice
from tests.driver.exports import category, export, post
from tests.helpers import PAGE, ROOT, environment, run_python, small_corpus, write_jsonl

ROWS = [
    {"id": row["id"], "title": row["headline"], "text": row["body"], "category": "Sport", "author": "A. N. Other"}
    for row in small_corpus(12)
]


@pytest.fixture
def cli(starter_models):
    def cli(*args, **options):
        command = ("-m", "classifier", "tag", "--models", starter_models, *args)
        return run_python(*command, env=environment(), **options)

    return cli


@pytest.fixture
def expected(tagger):
    """The answers for `ROWS`."""
    articles = [Article(id=row["id"], headline=row["title"], body=row["text"]) for row in ROWS]
    return [json.loads(json.dumps(tagger.tag(article).to_json())) for article in articles]


def answers(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_csv(path, rows=ROWS):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_every_file_that_training_reads_is_tagged(cli, expected, tmp_path):
    write_csv(tmp_path / "a.csv")
    write_jsonl(tmp_path / "a.jsonl", ROWS)
    (tmp_path / "a.json").write_text(json.dumps(ROWS, indent=1))
    pa.parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    for name in ("a.csv", "a.jsonl", "a.json", "a.parquet"):
        done = cli(tmp_path / name)
        assert (done.returncode, answers(done)) == (0, expected), name
        assert done.stderr == (
            "12 articles have labels, which tagging does not read. To compare the tags with them, run “copydesk "
            "evaluate”\n"
        )


@pytest.mark.slow
def test_folders_globs_and_several_files_are_read_in_order(cli, expected, tmp_path):
    (tmp_path / "folder").mkdir()
    write_csv(tmp_path / "folder" / "b.csv", ROWS[6:])
    write_jsonl(tmp_path / "folder" / "a.jsonl", ROWS[:6])
    assert answers(cli(tmp_path / "folder")) == expected
    assert answers(cli(f"{tmp_path}/folder/*")) == expected
    assert answers(cli(tmp_path / "folder" / "b.csv", tmp_path / "folder" / "a.jsonl")) == expected[6:] + expected[:6]


@pytest.mark.slow
def test_an_export_and_dumped_pages_are_tagged(cli, tagger, tmp_path):
    body = ROWS[1]["text"]
    posts = (post(title="A swarm", body=body, labels=["law"]), post(title="Draft", body=body, status="draft"))
    (tmp_path / "site.xml").write_text(export(category("law", "Law"), *posts))
    done = cli(tmp_path / "site.xml")
    assert [tag["section"] for tag in answers(done)[0]["tags"]] == ["technology"]
    assert done.returncode == 0
    assert "left out (1): " in done.stderr
    (tmp_path / "page.txt").write_text(PAGE)
    (tmp_path / "unlabelled.txt").write_text(PAGE.partition("\n")[2])
    first, second = answers(cli(tmp_path / "page.txt", tmp_path / "unlabelled.txt"))
    assert first["id"] == "page"
    assert first["tags"] == second["tags"] == json.loads(json.dumps(tagger.tag(PAGE).to_json()))["tags"]


@pytest.mark.slow
def test_json_lines_in_the_form_of_the_http_api_keep_their_choices(cli, tagger, tmp_path):
    given = [
        {"id": "h1", "body": ROWS[1]["text"], "rejected": ["technology"]},
        {"body": 5},
        {"body": "x", "exclude": []},
    ]
    for name in ("a.jsonl", "a.unheard-of", "a.json"):
        done = cli(write_jsonl(tmp_path / name, given))
        assert [answer["id"] for answer in answers(done)] == ["h1", None]
        assert answers(done)[0] == tagger.tag(given[0]).to_json() | {"tags": []}
        assert done.returncode == 2
        assert (
            done.stderr.splitlines()[0]
            == f"{tmp_path / name}:2: body: must be a string. Fix: give one text, in quotation marks"
        )


def test_a_pipe_is_read_as_json_lines(starter_models, tmp_path):
    reader, writer = os.pipe()
    os.write(writer, json.dumps({"id": "p", "body": ROWS[1]["text"]}).encode() + b"\n")
    os.close(writer)
    command = [sys.executable, "-m", "classifier", "tag", "--models", starter_models, f"/dev/fd/{reader}"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        pass_fds=[reader],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(reader)
    assert [answer["id"] for answer in answers(done)] == ["p"]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_answers_are_written_to_a_file(cli, expected, tmp_path, suffix):
    source, target = write_csv(tmp_path / "a.csv"), tmp_path / f"out{suffix}"
    target.write_text("before")
    done = cli(source, "--to", target)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"12 answers were written to {target}" in done.stderr
    if suffix == ".jsonl":
        assert [json.loads(line) for line in target.read_text().splitlines()] == expected
        return
    if suffix == ".csv":
        rows = read_csv(target)
        names = ("tags", "decisions", "reasons")
        lists = [{name: row[name].split("|") if row[name] else [] for name in names} for row in rows]
        probabilities = [[float(value) for value in row["probabilities"].split("|") if value] for row in rows]
    else:
        rows = lists = pa.parquet.read_table(target).to_pylist()
        probabilities = [row["probabilities"] for row in rows]
    assert [(row["id"], row["outcome"], row["model"]) for row in rows] == [
        (answer["id"], answer["outcome"], answer["model"]) for answer in expected
    ]
    assert [int(row["line"]) for row in rows] == list(range(2, 14))
    assert {row["file"] for row in rows} == {str(source)}
    assert [row["tags"] for row in lists] == [[tag["section"] for tag in answer["tags"]] for answer in expected]
    assert [row["decisions"] for row in lists] == [[tag["decision"] for tag in answer["tags"]] for answer in expected]
    reasons = [[reason or None for reason in row["reasons"] or [None] * len(row["tags"])] for row in lists]
    assert reasons == [[tag.get("reason") for tag in answer["tags"]] for answer in expected]
    assert probabilities == [[tag["probability"] for tag in answer["tags"]] for answer in expected]


def test_a_file_of_answers_is_put_in_place_when_all_are_written(cli, tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("before")
    good = write_csv(tmp_path / "a.csv")
    done = cli(good, tmp_path / "nowhere.csv", "--to", target)
    assert done.returncode == 2
    assert done.stderr.startswith("The articles cannot be read: ")
    assert target.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "out.csv"]


def test_rows_that_cannot_be_tagged_are_named_and_the_others_are_written(cli, tmp_path):
    rows = [*ROWS[:2], {**ROWS[2], "text": "", "title": ""}, {**ROWS[3], "id": "x" * 300}, ROWS[4]]
    source, target = write_csv(tmp_path / "a.csv", rows), tmp_path / "out.csv"
    done = cli(source, "--to", target)
    assert done.returncode == 2
    assert f"{source}:5: id: longer than the 200 characters allowed" in done.stderr
    assert f"left out (1): articles without text ({source}:4)" in done.stderr
    assert "1 article could not be tagged" in done.stderr
    assert [row["id"] for row in read_csv(target)] == ["a0", "a1", "a4"]


def test_articles_whose_headline_is_a_word_for_nothing_are_counted(cli, tmp_path):
    rows = [{**row, "title": "nan" if n < 2 else "None" if n == 2 else row["title"]} for n, row in enumerate(ROWS)]
    done = cli(write_csv(tmp_path / "a.csv", rows))
    assert len(answers(done)) == len(rows)
    assert "articles without a headline, because the cell holds a word for nothing" in done.stderr
    assert "such as nan or None: 3" in done.stderr


def test_an_article_in_another_language_is_named(cli, tmp_path):
    rows = [{**row, "language": "fr" if n == 3 else "en"} for n, row in enumerate(ROWS)]
    done = cli(write_csv(tmp_path / "a.csv", rows))
    assert len(answers(done)) == 11
    assert f"{tmp_path / 'a.csv'}:5: language: the article is in “fr”, but" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("is_file", [True, False])
def test_a_language_is_named_in_lines_of_requests_as_in_tables(cli, tmp_path, is_file):
    languages = ("English", "english", "en", "German", "the usual one")
    rows = [{"id": f"a{n}", "body": ROWS[n]["text"], "language": name} for n, name in enumerate(languages)]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    done = cli(path) if is_file else cli(input=path.read_text())
    assert [answer["id"] for answer in answers(done)] == ["a0", "a1", "a2"]
    assert ":4: language: the article is in “de”, but" in done.stderr
    assert ":5: language: “the usual one” is not a language code" in done.stderr


@pytest.mark.slow
def test_columns_and_encoding_can_be_named(cli, tagger, tmp_path):
    text = ROWS[1]["text"] + " Café."
    (tmp_path / "a.csv").write_bytes(f'"alpha","beta"\n"Titre é","{text}"\n'.encode("windows-1252"))
    options = ("--text", "beta", "--headline", "alpha", "--encoding", "windows-1252")
    done = cli(tmp_path / "a.csv", "--explain", *options)
    assert answers(done)[0]["text"] == f"Titre é\n\n{text}"
    refused = cli(tmp_path / "a.csv", "--encoding", "windows-1252")
    assert refused.returncode == 2
    assert "Its columns are alpha, beta. Fix: name the column with --text" in refused.stderr


def test_all_and_explain_are_for_files_too(cli, tagger, tmp_path):
    done = cli(write_csv(tmp_path / "a.csv", ROWS[:1]), "--all", "--explain")
    article = Article(id=ROWS[0]["id"], headline=ROWS[0]["title"], body=ROWS[0]["text"])
    assert answers(done) == [json.loads(json.dumps(tagger.tag(article, Choice(all=True, explain=True)).to_json()))]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--to", "out.txt"], "must end in .jsonl, .csv or .parquet: the ending decides the format"),
        (["--explain", "--to", "out.csv"], "--explain needs JSON Lines. Fix: give --to a name that ends in .jsonl"),
        (
            ["--to", "/nowhere/out.csv"],
            "/nowhere/out.csv cannot be written: No such file or directory. Fix: check the path",
        ),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_with_the_way_out(cli, tmp_path, options, words):
    done = cli(write_csv(tmp_path / "a.csv"), *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_long_file_is_tagged_in_bounded_memory(starter_models, tmp_path):
    peaks = []
    for copies in (200, 2_000):
        source = write_csv(tmp_path / f"{copies}.csv", [{**row, "text": row["text"] * 6} for row in ROWS] * copies)
        target = tmp_path / f"{copies}.parquet"
        code = (
            "import resource, sys, subprocess\n"
            "subprocess.run(sys.argv[1:], check=True)\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        command = [sys.executable, "-m", "classifier", "tag", "--models", starter_models, source, "--to", target]
        done = run_python("-c", code, *command, env=environment())
        assert done.returncode == 0, done.stderr
        assert pa.parquet.read_metadata(target).num_rows == 12 * copies
        peaks.append(int(done.stdout.split()[-1]))
    longer = (tmp_path / "2000.csv").stat().st_size - (tmp_path / "200.csv").stat().st_size
    assert (peaks[1] - peaks[0]) * 1024 < longer / 2
