"""``classifier.tag``: a frame of articles in, a frame of tags out."""

import math
import subprocess
import sys

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import classifier
from classifier import Article, Choice
from classifier.corpus.readers.columns.values import is_nothing
from classifier.errors import CopydeskError, CorpusError, InvalidInputError
from tests.helpers import ROOT, environment
from tests.notebook.conftest import MAKERS, as_lists, columns


def test_each_row_has_its_tags_in_order(trained, frame):
    tagged = classifier.tag(frame, trained)
    assert isinstance(tagged, type(frame))
    found = as_lists(tagged)
    data = columns()
    articles = [Article(headline=h, body=b) for h, b in zip(data["headline"], data["text"], strict=True)]
    answers = trained.tagger.tag_many(articles)
    assert found["id"] == data["id"]
    assert found["outcome"] == [answer.outcome for answer in answers]
    assert found["tags"] == [[tag.section for tag in answer.tags] for answer in answers]
    assert found["probabilities"] == [[tag.probability for tag in answer.tags] for answer in answers]
    assert found["decisions"] == [[tag.decision for tag in answer.tags] for answer in answers]
    assert found["problem"] == [None] * len(answers)


def test_rows_that_cannot_be_tagged_are_named_in_their_place(trained):
    body = columns()["text"][1]
    data = {
        "text": [body, "", None, body, "x" * 1_000_001, body],
        "language": ["en", "en", None, "fr", "en", "en-GB"],
        "published": ["2024-02-30", "", "", "", "", "yesterday"],  # not needed to tag
    }
    found = as_lists(classifier.tag(pl.DataFrame(data), trained))
    assert found["outcome"] == ["tagged", "problem", "problem", "problem", "problem", "tagged"]
    assert [(problem or "")[:38] for problem in found["problem"]] == [
        "",
        "no text: body and headline are empty",
        "no text: body and headline are empty",
        "language: the article is in “fr”, but ",
        "body: longer than the 1,000,000 charac",
        "",
    ]
    assert found["tags"] == [["technology"], [], [], [], [], ["technology"]]


def test_a_pandas_frame_keeps_its_index(trained):
    table = pd.DataFrame(columns()).set_index("id")[::-1]
    table.loc[105, "text"] = math.nan
    table.loc[105, "headline"] = math.nan
    tagged = classifier.tag(table, trained)
    assert tagged.index.equals(table.index)
    assert tagged.loc[105, "outcome"] == "problem"
    joined = table.join(tagged)
    rest = joined.drop(index=105)
    assert [tags[0] if tags else None for tags in rest["tags"]] == [
        None if pd.isna(label) else label for label in rest["category"]
    ]
    repeated = pd.concat([table[:2], table[:2]])
    assert classifier.tag(repeated, trained).index.equals(repeated.index)


def test_all_lists_what_is_below_the_threshold(trained):
    found = as_lists(classifier.tag(MAKERS["pandas"](columns()), trained, all=True))
    assert all(len(tags) == 2 for tags in found["tags"])
    assert {decision for listed in found["decisions"] for decision in listed} == {"review", "below"}


def test_a_model_may_be_a_folder_or_a_tagger_and_the_columns_may_be_named(trained, tmp_path):
    data = {"alpha": columns()["text"], "beta": columns()["headline"]}
    kept = classifier.train(MAKERS["polars"](columns()), models=tmp_path)
    expected = as_lists(classifier.tag(MAKERS["polars"](columns()), kept))["probabilities"]
    for model in (tmp_path, str(tmp_path), kept.tagger, kept.path):
        found = as_lists(classifier.tag(MAKERS["polars"](data), model, text="alpha", headline="beta"))
        assert found["probabilities"] == expected
    assert "id" not in found
    with pytest.raises(CorpusError, match=r"Fix: name the column with text=, or rename it to body"):
        classifier.tag(MAKERS["polars"](data), kept)


@pytest.mark.parametrize("data", ["a text", ROOT, None, {"text": ["x"]}, [{"text": "x"}], 5])
def test_what_is_no_frame_is_refused_with_the_way_out(trained, data):
    with pytest.raises(InvalidInputError, match=r"Fix: use Tagger.tag for one article, or “copydesk tag” for files"):
        classifier.tag(data, trained)


def test_an_empty_frame_gives_an_empty_frame(trained, library):
    empty = MAKERS[library]({name: cells[:0] for name, cells in columns().items()})
    found = as_lists(classifier.tag(empty, trained))
    assert list(found) == ["id", "outcome", "tags", "probabilities", "decisions", "problem"]
    assert all(cells == [] for cells in found.values())


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=6))
def test_a_row_has_the_answer_of_its_text_alone(trained, texts):
    found = as_lists(classifier.tag(pl.DataFrame({"text": texts}, schema={"text": pl.String}), trained, all=True))
    for text, outcome, probabilities in zip(texts, found["outcome"], found["probabilities"], strict=True):
        try:
            answer = trained.tagger.tag("" if text is None or is_nothing(text) else text, Choice(all=True))
        except CopydeskError:
            assert outcome == "problem"
        else:
            assert (outcome, probabilities) == (answer.outcome, [tag.probability for tag in answer.tags])


def test_the_package_names_what_it_offers_and_imports_nothing_for_it():
    code = (
        "import sys, classifier; print(*dir(classifier)); "
        "print(sorted({'numpy', 'pandas', 'sklearn', 'narwhals', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True)
    names, imported = done.stdout.splitlines()
    assert set(classifier.__all__) <= set(names.split())
    assert {"train", "evaluate", "tag", "load", "Tagger"} <= set(names.split())
    assert imported == "[]"
    assert all(getattr(classifier, name).__doc__ for name in classifier.__all__)
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        classifier.tarin  # noqa: B018
