import os

import pytest

from classifier.feedback.database import Database
from tests.driver.postgres import MISSING, POSTGRES, private_postgres


@pytest.fixture(scope="session")
def postgres():
    if POSTGRES is None:
        pytest.skip(MISSING)
    with private_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "feedback.db")
    server = request.getfixturevalue("postgres")
    name = f"d{os.urandom(6).hex()}"
    server.query(f"create database {name}")
    return server.address.replace("/postgres?", f"/{name}?")


@pytest.fixture
def database(address):
    database = Database(address)
    yield database
    database.close()
