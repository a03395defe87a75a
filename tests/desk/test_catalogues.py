"""The strings of the desk in other languages are complete, and compiled from what a translator reads."""

import re

import pytest
from babel.messages.mofile import read_mo

from tests.desk.catalogues import DESK, LANGUAGES, strings, template, translated, untranslated

AGAIN = "run “python -m tests.desk.catalogues”"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_translated_and_none_is_left_over(language):
    asked, found = {m.id for m in template()}, translated(language)
    assert len(asked) > 200
    assert asked == {m.id for m in found}, AGAIN
    assert untranslated(found) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_string(language):
    for message in translated(language):
        if message.id:
            ids, strings = (each if isinstance(each, tuple) else (each,) for each in (message.id, message.string))
            for one, other in zip(ids, strings, strict=True):
                assert set(re.findall(r"%\(\w+\)s|%%", one)) == set(re.findall(r"%\(\w+\)s|%%", other)), one


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_text(language):
    with (DESK / "locale" / language / "LC_MESSAGES" / "desk.mo").open("rb") as file:
        assert strings(read_mo(file)) == strings(translated(language)), AGAIN
