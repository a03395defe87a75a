from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.page import HeaderNames, header_labels, split_header
from classifier.text.prepare import may_be_header


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
    found, story = split_header(f"{line}\n\nThe story.", HeaderNames(sections.spellings))
    assert found == labels
    assert story == ("The story." if labels else f"{line}\n\nThe story.")


def test_names_that_begin_alike_are_cut_where_all_fits():
    names = ("abc", "ab", "cd")
    assert split_header("abcd\nx", HeaderNames(names))[0] == ("ab", "cd")


def test_a_header_that_can_be_cut_in_endless_ways_is_refused_at_once():
    names = HeaderNames(("aa", "a"))
    assert split_header("a" * 480 + "!\nx", names) == ((), "a" * 480 + "!\nx")  # exponential search would not end


def test_an_empty_name_is_no_part_of_a_header():
    assert split_header("Technology, tests\nx", HeaderNames(("Technology", ""))) == ((), "Technology, tests\nx")
    assert split_header("Technology\nx", HeaderNames(("Technology", "")))[0] == ("Technology",)
    assert split_header("x\ny", HeaderNames(("",))) == ((), "x\ny")


@given(st.lists(st.sampled_from(["South Asia", "Technology", "FOIP", "Conflicts - Tensions"]), min_size=1, max_size=6))
def test_names_run_together_are_all_found(sections, names):
    labels, _ = split_header("".join(names) + "\nstory", HeaderNames(sections.spellings))
    assert labels == tuple(names)


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("Opinion | South Asia", ("Opinion", "South Asia")),
        ("South Asia | Opinion", ("South Asia", "Opinion")),
        ("Home > World > South Asia", ("Home", "World", "South Asia")),
        ("Home » News » South Asia » Oceania", ("Home", "News", "South Asia", "Oceania")),
        ("South Asia › Technology", ("South Asia", "Technology")),
        ("Conflicts - TensionsOpinionSouth Asia", ("Conflicts - Tensions", "Opinion", "South Asia")),
        ("EditorialTechnology", ("Editorial", "Technology")),
        ("Technology, PARTNERSHIPS, Sport", ("Technology", "PARTNERSHIPS", "Sport")),
        ("Technology · Arts & Culture · Oceania", ("Technology", "Arts & Culture", "Oceania")),
        ("Culture of the Sea / Oceania", ("Culture of the Sea", "Oceania")),
        # a headline or a sentence
        ("Oceania, Fiji", ()),
        ("Fiji, Palau, Oceania", ()),
        ("Technology Transfers to South Asia", ()),
        ("South Asia: Technology, Opinion", ()),
        ("Ships meet | Oceania", ()),
        ("Ships Meet Off The Old Harbour | Oceania", ()),
        ("Oceania and Fiji", ()),
        ("Oceania's New Ships", ()),
        ("Opinion | Sport", ()),
        ("Eurasia | Sport", ()),
        ("Oceania | Sport | Arts | Letters | Weather", ()),
        ("By A. Writer, Reuters", ()),
    ],
)
def test_a_header_line_may_hold_a_few_names_that_are_no_sections(sections, line, labels):
    found, story = split_header(f"{line}\n\nThe story.", HeaderNames(sections.spellings))
    assert found == labels
    assert story == ("The story." if labels else f"{line}\n\nThe story.")


@pytest.mark.parametrize("line", ["A | " * 120 + "Oceania", "Oceania" * 70, "AbOceania, " * 45 + "x", "A-" * 249])
def test_long_lines_of_names_do_not_delay(sections, line):
    start = process_time()
    for _ in range(100):
        split_header(f"{line}\nx", HeaderNames(sections.spellings))
    assert process_time() - start < 1


def test_without_sections_no_line_is_a_header():
    assert split_header("Opinion | Sport\nx", HeaderNames(())) == ((), "Opinion | Sport\nx")
    assert split_header("Opinion | Sport\nx", HeaderNames(("",))) == ((), "Opinion | Sport\nx")


NAMES = HeaderNames(("ข่าว", "中国", "한국", "South Asia", "Sport", "ﬁnance", "é"))
PIECES = (
    *NAMES.folded,
    *(name for name, _ in NAMES.names),
    " ",
    "|",
    "-",
    ",",
    "，",
    "。",
    "!",
    "ไม่",
    "ﬁ",
    "K",
    "a",
    "1",
    "\ud800",
    "क्या",
    "ꭰ",
)


@given(line=st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_a_line_that_is_judged_at_once_names_no_label(line):
    if not may_be_header(line.encode("utf-8", "surrogatepass"), NAMES.beginnings):
        assert header_labels(line, NAMES) == ()


@pytest.mark.parametrize("line", ["ไม่มีข่าว", "据新华社报道，会议在北京举行", "यह क्या है", "서울，부산"])
def test_a_sentence_in_another_script_is_judged_at_once(line):
    assert not may_be_header(line.encode(), HeaderNames(("South Asia", "中国")).beginnings)


def test_first_letters_that_are_judged_by_their_bytes_have_no_case():
    for first in (0xE0, *range(0xE3, 0xEA), 0xEB, 0xEC):
        letters = b"".join(
            bytes((first, second, third)) for second in range(0x80, 0xC0) for third in range(0x80, 0xC0)
        ).decode(errors="ignore")
        assert letters
        assert letters.casefold() == letters
