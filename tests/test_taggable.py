"""Tagging from Python: what a tagger takes besides an Article, and what a notebook shows of answers and taggers."""

import re

import pytest

from classifier import Article, Choice, Tagger
from classifier.answer import html_table
from classifier.errors import CopydeskError, InvalidInputError
from tests.helpers import PAGE

TEXT = "Indian and Bangladeshi troops traded fire at the frontier, and both armies sent reinforcements to the bank."


def test_a_text_is_tagged_as_the_body_of_an_article(tagger):
    assert tagger.tag(TEXT) == tagger.tag(Article(body=TEXT))
    assert tagger.tag(PAGE).tags


def test_a_mapping_is_tagged_as_over_http(tagger):
    given = {"id": "a-1", "title": "Border clash", "content": TEXT, "rejected": ["South Asia"]}
    answer = tagger.tag(given)
    expected = tagger.tag(Article(id="a-1", headline="Border clash", body=TEXT), Choice(rejected=("south-asia",)))
    assert answer == expected
    assert answer.id == "a-1"


def test_the_choice_of_a_mapping_is_joined_to_that_of_the_call(tagger):
    given = {"body": TEXT, "rejected": ["south-asia"]}
    answer = tagger.tag(given, Choice(exclude=("conflicts",), all=True, explain=True))
    both = Choice(rejected=("south-asia",), exclude=("conflicts",), all=True, explain=True)
    assert answer == tagger.tag(Article(body=TEXT), both)
    assert not {"south-asia", "conflicts"} & {tag.section for tag in answer.tags}
    assert tagger.tag({"body": TEXT}, Choice(all=True)) == tagger.tag(TEXT, Choice(all=True))


def test_many_may_be_texts_mappings_and_articles(tagger):
    given = [TEXT, {"id": "m", "body": TEXT}, Article(body=PAGE)]
    assert tagger.tag_many(given) == [tagger.tag(item) for item in given]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "headline and body are both empty. Fix: give one of them"),
        (" \n", "headline and body are both empty. Fix: give one of them"),
        ({"body": 5}, "body: must be a string"),
        ({"boddy": TEXT}, "boddy: unknown field"),
        (5, "article: must be an Article, a mapping with its fields, or its text as a string, not int"),
        (None, "not NoneType"),
        (b"bytes", "not bytes"),
        ([TEXT], "not list"),
    ],
)
def test_what_is_no_article_is_refused_with_a_sentence(tagger, given, words):
    with pytest.raises(InvalidInputError, match=re.escape(words)):
        tagger.tag(given)
    with pytest.raises(CopydeskError, match=re.escape(words)):
        tagger.tag_many([TEXT, given])


@pytest.mark.parametrize("given", [TEXT, {"body": TEXT}])
def test_one_article_given_as_many_is_refused(tagger, given):
    with pytest.raises(InvalidInputError, match=r"this is one article\. Fix: give a list of articles, or use tag\(\)"):
        tagger.tag_many(given)


def test_a_loaded_tagger_knows_its_folder(starter_models, tagger):
    loaded = Tagger.load(starter_models)
    assert loaded.folder == starter_models / loaded.version
    assert loaded.tag(TEXT) == tagger.tag(TEXT)


def test_a_notebook_shows_an_answer_as_a_table(tagger):
    html = tagger.tag({"id": "a-1", "body": TEXT}, Choice(explain=True))._repr_html_()
    assert "Article a-1: tagged. Model " in html
    assert "South Asia" in html
    assert re.search(r"\d\d\.\d %", html)
    assert "Indian" in html
    assert "words for it" not in tagger.tag(TEXT)._repr_html_()


def test_a_notebook_is_told_why_there_are_no_tags(tagger):
    assert "the model knows none of its words" in tagger.tag("xyzzy plugh")._repr_html_()
    assert "no section reaches its threshold" in tagger.tag("The band played waltzes, and the cake won.")._repr_html_()


def test_a_notebook_shows_a_tagger_with_its_sections_and_thresholds(tagger):
    html = tagger._repr_html_()
    assert f"Model {tagger.version}, language en, trained on" in html
    for entry in tagger.manifest.trained:
        assert f">{entry.section.name}<" in html.replace("&amp;", "&")


def test_a_table_of_a_notebook_holds_text_only():
    html = html_table(("a<b", "n"), [("<script>alert(1)</script>", "1,200"), ("x", "-")], "it's <i>this</i>")
    assert "<script>" not in html
    assert "<i>" not in html
    assert html.count("text-align:right") == 3
