"""The example for Ghost, against a site that keeps to the contract of its Admin API. tests/ghost has a real Ghost."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from classifier.service.http.suggestions.posting import sign
from examples.ghost_tags import NEEDED, Ghost, State, chosen_site, server_of, take, token
from tests.driver.service import Service, wait_until
from tests.helpers import ROOT

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
HOOK = "a secret that Ghost shares"
ADMIN = "6489a1b2c3d4e5f601234567:" + bytes(range(32)).hex()
TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh, and New Delhi said twenty men were killed."


def run(server):
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class Site:
    """Posts as Ghost keeps them: Admin API with a JWT, `updated_at` as a guard, webhooks with its signature.

    https://docs.ghost.org/admin-api describes the tokens and posts, https://docs.ghost.org/webhooks the deliveries. As
    with Ghost 6.65, a change of tags alone leaves `updated_at` as it was, a tag is found by its slug only if no name
    comes with it, and a delivery that fails is not sent again.
    """

    def __init__(self, hook_url):
        self.posts, self.hook_url, self.statuses, self.changes = {}, hook_url, [], 0
        self.tags = {"news": "News", "armed-conflicts": "War and peace"}
        self.fails, self.meanwhile = None, None
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path.startswith("/ghost/api/admin/tags/slug/"):
                    self._answer(*site.tag(self.headers, self._last()))
                else:
                    self._answer(*site.get(self.headers, self._post()))

            def do_PUT(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._answer(*site.put(self.headers, self._post(), body))

            def _post(self):
                assert self.path.startswith("/ghost/api/admin/posts/")
                return self._last()

            def _last(self):
                return self.path.split("?")[0].rstrip("/").rpartition("/")[2]

            def _answer(self, status, value):
                status = site.fails or status
                if "/tags/" not in self.path:
                    site.statuses.append(status)
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.block_on_close = True, False
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        run(self.server)

    def is_authorized(self, headers):
        kind, _, jwt = headers["Authorization"].partition(" ")
        head, claims, signature = jwt.split(".")
        key_id, _, secret = ADMIN.partition(":")
        right = hmac.new(bytes.fromhex(secret), f"{head}.{claims}".encode(), hashlib.sha256).digest()
        head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, claims))
        assert base64.urlsafe_b64decode(signature + "=") == right
        is_ours = kind == "Ghost" and head == {"alg": "HS256", "typ": "JWT", "kid": key_id}
        return is_ours and claims["aud"] == "/admin/" and claims["exp"] - claims["iat"] <= 300

    def get(self, headers, post_id):
        if not self.is_authorized(headers):
            return 401, {}
        post = dict(self.posts.get(post_id, {}))
        if self.meanwhile:
            self.save(post_id, title=self.meanwhile.pop())
        return (200, {"posts": [post]}) if post else (404, {"errors": [{"type": "NotFoundError"}]})

    def tag(self, headers, slug):
        if not self.is_authorized(headers):
            return 401, {}
        return (200, {"tags": [{"slug": slug}]}) if slug in self.tags else (404, {"errors": []})

    def put(self, headers, post_id, body):
        (change,) = body["posts"]
        post = self.posts[post_id]
        if not self.is_authorized(headers) or change["updated_at"] != post["updated_at"]:
            return 409, {"errors": [{"type": "UpdateCollisionError"}]}
        tags = []
        for tag in change["tags"]:
            slug = tag["slug"]
            if self.tags.get(slug, tag.get("name")) != tag.get("name", self.tags.get(slug)):
                slug += "-2"  # another name: another tag
            self.tags.setdefault(slug, tag.get("name", slug))
            tags.append({"slug": slug, "name": self.tags[slug]})
        self.save(post_id, tags=tags)
        return 200, {"posts": [post]}

    def save(self, post_id, **fields):
        """Save a post and send the webhook, as Ghost does on every change, one of tags included."""
        self.changes += 1
        post = self.posts.setdefault(post_id, {"id": post_id, "tags": [], "updated_at": ""})
        if fields.keys() != {"tags"}:
            post["updated_at"] = datetime.fromtimestamp(1_795_858_200 + self.changes, UTC).isoformat()
        post |= fields
        body = json.dumps({"post": {"current": post, "previous": {}}}).encode()
        if self.hook_url:
            threading.Thread(target=self.send, args=(body,)).start()

    def send(self, body):
        ms = str(int(time.time() * 1000))
        signature = hmac.new(HOOK.encode(), body + ms.encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Ghost-Signature": f"sha256={signature}, t={ms}"}
        httpx.post(self.hook_url, content=body, headers=headers, timeout=30)

    def slugs(self, post_id):
        return [tag["slug"] for tag in self.posts[post_id]["tags"]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def desk(starter_models, tmp_path, monkeypatch):
    """The service, the example's program, and a site."""
    monkeypatch.setenv("GHOST_HOOK", HOOK)
    monkeypatch.setenv("CALLBACK", SECRET)
    hooks, calls = tmp_path / "webhooks.toml", tmp_path / "callbacks.toml"
    hooks.write_text(
        '[source.ghost]\nscheme = "ghost"\nsecret = "GHOST_HOOK"\nid = "/post/current/id"\n'
        'headline = "/post/current/title"\nbody = "/post/current/html"\n'
    )
    site = Site("")
    ghost, state = Ghost(site.url, ADMIN), State(tmp_path / "ghost_tags.db")
    program = server_of(("127.0.0.1", 0), SECRET, ghost, state, {"conflicts": "armed-conflicts"})
    program.RequestHandlerClass.log_message = lambda *_: None
    run(program)
    calls.write_text(
        f'[callback.ghost]\nurl = "http://127.0.0.1:{program.server_port}/"\nsecret = "CALLBACK"\nfirst_wait = 0.1\n'
    )
    settings = {"keep_suggestions": "yes", "webhooks": str(hooks), "callbacks": str(calls)}
    service = Service(starter_models, tmp_path / "log", **settings)
    site.hook_url = f"{service.url}/v1/webhooks/ghost"
    yield service, site, program
    program.shutdown()
    program.server_close()
    site.close()
    ghost.close()
    state.close()
    assert service.stop() == 0


