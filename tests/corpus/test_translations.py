"""Translations have no words in common, and must be on one side of a split all the same."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.article import Article
from classifier.corpus.readers import LabelledArticle, read_corpus
from classifier.corpus.readers.rows import Place
from classifier.corpus.splits import assign_folds
from classifier.corpus.stories import group_stories, sign
from classifier.corpus.translations import StoryKeys, join_declared, stories_of
from classifier.text.prepare import PreparedText
from classifier.training.measuring.date_split import split_by_date
from tests.driver.exports import export, post
from tests.helpers import small_corpus, write_jsonl
from tests.languages import in_cyrillic, translated


@pytest.fixture
def read(tmp_path, sections):
    def read(rows):
        return read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], sections).articles

    return read


def stories(articles):
    texts = [item.prepared.text for item in articles]
    return stories_of(articles, sign(texts), texts)


def labels_of(articles):
    names = sorted({name for item in articles for name in item.sections})
    return np.array([[name in item.sections for name in names] for item in articles])


def n_split(parts, n=36):
    """How many pairs of an article and its translation are not in one part."""
    return sum(parts[k] != parts[n + k] for k in range(n))


@pytest.mark.parametrize("named_by", ["story", "translation_of"])
def test_folds_keep_translations_together_and_would_split_them_without_the_field(read, named_by):
    articles = read(translated(small_corpus(), named_by))
    labels = labels_of(articles)
    texts = [item.prepared.text for item in articles]
    without = group_stories(sign(texts), texts)
    assert n_split(assign_folds(labels, without, 5, 0)) > 15
    assert n_split(assign_folds(labels, stories(articles), 5, 0)) == 0
    assert len(set(stories(articles).tolist())) == 36


def test_a_split_by_date_keeps_translations_together(read):
    rows = translated(
        [row | {"published": f"2025-01-{1 + n // 6:02}"} for n, row in enumerate(small_corpus(150))], "story"
    )
    for k in range(150):
        rows[150 + k]["published"] = "2025-06-01" if k % 2 else rows[k]["published"]
    articles = read(rows)
    split = split_by_date([item.article.published for item in articles], stories(articles))
    assert split.older.any()
    assert split.newest.any()
    assert n_split(split.older, 150) == n_split(split.newest, 150) == 0


def test_near_copies_and_translations_join_in_chains(read):
    one, two, three, four = small_corpus(4)
    one |= {"story": "s1"}
    copy = one | {"id": "copy", "story": None, "body": f"{one['body']} End."}
    two |= {"translation_of": "copy"}
    three |= {"translation_of": "a1"}  # the id of the second
    found = stories(read([four, one, copy, two, three]))
    assert found.tolist() == [0, 1, 1, 1, 1]


def test_names_of_stories_are_not_ids_of_articles(read):
    rows = small_corpus(4)
    rows[0] |= {"story": "a3"}
    rows[1] |= {"story": 7}
    rows[2] |= {"story": "7 "}
    assert stories(read(rows)).tolist() == [0, 1, 1, 3]


def test_translations_of_an_original_that_is_not_there_are_one_story(read):
    rows = [row | {"translation_of": "elsewhere"} for row in small_corpus(3)]
    assert stories(read(rows)).tolist() == [0, 0, 0]


def test_a_blank_name_of_a_story_counts_as_none(read):
    rows = [row | {"story": value} for row, value in zip(small_corpus(3), ["", " ", None], strict=True)]
    articles = read(rows)
    assert [item.article.story for item in articles] == [None] * 3
    assert stories(articles).tolist() == [0, 1, 2]


def test_the_names_of_stories_are_part_of_the_digest_of_a_corpus(tmp_path, sections):
    def digest(**more):
        rows = [small_corpus(1)[0] | more]
        return read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], sections).digest()

    assert digest(story="s") == digest(story="s")
    assert len({digest(), digest(story="s"), digest(story="t"), digest(translation_of="s")}) == 4


def test_keys_hold_no_name_in_clear(read):
    keys = StoryKeys.of(read([small_corpus(1)[0] | {"story": "Ладога"}])[0].article)
    assert keys.original is None
    assert all(len(key) == 16 and key.isalnum() and key.isascii() for key in (keys.story, keys.id))


def table(tmp_path, sections, columns, rows):
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows), "utf-8")
    return [item.article for item in read_corpus([path], sections).articles]


@pytest.mark.parametrize("column", ["story", "story_id", "Story ID", "translation_group", "trid"])
@pytest.mark.parametrize("value", ["s-1", 431, 431.0])
def test_a_column_with_the_name_of_a_story_is_read(tmp_path, sections, column, value):
    (found,) = table(
        tmp_path, sections, ["headline", "body", "labels", column], [["A", "Troops left.", "oceania", value]]
    )
    assert (found.story, found.body) == (str(value).removesuffix(".0"), "Troops left.")


def test_a_column_with_the_original_of_a_translation_is_read_from_csv(tmp_path, sections):
    (tmp_path / "x.csv").write_text("id,text,topic,translation of\n1,Troops left.,oceania,\n2,Войска ушли.,oceania,1\n")
    articles = read_corpus([tmp_path / "x.csv"], sections).articles
    assert [item.article.translation_of for item in articles] == [None, "1"]
    assert stories(articles).tolist() == [0, 0]


def test_a_column_story_that_holds_the_text_is_still_the_body(tmp_path, sections):
    (found,) = table(tmp_path, sections, ["story", "labels"], [["Troops left the ridge at dawn.", "oceania"]])
    assert (found.body, found.story) == ("Troops left the ridge at dawn.", None)
    (found,) = table(tmp_path, sections, ["headline", "story", "labels"], [["A ridge", "Troops left it.", "oceania"]])
    assert (found.headline, found.body, found.story) == ("A ridge", "Troops left it.", None)


def test_a_column_story_beside_a_headline_alone_is_read_by_its_values(tmp_path, sections):
    (found,) = table(tmp_path, sections, ["title", "story", "labels"], [["Troops left", "s1", "oceania"]])
    assert (found.headline, found.body, found.story) == ("Troops left", "", "s1")


def test_a_story_that_only_later_rows_name_is_read(tmp_path, sections):
    rows = [{"body": f"Troops left ridge {n}.", "labels": "oceania"} for n in range(400)]
    rows[350]["story"] = "s1"
    rows[351]["story"] = "s1"
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    articles = read_corpus([tmp_path / "x.jsonl"], sections).articles
    assert [n for n, item in enumerate(articles) if item.article.story == "s1"] == [350, 351]


def with_term(text, name):
    return text.replace("</item>", f'<category domain="post_translations" nicename="{name}">{name}</category></item>')


def test_wordpress_exports_keep_the_groups_of_polylang_wpml_and_bogo(tmp_path, sections):
    posts = [
        with_term(post(1, "<p>Troops left.</p>"), "pll_64a0"),
        with_term(post(2, "<p>Войска ушли.</p>"), "pll_64a0"),
        post(3, "<p>A ferry sank.</p>", meta=[("_wpml_import_translation_group", "17")]),
        post(4, "<p>Паром затонул.</p>", meta=[("_wpml_import_translation_group", "17")]),
        post(5, "<p>Rain fell.</p>", meta=[("_original_post", "https://news.example/?p=5"), ("_locale", "en_US")]),
        post(6, "<p>Шёл дождь.</p>", meta=[("_original_post", "https://news.example/?p=5"), ("_locale", "ru_RU")]),
        post(7, "<p>A post of its own.</p>", meta=[("trid", "0")]),
    ]
    (tmp_path / "site.xml").write_text(export(*posts), "utf-8")
    articles = read_corpus([tmp_path / "site.xml"], sections).articles
    assert [item.article.story for item in articles] == [
        *["pll_64a0"] * 2,
        *["news.example/17"] * 2,
        *["https://news.example/?p=5"] * 2,
        None,
    ]
    assert stories(articles).tolist() == [0, 0, 2, 2, 4, 4, 6]


def test_the_made_up_translations_share_no_word():
    text = str(small_corpus(1)[0]["body"])
    assert not {*text.split()} & {*in_cyrillic(text).split()}


names = st.sampled_from([None, "a", "b", "c"])


@given(st.lists(st.tuples(names, names, st.integers(0, 9)), max_size=12))
def test_joined_stories_are_the_classes_of_all_that_is_declared(rows):
    """Against a plain definition: whatever is linked, directly or by others, is one story."""
    articles = [
        LabelledArticle(
            Article(id=f"i{n}", body="x", story=story, translation_of=original and f"i{ord(original) - ord('a')}"),
            PreparedText("x", 0),
            frozenset(),
            Place(Path("x"), n),
        )
        for n, (story, original, _) in enumerate(rows)
    ]
    near = np.array([min(k for k in range(n + 1) if rows[k][2] == rows[n][2]) for n in range(len(rows))], np.int64)
    expected = list(range(len(rows)))
    for _ in rows:
        for n, one in enumerate(articles):
            for k, other in enumerate(articles):
                mine, its = one.article, other.article
                linked = (mine.story is not None and mine.story == its.story) or near[n] == near[k]
                of_one = mine.translation_of is not None and mine.translation_of in (its.id, its.translation_of)
                if linked or of_one:
                    expected[n] = expected[k] = min(expected[n], expected[k])
    assert join_declared(articles, near).tolist() == expected
