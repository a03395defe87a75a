"""A real WordPress with the plugin, the real service with a model of the starter corpus, and a gate between them."""

import shutil
import tomllib
from pathlib import Path

import pytest

from classifier.commands.console import PlainProgress
from classifier.store.registry import Registry
from classifier.training.fitting.outoffold import TrainingSettings
from classifier.training.publishing.run import Run, run
from tests.cms.front import KEY, Front
from tests.cms.site import WORDPRESS, Site
from tests.conftest import ARTICLES, SECTIONS_FILE
from tests.driver.service import Service

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
    """The starter vocabulary with a WordPress slug for one section and one more alias for another."""
    text = SECTIONS_FILE.read_text()
    text = text.replace('id = "terrorism"\n', f'id = "terrorism"\nexternal = {{wordpress = "{BY_SLUG[2]}"}}\n')
    text = text.replace(
        'aliases = ["Conflicts - Tensions"]', 'aliases = ["Conflicts - Tensions", "Conflicts & Tensions"]'
    )
    path = tmp_path_factory.mktemp("vocabulary") / "sections.toml"
    path.write_text(text)
    return path


@pytest.fixture(scope="session")
def service(vocabulary, tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    outcome = run(Run((ARTICLES,), vocabulary, models, TrainingSettings(), jobs=2, rejects=None), PlainProgress())
    Registry(models).promote(outcome.version)
    service = Service(models, tmp_path_factory.mktemp("service") / "log")
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


@pytest.fixture(scope="session")
def front_of_session(service):
    front = Front(f"http://127.0.0.1:{service.port}")
    yield front
    front.close()


@pytest.fixture(scope="session")
def site_of_session(vocabulary):
    if not WORDPRESS.exists() or not shutil.which("mariadbd"):
        pytest.fail("WordPress or MariaDB is missing; run tests/cms/install.sh, or make test-cms, which does")
    known = {BY_SLUG[0]: BY_SLUG[1:], BY_ALIAS[0]: BY_ALIAS[1:]}
    sections = tomllib.loads(vocabulary.read_text())["section"]
    made = [
        known.get(section["id"], (section["name"], section["id"])) for section in sections if section["id"] != MISSING
    ]
    site = Site([*made, ("Orchestras", "orchestras")])
    yield site
    log = site.debug_log.read_text() if site.debug_log.exists() else ""
    site.close()
    assert not [line for line in log.splitlines() if "copydesk/" in line], "PHP complains of the plugin"


@pytest.fixture
def front(front_of_session):
    front_of_session.mode = "up"
    front_of_session.decisions_status = 200
    front_of_session.asked.clear()
    front_of_session.decisions.clear()
    return front_of_session


@pytest.fixture
def settings(front):
    """What the plugin is set to unless a test says otherwise."""
    return {"url": front.url, "key": KEY, "mode": "apply", "timeout": 2, "statuses": ["publish", "future"]}


@pytest.fixture
def site(site_of_session, settings, front):
    """The site with the plugin in apply mode, nothing waiting, no failure standing."""
    site_of_session.start_again(**settings)
    front.asked.clear()
    return site_of_session
