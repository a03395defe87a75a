import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Article
from classifier.text.boilerplate import _END_MARKERS, _LIST_MARKERS, MARKERS, without_boilerplate
from classifier.text.clean import clean
from classifier.text.page import split_header
from classifier.text.plain import MAY_HOLD_BOILERPLATE, look
from classifier.text.prepare import prepare
from tests.helpers import PAGE


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("Conflicts - TensionsPartnershipsSouth Asia", ("Conflicts - Tensions", "Partnerships", "South Asia")),
        ("ConflictsSouth Asia", ("Conflicts", "South Asia")),
        ("TECHNOLOGY, partnerships", ("Technology", "Partnerships")),
        ("Free and Open Indo-Pacific/FOIPOceania", ("Free and Open Indo-Pacific/FOIP", "Oceania")),
        ("Global Commons | Terrorism", ("Global Commons", "Terrorism")),
        ("Technology", ("Technology",)),
        ("Technology transfers to South Asia", ()),
        ("Conflicts in Oceania", ()),
        ("An ordinary first line", ()),
    ],
)
def test_a_first_line_of_names_only_is_a_header(sections, line, labels):
    found, story = split_header(f"{line}\n\nThe story.", sections.spellings)
    assert found == labels
    assert story == ("The story." if labels else f"{line}\n\nThe story.")


def test_names_that_begin_alike_are_cut_where_all_fits():
    names = ("abc", "ab", "cd")
    assert split_header("abcd\nx", names)[0] == ("ab", "cd")


def test_a_header_that_can_be_cut_in_endless_ways_is_refused_at_once():
    names = ("aa", "a")
    assert split_header("a" * 480 + "!\nx", names) == ((), "a" * 480 + "!\nx")  # exponential search would not end


def test_an_empty_name_is_no_part_of_a_header():
    assert split_header("Technology, tests\nx", ("Technology", "")) == ((), "Technology, tests\nx")
    assert split_header("Technology\nx", ("Technology", ""))[0] == ("Technology",)
    assert split_header("x\ny", ("",)) == ((), "x\ny")


@given(st.lists(st.sampled_from(["South Asia", "Technology", "FOIP", "Conflicts - Tensions"]), min_size=1, max_size=6))
def test_names_run_together_are_all_found(sections, names):
    labels, _ = split_header("".join(names) + "\nstory", sections.spellings)
    assert labels == tuple(names)


def test_boilerplate_goes_and_the_story_stays(sections):
    _, story = split_header(clean(PAGE), sections.spellings)
    story = without_boilerplate(story)
    assert story.startswith("Two navies, one mangrove")
    assert story.endswith("arrested two recruiters there.")


@pytest.mark.parametrize(
    "text",
    [
        "The minister would not comment here or later.\nThe end.",
        "Related Articles\nis the name of this story",
        "Story.\nRelated Articles\n" + "A long paragraph that goes on with the story after a box of links. " * 4,
    ],
)
def test_the_same_words_within_a_story_stay(text):
    assert without_boilerplate(text) == text


@given(st.text())
def test_boilerplate_removal_only_shortens(text):
    assert text.startswith(without_boilerplate(text))


def boilerplate_by_definition(text):
    """The plain definition, in which each list marker checks every line after it, however long that takes."""
    lines = text.split("\n")
    folded = [line.strip().casefold().rstrip(".:* ") for line in lines]
    ends = [words in _END_MARKERS or words.startswith("your email address will not be published") for words in folded]
    for number in range(1, len(lines)):
        after = [i for i in range(number + 1, len(lines)) if ends[i] or len(lines[i]) > 160]
        only_titles = not after or ends[after[0]]
        if ends[number] or (folded[number] in _LIST_MARKERS and only_titles):
            return "\n".join(lines[:number]).rstrip()
    return text


PARTS = st.sampled_from([*_LIST_MARKERS, "Read more:", "Comment here", "A title.", "", "x" * 160, "x" * 161, " " * 161])


@given(st.lists(PARTS, max_size=12).map("\n".join))
def test_boilerplate_is_what_its_definition_says(text):
    assert without_boilerplate(text) == boilerplate_by_definition(text)


def test_a_marker_on_every_line_before_a_paragraph_does_not_delay():
    text = "read more\n" * 99_900 + "x" * 200  # 5,000,000,000 checks, if each marker checked every line after it
    assert without_boilerplate(text) == text


@pytest.mark.parametrize("write", [str.lower, str.upper, str.title])
@pytest.mark.parametrize("marker", MARKERS)
def test_the_compiled_look_knows_every_marker(marker, write):
    for before in ("Story.", "S", "x" * 1015):  # the last one puts a marker across two strides
        assert look(f"{before}\n{write(marker)}".encode()) == MAY_HOLD_BOILERPLATE
        assert look(f"{before}\n{write(marker)[:7]}".encode()) == 0
        assert look(f"{before} {write(marker)}".encode()) == 0


def test_lines_that_only_begin_like_a_marker_do_not_delay():
    for marker in MARKERS:
        assert look(f"Story.\n{marker[:7]}x and so on, for a whole paragraph.".encode()) == 0


LINES = st.sampled_from([*_END_MARKERS, *_LIST_MARKERS, "A story.", "", "ſhare this", "Oceania", "a", "\x1fread more"])


@given(st.lists(LINES | LINES.map(str.title) | st.text(max_size=6), max_size=6).map("\n".join))
def test_a_text_that_looks_plain_is_prepared_as_all_others_are(sections, body):
    slow = without_boilerplate(split_header(clean(body), sections.spellings)[1])
    assert prepare(Article(headline="x", body=body), sections.spellings).text == (f"x\n\n{slow}" if slow else "x")
