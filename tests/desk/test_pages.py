"""The pages of the desk without JavaScript: Try, Queue, Quality, Suspects."""

import io
import threading

import pytest

from classifier.store.registry import Registry
from tests.driver.desk import DRONES, FLOOD, keep
from tests.helpers import small_corpus

STORY = {"headline": "Sluice gates", "text": f"{small_corpus(1)[0]['body']}\n\nThe laboratory flew a drone."}


def test_a_story_gets_its_sections_with_the_words_marked(desk):
    _, ada, *_ = desk
    page = ada.send("/desk/", **STORY)
    assert page.status == 200
    assert page.texts(".sections tbody tr")[0].startswith("Climate and Disasters")
    words = [mark.text() for mark in page.html.css("#story mark.for")]
    assert "flood" in words
    assert page.html.css_first("#story").attributes["dir"] == "ltr"
    assert "Why “Climate and Disasters”?" in page.text
    assert page.html.css_first("textarea").text().strip().startswith("The river authority")


def test_every_section_says_why_it_is_not_suggested(desk):
    _, ada, *_ = desk
    page = ada.send("/desk/", **STORY, show=DRONES)
    assert "Why not “Technology”?" in page.text
    assert "It is suggested from" in page.text
    assert "not trained on these sections" in page.text
    assert {mark.text() for mark in page.html.css("#story mark.against")} & {"flood", "river", "rain"}


def test_two_versions_stand_side_by_side(desk, desk_models):
    _, ada, *_ = desk
    other = next(version for version in Registry(desk_models).versions() if version != Registry(desk_models).current())
    assert other in ada.get("/desk/").texts("#other option")
    page = ada.send("/desk/", **STORY, other=other)
    assert other in page.texts(".sections thead th")
    gone = ada.send("/desk/", **STORY, other="20200101T000000Z-00000000")
    assert gone.status == 404
    assert "no such version" in gone.text
    assert "river authority" in gone.html.css_first("textarea").text()  # nothing that was typed is lost


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"<p>Flood water and a cyclone</p>", 200, "Flood water"),
        ("\ufeffFlood water über alles".encode("utf-16"), 200, "über"),
        (b'<meta charset="windows-1252"><p>Flood water caf\xe9</p>', 200, "café"),
        (b"Flood caf\xe9", 400, "not UTF-8"),
        (b"\x89PNG\0\0\0\0", 400, "not a text"),
        (b"", 422, "there is no text"),
    ],
)
def test_a_file_is_read_as_its_charset_says(desk, data, status, words):
    _, ada, *_ = desk
    page = ada.send("/desk/", file=(io.BytesIO(data), "story.html"))
    assert page.status == status
    assert words.casefold() in page.text.casefold()


@pytest.mark.parametrize(
    ("text", "language", "direction"),
    [
        ("سیلابی پانی نے دریا کے بند توڑ دیے اور فوج نے خاندانوں کو بچایا۔", "ur", "rtl"),
        ("غمرت مياه الفيضانات القرى القريبة من النهر", "ar", "rtl"),
        ("မြစ်ရေကြီးမှုကြောင့် ကျေးရွာများ ရေနစ်မြုပ်ခဲ့သည်", "my", "ltr"),
        ("Flood water reached the dykes", "en", "ltr"),
        ("12345", "", "auto"),
    ],
)
def test_a_text_has_its_language_and_direction(desk, text, language, direction):
    _, ada, *_ = desk
    story = ada.send("/desk/", text=text).html.css_first("#story")
    assert (story.attributes["lang"], story.attributes["dir"]) == (language, direction)


def test_markup_of_a_story_is_text(desk):
    _, ada, *_ = desk
    page = ada.send("/desk/", headline="<script>alert(1)</script>", text="flood &lt;b&gt; <img src=x onerror=alert(1)>")
    assert not page.html.css("main script, main img")


def test_the_queue_lists_what_waits_with_an_excerpt(desk, queue):
    _, ada, *_ = desk
    ids, *_ = queue
    page = ada.get("/desk/queue")
    assert "30 open suggestions" in page.text
    assert len(page.html.css("ol.queue > li")) == 25
    assert page.html.css("ol.queue mark.for")
    following = ada.get(page.html.css_first("a[rel=next]").attributes["href"])
    assert len(following.html.css("ol.queue > li")) == len(ids) - 25


def test_the_queue_is_filtered_searched_and_ordered(desk, queue):
    _, ada, *_ = desk
    found = ada.get(f"/desk/queue?section={DRONES}")
    assert all("Technology" in text for text in found.texts("ol.queue > li"))
    assert found.html.css_first(f"#section option[value={DRONES}]").text().startswith("Technology (")
    assert len(ada.get("/desk/queue?search=ALDERNEY").html.css("ol.queue > li")) == 3
    assert "No suggestion matches these filters" in ada.get("/desk/queue?search=nowhere").text
    assert ada.get("/desk/queue?order=least_sure&cursor=x").status == 303
    assert ada.get("/desk/queue?order=x&state=x&most=x").status == 200


