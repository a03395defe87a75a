"""The packages that a command needs, but a server does not install."""

from collections.abc import Mapping
from importlib.util import find_spec

from classifier.errors import pip_command

#: Import name and name of each package of the extra ``train``.
TRAINING_PACKAGES = {"sklearn": "scikit-learn", "scipy": "SciPy", "joblib": "joblib"}

#: The same of the extra ``teach``.
TEACHING_PACKAGES = {"requests": "requests", "urllib3": "urllib3"}

#: The same of the extra ``archive``.
ARCHIVE_PACKAGES = {"distributed": "distributed", "dask": "Dask"}
_EXTRAS = {"train": TRAINING_PACKAGES, "teach": TEACHING_PACKAGES, "archive": ARCHIVE_PACKAGES}


def require_archive() -> None:
    """Refuse to go on without the packages of the extra ``archive``, before any work is done.

    Raises
    ------
    ModuleNotFoundError
        If one of them is not installed.
    """
    _require(ARCHIVE_PACKAGES)


def require_training() -> None:
    """Refuse to go on without the packages of the extra ``train``, before any work is done.

    Raises
    ------
    ModuleNotFoundError
        If one of them is not installed.
    """
    _require(TRAINING_PACKAGES)


def _require(packages: Mapping[str, str]) -> None:
    for module in packages:
        if find_spec(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)


def remedy(error: ModuleNotFoundError) -> str | None:
    """Return a sentence on how to install the missing package, or None if no extra installs it."""
    module = (error.name or "").partition(".")[0]
    for extra, packages in _EXTRAS.items():
        if module in packages:
            package = packages[module]
            return f"This command needs {package}, which is not installed. Fix: run {pip_command(extra)}"
    return None
