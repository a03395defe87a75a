"""Shared by all tests: the vocabulary, and a model trained once on the starter corpus."""

from pathlib import Path

import pytest
from hypothesis import settings

from classifier.commands.console import PlainProgress
from classifier.sections import Sections
from classifier.tagger import Tagger
from classifier.training.publishing.run import Outcome, RunOptions, run
from tests.driver.sets import train_set
from tests.no_network import keep_connections_inside

ROOT = Path(__file__).parent.parent
ARTICLES = ROOT / "training_data" / "articles"
SECTIONS_FILE = ROOT / "training_data" / "sections.toml"

# a test fails for what it finds, never for how long a busy machine takes, or a compiler at the first call
settings.register_profile("copydesk", deadline=None)
settings.load_profile("copydesk")

keep_connections_inside()


def pytest_addoption(parser):
    parser.addoption(
        "--shared", type=Path, default=ROOT.parent / "shared", help="Folder of material that is no part of the project."
    )


@pytest.fixture(scope="session")
def shared(request):
    return request.config.getoption("--shared")


@pytest.fixture(scope="session")
def sections():
    return Sections.load(SECTIONS_FILE)


@pytest.fixture(scope="session")
def starter(tmp_path_factory) -> tuple[Path, Outcome]:
    """A folder of models with one trained on the starter corpus, live, and the outcome of that run."""
    models = tmp_path_factory.mktemp("models")
    options = RunOptions(data=(ARTICLES,), sections=SECTIONS_FILE, models=models, jobs=2)
    outcome = run(options, PlainProgress())
    return models, outcome


@pytest.fixture(scope="session")
def starter_models(starter) -> Path:
    return starter[0]


@pytest.fixture(scope="session")
def tagger(starter_models) -> Tagger:
    return Tagger.load(starter_models)


@pytest.fixture(scope="session")
def two_sets(tmp_path_factory) -> Path:
    """A folder with an English and a Thai set, whose sections have different ids."""
    models = tmp_path_factory.mktemp("sets") / "models"
    train_set(models / "english", "en")
    train_set(models / "thai", "th", "th-")
    return models