def test_a_decision_is_feedback_with_the_name_of_the_editor(desk, queue):
    _, ada, *_ = desk
    ids, suggestions, feedback = queue
    done = ada.send(f"/desk/queue/{ids[0]}", action="correct", add=DRONES)
    assert done.location == f"/desk/queue/{ids[1]}?done={ids[0]}"
    entry = next(entry.feedback for entry in feedback.latest(texts=True))
    assert (entry.article, entry.source, entry.person) == ("a-0", "cms", "Ada Lovelace")
    assert (entry.suggested, entry.kept, entry.added, entry.removed) == ((FLOOD,), (), (DRONES,), (FLOOD,))
    assert "river authority" in entry.body
    decided = suggestions.with_id(ids[0])
    assert (decided.state, decided.decided_by) == ("decided", "Ada Lovelace")
    assert "Ada Lovelace decided" in ada.get(f"/desk/queue/{ids[0]}").text


@pytest.mark.parametrize(
    ("action", "kept", "removed"), [("accept", (FLOOD,), ()), ("reject", (), (FLOOD,)), ("correct", (FLOOD,), ())]
)
def test_what_the_buttons_store(desk, queue, action, kept, removed):
    _, ada, *_ = desk
    ids, _, feedback = queue
    assert ada.send(f"/desk/queue/{ids[0]}", action=action, keep=FLOOD).status == 303
    entry = next(entry.feedback for entry in feedback.latest())
    assert (entry.kept, entry.removed, entry.added, entry.applied) == (kept, removed, (), ())


def test_a_form_that_names_no_action_or_an_unknown_section_decides_nothing(desk, queue):
    _, ada, *_ = desk
    ids, suggestions, _ = queue
    assert ada.send(f"/desk/queue/{ids[0]}", action="x").status == 422
    assert ada.send(f"/desk/queue/{ids[0]}", action="correct", add="nowhere").status == 422
    assert suggestions.with_id(ids[0]).state == "open"


def test_undo_opens_the_suggestion_again_and_forgets_the_feedback(desk, queue):
    _, ada, *_ = desk
    ids, suggestions, feedback = queue
    first = ada.send(f"/desk/queue/{ids[0]}", action="accept").location
    second = ada.send(first, action="reject").location
    assert second == f"/desk/queue/{ids[2]}?done={ids[1]}%2C{ids[0]}"
    form = ada.get(second).html.css_first("form[action*=undo]")
    number = form.css_first("input[name=number]").attributes["value"]
    undone = ada.send(second, form.attributes["action"], number=number)
    assert undone.location == f"/desk/queue/{ids[1]}?done={ids[0]}"
    assert [suggestions.with_id(n).state for n in ids[:2]] == ["decided", "open"]
    assert [entry.feedback.article for entry in feedback.latest()] == ["a-0"]


def test_the_second_of_two_editors_is_told_and_changes_nothing(desk, queue):
    _, ada, grace, _ = desk
    ids, suggestions, feedback = queue
    path = f"/desk/queue/{ids[0]}"
    token = grace.get(path).token()
    ada.send(path, action="accept")
    late = grace.post(path, csrf=token, action="reject")
    assert late.status == 409
    assert "Your decision was not stored. Ada Lovelace decided on this story" in late.text
    assert "Sections now: Climate and Disasters" in late.text
    assert suggestions.with_id(ids[0]).decided_by == "Ada Lovelace"
    assert feedback.count() == 1


def test_of_many_editors_at_once_one_decides(desk, queue):
    _, *editors = desk
    ids, _, feedback = queue
    tokens = [editor.get("/desk/").token() for editor in editors]
    answers: list[int] = []

    def decide(editor, token):
        answers.append(editor.post(f"/desk/queue/{ids[0]}", csrf=token, action="accept").status)

    threads = [threading.Thread(target=decide, args=each) for each in zip(editors, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409, 409]
    assert feedback.count() == 1


def test_only_whoever_decided_or_an_administrator_undoes(desk, queue):
    _, ada, grace, root = desk
    ids, suggestions, _ = queue
    ada.send(f"/desk/queue/{ids[0]}", action="accept")
    assert grace.send("/desk/queue", "/desk/queue/undo", number=ids[0]).status == 409
    assert suggestions.with_id(ids[0]).state == "decided"
    assert root.send("/desk/queue", "/desk/queue/undo", number=ids[0]).status == 303
    assert suggestions.with_id(ids[0]).state == "open"


def test_a_suggestion_that_there_is_not(desk):
    _, ada, *_ = desk
    for path in (
        "/desk/queue/1",
        f"/desk/queue/{10**30}",
        "/desk/queue/1/try",
        "/desk/suspects/default/00",
        "/desk/quality/report/x/y",
    ):
        assert ada.get(path).status == 404, path


def test_a_kept_story_opens_in_try_with_its_text_and_its_first_section(desk, queue):
    _, ada, *_ = desk
    (number, *_), *_ = queue
    (link,) = (a.attributes["href"] for a in ada.get(f"/desk/queue/{number}").html.css("main a") if "Try" in a.text())
    page = ada.get(link)
    assert page.status == 200
    assert "Try a story" in page.text
    assert page.html.css("#story mark.for")
    assert "river authority" in page.html.css_first("textarea").text()
    assert page.html.css("#other option")


def test_without_texts_the_queue_shows_the_words_that_spoke_for_each_tag(desk, desk_models, tmp_path):
    _, ada, *_ = desk
    (number,) = keep(desk_models, str(tmp_path / "feedback.db"), 1, texts=False)
    page = ada.get(f"/desk/queue/{number}")
    assert "does not keep texts" in page.text
    assert "river" in page.texts(".choice")[0]
    assert "river authority" not in page.text
    assert "Open in Try" not in page.text
    assert "does not keep texts" in ada.get(f"/desk/queue/{number}/try").text