@pytest.mark.slow
def test_a_post_gets_the_tags_of_the_model_and_then_of_the_editor(desk):
    service, site, program = desk
    site.save("6f01", title="Border clash", html=f"<p>{TEXT}</p>", tags=[{"slug": "news", "name": "News"}])
    wait_until(lambda: len(site.slugs("6f01")) > 1, 20)
    sure = [slug for slug in site.slugs("6f01") if slug != "news"]
    assert set(sure) <= {"south-asia", "northeast-asia", "armed-conflicts"}
    assert set(sure) <= set(site.tags)  # no second one of a tag that has another name than the section
    time.sleep(1.2)  # the change of tags has come back as a webhook, and made nothing new
    kept = service.http.get("/v1/suggestions/ghost/6f01").json()
    assert kept["earlier"] == []
    (suggestion,) = service.http.get("/v1/suggestions").json()["suggestions"]
    sent = {"source": "ghost", "article": "6f01", "revision": suggestion["revision"], "added": ["oceania"]}
    removed = [tag["section"] for tag in suggestion["tags"]]
    assert service.http.post("/v1/feedback", json=sent | {"removed": removed}).json()["decided"] is True
    wait_until(lambda: site.slugs("6f01") == ["news", "oceania"], 20)
    site.posts["6f01"]["updated_at"] = "changed by somebody else"
    assert set(site.statuses) <= {200, 409}
    forged = httpx.post(f"http://127.0.0.1:{program.server_port}/", content=b"{}", headers={"webhook-timestamp": "1"})
    assert forged.status_code == 401


@pytest.fixture
def blog(tmp_path):
    """A site with a post, without the service: returns a function that takes a call-back, and the site."""
    site = Site("")
    site.save("6f01", title="Border clash", tags=[{"slug": "news"}, {"slug": "oceania"}])
    ghost, state = Ghost(site.url, ADMIN), State(tmp_path / "ghost_tags.db")

    def call(event, sure=(), unsure=(), article="6f01", **feedback):
        tags = [{"section": section, "name": section.title(), "decision": "apply"} for section in sure]
        tags += [{"section": section, "name": section.title(), "decision": "review"} for section in unsure]
        found = {name: feedback.get(name, []) for name in ("kept", "added", "removed")}
        data = {"article": article, "tags": tags, "feedback": found if event == "decided" else None}
        take(ghost, state, {"conflicts": "armed-conflicts"}, {"type": f"suggestion.{event}", "data": data})
        return site.slugs(article) if article in site.posts else None

    yield call, site
    ghost.close()
    state.close()
    site.close()


