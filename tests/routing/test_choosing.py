import pytest

from classifier.article import Article
from classifier.errors import LanguageError, ModelError, SetChoiceError
from classifier.routing.choosing import choose_set, named_set, usual_set

TWO = {"english": ("en",), "thai": ("th",)}
SITES = {"east": ("en",), "west": ("en",), "thai": ("th",)}
THAI = "<p>สภาเมืองเลื่อนการลงมติเรื่องท่าเรือใหม่ออกไป</p>"
ENGLISH = "<p>The council postponed the vote on the new harbour.</p>"


def chosen(languages, body=ENGLISH, asked=None, preferred=(), **fields):
    return choose_set(languages, Article(body=body, **fields), asked, preferred)


def test_the_named_set_answers_whatever_the_language():
    assert chosen(TWO, THAI, "english", language="th") == "english"


def test_an_unknown_set_is_an_error_that_lists_those_that_there_are():
    with pytest.raises(SetChoiceError, match=r"there is no set “hindi”. Fix: use one of east, west, thai"):
        chosen(SITES, asked="hindi")
    with pytest.raises(SetChoiceError, match="use english or thai"):
        named_set(TWO, "")


@pytest.mark.parametrize("language", ["th", "th-TH", "tha", "TH_th"])
def test_the_language_of_the_article_beats_that_of_its_text(language):
    assert chosen(TWO, ENGLISH, language=language) == "thai"


def test_a_language_that_no_set_has_is_refused_with_those_that_they_have():
    with pytest.raises(LanguageError, match=r"in “fr”, but .* \(english: en; thai: th\)"):
        chosen(TWO, language="fr")
    with pytest.raises(LanguageError, match="not a language code"):
        chosen(TWO, language="english")


@pytest.mark.parametrize("language", [None, "", "und"])
def test_without_a_language_the_text_tells_it(language):
    assert chosen(TWO, THAI, language=language) == "thai"
    assert chosen(TWO, ENGLISH, language=language) == "english"
    assert choose_set(TWO, Article(headline="ท่าเรือใหม่")) == "thai"


def test_a_page_that_begins_with_a_long_head_is_read_to_its_text():
    page = f"<html><head><script>{'let council = 1; ' * 2_000}</script></head><body>{THAI}</body></html>"
    assert chosen(TWO, page) == "thai"


def test_a_multilingual_set_has_all_its_languages():
    sets = {"asia": ("th", "hi"), "english": ("en",)}
    assert chosen(sets, THAI) == chosen(sets, language="hi") == "asia"


def test_of_several_sets_of_a_language_the_preferred_answers_or_nothing_is_guessed():
    assert chosen(SITES, preferred=("thai", "west", "east")) == "west"
    assert chosen(SITES, THAI) == "thai"
    for fields in ({}, {"language": "en"}):
        with pytest.raises(SetChoiceError, match=r"the sets east, west all have the language “en”. Fix: name the set"):
            chosen(SITES, **fields)


def test_the_set_default_is_preferred_to_all_that_the_setting_does_not_name():
    sets = {"default": ("en",), "other": ("en",), "thai": ("th",)}
    assert chosen(sets) == chosen(sets, "2026", language="en") == chosen(sets, "2026") == "default"
    assert chosen(sets, preferred=("other",)) == "other"
    assert chosen(sets, THAI, preferred=("other",)) == "thai"


def test_a_text_whose_language_cannot_be_told_goes_to_the_preferred_set_or_is_refused():
    assert chosen(TWO, "2026", preferred=("thai",)) == "thai"
    with pytest.raises(
        SetChoiceError, match=r"the language of the text cannot be detected. Fix: name the set: english or"
    ):
        chosen(TWO, "2026")


def test_sets_of_one_language_need_a_name_and_no_detection(monkeypatch):
    monkeypatch.setattr("classifier.routing.choosing.detected_language", lambda *_: 1 / 0)
    sets = {"east": ("en",), "west": ("en",)}
    assert chosen(sets, THAI, preferred=("west",)) == "west"
    with pytest.raises(SetChoiceError, match="the sets east, west are all in “en”"):
        chosen(sets)


def test_a_set_whose_model_was_never_read_may_have_any_language():
    sets = {"english": ("en",), "thai": ()}
    assert chosen(sets, language="en") == chosen(sets) == "english"
    with pytest.raises(ModelError, match="no set with a usable model has the language “th”, and thai has no"):
        chosen(sets, language="th")
    with pytest.raises(SetChoiceError):
        chosen(sets, THAI)


def test_the_usual_set_is_the_preferred_one_or_the_only_one():
    assert usual_set(TWO, ("none", "thai")) == "thai"
    assert usual_set({"thai": ("th",)}) == "thai"
    with pytest.raises(SetChoiceError, match="several sets of models"):
        usual_set(TWO)
