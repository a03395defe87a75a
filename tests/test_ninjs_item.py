import pytest

from classifier.ninjs_item import Subject, article_fields, is_ninjs, subjects

FIRST = {
    "uri": "urn:desk:1",
    "type": "text",
    "versioncreated": "2026-11-02T10:00:00Z",
    "firstcreated": "2026-11-01T10:00:00Z",
    "headline": "Ferry route reopens",
    "body_text": "Crews board every boat.",
    "body_xhtml": "<p>Crews board every boat.</p>",
    "language": "en",
    "subject": [{"name": "Terrorism", "scheme": "desk", "code": "20000103"}, {"code": "desk:7"}, {"rel": "about"}],
}
THIRD = {
    "uri": "urn:desk:2",
    "standard": {"name": "ninjs", "version": "3.1"},
    "headlines": [{"role": "sub", "value": "A year later"}, {"role": "main", "value": "Ferry route reopens"}],
    "bodies": [
        {"role": "main", "contenttype": "text/plain", "value": "Crews board every boat."},
        {"role": "main", "contenttype": "application/xhtml+xml", "value": "<p>Crews board every boat.</p>"},
    ],
    "subjects": [
        {"name": "Terrorism", "uri": "http://cv.iptc.org/newscodes/mediatopic/20000103"},
        {"names": [{"lang": "fr", "value": "Conflits"}]},
    ],
}


def test_an_item_of_version_1_gives_its_fields():
    assert article_fields(FIRST) == {
        "id": "urn:desk:1",
        "headline": "Ferry route reopens",
        "body": "<p>Crews board every boat.</p>",
        "language": "en",
        "published": "2026-11-01T10:00:00Z",
        "sections": ["Terrorism", "desk:7"],
    }


def test_an_item_of_version_3_gives_its_main_headline_and_its_xhtml():
    assert article_fields(THIRD) == {
        "id": "urn:desk:2",
        "headline": "Ferry route reopens",
        "body": "<p>Crews board every boat.</p>",
        "sections": ["Terrorism", "Conflits"],
    }


def test_the_keys_of_version_3_may_have_capitals():
    item = {
        "standard": {"name": "ninjs", "version": "3.0"},
        "uri": "urn:desk:4",
        "versionCreated": "2026-11-02T10:00:00Z",
        "bodies": [
            {"role": "main", "contentType": "text/plain", "value": "Plain."},
            {"role": "main", "contentType": "text/html", "value": "<p>Plain.</p>"},
        ],
    }
    assert is_ninjs(item)
    found = article_fields(item)
    assert (found["published"], found["body"]) == ("2026-11-02T10:00:00Z", "<p>Plain.</p>")


def test_an_item_without_a_body_gives_its_description():
    assert article_fields({"uri": "x", "description_text": "In short."})["body"] == "In short."
    described = {"uri": "x", "descriptions": [{"role": "text", "value": "In short."}]}
    assert article_fields(described)["body"] == "In short."


def test_media_topics_are_found_by_number_and_by_address():
    assert subjects(FIRST)[0] == Subject(("Terrorism",), ("medtop:20000103", "20000103"))
    assert subjects(THIRD)[0].codes[0] == "medtop:20000103"


@pytest.mark.parametrize("odd", [None, 7, "text", [], [None], [{"value": None}], {"value": "x"}])
def test_values_of_wrong_types_are_passed_over(odd):
    names = ("headline", "headlines", "body_text", "bodies", "subject", "subjects", "language", "firstcreated")
    found = article_fields({"uri": "urn:desk:3"} | dict.fromkeys(names, odd))
    texts = ("headline", "body", "language", "published")
    assert found == {"id": "urn:desk:3"} | (dict.fromkeys(texts, "text") if odd == "text" else {})


@pytest.mark.parametrize("item", [{}, {"uri": "x"}, {"uri": 7, "headlines": []}, {"headline": "x", "body_text": "y"}])
def test_other_objects_are_no_ninjs(item):
    assert not is_ninjs(item)
    assert is_ninjs(FIRST)
    assert is_ninjs(THIRD)
