"""A model for the desk with two versions, trained once for all tests of a process."""

import pytest

from tests.driver.desk import train_desk_models


@pytest.fixture(scope="session")
def desk_models(tmp_path_factory):
    return train_desk_models(tmp_path_factory.mktemp("desk"))
