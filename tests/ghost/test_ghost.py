"""The example for Ghost with a real Ghost: webhooks in, call-backs out, tags set by its Admin API.

``make verify-ghost`` installs Ghost and runs this. Everything is on loopback.
"""

import base64
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from classifier.service.http.suggestions.posting import sign
from examples.ghost_tags import Ghost, State, server_of
from tests.driver.processes import free_port
from tests.driver.service import Service, wait_until
from tests.ghost.site import GhostSite
from tests.helpers import ROOT

pytestmark = pytest.mark.ghost
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
HOOK = "a secret that Ghost shares"
WAR = """
<p>Indian and Chinese troops fought at the disputed border in Ladakh. New Delhi said twenty men were
killed.</p><p>The army said the soldiers were shelled with artillery in the valley, and both sides moved tanks
and fighter jets to the front line. A ceasefire agreed in June has collapsed, and the fighting has spread
along the border between India and China. Pakistan called on both armies to stop the war.</p>
"""
QUAKE = """
<p>A strong earthquake struck northern Japan, and the tsunami flooded ports near Sendai. Rescue workers
searched collapsed houses in Tokyo, and thousands of people were evacuated to shelters. Japan's government
said the disaster killed forty people. South Korea and Taiwan sent rescue teams.</p>
"""
SOURCE = """
[source.ghost]
scheme = "ghost"
secret = "GHOST_SECRET"
id = "/post/current/id"
headline = "/post/current/title"
body = ["/post/current/html", "/post/current/plaintext"]
url = "/post/current/url"
"""
QUIET_SECONDS = 3.0
WITHIN_SECONDS = 60


class Desk:
    """A Ghost, the service, and the example's program."""

    def __init__(self, models, folder, ending):
        self.site, self.port = GhostSite(), free_port()
        ending.callback(self.site.close)
        self.key = self.site.add_integration(f"http://127.0.0.1:{self.port}/v1/webhooks/ghost", HOOK)
        self.ghost, self._state = Ghost(self.site.url, self.key), State(folder / "ghost_tags.db")
        ending.callback(self.ghost.close)
        ending.callback(self._state.close)
        url = ending.enter_context(running(server_of(("127.0.0.1", 0), SECRET, self.ghost, self._state, {})))
        hooks, calls = folder / "webhooks.toml", folder / "callbacks.toml"
        hooks.write_text(SOURCE)
        calls.write_text(f'[callback.ghost]\nurl = "{url}"\nsecret = "CALLBACK"\n')
        self._models, self._folder, self._starts = models, folder, 0
        self._settings = {"keep_suggestions": "yes", "webhooks": str(hooks), "callbacks": str(calls)}
        self.start_service()
        ending.callback(self.stop_service)

    def stop_service(self):
        assert self.service.stop() == 0

    def start_service(self):
        self._starts += 1
        log = self._folder / f"log{self._starts}"
        self.service = Service(self._models, log, port=self.port, **self._settings)

    def sure(self, title, html):
        """The sections that the model is sure of."""
        tags = self.service.http.post("/v1/tags", json={"headline": title, "body": html}).json()["tags"]
        return [tag["section"] for tag in tags if tag["decision"] == "apply"]

    def counted(self):
        """The webhooks that came, the call-backs that were taken, and the suggestions that are kept."""
        lines = self.service.http.get("/metrics").text.splitlines()
        taken = [line for line in lines if line.startswith("copydesk_callbacks_total{") and '"delivered"' in line]
        came = [line for line in lines if line.startswith("copydesk_requests_total{") and "/v1/webhooks/" in line]
        found = {"call": taken, "webhook": came}
        found = {what: int(sum(float(line.split()[-1]) for line in lines)) for what, lines in found.items()}
        kept = self.service.http.get("/v1/suggestions", params={"state": "all", "limit": 500}).json()["suggestions"]
        return found | {"suggestion": len(kept)}

    def until_quiet(self):
        """Wait until nothing has come for a while."""
        before, since = None, time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            now = self.site.deliveries(), self.counted()
            if now != before:
                before, since = now, time.monotonic()
            time.sleep(0.2)


