import pytest

from tests.helpers import ROOT
from tests.packaging.build import build


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The wheel and the source distribution."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git repository: which files belong to the project is not known")
    return build(tmp_path_factory.mktemp("dist"))
