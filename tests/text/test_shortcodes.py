"""Shortcodes of builders and embeds go; brackets that people write stay."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.clean import clean
from classifier.text.shortcodes import without_shortcodes

GO = [
    # builders: a name with a closing tag, or with an underscore
    ("[et_pb_section][et_pb_row][et_pb_text]Ferries stop.[/et_pb_text][/et_pb_row][/et_pb_section]", "Ferries stop."),
    ("[fusion_text columns='2']One[/fusion_text][fusion_text]Two[/fusion_text]", "One Two"),
    ("[row][col span=6][sic] it said[/col][col]Next[/col][/row]", "[sic] it said Next"),
    ("Before[hr_line]After", "Before After"),
    ("[one_half]Left[/one_half][one_half_last]Right[/one_half_last]", "Left Right"),
    ("[quote John Smith, mayor]We wait.[/quote] he said", "We wait. he said"),
    ("[quote it's here]We don't.[/quote] he said", "We don't. he said"),
    ("[tabs][tab title='A [new] port']Ships[/tab][/tabs]", "Ships"),
    # brackets within quotes, and shortcodes within shortcodes
    ('[vc_btn title="[Read]" link="url:#|title:[x]"]Ships', "Ships"),
    ('[box title="a > b" css=".c{d:e}"]<p>Ships</p>[/box]', "Ships"),
    ("[a_b x=\"[c_d y='1']\"]Ships[/a_b]", "Ships"),
    ("[outer][inner][inner]Ships[/inner][/inner][/outer]", "Ships"),
    # embeds
    ("See\n[vimeo 76979871]\nbelow", "See\n\nbelow"),
    ("See [youtube=https://video.example/watch?v=aB1&w=640] below", "See\nbelow"),
    ("[youtube https://video.example/watch?v=aB1]below", "below"),
    ("[youtube dQw4w9WgXcQ]below", "below"),
    ("[audio https://radio.example/a.mp3|titles=News]below", "below"),
    ("[podcast //radio.example/feed episode=4]below", "below"),
    ('[soundcloud url=\'https://s.example/1\' params="color=ff5500" width="100%" /]below', "below"),
    ("[tweet <a href='https://t.example/1'>https://t.example/1</a>]below", "below"),
    ("[embed width='500']https://video.example/1[/embed]below", "below"),
    ("[youtube]dQw4w9WgXcQ[/youtube]below", "below"),
    ("[wpvideo x1Yz2 w=640]below", "below"),
    # attributes as editors and themes mangle them
    ("[caption id=”attachment_1″ width=”300″ caption=”At the quay”]below", "below"),
    ("[caption id=&#8221;attachment_1&#8243; align=&quot;left&quot;]At sea[/caption]below", "At sea\nbelow"),
    ('[button href="/join" newtab]Join[/button]', "Join"),
    ('[my-ad slot="3" lazy]below', "below"),
    ("[size=4]Ships[/size]", "Ships"),
    ("[contact-field label='Name' type='name' required='1'/]below", "below"),
    ("[divider/]below", "below"),
    ("above[divider /]below", "above below"),
    ("[VIDEO src='a.mp4']below", "below"),
    # what they enclose is encoded
    ("above[vc_raw_html]JTNDZGl2JTNF[/vc_raw_html]below", "above below"),
    # a drop cap is part of its word
    ("[dropcap]T[/dropcap]he ships", "The ships"),
    # cut off, as in an excerpt
    ('The ships [vc_row full_width="stre', "The ships"),
    ("The ships\n[gallery ids='1,2", "The ships"),
    # a place of its own
    ("quay[/caption]The ships", "quay\nThe ships"),
    ("for a second day[/vc_column_text][/vc_column]Monitors", "for a second day Monitors"),
]
STAY = [
    "He [sic] said “[The] fleet” sailed [2023] [Reuters] [...] [emphasis added]",
    "[Editor’s note: This story was updated.]",
    "[n=34] of [p = 0.05]",
    "[and/or] [N/A] [A/B]",
    "[Video: Reuters] [video below] [audio unclear]",
    "[Photo by J. Smith]",
    "[a] [b] [1] [12, 13]",
    "[the rate of 2023]",
    "[then-President] Smith",
    "[[gallery]]",
    '[[gallery ids="1"]]',
    "an [open bracket",
    "a [nested [bracket] of] people",
    '[it\'s "quoted" here]',
    "[]",
    "[ ]",
    "[name](https://example.org/a)",
]


@pytest.mark.parametrize(("source", "text"), GO)
def test_shortcodes_go_and_the_words_around_them_stay_apart(source, text):
    assert clean(source) == text


@pytest.mark.parametrize("text", STAY)
def test_brackets_that_people_write_stay(text):
    assert clean(text) == text
    assert without_shortcodes(f"[gallery]{text}[gallery]").strip() == text


@given(st.text(alphabet="ab_[]/='\" \n<>&;1."))
def test_any_brackets_can_be_read(source):
    assert len(without_shortcodes(source)) <= len(source)


WORDS = st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True)
NAMES = st.sampled_from(["vc_row", "col", "quote", "youtube", "et_pb_text", "b", "caption"])
ATTRIBUTES = st.sampled_from(["", " a=1", " t='[x] y'", ' t="a > b" u=2', " https://example.org/a?b=c", "=x"])


def _pair(name, attributes, inner):
    return f"[{name}{attributes}]{''.join(inner)}[/{name}]"


NESTED = st.recursive(
    WORDS, lambda inner: st.builds(_pair, NAMES, ATTRIBUTES, st.lists(inner, max_size=4)), max_leaves=10
)


def _words(source):
    """The words outside of brackets, which themselves separate words."""
    return re.sub(r"\[(?:[^\[\]'\"]|'[^']*'|\"[^\"]*\")*\]", " ", source).split()


@given(st.lists(NESTED, min_size=1, max_size=4).map(" ".join))
def test_of_paired_shortcodes_the_words_stay_apart_however_they_are_nested(source):
    words = _words(source)
    # what an embed alone encloses is an address or a key
    found = clean(source).split()
    assert [word for word in found if word not in words] == []
    if "[youtube" not in source and "[caption" not in source:
        assert found == words
