"""A real WordPress with the plugin, the real service with a model of the starter corpus, and a gate between them."""

import os
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from classifier.commands.console import PlainProgress
from classifier.training.publishing.run import RunOptions, run
from tests.cms.browser import CHROMIUM, launch
from tests.cms.front import KEY, Front
from tests.cms.site import NEWEST, WORDPRESS, Site
from tests.conftest import ARTICLES, SECTIONS_FILE
from tests.driver.service import Service

expect.set_options(timeout=15_000)  # other programs may be at work on the machine

#: A section that the site has no category for, one that it knows by the slug alone, one by an alias.
MISSING = "global-commons"
BY_SLUG = ("terrorism", "Extremists and insurgents", "security-watch")
BY_ALIAS = ("conflicts", "Conflicts &amp; tensions", "tensions")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cms)


@pytest.fixture(scope="session")
def vocabulary(tmp_path_factory) -> Path:
    return write_vocabulary(tmp_path_factory.mktemp("vocabulary") / "sections.toml")


def write_vocabulary(path: Path) -> Path:
    """Write the starter vocabulary with a WordPress slug for one section and one more alias for another."""
    text = SECTIONS_FILE.read_text()
    text = text.replace('id = "terrorism"\n', f'id = "terrorism"\nexternal = {{wordpress = "{BY_SLUG[2]}"}}\n')
    text = text.replace(
        'aliases = ["Conflicts - Tensions"]', 'aliases = ["Conflicts - Tensions", "Conflicts & Tensions"]'
    )
    path.write_text(text)
    return path


@pytest.fixture(scope="session")
def service(vocabulary, tmp_path_factory):
    # a folder that keeps the model between runs while one works on the plugin
    models = Path(os.environ.get("COPYDESK_TEST_MODELS") or tmp_path_factory.mktemp("models"))
    train(vocabulary, models)
    service = Service(models, tmp_path_factory.mktemp("service") / "log")
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def train(vocabulary: Path, models: Path) -> None:
    """Train on the starter corpus, unless the folder has a model already."""
    if not (models / "CURRENT").exists():
        run(RunOptions(data=(ARTICLES,), sections=vocabulary, models=models, jobs=2), PlainProgress())


@pytest.fixture(scope="session")
def front_of_session(service):
    front = Front(f"http://127.0.0.1:{service.port}")
    yield front
    front.close()


@pytest.fixture(scope="session")
def site_of_session(vocabulary):
    if not WORDPRESS.exists() or not shutil.which("mariadbd"):
        pytest.fail("WordPress or MariaDB is missing; run tests/cms/install.sh, or make test-cms, which does")
    yield from running(WORDPRESS, vocabulary)


@pytest.fixture(scope="session")
def newest_of_session(vocabulary):
    """A site on the newest WordPress that Debian has."""
    if not NEWEST.exists():
        pytest.fail("the newest WordPress is missing; run tests/cms/install.sh, or make test-cms, which does")
    yield from running(NEWEST, vocabulary)


def running(files: Path, vocabulary: Path) -> Iterator[Site]:
    """Run a site with a category for each section but one."""
    known = {BY_SLUG[0]: BY_SLUG[1:], BY_ALIAS[0]: BY_ALIAS[1:]}
    sections = tomllib.loads(vocabulary.read_text())["section"]
    made = [
        known.get(section["id"], (section["name"], section["id"])) for section in sections if section["id"] != MISSING
    ]
    site = Site([*made, ("Orchestras", "orchestras")], files)
    print(f"WordPress {site.version}")
    try:
        yield site
        log = site.debug_log.read_text() if site.debug_log.exists() else ""
    finally:
        site.close()
    assert not [line for line in log.splitlines() if "copydesk/" in line], log[:3000]


@pytest.fixture
def front(front_of_session):
    front_of_session.mode = "up"
    front_of_session.feedback_status = 200
    front_of_session.lose_answers = False
    front_of_session.unknown_field = ""
    front_of_session.instead = None
    front_of_session.asked.clear()
    front_of_session.feedback.clear()
    return front_of_session


@pytest.fixture
def settings(front):
    """The settings of the plugin unless a test changes them."""
    # the timeout is for a machine on which others work; the tests of failures have a shorter one
    return {"url": front.url, "key": KEY, "mode": "apply", "timeout": 20, "statuses": ["publish", "future"]}


@pytest.fixture
def site(site_of_session, settings, front):
    """The site with the plugin in apply mode, nothing waiting, no failure standing."""
    site_of_session.start_again(**settings)
    front.asked.clear()
    return site_of_session


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM:
        pytest.fail("no Chromium on this machine; run tests/cms/install.sh")
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def cookies(site_of_session):
    """The session of an administrator. Not by the form: its script moves the focus while a test types."""
    jar = site_of_session.log_in().cookies.jar
    return [{"name": cookie.name, "value": cookie.value, "url": site_of_session.url} for cookie in jar]


@pytest.fixture
def page(browser, cookies):
    context = browser.new_context(viewport={"width": 1400, "height": 950})
    context.add_cookies(cookies)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()
    assert errors == []
