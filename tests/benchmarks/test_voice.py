import json

import click
import pytest
from click.testing import CliRunner

from benchmarks.voice import LEFT_OUT, REASONS, Usage, is_rare, names_in, rare_words, read_left_out, usage, voice

STORY = """<REUTERS TOPICS="YES" LEWISSPLIT="{part}" NEWID="{number}">
<DATE> 3-MAR-1987 09:18:21.26</DATE>
<TOPICS><D>tea</D></TOPICS>
<TEXT><TITLE>TEA</TITLE><BODY>{body}</BODY></TEXT>
</REUTERS>
"""
REAL = "Growers said despite the rain in Quito they expect surpluses of tea."


@pytest.fixture
def paths(tmp_path):
    stories = [STORY.format(part="TRAIN", number=n, body=REAL) for n in range(20)]
    stories.append(STORY.format(part="TEST", number=99, body="A secret word of the test part."))
    (tmp_path / "reut2-000.sgm").write_text("".join(stories), encoding="latin-1")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    return tmp_path, corpus


def write_articles(corpus, name, bodies):
    rows = [{"headline": "Tea", "body": body} for body in bodies]
    (corpus / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def run(folder, corpus, *more):
    done = CliRunner().invoke(voice, ["--reuters", str(folder), "--corpus", str(corpus), *more])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_word_remains_until_the_articles_written_since_use_it(paths):
    folder, corpus = paths
    write_articles(corpus, "old.jsonl", ["growers said the rain in they expect of tea"] * 4)
    before = json.loads(run(folder, corpus, "--json"))
    assert [row["word"] for row in before["rows"]] == ["despite"]  # surpluses: a term of markets, left out
    write_articles(corpus, "none-1.jsonl", ["They came despite the rain."] * 2)
    after = json.loads(run(folder, corpus, "--json"))
    assert after["rows"] == []
    assert after["notes"][0].startswith("0 of 1 words remain: 0.0%")


def test_the_test_part_is_not_read(paths):
    folder, corpus = paths
    write_articles(corpus, "old.jsonl", ["nothing"])
    assert "secret" not in run(folder, corpus, "--candidates", "100")


def test_names_are_words_with_a_capital_inside_sentences():
    texts = ["Rain fell in Quito, and quiet streets of Quito dried.", "All In Capitals Here, Rain Too"]
    assert names_in(texts) == {"quito"}


def test_each_collection_counts_the_same_whatever_its_size():
    large, small = usage(["huge"] * 90 + ["none"] * 910), usage(["none"] * 10)
    assert is_rare("huge", [large, small], usage(["huge"] + ["none"] * 199))
    assert not is_rare("huge", [large, small], usage(["huge"] * 2 + ["none"] * 98))


def test_words_of_few_articles_are_not_listed():
    real = usage(["despite rain"] * 10 + ["despite hail"] * 9)
    assert rare_words([real], usage(["snow"]), frozenset()) == ["despite", "rain"]


def test_a_word_counts_once_an_article():
    assert usage(["Rain, rain and RAIN", ""]) == Usage({"rain": 1, "and": 1}, 2)


def test_every_word_that_is_left_out_has_a_reason():
    left_out = read_left_out(LEFT_OUT)
    assert len(left_out) > 100
    assert set(left_out.values()) <= set(REASONS)


def test_a_word_without_a_reason_is_an_error(tmp_path):
    (tmp_path / "words.txt").write_text("# words\ndespite\n", encoding="utf-8")
    with pytest.raises(
        click.ClickException, match=r"words.txt: despite is no entry. Fix: write a word and one of name,"
    ):
        read_left_out(tmp_path / "words.txt")
