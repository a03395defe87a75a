"""Another checkout of Copydesk, which runs in an environment of its own."""

import os
import sys
from pathlib import Path

#: The checkout that this file belongs to.
HERE = Path(__file__).parent.parent


def python_of(checkout: Path) -> str:
    """Return the Python that runs a checkout's code.

    It is that of its ``.venv``, if there is one, because an older version may need packages that this one does not.
    This checkout runs with the Python that runs the benchmark.
    """
    own = checkout / ".venv" / "bin" / "python"
    return str(own) if checkout != HERE and own.exists() else sys.executable


def environment_of(checkout: Path) -> dict[str, str]:
    """Return the variables that a checkout's code runs with: none of Copydesk's own, and its folder on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    return kept | {"PYTHONPATH": str(checkout)}