@contextmanager
def running(program):
    """Serve on a thread; yields the address."""
    threading.Thread(target=program.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{program.server_port}/"
    program.shutdown()
    program.server_close()


@pytest.fixture(scope="module")
def desk(starter_models, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, ExitStack() as ending:
        patch.setenv("GHOST_SECRET", HOOK)
        patch.setenv("CALLBACK", SECRET)
        yield Desk(starter_models, tmp_path_factory.mktemp("ghost"), ending)


def test_a_published_post_gets_its_tags_and_the_edit_that_sets_them_does_not_loop(desk):
    sure = desk.sure("Border clash", WAR)
    assert len(sure) >= 2, sure
    desk.site.add_tag(sure[0], "A name of our own")  # Ghost would make a second tag for the section's name
    before, sent = desk.counted(), desk.site.deliveries()
    post = desk.site.publish("Border clash", WAR, ["News"])
    wait_until(lambda: len(desk.site.slugs(post["id"])) > 1, WITHIN_SECONDS)
    assert desk.site.slugs(post["id"]) == ["news", *sure]
    desk.until_quiet()
    now = desk.counted()
    assert desk.site.deliveries() - sent == 2  # of the post, and of its new tags
    assert {what: now[what] - before[what] for what in now} == {"webhook": 2, "call": 1, "suggestion": 1}
    names = desk.site.tags()
    assert names[sure[0]] == "A name of our own"
    assert names[sure[1]] != sure[1]  # the name of the section
    assert not [slug for slug in names if slug.endswith("-2")]


def test_a_new_text_changes_our_tags_and_a_tag_set_by_hand_stays(desk):
    war, quake = desk.sure("Clash", WAR), desk.sure("Quake", QUAKE)
    assert quake
    assert set(war) - set(quake)
    post = desk.site.publish("Clash", WAR, ["News", "By hand"])
    wait_until(lambda: set(war) <= set(desk.site.slugs(post["id"])), WITHIN_SECONDS)
    desk.until_quiet()
    # an editor adds a section by hand that the model does not suggest
    opened = desk.site.open(post["id"])
    desk.site.add_tag("oceania", "Oceania")
    chosen = [*({"id": tag["id"]} for tag in opened["tags"]), {"slug": "oceania"}]
    opened = desk.site.edit(opened, title="Quake", html=QUAKE, tags=chosen)
    expected = {"news", "by-hand", "oceania", *quake}
    wait_until(lambda: set(desk.site.slugs(post["id"])) == expected, WITHIN_SECONDS)
    desk.until_quiet()
    assert set(desk.site.slugs(post["id"])) == expected
    assert desk.site.slugs(post["id"])[:2] == ["news", "by-hand"]


def test_an_editor_window_that_was_open_all_the_time_drops_the_tags_until_the_next_text(desk):
    """Ghost's guard does not see a change of tags alone, so a save with the old list takes ours off."""
    sure = desk.sure("Clash again", WAR)
    post = desk.site.publish("Clash again", WAR, ["News"])
    wait_until(lambda: len(desk.site.slugs(post["id"])) > 1, WITHIN_SECONDS)
    desk.until_quiet()
    saved = desk.site.edit(post, title="Clash, again")  # its list of tags is from before
    assert [tag["slug"] for tag in saved["tags"]] == ["news"]
    wait_until(lambda: desk.site.slugs(post["id"]) == ["news", *sure], WITHIN_SECONDS)


def test_a_post_that_somebody_saves_between_reading_and_writing_keeps_both_changes(desk, tmp_path):
    site = desk.site

    class Crossed(Ghost):
        crossed = 0

        def call(self, method, path, body=None):
            if method == "PUT" and not self.crossed:
                site.edit(site.open(post["id"]), title="Saved meanwhile")
            answer = super().call(method, path, body)
            self.crossed += answer.status_code == 409
            return answer

    post = site.publish("Nothing in particular", "<p>Nothing.</p>", ["News"])
    desk.until_quiet()
    ghost = Crossed(site.url, desk.key)
    assert ghost.change_tags(post["id"], {"oceania": "Oceania"}, set()) == ["news"]
    ghost.close()
    assert ghost.crossed == 1
    assert site.slugs(post["id"])[:2] == ["news", "oceania"]
    assert site.open(post["id"])["title"] == "Saved meanwhile"
    desk.until_quiet()


def test_what_an_editor_rejects_on_the_desk_goes_and_does_not_come_back(desk):
    sure = desk.sure("Clash of the day", WAR)
    post = desk.site.publish("Clash of the day", WAR, ["News"])
    wait_until(lambda: len(desk.site.slugs(post["id"])) > 1, WITHIN_SECONDS)
    kept = desk.service.http.get(f"/v1/suggestions/ghost/{post['id']}").json()
    sent = {"source": "ghost", "article": post["id"], "revision": kept["suggestion"]["revision"]}
    sent |= {"kept": sure[1:], "removed": sure[:1], "added": ["oceania"]}
    assert desk.service.http.post("/v1/feedback", json=sent).json()["decided"] is True
    expected = ["news", *sure[1:], "oceania"]
    wait_until(lambda: desk.site.slugs(post["id"]) == expected, WITHIN_SECONDS)
    desk.until_quiet()
    before = desk.counted()
    desk.site.edit(desk.site.open(post["id"]), html=WAR.replace("twenty", "thirty"))
    wait_until(lambda: desk.counted()["call"] > before["call"], WITHIN_SECONDS)
    desk.until_quiet()
    assert desk.site.slugs(post["id"]) == expected


def test_a_webhook_that_was_lost_is_made_up_for_by_sending_the_posts_and_nothing_comes_twice(desk):
    desk.until_quiet()
    desk.stop_service()
    post = desk.site.publish("Clash in the night", WAR, ["News"])
    time.sleep(QUIET_SECONDS)  # Ghost tries once
    desk.start_service()
    time.sleep(QUIET_SECONDS)
    assert desk.site.slugs(post["id"]) == ["news"]
    before = desk.counted()
    variables = {"COPYDESK_URL": desk.service.url, "GHOST_URL": desk.site.url, "GHOST_ADMIN_KEY": desk.key}

    def send(*since):
        program = [sys.executable, str(ROOT / "examples" / "ghost_posts.py"), *since]
        done = subprocess.run(program, env=os.environ | variables, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split()[0])

    assert send("2020-01-01") >= 2
    wait_until(lambda: len(desk.site.slugs(post["id"])) > 1, WITHIN_SECONDS)
    desk.until_quiet()
    now = desk.counted()
    assert now["suggestion"] - before["suggestion"] == 2  # this post, and the one that Ghost brings along
    send()
    desk.until_quiet()
    assert desk.counted()["suggestion"] == now["suggestion"]
    assert send("2100-01-01") == 0


def test_a_wrong_key_makes_copydesk_wait_and_a_forged_call_back_is_refused(desk, tmp_path):
    ghost, state = Ghost(desk.site.url, desk.key.partition(":")[0] + ":" + "00" * 32), State(tmp_path / "state.db")
    body = b'{"type": "suggestion.made", "data": {"article": "6b0b5707d2b7e0022548f66b", "tags": []}}'
    headers = sign("msg_1", int(time.time()), body, [bytes(range(32))])
    with running(server_of(("127.0.0.1", 0), SECRET, ghost, state, {})) as url:
        assert httpx.post(url, content=body, headers=headers, timeout=30).status_code == 503
        assert httpx.post(url, content=body + b" ", headers=headers, timeout=30).status_code == 401
    ghost.close()
    state.close()
