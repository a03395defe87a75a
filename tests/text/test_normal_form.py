"""The scan looks at bytes; what it takes for normal form C is so."""

import sys
import unicodedata
from itertools import chain

import pytest

from classifier.terms.encoding import utf8
from classifier.text.clean import clean, clean_with_care
from classifier.text.onepass.cleaner import IS_PLAIN, MAY_NOT_BE_NORMAL, scan_text

LETTERS = [chr(code) for code in chain(range(0x80, 0xD800), range(0xE000, 0x20000))]


def is_taken_for_normal(text: str) -> bool:
    """Return whether nothing looks at a text any closer: it is plain, or at least surely in normal form."""
    found = scan_text(utf8(text))
    return bool(found & IS_PLAIN) or not found & MAY_NOT_BE_NORMAL


def is_sign(character: str) -> bool:
    """Return whether the reader looks at each of these anyway."""
    return "\u2000" <= character < "\u3000"


def test_a_character_that_is_taken_for_normal_is():
    assert all(
        unicodedata.is_normalized("NFC", f"a{c}a") for c in LETTERS if not is_sign(c) and is_taken_for_normal(f"a{c}a")
    )


def test_most_letters_of_news_need_no_closer_look():
    text = "Войска ушли. Ο στρατός. الجيش غادر. ทหารออกไปแล้ว ທະຫານ ទាហាន 军队撤离。군대 兵士が 軍、लड़ाई हिन्दी"
    assert all(is_taken_for_normal(word) for word in text.split())


def test_letters_that_compose_are_looked_at():
    for code in range(0x80, sys.maxunicode):
        parts = unicodedata.decomposition(chr(code))
        if parts and not parts.startswith("<"):
            apart = "a" + "".join(chr(int(part, 16)) for part in parts.split())
            assert unicodedata.is_normalized("NFC", apart) or not is_taken_for_normal(apart), hex(code)


@pytest.mark.parametrize("letter", ["ก", "ກ", "क", "ក", "a"])
def test_marks_out_of_order_are_looked_at(letter):
    marks = [c for c in LETTERS if unicodedata.combining(c) and not is_sign(c)]
    quick = [mark for mark in marks if is_taken_for_normal(letter + mark)]
    for mark in quick:
        for other in marks:
            for text in (letter + mark + other, letter + other + mark):
                assert unicodedata.is_normalized("NFC", text) or not is_taken_for_normal(text)


@pytest.mark.parametrize("text", ["ก\u0e48\u0e38", "न\u093c", "क\u094d\u093c", "か\u3099", "<p>न\u093c</p>"])
def test_what_is_not_in_normal_form_is_put_in_it(text):
    assert clean(text) == clean_with_care(utf8(text)).utf8.decode()
    assert unicodedata.is_normalized("NFC", clean(text))
