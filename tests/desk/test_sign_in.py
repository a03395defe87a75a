"""Sign-in with a key of a person, sessions, and forms that are not from classifier.service.app import create_app
from classifier.service.guard.keys import create
from classifier.service.process.folder import RUN_FOLDER
from classifier.settings import Settings
from a page of the session."""

import re
import time

import pytest

from classifier.service.app import create_app
from classifier.service.guard.access import ACCESS
from classifier.service.guard.keys import create, revoke
from classifier.service.process.folder import RUN_FOLDER
from classifier.settings import Settings
from tests.driver.desk import Editor

PAGES = ("/desk/", "/desk/queue", "/desk/queue/1", "/desk/queue/sure", "/desk/quality", "/desk/suspects")
FORMS = ("/desk/", "/desk/queue/1", "/desk/queue/undo", "/desk/queue/sure", "/desk/quality/activate")


def app_of(folder, **given):
    given = {"models": folder / "none", "keys": folder / "keys.json", "feedback": str(folder / "feedback.db"), **given}
    return create_app(Settings.load(given, {}, folder / "no-such-file"))


def look_again(app):
    """What the app does by itself a second later."""
    app.extensions[ACCESS]._look_at = 0


@pytest.fixture
def keyed(tmp_path):
    """An app with a key of each scope, and their texts."""
    texts = {scope: create(tmp_path / "keys.json", f"Ada {scope}", scope)[1] for scope in ("tag", "desk", "admin")}
    return app_of(tmp_path), texts


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_asks_for_a_key_and_goes_on_from_there(keyed, path):
    app, texts = keyed
    editor = Editor(app)
    asked = editor.get(path)
    assert asked.status == 303
    assert asked.location.startswith("/desk/sign-in?next=")
    sign_in = editor.get(asked.location)
    then = sign_in.html.css_first("input[name=next]").attributes["value"]
    done = editor.post("/desk/sign-in", key=texts["desk"], next=then, csrf=sign_in.token())
    assert (done.status, done.location) == (303, path)


@pytest.mark.parametrize("path", FORMS)
def test_without_a_session_nothing_is_decided(keyed, path):
    answer = Editor(keyed[0]).post(path, action="accept")
    assert answer.status == 401
    assert "was not stored" in answer.text


def test_a_key_for_programs_or_an_unknown_key_does_not_sign_in(keyed):
    app, texts = keyed
    editor = Editor(app)
    assert "is for programs" in editor.send("/desk/sign-in", key=texts["tag"]).text
    unknown = editor.send("/desk/sign-in", key=texts["desk"][:-1] + "x")
    assert (unknown.status, editor.get("/desk/").status) == (401, 303)
    assert "unknown or has been revoked" in unknown.text


def test_a_key_for_the_desk_calls_neither_the_api_nor_the_metrics(keyed):
    app, texts = keyed
    headers = {"Authorization": f"Bearer {texts['desk']}"}
    assert app.test_client().post("/v1/tags", json={"body": "x"}, headers=headers).status_code == 403
    assert app.test_client().get("/metrics", headers=headers).status_code == 403


def test_the_session_is_a_cookie_for_the_desk_alone_that_holds_no_key(keyed):
    app, texts = keyed
    editor = Editor(app)
    answer = editor.send("/desk/sign-in", key=texts["desk"])
    cookie = answer.headers["Set-Cookie"]
    assert re.match(
        r"copydesk_desk=[\w.-]+; Max-Age=43200; HttpOnly; Path=/desk; SameSite=Lax",
        re.sub(r"Expires=[^;]+; ", "", cookie),
    )
    assert max(texts["desk"].split("_"), key=len) not in cookie  # a secret may hold “_” itself
    assert "Ada desk" in editor.get("/desk/").texts(".person")[0]
    assert editor.http.get("/v1/sections").status_code == 401  # the cookie is no key


@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("http", False), ("http, https", True)])
def test_behind_tls_the_cookie_goes_over_tls_only(tmp_path, proto, secure):
    create(tmp_path / "keys.json", "Ada", "desk")
    page = Editor(app_of(tmp_path, proxies=1)).get("/desk/sign-in", **{"X-Forwarded-Proto": proto})
    assert ("Secure" in page.headers["Set-Cookie"]) == secure


def test_a_session_ends_after_its_hours(keyed, monkeypatch):
    app, texts = keyed
    editor = Editor(app, texts["desk"])
    assert editor.get("/desk/").status == 200
    now = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + 12 * 3600 + 2)
    asked = editor.get("/desk/queue")
    assert "ended=1" in asked.location
    assert "Your session has ended" in editor.get(asked.location).text


def test_a_session_ends_when_its_key_is_revoked(keyed, tmp_path):
    app, texts = keyed
    editor = Editor(app, texts["desk"])
    revoke(tmp_path / "keys.json", "Ada desk")
    look_again(app)
    assert editor.get("/desk/").status == 303
    assert editor.post("/desk/queue/1", action="accept").status == 401


def test_after_sign_out_the_browser_has_no_session(keyed):
    app, texts = keyed
    editor = Editor(app, texts["desk"])
    assert editor.send("/desk/", "/desk/sign-out").location == "/desk/sign-in"
    assert editor.get("/desk/").status == 303


