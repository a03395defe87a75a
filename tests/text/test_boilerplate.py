import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifier import Article
from classifier.text.boilerplate import _END_MARKERS, _LIST_MARKERS, MARKERS, split_boilerplate, without_boilerplate
from classifier.text.clean import clean
from classifier.text.letters import count_letters
from classifier.text.page import HeaderNames, split_header
from classifier.text.plain import MAY_HOLD_BOILERPLATE, look
from classifier.text.prepare import prepare
from tests.helpers import PAGE


def test_boilerplate_goes_and_the_story_stays(sections):
    _, story = split_header(clean(PAGE), HeaderNames(sections.spellings))
    story = without_boilerplate(story)
    assert story.startswith("Two navies, one mangrove")
    assert story.endswith("arrested two recruiters there.")


@pytest.mark.parametrize(
    "text",
    [
        "The minister would not comment here or later.\nThe end.",
        "Related Articles\nis the name of this story",
    ],
)
def test_the_same_words_within_a_story_stay(text):
    assert without_boilerplate(text) == text


HEADLINE = "Tension at the weir\nBy our reporter"
SENTENCES = "Two mayors met at the weir for a second day.\nNobody gave way.\nThe sluice stays shut."
WRAPPED = (
    "Two mayors met at the weir for a second day and\nagreed on nothing, their offices said in the\n"
    "evening. Farmers from three villages were told\n"
    "to keep their cattle away from the bank until\nthe end of the week."
)
TITLES = "Weir opens early\nMayor sells his boat\nWhat the flood left behind"


@pytest.mark.parametrize(
    ("text", "story"),
    [
        # the story goes on
        (f"{HEADLINE}\nShare this\n{SENTENCES}", f"{HEADLINE}\n{SENTENCES}"),
        (f"{HEADLINE}\n\nShare this:\n\n{WRAPPED}", f"{HEADLINE}\n\n{WRAPPED}"),
        (f"{WRAPPED}\nRead more\n{WRAPPED}", f"{WRAPPED}\n{WRAPPED}"),
        (f"{SENTENCES}\nRead more\n{SENTENCES}\nRead more\n{SENTENCES}", f"{SENTENCES}\n{SENTENCES}\n{SENTENCES}"),
        (
            f"Story.\nRelated Articles\n{'A long paragraph that goes on with the story after a box of links. ' * 4}",
            f"Story.\n{'A long paragraph that goes on with the story after a box of links. ' * 4}".rstrip(),
        ),
        (f"{SENTENCES}\nMore stories\n{TITLES}\n{SENTENCES}", f"{SENTENCES}\n{TITLES}\n{SENTENCES}"),
        ("Flood.\nRead more\n那天水位上升了三米。\n村民连夜撤离。", "Flood.\n那天水位上升了三米。\n村民连夜撤离。"),
        ("One.\nRelated stories\nHe said: “No.”", "One.\nHe said: “No.”"),
        # a list follows, or nothing
        (f"{SENTENCES}\nRelated articles\n{TITLES}", SENTENCES),
        (f"{WRAPPED}\n\nRead more:\n\n{TITLES}\n© Gazette. All rights reserved.", WRAPPED),
        (f"{SENTENCES}\nShare this", SENTENCES),
        (f"{SENTENCES}\nRelated coverage\n{TITLES}", SENTENCES),
        (f"{SENTENCES}\nREAD ALSO: »\n{TITLES}", SENTENCES),
        (f"{HEADLINE}\nShare this article\n{SENTENCES}\nMore on this story\n{TITLES}", f"{HEADLINE}\n{SENTENCES}"),
        (f"{SENTENCES}\nShare this\nRelated posts\n{TITLES}\nLeave a reply\n{SENTENCES * 3}", SENTENCES),
        (f"{SENTENCES}\nRead more\nMore of it can be read ...\nAnd of that…", SENTENCES),
        (f"{HEADLINE}\nShare this\n{SENTENCES}\nRelated stories\n{TITLES}", f"{HEADLINE}\n{SENTENCES}"),
        # an end marker ends it, whatever follows
        (f"{SENTENCES}\nComment here\n{SENTENCES * 3}", SENTENCES),
    ],
)
def test_a_list_marker_ends_the_story_only_at_its_end(text, story):
    assert without_boilerplate(text) == story
    kept, dropped = split_boilerplate(text)
    assert kept == story
    assert dropped == count_letters(text) - count_letters(story)


@given(st.text())
def test_boilerplate_removal_only_shortens(text):
    left = iter(text)
    assert all(sign in left for sign in without_boilerplate(text))


def _is_prose(lines, number):
    line, following = lines[number], lines[number + 1] if number + 1 < len(lines) else ""
    return line.rstrip().endswith((".", ".”")) or line[:1].islower() or following[:1].islower()


def boilerplate_by_definition(text):
    """The plain definition, in which each list marker checks every line after it, however long that takes."""
    lines = text.split("\n")
    folded = [line.strip().casefold().rstrip(".:*»›>→ ") for line in lines]
    is_end = [words in _END_MARKERS or words.startswith("your email address will not be published") for words in folded]
    end = next((number for number in range(1, len(lines)) if is_end[number]), len(lines))
    is_marker = [0 < number < end and words in _LIST_MARKERS for number, words in enumerate(folded)]
    for number in [number for number in range(len(lines)) if is_marker[number]]:
        before = [i for i in range(number) if not is_marker[i]]
        after = [i for i in range(number + 1, end) if not is_marker[i]]
        letters = sum(count_letters(lines[i]) for i in after)
        prose = sum(count_letters(lines[i]) for i in after if _is_prose(lines[:end], i))
        is_list = letters <= sum(count_letters(lines[i]) for i in before) and 2 * prose <= letters
        if is_list and not any(len(lines[i]) > 160 for i in after):
            end = number
            break
    kept = [line for number, line in enumerate(lines[:end]) if not is_marker[number]]
    return text if len(kept) == len(lines) else re.sub("\n{3,}", "\n\n", "\n".join(kept)).rstrip()


PARTS = st.sampled_from(
    [
        *_LIST_MARKERS,
        *("Read more:", "Read more »", "Comment here", "A title.", "A title", "and on", "He said: “No.”", ""),
        *("x" * 160, "x" * 161, "X" * 161, " " * 161),
    ]
)


@given(st.lists(PARTS, max_size=12).map("\n".join))
@example("\n\nShare this\n\nA.")
def test_boilerplate_is_what_its_definition_says(text):
    assert without_boilerplate(text) == boilerplate_by_definition(text)


def test_a_marker_on_every_line_before_a_paragraph_does_not_delay():
    text = "read more\n" * 99_900 + "x" * 200  # 5,000,000,000 checks, if each marker checked every line after it
    assert without_boilerplate(text) == "read more\n" + "x" * 200


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
    header = HeaderNames(sections.spellings)
    slow = without_boilerplate(split_header(clean(body), header)[1])
    assert prepare(Article(headline="x", body=body), header).text == (f"x\n\n{slow}" if slow else "x")
