"""Which section a question names."""

import pytest

from classifier.sections import Section, Sections
from classifier.service.protocols.naming import SectionNames

NAMES = SectionNames(
    Sections(
        [
            Section(id="asia", name="Asia", group="region"),
            Section(id="south-asia", name="South Asia", group="region", definition="India and its neighbours."),
            Section(id="us", name="United States", aliases=("US", "U.S."), group="region"),
            Section(id="it", name="IT", aliases=("Information technology",), group="desk of the day"),
            Section(id="womens-rights", name="Women's Rights", group="theme"),
            Section(id="history", name="History", group="theme"),
            Section(id="old", name="Antiquity", status="deprecated", replaced_by="history"),
            Section(id="nam-a", name="남아시아", group="region"),
            Section(id="thai", name="กีฬา"),
            Section(id="hindi", name="भारत"),
            Section(id="china", name="中国"),
        ]
    )
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Is this about South Asia?", ["south-asia"]),
        ("SOUTH  ASIA", ["south-asia"]),
        ("Is it about south-asia or not?", ["south-asia"]),
        ("Asia, or South Asia?", ["asia", "south-asia"]),
        ("Is it about South Asian matters?", []),
        ("tell us whether it is about history", ["history"]),
        ("Is it about the US?", ["us"]),
        ("the U.S. election", ["us"]),
        ("us", ["us"]),
        ("Does it concern IT?", ["it"]),
        ("Is it about antiquity?", ["history"]),
        ("Is 'Women's Rights' a central subject of this document — not merely a passing mention?", ["womens-rights"]),
        ('Is "History" a subject of this article about South Asia?', ["history"]),
        ("Is “IT” its subject?", ["it"]),
        ("Is 'us' its subject?", []),
        ("Is „South Asia“ oder «History» its subject?", ["south-asia", "history"]),
        ("The story is about India and its neighbours.", ["south-asia"]),
        ("남아시아에 관한 기사입니까?", ["nam-a"]),
        ("ข่าวนี้เกี่ยวกับกีฬาหรือไม่", ["thai"]),
        ("क्या यह भारत के बारे में है?", ["hindi"]),
        ("क्या यह भारतीय है?", []),
        ("这篇文章是关于中国的吗？", ["china"]),
        ("", []),
    ],
)
def test_a_text_names_the_sections_whose_spellings_it_has_as_whole_words(text, ids):
    assert list(NAMES.named(text).ids) == ids


@pytest.mark.parametrize("text", ["Is 'South Asian history' a subject?", "Is the “Asian” angle history?"])
def test_a_part_of_a_quoted_name_or_a_word_outside_of_it_is_no_name(text):
    named = NAMES.named(text)
    assert named.ids == ()
    assert named.quoted in ("South Asian history", "Asian")


@pytest.mark.parametrize(
    ("text", "is_negated"),
    [
        ("Is it not about South Asia?", True),
        ("The story isn't really about “South Asia”.", True),
        ("It doesn’t concern History", True),
        ("a story with no link to History", True),
        ("Is 'History' a central subject, and not merely a passing mention?", False),
        ("If it is not clear, is it rather about History?", False),
        ("Is it about notable South Asia news?", False),
    ],
)
def test_a_negation_before_the_name_is_noticed(text, is_negated):
    assert NAMES.named(text).is_negated == is_negated


def test_labels_may_be_written_as_programs_write_names():
    for label in ("south_asia", "South_Asia", "SOUTH ASIA", "south-asia"):
        assert NAMES.labelled(label).id == "south-asia"
    assert NAMES.labelled("south.asia") is None


def test_groups_are_named_in_the_singular_and_the_plural():
    assert NAMES.group("themes") == NAMES.group("theme") == ("womens-rights", "history")
    assert NAMES.group_in("Which of the regions is it about?") == ("asia", "south-asia", "us", "nam-a")
    assert NAMES.group_in("What do the desks of the day say?") == ()
    assert NAMES.group_in("the desk of the day?") == ("it",)
    assert NAMES.group_in("regions or themes?") == ()


def test_the_nearest_section_is_found_in_a_sentence():
    assert "(south-asia)" in NAMES.hint("Is the article about Sout Azia?")
    assert "(womens-rights)" in NAMES.hint("Is 'Womens Right' a central subject of this document?")
    assert NAMES.hint("Is it a quokka?").startswith("Fix: use a section of the vocabulary: asia, south-asia")
