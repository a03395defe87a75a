import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.corpus.drafting.archives import draft_sections
from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.readers.wordpress.default_category import is_default
from classifier.errors import CorpusError
from classifier.sections import Sections
from tests.driver.exports import category, export, post


def draft(source):
    """Return the drafted TOML, the sections that it loads as, and the corpus read from the export with them."""
    with tempfile.TemporaryDirectory() as folder:
        path, toml = Path(folder) / "export.xml", Path(folder) / "sections.toml"
        path.write_text(source, encoding="utf-8")
        toml.write_text(draft_sections([path]).to_toml(), encoding="utf-8")
        sections = Sections.load(toml)
        return toml.read_text(encoding="utf-8"), sections, read_corpus([path], sections)


def test_categories_become_sections_most_used_first():
    toml, sections, corpus = draft(
        export(
            category("regions", number=5),
            category("south-asia", "South Asia", parent="regions", number=2),
            category("uncategorized", number=1),
            post(1, labels=["south-asia", "uncategorized"]),
            post(2, labels=["south-asia"]),
            post(3, labels=["regions"]),
            post(4, labels=["regions"], status="draft"),
        )
    )
    assert [line for line in toml.splitlines() if "uncategorized" in line] == [
        '# id = "uncategorized"',
        '# external.wordpress = "uncategorized"',
    ]
    assert [(s.id, s.name, s.parent, s.group, s.external["wordpress"]) for s in sections] == [
        ("south-asia", "South Asia", "regions", "", "south-asia"),
        ("regions", "Regions", None, "", "regions"),
    ]
    assert toml.startswith("# 2 published posts\n[[section]]\n")
    assert "# 1 published post\n" in toml
    both = {"south-asia", "regions"}
    assert [set(item.sections) for item in corpus.articles] == [both, both, {"regions"}]


def test_parents_of_labels_are_found_by_their_whole_path_and_are_headings_if_no_article_has_them(tmp_path):
    rows = ("World", "World > Asia", "world>Asia>News", "Sport", "Sport>News", "Law>News", "Asia>Deep")
    path, toml = tmp_path / "rows.csv", tmp_path / "sections.toml"
    path.write_text("title,article,category\n" + "".join(f"T,A story {i}.,{row}\n" for i, row in enumerate(rows)))
    toml.write_text(draft_sections([path]).to_toml())
    sections = {section.aliases or (section.name,): section for section in Sections.load(toml)}
    assert {names[0]: (section.parent, section.group) for names, section in sections.items()} == {
        "World": (None, ""),
        "World > Asia": ("world", ""),
        "world>Asia>News": ("asia", ""),
        "Sport": (None, ""),
        "Sport>News": ("sport", ""),
        "Law>News": (None, "Law"),
        "Asia>Deep": ("asia", ""),
    }
    corpus = read_corpus([path], Sections.load(toml))
    assert [len(item.sections) for item in corpus.articles] == [1, 2, 3, 1, 2, 1, 3]


def test_parents_that_go_in_a_circle_are_cut_and_counted(tmp_path):
    path, toml = tmp_path / "x.xml", tmp_path / "sections.toml"
    path.write_text(
        export(
            category("a", parent="b"),
            category("b", parent="c"),
            category("c", parent="a"),
            category("d", parent="d"),
            category("e", parent="gone"),
            category("uncategorized", number=1),
            category("f", parent="uncategorized"),
            post(1, labels=["a"]),
        )
    )
    draft = draft_sections([path])
    toml.write_text(draft.to_toml())
    parents = {section.id: section.parent for section in Sections.load(toml)}
    assert parents == {"a": None, "b": "c", "c": "a", "d": None, "e": None, "f": None}
    assert draft.notes == [
        "2 sections have no parent here, because the file names one that is not among the sections",
        "1 section has no parent here, because the parents in the file form a circle, or more than 12 "
        "levels; the first is “A”",
    ]


def test_an_export_of_posts_alone_gives_the_categories_of_those():
    _, sections, _ = draft(export(post(labels=[("law", "Law &amp; “Order”")])))
    assert [(s.id, s.name) for s in sections] == [("law", "Law & “Order”")]


def test_names_that_several_categories_share_are_told_apart():
    _, sections, _ = draft(
        export(
            category("asia"),
            category("europe"),
            category("news-1", "News", "asia"),
            category("news-2", "News", "europe"),
            category("news-3", "news"),
            category("x", "Europe"),
        )
    )
    assert {s.id: s.name for s in sections} == {
        "asia": "Asia",
        "europe": "Europe",
        "news-1": "News",
        "news-2": "News (Europe)",
        "news-3": "news (news-3)",
        "x": "Europe (x)",
    }


def test_a_category_whose_name_cannot_be_seen_is_named_by_its_slug(tmp_path):
    _, sections, corpus = draft(
        export(category("asia", "\u200b"), category("%00", "\u00ad"), post(1, labels=["asia"]), post(2, labels=["%00"]))
    )
    names = {section.external["wordpress"]: section.name for section in sections}
    assert names["asia"] == "asia"
    assert all(name.isprintable() for name in names.values())
    assert len(corpus.articles) == 2


def test_an_export_without_categories_is_an_error(tmp_path):
    (tmp_path / "x.xml").write_text(export(post(labels=["uncategorized"])))
    with pytest.raises(CorpusError, match="has no categories"):
        draft_sections([tmp_path / "x.xml"])


def test_a_broken_export_is_an_error(tmp_path):
    (tmp_path / "x.xml").write_text(export(category("a"), post(labels=["a"]))[:-40])
    with pytest.raises(CorpusError, match=r"x\.xml:\d+: broken XML"):
        draft_sections([tmp_path / "x.xml"])


