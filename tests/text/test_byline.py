"""By-lines: the writers' names go, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.article import Article
from classifier.text.byline import split_byline
from classifier.text.letters import count_letters
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare

HEADER = HeaderNames(("South Asia", "Opinion"))
LEAD = "The army said on Monday that it had crossed the river."


def text_of(body, headline=""):
    return prepare(Article(headline=headline, body=body), HEADER).text


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("By Ana Silva", ""),
        ("BY ANA SILVA", ""),
        ("by Ana Silva", ""),
        ("By: Ana Silva", ""),
        ("By Ana Silva and Mary-Ann O\u2019Brien", ""),
        ("By Ana Silva, Tom Lee and J. R. Ortega Jr.", ""),
        ("Written by Ahmed al-Masri", ""),
        ("Written By Jean d\u2019Alembert", ""),
        ("Author: Trinh Bao Long", ""),
        ("Von Erika von der Heide und Max Muster", ""),
        ("Par Jean-Luc de la Tour", ""),
        ("Por Ana Garc\u00eda y Luis P\u00e9rez", ""),
        ("Oleh Budi Santoso", ""),
        ("Door Jan van den Berg", ""),
        ("\u0410\u0432\u0442\u043e\u0440: \u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\u043e\u0432", ""),
        ("By Ana Silva in Dili", "in Dili"),
        ("By Ana Silva, Reuters", "Reuters"),
        ("By Ana Silva BBC News", "BBC News"),
        ("By Ana Silva, special correspondent", "special correspondent"),
        ("By Ana Silva | Mar 3, 2024 | 10:15 am", "Mar 3, 2024 | 10:15 am"),
        ("By Ana Silva 3 hours ago", "3 hours ago"),
        ("Von Max Muster, Berlin", "Berlin"),
    ],
)
def test_a_line_of_its_own_loses_the_names_and_keeps_place_paper_and_date(line, kept):
    assert text_of(f"{line}\n\n{LEAD}") == (f"{kept}\n\n{LEAD}" if kept else LEAD)
    assert text_of(f"<p>{line}</p><p>{LEAD}</p>") == text_of(f"{line}\n\n{LEAD}")


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("By Ana Silva LONDON (Reuters) - ", "LONDON (Reuters) - "),
        ("By Ana Silva, LONDON, March 3 (Reuters) - ", "LONDON, March 3 (Reuters) - "),
        ("By ANA SILVA, LONDON (AP) \u2014 ", "LONDON (AP) \u2014 "),
        ("By Ana Silva and Tom Lee, Reuters, PORT MORESBY -- ", "Reuters, PORT MORESBY -- "),
        ("By Ana Silva WASHINGTON, D.C. \u2014 ", "WASHINGTON, D.C. \u2014 "),
        ("Ana Silva, LONDON \u2014 ", "LONDON \u2014 "),
        ("Abdul Rashid Mir, SRINAGAR: ", "SRINAGAR: "),
    ],
)
def test_names_before_a_place_in_capitals_go_and_the_sentence_stays(before, kept):
    assert text_of(before + LEAD) == kept + LEAD


@pytest.mark.parametrize(
    "line",
    [
        "By the numbers",
        "By our cricket correspondent",
        "By a staff reporter",
        "By Land and Sea",
        "By Sheila",
        "By 2035 Singapore intends to import a third of its power",
        "By Friday the army had left",
        "By Ana Silva.",
        "By Ana Silva, who fled the war",
        "By Ana Silva said the minister",
        "By Ana Silva \u2014 so it says \u2014",
        "Author Ana Silva",
        "Von der Leyen in Kiew",
        "Door Falls Off Boeing Jet",
        "Par exemple",
        "LONDON (Reuters) - ",
        "NEW DELHI, India \u2014 ",
        "New Delhi, INDIA \u2014 ",
        "Jeju Island, SOUTH KOREA \u2014 ",
        "Ana Silva, NATO: ",
        "Ana Silva, 34, LONDON \u2014 ",
    ],
)
def test_a_line_that_may_be_more_than_a_byline_stays(line):
    for body in (f"{line}\n\n{LEAD}", f"{line} {LEAD}"):
        assert split_byline(body.encode()) == (body.encode(), 0)


def test_a_byline_may_follow_a_header_line_or_a_short_first_line():
    assert text_of(f"Opinion | South Asia\nBy Ana Silva\n{LEAD}") == LEAD
    assert text_of(f"Rain in the hills\n\nBy Ana Silva\n\n{LEAD}") == f"Rain in the hills\n\n{LEAD}"
    assert text_of(f"{LEAD * 4}\n\nBy Ana Silva\n\n{LEAD}") == f"{LEAD * 4}\n\nBy Ana Silva\n\n{LEAD}"
    assert text_of(f"Rain\n\nSleet\n\nBy Ana Silva\n\n{LEAD}").startswith("Rain\n\nSleet\n\nBy Ana Silva")


def test_a_body_of_nothing_but_a_byline_is_kept_if_there_is_no_headline():
    assert text_of("By Ana Silva") == "By Ana Silva"
    assert text_of("By Ana Silva", "Rain") == "Rain"


def test_the_letters_of_the_names_count_as_left_out():
    prepared = prepare(Article(headline="Rain", body=f"By Ana Silva, Reuters\n\n{LEAD}"), HEADER)
    assert prepared.dropped == count_letters("By Ana Silva")
    assert 0 < prepared.dropped_share < 0.5


WORDS = "Ana Silva Tom LEE O\u2019Brien \u00c9mile J. de von Reuters BBC LONDON DAKAR"
NAMES = st.lists(st.sampled_from(WORDS.split()), max_size=6)
PIECES = st.sampled_from(
    [
        "By ",
        "BY ",
        "Von ",
        "Author: ",
        " and ",
        ", ",
        " \u2014 ",
        " (AFP) - ",
        " | ",
        ": ",
        "\n",
        "\n\n",
        ".",
        LEAD,
        "By Monday ",
    ]
)
PERSON = st.lists(st.from_regex(r"[BKMNTZ][aou][kmnz]{2,5}", fullmatch=True), min_size=2, max_size=4).map(" ".join)
PEOPLE = st.lists(PERSON, min_size=1, max_size=3).map(" and ".join)
STORIES = st.lists(PIECES | NAMES.map(" ".join) | st.text(max_size=8), max_size=8).map("".join)


@given(STORIES)
def test_one_piece_before_the_story_goes_and_its_letters_are_counted(text):
    story = text.strip("\n").encode("utf-8", "surrogatepass")
    without, dropped = split_byline(story)
    n = len(story) - len(without)
    cuts = [at for at in range(len(without) + 1) if without[:at] + story[at : at + n] + without[at:] == story]
    assert cuts
    assert bool(n) == bool(dropped)
    for at in cuts if n else ():
        piece = story[at : at + n].decode("utf-8", "surrogatepass")
        assert count_letters(piece) == dropped
        assert LEAD not in piece
        assert b"\n" not in story[: cuts[0]].strip(b"\n")


@given(STORIES)
def test_the_sentences_of_a_story_stay(text):
    assert text_of(f"{text}\n\n{LEAD}").count(LEAD) == text_of(f"{'x' * 200}{text}\n\n{LEAD}").count(LEAD)


@given(PEOPLE, st.sampled_from(["By", "Von", "Oleh", "Author:"]), st.sampled_from(["", "Rain in the hills\n\n"]))
def test_the_story_is_read_as_if_it_had_no_byline(people, word, first):
    assert text_of(f"{first}{word} {people}\n\n{LEAD}") == first + LEAD
    assert text_of(f"{word} {people}, KUALA LUMPUR (AP) - {LEAD}") == f"KUALA LUMPUR (AP) - {LEAD}"
