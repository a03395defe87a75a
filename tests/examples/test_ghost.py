"""The example for Ghost, against a site that keeps to the documented contract of its Admin API, or a real one."""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from examples.ghost_tags import Ghost, server_of, token
from tests.driver.service import Service, wait_until

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
HOOK = "a secret that Ghost shares"
ADMIN = "6489a1b2c3d4e5f601234567:" + bytes(range(32)).hex()
TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh, and New Delhi said twenty men were killed."


class Site:
    """Posts as Ghost keeps them: Admin API with a JWT, `updated_at` as a guard, webhooks with its signature.

    https://docs.ghost.org/admin-api describes the tokens and posts, https://docs.ghost.org/webhooks the deliveries.
    """

    def __init__(self, hook_url):
        self.posts, self.hook_url, self.statuses, self.changes = {}, hook_url, [], 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self._answer(*site.get(self.headers, self._post()))

            def do_PUT(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._answer(*site.put(self.headers, self._post(), body))

            def _post(self):
                assert self.path.startswith("/ghost/api/admin/posts/")
                return self.path.split("?")[0].rstrip("/").rpartition("/")[2]

            def _answer(self, status, value):
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
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}).start()

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
        post = self.posts.get(post_id)
        return (200, {"posts": [post]}) if post else (404, {"errors": [{"type": "NotFoundError"}]})

    def put(self, headers, post_id, body):
        (change,) = body["posts"]
        post = self.posts[post_id]
        if not self.is_authorized(headers) or change["updated_at"] != post["updated_at"]:
            return 409, {"errors": [{"type": "UpdateCollisionError"}]}
        self.save(post_id, tags=[{"slug": tag["slug"], "name": tag.get("name", tag["slug"])} for tag in change["tags"]])
        return 200, {"posts": [post]}

    def save(self, post_id, **fields):
        """Save a post and send the webhook, as Ghost does on every change, one of tags included."""
        self.changes += 1
        post = self.posts.setdefault(post_id, {"id": post_id, "tags": []})
        post |= fields | {"updated_at": f"2026-11-28T09:30:00.{self.changes:03d}Z"}
        threading.Thread(
            target=self.send, args=(json.dumps({"post": {"current": post, "previous": {}}}).encode(),)
        ).start()

    def send(self, body):
        ms = str(int(time.time() * 1000))
        signature = hmac.new(HOOK.encode(), body + ms.encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Ghost-Signature": f"sha256={signature}, t={ms}"}
        httpx.post(self.hook_url, content=body, headers=headers, timeout=30)

    def slugs(self, post_id):
        return [tag["slug"] for tag in self.posts[post_id]["tags"]]


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
    ghost = Ghost(site.url, ADMIN)
    program = server_of(("127.0.0.1", 0), SECRET, ghost, {"conflicts": "armed-conflicts"})
    program.RequestHandlerClass.log_message = lambda *_: None
    program.daemon_threads, program.block_on_close = True, False
    threading.Thread(target=program.serve_forever, kwargs={"poll_interval": 0.05}).start()
    calls.write_text(
        f'[callback.ghost]\nurl = "http://127.0.0.1:{program.server_port}/"\nsecret = "CALLBACK"\nfirst_wait = 0.1\n'
    )
    settings = {"keep_suggestions": "yes", "webhooks": str(hooks), "callbacks": str(calls)}
    service = Service(starter_models, tmp_path / "log", **settings)
    site.hook_url = f"{service.url}/v1/webhooks/ghost"
    yield service, site, program
    for server in (program, site.server):
        server.shutdown()
        server.server_close()
    ghost.close()
    assert service.stop() == 0


@pytest.mark.slow
def test_a_post_gets_the_tags_of_the_model_and_then_of_the_editor(desk):
    service, site, program = desk
    site.save("6f01", title="Border clash", html=f"<p>{TEXT}</p>", tags=[{"slug": "news", "name": "News"}])
    wait_until(lambda: len(site.slugs("6f01")) > 1, 20)
    sure = [slug for slug in site.slugs("6f01") if slug != "news"]
    assert set(sure) <= {"south-asia", "northeast-asia", "armed-conflicts"}
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


def test_a_token_of_the_admin_api_is_a_jwt_with_the_id_of_its_key():
    head, claims, signature = token(ADMIN).split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["kid"] == ADMIN.partition(":")[0]
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["aud"] == "/admin/"
    assert len(base64.urlsafe_b64decode(signature + "=")) == 32