def test_a_custom_taxonomy_is_drafted_if_it_is_named_and_offered_if_not(tmp_path):
    term = '<category domain="desk" nicename="sea"><![CDATA[The Sea]]></category>'
    path = tmp_path / "x.xml"
    path.write_text(export(post(1, labels=["uncategorized"], more=term), post(2, more=term)))
    with pytest.raises(CorpusError, match=r"desk \(2 posts\).*--taxonomy"):
        draft_sections([path])
    (section,) = draft_sections([path], Reading(taxonomies=("desk",))).sections
    assert (section.id, section.name, section.source.count) == ("sea", "The Sea", 2)


def test_one_broken_item_does_not_end_a_draft_and_is_told(tmp_path):
    path = tmp_path / "x.xml"
    path.write_text(export(post(1, labels=["sea"]), post(2).replace("</title>", ""), post(3, labels=["sea"])))
    found = draft_sections([path])
    assert [(section.id, section.source.count) for section in found.sections] == [("sea", 2)]
    assert "broken XML" in found.notes[0]


ROWS = """headline,body,labels
One,A story of the sea.,The Sea|Ärzte & Schulen
Two,A story of the law.,the sea|বাংলা
Three,A story of both.,The Sea|Regions>Asia
Four,A story of nothing.,Uncategorized
"""


def test_the_labels_of_a_table_become_sections_that_read_the_table(tmp_path):
    data, toml = tmp_path / "rows.csv", tmp_path / "sections.toml"
    data.write_text(ROWS, encoding="utf-8")
    toml.write_text(draft_sections([data]).to_toml(), encoding="utf-8")
    text = toml.read_text(encoding="utf-8")
    sections = {section.id: section for section in Sections.load(toml)}
    assert text.startswith("# 3 articles\n[[section]]\n")
    assert set(sections) == {"the-sea", "arzte-schulen", "bamla", "asia"}
    assert sections["asia"].group == "Regions"
    assert sections["asia"].aliases == ("Regions>Asia",)
    assert "# id = " in text
    corpus = read_corpus([data], Sections.load(toml), Reading(ignore_unknown=True))
    assert [set(item.sections) for item in corpus.articles][:3] == [
        {"the-sea", "arzte-schulen"},
        {"the-sea", "bamla"},
        {"the-sea", "asia"},
    ]


def test_names_of_several_words_between_commas_are_sections_of_their_own(tmp_path):
    data = tmp_path / "rows.csv"
    data.write_text(
        "title,article,category\n"
        'One,A story of reefs.,"Free And Open Indo Pacific, Oceania"\n'
        'Two,A story of mines.,"Oceania, Climate And Natural Disasters"\n'
    )
    drafted = [section.name for section in draft_sections([data]).sections]
    assert sorted(drafted) == ["Climate And Natural Disasters", "Free And Open Indo Pacific", "Oceania"]


def test_an_export_and_a_table_draft_one_vocabulary_with_common_counts(tmp_path):
    wxr, rows = tmp_path / "x.xml", tmp_path / "rows.jsonl"
    wxr.write_text(export(category("south-asia", "South Asia"), post(1, labels=[("south-asia", "South Asia")])))
    rows.write_text('{"body": "A story.", "sections": ["South Asia", "Law"]}\n')
    found = draft_sections([wxr, rows]).sections
    assert [(section.id, section.source.count) for section in found] == [("south-asia", 2), ("law", 1)]


def test_of_several_columns_of_labels_the_categories_are_drafted_and_the_choice_is_shown(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("Title,Content,Tags,Categories\nOne,A story.,army|ridge,World>Asia\nTwo,Another.,navy,World>Asia\n")
    found = draft_sections([path])
    assert [(section.id, section.group, section.parent) for section in found.sections] == [("asia", "World", None)]
    assert "2 articles, 2 with labels (labels from Categories" in found.notes[0]
    assert "columns not read: Tags" in " ".join(found.notes)


def test_a_file_without_labels_says_where_to_name_them(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("body,Ressort\nA story of the sea.,Meer\n")
    with pytest.raises(CorpusError, match="--labels") as error:
        draft_sections([path])
    assert "columns not read: Ressort" in str(error.value)
    assert "WordPress" not in str(error.value)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"], include_characters='"\\\n\x7f'), max_size=30
)
# WordPress makes slugs of these characters only, and makes each slug unique
SLUG = st.one_of(
    st.from_regex(r"[a-z0-9%_\-]{1,12}", fullmatch=True), st.sampled_from(["a", "a-2", "a_2", "%e0%a6%ac"])
)
# Hypothesis tries the names that it finds in the source too
CATEGORY = st.tuples(SLUG, TEXT, SLUG).filter(lambda found: not is_default(found[0], found[1]))


@settings(max_examples=150)
@given(categories=st.lists(CATEGORY, min_size=1, max_size=8, unique_by=lambda c: c[0]))
def test_whatever_categories_are_called_the_draft_loads_and_reads_the_export(categories):
    _, sections, corpus = draft(
        export(
            *(category(slug, name, parent) for slug, name, parent in categories),
            *(post(number, labels=[(slug, name)]) for number, (slug, name, _) in enumerate(categories, 1)),
        )
    )
    ids = {section.external["wordpress"]: section.id for section in sections}
    assert sorted(ids) == sorted(slug for slug, _, _ in categories)
    assert [item.sections for item in corpus.articles] == [
        {ids[slug], *sections.ancestors(ids[slug])} for slug, _, _ in categories
    ]
