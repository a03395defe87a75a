"""What is read as the text: a state of System One, the input of Decisions."""

import json

import pytest

from tests.service.protocols.conftest import ARTICLE, TEXT

ASKED = {"a": {"type": "noul", "instructions": "Is it about South Asia?"}}
EMOJI = ARTICLE | {"headline": "\N{FIRE} Señor São – Troops clash at Himalayan border"}
MESSAGES = [{"type": "message", "role": "user", "content": "Troops clash at Himalayan border"},
            {"role": "user", "content": [{"type": "input_text", "text": TEXT}]}]  # fmt: skip
JOINED = {"body": f"Troops clash at Himalayan border\n\n{TEXT}"}
WITH_PROMPT = {"body": f"An editor.\n\n{EMOJI['headline']}\n\n{TEXT}"}
PROMPT_LAST = {"body": f"{EMOJI['headline']}\n\n{TEXT}\n\nAn editor."}


def as_input_text(article):
    return [{"role": "user", "content": [{"type": "input_text", "text": json.dumps(article, ensure_ascii=False)}]}]


@pytest.mark.parametrize(
    ("state", "article"),
    [
        (TEXT, {"body": TEXT}),
        (f"<p>{TEXT}</p><script>x</script>", {"body": f"<p>{TEXT}</p>"}),
        (ARTICLE, ARTICLE),
        ([ARTICLE], ARTICLE),
        ({"title": ARTICLE["headline"], "content": ARTICLE["body"]}, ARTICLE),
        (ARTICLE | {"id": 7, "url": "https://a.example", "rejected": ["conflicts"], "language": "en"}, ARTICLE),
        (json.dumps(EMOJI), EMOJI),  # of ASCII, as LiteLLM sends it
        (json.dumps(EMOJI, ensure_ascii=False), EMOJI),
        (json.dumps(json.dumps(EMOJI)), EMOJI),
        (" \n" + json.dumps(EMOJI, indent=2), EMOJI),
        (as_input_text(EMOJI), EMOJI),
        (MESSAGES, JOINED),
        (MESSAGES[0]["content"] + "\n\n" + TEXT, JOINED),  # as LiteLLM makes one text of messages
        ({"messages": MESSAGES}, JOINED),
        ({"message": "Troops clash at Himalayan border", "channel": None, "n": 5, "more": [[TEXT]]}, JOINED),
        (["Troops clash at Himalayan border", " ", TEXT], JOINED),
        ([{"role": "system", "content": "An editor."}, *as_input_text(EMOJI)], WITH_PROMPT),
        ([{"role": "system", "content": "An editor."}, {"role": "user", "content": json.dumps(EMOJI)}], WITH_PROMPT),
        ("An editor.\n\n" + json.dumps(EMOJI), WITH_PROMPT),  # as LiteLLM makes one text of messages
        ({"prompt": "An editor.", "article": json.dumps(json.dumps(EMOJI))}, WITH_PROMPT),
        ([{"role": "user", "content": json.dumps({"article": EMOJI, "prompt": "An editor."})}], PROMPT_LAST),
        (f"An editor.\n\n{{{TEXT}", {"body": f"An editor.\n\n{{{TEXT}"}),
        ("{" + TEXT, {"body": "{" + TEXT}),
        ("[1] " + TEXT, {"body": "[1] " + TEXT}),
        (f'"{TEXT}"', {"body": f'"{TEXT}"'}),
    ],
)
def test_a_state_is_read_as_its_article_or_as_the_texts_in_it(systemone, decide, tags, state, article):
    expected = tags(article)["south-asia"]
    assert systemone(state, ASKED)["a"]["noul"] == expected
    assert decide(state, [ASKED["a"] | {"type": "predicate"}])[0]["probability"] == expected


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("", "there is no text"),
        (" \n", "there is no text"),
        ({}, "there is no text"),
        ([], "there is no text"),
        (5, "there is no text"),
        (True, "there is no text"),
        ({"a": 1, "b": [None]}, "there is no text"),
        (None, "is missing"),
        ({"headline": "", "body": " "}, "headline and body are both empty"),
        ("x " * 50_000 + '"', None),
        ({"headline": "x " * 1_100}, "state.headline: longer than the 2,000 characters allowed"),
        (
            [{"role": "user", "content": [{"type": "input_image", "image_url": "https://a.example/b.png"}]}],
            "input_image",
        ),
        ([{"type": "function_call", "name": "f", "arguments": "{}"}], "state.0: is of the type function_call"),
        ({"picture": "data:image/png;base64,AAAA"}, "state.picture: is or contains an image"),
    ],
)
def test_what_has_no_text_or_is_none_is_named(systemone, state, said):
    if said is None:
        assert systemone(state, ASKED, 422)["detail"].startswith("state: no word")
    else:
        assert said in systemone(state, ASKED, 422)["detail"]


def test_json_in_json_in_json_is_read_to_a_depth_and_never_a_server_error(systemone):
    state = "Soldiers fought on a ridge in Ladakh."
    for _ in range(8):
        for _ in range(90):
            state = {"a": state}
        state = json.dumps(state)
    assert "nested too deeply" in systemone(state, ASKED, 422)["detail"]


def test_sets_and_languages_route_as_for_tags(two_sets, tmp_path):
    from classifier.service.app import create_app
    from classifier.settings import Settings
    from tests.driver.sets import text

    settings = Settings.load({"models": two_sets, "keys": tmp_path / "none"}, {}, tmp_path / "none")
    client = create_app(settings).test_client()

    def ask(state, section, **more):
        asked = {"a": {"type": "noul", "instructions": f"Is it “{section}”?"}}
        answer = client.post("/v1/systemone", json={"model": "latest", "state": state, "questions": asked} | more)
        return answer.status_code, answer.get_json(force=True)

    def tags(article, query=""):
        answer = client.post(f"/v1/tags?all=true{query}", json=article).get_json()
        return answer["set"], {tag["section"]: tag["probability"] for tag in answer["tags"]}

    english, thai = text("en", 0), text("th", 0)
    versions = {each["set"]: each["model"] for each in client.get("/readyz").get_json()["sets"]}
    for state, section, name, more in (
        (english, "sport", "english", {}),
        (thai, "th-sport", "thai", {}),
        ({"body": english, "set": "english"}, "sport", "english", {}),
        (english, "sport", "english", {"set": "english"}),
        (english, "sport", "english", {"model": "english"}),
        (english, "sport", "english", {"model": versions["english"]}),
        ({"body": thai, "language": "th"}, "กีฬา", "thai", {"model": "copydesk"}),
    ):
        status, answer = ask(state, section, **more)
        article = {"body": thai if name == "thai" else english}
        set_, expected = tags(article)
        assert (status, answer["set"], set_) == (200, name, name)
        assert answer["answers"]["a"]["noul"] == expected[section if section in expected else "th-sport"]
    status, problem = ask(english, "sport", set="dutch")
    assert (status, problem["error"]["code"]) == (422, "set")
    status, problem = ask(english, "sport", model="dutch")
    assert (status, "“latest” or “english” or “thai”" in problem["detail"]) == (422, True)
