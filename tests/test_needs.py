"""What a section or a group needs, as the vocabulary has it."""

import pytest

from classifier import Section, Sections
from classifier.errors import SectionsError
from classifier.sections.needs import Needs

BOTH = """
[[section]]
id = "asia"
name = "Asia"
group = "region"

[[section]]
id = "war"
name = "War"
group = "theme"

[[section]]
id = "crime"
name = "Crime"
group = "theme"
"""


def load(tmp_path, text):
    path = tmp_path / "sections.toml"
    path.write_text(text, encoding="utf-8")
    return Sections.load(path)


def test_the_sections_of_a_group_need_what_the_group_needs(tmp_path):
    sections = load(tmp_path, BOTH + '[group.region]\nneeds = { group = "theme", apply = 0.5 }')
    assert [section.needs for section in sections] == [Needs(group="theme", apply=0.5), None, None]


def test_what_a_section_needs_comes_before_what_its_group_needs(tmp_path):
    own = BOTH.replace('group = "region"', 'group = "region"\nneeds = { section = "crime" }')
    sections = load(tmp_path, own + '[group.region]\nneeds = { group = "theme" }')
    assert sections.find("asia").needs == Needs(section="crime")


def test_a_section_without_needs_is_written_as_before_and_one_with_needs_is_read_back():
    assert "needs" not in Section(id="a", name="A").model_dump()
    needing = Section(id="a", name="A", needs={"group": "theme"})
    assert needing.model_dump()["needs"] == {"group": "theme", "apply": 0.5, "suggest": 0.0}
    assert Section.model_validate(needing.model_dump(mode="json")) == needing


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('[group.regoin]\nneeds = { group = "theme" }', "no section has this group. Fix: write “region”"),
        ('[group.region]\nneeds = { group = "themes" }', "asia: needs names the group “themes”.*Fix: write “theme”"),
        ('[group.region]\nneeds = { group = "x" }', "the groups are “region”, “theme”"),
        ('[group.region]\nneeds = { section = "wars" }', "must name the id of an active section, not “wars”"),
        ('[group.region]\nneeds = "theme"', "needs: must be a table. Fix: write { group"),
        ("[group.region]\nneeds = { apply = 0.5 }", "needs: must name either a group or a section"),
        ('[group.region]\nneeds = { group = "theme", section = "war" }', "must name either a group or a section"),
        ('[group.region]\nneeds = { group = "theme", apply = 1.5 }', "needs.apply: must be less"),
        ('[group.region]\nneeds = { group = "theme", apply = 0 }', "needs.apply: must be greater"),
        ('[group.region]\nneeds = { group = "theme", chance = 1 }', "needs.chance: unknown field"),
        (
            '[group.region]\nneeds = { group = "theme", apply = 0.2, suggest = 0.3 }',
            r"needs: suggest \(0.3\) must not be above apply \(0.2\). Fix: lower",
        ),
        ('[group.region]\nneed = { group = "theme" }', "need: unknown field"),
        ('[group]\nregion = "theme"', r"\[group.region\] must be a table"),
        ('[group.region]\nneeds = { group = "region" }', "needs go in a circle"),
        (
            '[group.region]\nneeds = { group = "theme" }\n[group.theme]\nneeds = { group = "region" }',
            "needs go in a circle .*region.*theme",
        ),
        ('[group.theme]\nneeds = { section = "war" }', "needs go in a circle"),
    ],
)
def test_bad_needs_are_refused_with_a_reason_and_a_fix(tmp_path, more, message):
    with pytest.raises(SectionsError, match=message) as error:
        load(tmp_path, BOTH + more)
    assert "Fix: " in str(error.value) or "must be" in str(error.value)


def test_a_group_that_only_deprecated_sections_have_cannot_be_needed():
    old = Section(id="war", name="War", group="theme", status="deprecated")
    with pytest.raises(SectionsError, match="no active section has it"):
        Sections([Section(id="asia", name="Asia", needs={"group": "theme"}), old])


def test_many_sections_of_two_large_groups_are_checked_quickly():
    regions = [Section(id=f"r{n}", name=f"R{n}", group="region", needs={"group": "theme"}) for n in range(2_000)]
    themes = [Section(id=f"t{n}", name=f"T{n}", group="theme") for n in range(2_000)]
    assert len(Sections([*regions, *themes])) == 4_000