def test_the_choice_of_a_language_keeps_the_session(keyed):
    app, texts = keyed
    editor = Editor(app, texts["desk"])
    assert "Try a story" in editor.get("/desk/").text
    assert editor.get("/desk/language?to=de&next=/desk/queue").location == "/desk/queue"
    page = editor.get("/desk/")
    assert "Einen Text ausprobieren" in page.text
    assert page.html.css_first("html").attributes["lang"] == "de"


def test_the_browser_chooses_the_language_until_the_reader_does(keyed):
    app, texts = keyed
    editor = Editor(app, texts["desk"])
    german = {"Accept-Language": "fr, de-AT;q=0.8, en;q=0.5"}
    assert editor.get("/desk/", **german).headers["Content-Language"] == "de"
    editor.get("/desk/language?to=en")
    assert editor.get("/desk/", **german).headers["Content-Language"] == "en"
    assert editor.get("/desk/language?to=xx", **german).status == 303


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_form_with_another_token_changes_nothing(keyed, token):
    app, texts = keyed
    editor = Editor(app, texts["admin"])
    for path in (*FORMS, "/desk/sign-out"):
        refused = editor.post(path, csrf=token, action="accept")
        assert refused.status == 403
        assert "nothing was changed" in refused.text
    assert editor.get("/desk/").status == 200


def test_the_token_of_another_session_does_not_count(keyed):
    app, texts = keyed
    stolen = Editor(app, texts["desk"]).get("/desk/").token()
    assert Editor(app, texts["desk"]).post("/desk/", csrf=stolen, text="A story").status == 403


def test_a_session_that_another_service_signed_does_not_count(keyed, tmp_path):
    app, texts = keyed
    editor = Editor(app, texts["desk"])
    cookie = editor.http.get_cookie("copydesk_desk", path="/desk").value
    other = Editor(app_of(tmp_path))
    other.http.set_cookie("copydesk_desk", cookie, path="/desk")
    assert other.get("/desk/").status == 303


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example/desk/", "/desk//evil", "/v1/tags", "/desk/\\x", "/desk/\r\nX: y"]
)
def test_sign_in_goes_on_to_no_other_site(keyed, then):
    app, texts = keyed
    assert Editor(app).send("/desk/sign-in", key=texts["desk"], next=then).location == "/desk/"


def test_without_keys_the_desk_is_open_on_this_machine_and_still_refuses_foreign_forms(tmp_path):
    editor = Editor(app_of(tmp_path))
    assert editor.get("/desk/").status == 200
    assert editor.get("/desk/").texts(".person button") == []
    assert editor.post("/desk/", text="A story").status == 403
    elsewhere = editor.http.get("/desk/", headers={"Host": "evil.example"})
    assert elsewhere.status_code == 421


def test_guessing_keys_is_limited(tmp_path):
    create(tmp_path / "keys.json", "Ada", "desk")
    editor = Editor(app_of(tmp_path, rate_limit="20/minute"))
    token = editor.get("/desk/sign-in").token()
    statuses = [editor.post("/desk/sign-in", key="copydesk_x_y", csrf=token).status for _ in range(25)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_the_root_sends_browsers_to_the_desk_and_answers_programs_as_before(keyed, tmp_path):
    app, texts = keyed
    assert Editor(app).get("/").location == "/desk/"
    client = app.test_client()
    assert client.get("/").status_code == 401
    authorized = client.get("/", headers={"Authorization": f"Bearer {texts['tag']}"})
    assert (authorized.status_code, authorized.mimetype) == (404, "application/problem+json")
    (tmp_path / "open").mkdir()
    assert app_of(tmp_path / "open").test_client().post("/", json={}).status_code == 404


def test_pages_run_and_show_nothing_but_files_of_the_desk(keyed):
    app, texts = keyed
    page = Editor(app, texts["desk"]).get("/desk/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert (page.headers["X-Frame-Options"], page.headers["Cache-Control"]) == ("DENY", "no-store")
    assert not page.html.css("script:not([src]), style, [style], [onclick]")
    for node in page.html.css("script[src], link[href]"):
        path = node.attributes.get("src") or node.attributes["href"]
        with app.test_client().get(path) as file:
            assert file.status_code == 200


def test_a_worker_that_cannot_keep_the_secret_of_sessions_tags_and_says_why_nobody_can_sign_in(
    desk_models, tmp_path, monkeypatch
):
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path / "gone"))
    create(tmp_path / "keys.json", "Ada Lovelace", "desk")
    _, cms = create(tmp_path / "keys.json", "cms", "tag")
    app = create_app(Settings.load({"models": desk_models, "keys": tmp_path / "keys.json"}, {}, tmp_path / "none"))
    client = app.test_client()
    answer = client.post("/v1/tags", json={"body": "Flood water"}, headers={"Authorization": f"Bearer {cms}"})
    assert answer.status_code == 200
    page = client.get("/desk/sign-in")
    assert page.status_code == 503
    assert "nobody can sign in" in page.get_data(as_text=True)
    (tmp_path / "gone").mkdir()
    assert client.get("/desk/sign-in").status_code == 200
