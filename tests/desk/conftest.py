"""A model for the desk with two versions, trained once for all tests of a process."""

import pytest

from classifier.feedback.database import Database
from classifier.feedback.store import FeedbackStore
from classifier.feedback.suggestions import SuggestionStore
from classifier.service.app import create_app
from classifier.service.guard.keys import create
from classifier.settings import Settings
from tests.driver.desk import Editor, keep, train_desk_models

PEOPLE = (("Ada Lovelace", "desk"), ("Grace Hopper", "desk"), ("Root", "admin"))


@pytest.fixture(scope="session")
def desk_models(tmp_path_factory):
    return train_desk_models(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(desk_models, tmp_path):
    """An app with a model and a database, and keys of two editors and an administrator."""
    settings = Settings.load(
        {
            "models": desk_models,
            "keys": tmp_path / "keys.json",
            "feedback": str(tmp_path / "feedback.db"),
            "keep_texts": "true",
        },
        {},
        tmp_path / "no-such-file",
    )
    keys = [create(tmp_path / "keys.json", name, scope)[1] for name, scope in PEOPLE]
    app = create_app(settings)
    return app, *(Editor(app, key) for key in keys)


@pytest.fixture
def queue(desk, desk_models, tmp_path):
    """The ids of 30 kept suggestions, and the store that holds them."""
    database = str(tmp_path / "feedback.db")
    ids = keep(desk_models, database, 30)
    opened = Database(database)
    yield ids, SuggestionStore(opened), FeedbackStore(opened)
    opened.close()
