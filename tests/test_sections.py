import difflib
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Section, Sections
from classifier.errors import SectionsError


def make(*tables):
    return Sections(Section(**table) for table in tables)


@pytest.mark.parametrize("label", ["south-asia", "South Asia", "SOUTH ASIA", " south  asia "])
def test_labels_match_on_id_and_name_without_case(sections, label):
    assert sections.find(label).id == "south-asia"


@pytest.mark.parametrize("label", ["FOIP", "Free and Open Indo-Pacific/FOIP", "foip"])
def test_labels_match_on_aliases(sections, label):
    assert sections.find(label).id == "free-and-open-indo-pacific"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("label", ["Société", "SOCIÉTÉ", "ÉLYSÉE"])
def test_labels_match_however_unicode_composes_their_characters(form, label):
    sections = Sections(
        [
            Section(id="society", name=unicodedata.normalize("NFD", "Société")),
            Section(id="palace", name="x", aliases=["Élysée"]),
        ]
    )
    assert sections.get(unicodedata.normalize(form, label))
    assert all(unicodedata.is_normalized("NFC", spelling) for spelling in sections.spellings)


@settings(max_examples=50)
@given(st.integers(0, 499), st.integers(0, 12), st.sampled_from("aeiou"))
def test_a_label_with_one_wrong_letter_names_its_section_among_many(number, at, letter):
    names = [f"Desk {n * 7919 % 1000:03} of the {word}" for n, word in enumerate(["harbour", "village"] * 250)]
    sections = Sections(Section(id=f"s{n}", name=name) for n, name in enumerate(names))
    label = names[number][:at] + letter + names[number][at:]
    near = difflib.get_close_matches(label.lower(), [name.lower() for name in names], n=1)
    with pytest.raises(SectionsError) as error:
        sections.find(label)
    assert f"the nearest is “{names[number]}”" in str(error.value) or near != [names[number].lower()]


def test_an_unknown_label_names_the_nearest(sections):
    with pytest.raises(SectionsError, match="nearest is “Partnerships”"):
        sections.find("Parternships")


def test_an_unknown_label_without_a_near_one_lists_the_sections(sections):
    with pytest.raises(SectionsError, match="south-asia, southeast-asia"):
        sections.find("zzzz")


def test_a_long_unknown_label_is_not_shown(sections):
    with pytest.raises(SectionsError) as error:
        sections.find("the minister will resign on Monday, said three people who had seen the letter")
    assert "minister" not in str(error.value)


def test_a_deprecated_section_stands_for_its_replacement():
    found = make(
        {"id": "new", "name": "New"}, {"id": "old", "name": "Old", "status": "deprecated", "replaced_by": "new"}
    )
    assert found.find("OLD").id == "new"
    assert [section.id for section in found.active] == ["new"]


def chain(n):
    return [{"id": f"s{i}", "name": f"S {i}", **({"parent": f"s{i - 1}"} if i else {})} for i in range(n)]


def test_a_section_knows_the_sections_above_it():
    found = make(*chain(13))
    assert found.ancestors("s0") == ()
    assert found.ancestors("s3") == ("s2", "s1", "s0")
    assert found.parent_columns(["s0", "s5", "s9"]) == [None, 0, 1]
    assert found.have_parents
    assert not make({"id": "a", "name": "A", "group": "asia"}).have_parents


def test_a_deprecated_section_has_nothing_above_it():
    old = {"id": "old", "name": "Old", "status": "deprecated", "parent": "a"}
    found = make({"id": "a", "name": "A", "status": "deprecated"}, old)
    assert found.ancestors("old") == ()
    assert not found.have_parents


def test_a_section_without_a_parent_is_written_as_before():
    assert "parent" not in Section(id="a", name="A").model_dump(mode="json")
    assert Section(id="a", name="A", parent="b").model_dump(mode="json")["parent"] == "b"


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ([{"id": "b", "name": "B", "parent": "a"}], "b: parent must be the id of another section, not “a”"),
        ([{"id": "a", "name": "Asia"}, {"id": "b", "name": "B", "parent": "Asia"}], "not “Asia”. Fix: write a$"),
        ([{"id": "a", "name": "A", "parent": "a"}], r"a: parent goes in a circle \(a, a\)"),
        (
            [{"id": name, "name": name, "parent": above} for name, above in ("ab", "bc", "ca")],
            r"goes in a circle \(a, b, c, a\)",
        ),
        (
            [{"id": "a", "name": "A", "status": "deprecated"}, {"id": "b", "name": "B", "parent": "a"}],
            "must be an active section, but a is deprecated",
        ),
        (chain(14), "s13 has too many levels of parents above it; 12 are allowed"),
    ],
)
def test_parents_that_cannot_be_are_refused(tables, words):
    with pytest.raises(SectionsError, match=words):
        make(*tables)


def test_a_wrong_parent_in_a_file_names_file_and_section(tmp_path):
    path = tmp_path / "sections.toml"
    path.write_text('[[section]]\nid = "a"\nname = "A"\nparent = "nowhere"\n')
    with pytest.raises(SectionsError, match=r"sections\.toml: a: parent must be the id"):
        Sections.load(path)


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ([], "no sections"),
        ([{"id": "a", "name": "A"}, {"id": "b", "name": "a"}], "stands for both"),
        ([{"id": "a", "name": "A", "replaced_by": "nowhere"}], "replaced_by"),
    ],
)
def test_vocabularies_that_contradict_themselves_are_refused(tables, words):
    with pytest.raises(SectionsError, match=words):
        make(*tables)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nonsense", "not TOML"),
        ("[other]\nx = 1", r"\[\[section\]\]"),
        ('[[section]]\nid = "Not A Slug"\nname = "x"', "section 1"),
        ('[[section]]\nid = "a"', "name"),
        ('[[section]]\nid = "a"\nname = "A"\ncolour = "red"', "colour"),
        ('[[section]]\nid = "a"\nname = ""', "section 1: name"),
        ('[[section]]\nid = "a"\nname = " \u00a0"', "section 1: the name of a is empty"),
        (
            '[[section]]\nid = "a"\nname = "A"\naliases = [""]',
            "section 1: an alias of a is empty. Fix: remove that alias",
        ),
        ('[[section]]\nid = "a"\nname = "A"\naliases = ["Aa", "\\t "]', "an alias of a is empty"),
        ('[[section]]\nid = "a"\nname = "A"\naliases = ["\u200b\u00ad"]', "an alias of a is empty"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, source, words):
    path = tmp_path / "sections.toml"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(SectionsError, match=words):
        Sections.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SectionsError, match=r"nowhere\.toml cannot be read"):
        Sections.load(tmp_path / "nowhere.toml")


def test_only_id_and_name_are_required(tmp_path):
    path = tmp_path / "sections.toml"
    path.write_text('[[section]]\nid = "a"\nname = "A"\n')
    assert [section.name for section in Sections.load(path)] == ["A"]


def test_a_missing_file_names_the_two_ways_to_get_one(tmp_path):
    path = tmp_path / "sections.toml"
    with pytest.raises(SectionsError) as missing:
        Sections.load(path)
    assert f"copydesk sections --from ARCHIVE > {path}" in str(missing.value)
    assert "copydesk init DIR" in str(missing.value)