def test_a_new_suggestion_takes_off_only_the_tags_that_the_program_set(blog):
    call, _ = blog
    assert call("made", ["oceania", "conflicts"], ["economy"]) == ["news", "oceania", "armed-conflicts"]
    assert call("made", ["economy"], ["conflicts"]) == ["news", "oceania", "economy"]
    assert call("made", [], ["oceania"]) == ["news", "oceania"]


def test_what_an_editor_decides_on_the_desk_outlives_new_suggestions_until_it_is_undone(blog):
    call, site = blog
    call("made", ["conflicts", "economy"])
    decided = {"kept": ["economy"], "added": ["sport"], "removed": ["conflicts"]}
    assert call("decided", ["conflicts", "economy"], **decided) == ["news", "oceania", "economy", "sport"]
    assert call("made", ["conflicts"]) == ["news", "oceania", "economy", "sport"]
    assert call("reopened", ["conflicts", "economy"]) == ["news", "oceania", "economy", "armed-conflicts"]
    # rejecting a section takes off no tag that was set by hand
    assert call("decided", ["oceania"], removed=["oceania"]) == ["news", "oceania"]
    assert site.tags["economy"] == "Economy"


def test_a_post_that_was_saved_meanwhile_is_read_again_and_a_deleted_one_is_passed_over(blog):
    call, site = blog
    site.meanwhile = ["Border clash, updated"]
    assert call("made", ["conflicts"]) == ["news", "oceania", "armed-conflicts"]
    assert site.statuses.count(409) == 1
    assert site.posts["6f01"]["title"] == "Border clash, updated"
    assert call("made", ["conflicts"], article="6f02") is None


@pytest.mark.parametrize(("status", "expected"), [(401, 503), (429, 503), (500, 503), (422, 422)])
def test_an_error_of_the_site_makes_copydesk_wait_and_one_of_the_post_only_that_post(tmp_path, status, expected):
    site, state = Site(""), State(tmp_path / "ghost_tags.db")
    site.fails, ghost = status, Ghost(site.url, ADMIN)
    program = server_of(("127.0.0.1", 0), SECRET, ghost, state, {})
    program.RequestHandlerClass.log_message = lambda *_: None
    run(program)
    body = b'{"type": "suggestion.made", "data": {"article": "6f01", "tags": []}}'
    headers = sign("msg_1", int(time.time()), body, [bytes(range(32))])
    assert httpx.post(f"http://127.0.0.1:{program.server_port}/", content=body, headers=headers).status_code == expected
    program.shutdown()
    program.server_close()
    ghost.close()
    site.close()
    state.close()


def test_a_token_of_the_admin_api_is_a_jwt_with_the_id_of_its_key():
    head, claims, signature = token(ADMIN).split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["kid"] == ADMIN.partition(":")[0]
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["aud"] == "/admin/"
    assert len(base64.urlsafe_b64decode(signature + "=")) == 32


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (["ghost_tags.py", "127.0.0.1", "0"], ["COPYDESK_CALLBACK", "GHOST_ADMIN_KEY"]),
        (["ghost_posts.py"], ["COPYDESK_URL", "GHOST_ADMIN_KEY"]),
    ],
)
def test_each_variable_that_is_missing_is_named_with_what_it_holds(tmp_path, command, missing):
    program, *arguments = command
    variables = {name: value for name, value in os.environ.items() if name not in NEEDED}
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / program), *arguments],
        env=variables | {"GHOST_URL": "http://127.0.0.1:9"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{name} is not set. It must hold {NEEDED[name]}. Fix: run “export {name}=...”" for name in missing
    ]


@pytest.mark.parametrize("key", ["6489a1b2", "6489a1b2:", ":00", "6489a1b2:0", "6489a1b2:secret"])
def test_an_admin_key_of_another_form_ends_the_program_before_it_calls(monkeypatch, capsys, key):
    monkeypatch.setenv("GHOST_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GHOST_ADMIN_KEY", key)
    with pytest.raises(SystemExit) as ended:
        chosen_site()
    assert ended.value.code == 2
    assert "GHOST_ADMIN_KEY is malformed. It must hold the Admin API key" in capsys.readouterr().err
