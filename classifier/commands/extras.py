"""The packages that a command needs, but a server does not install."""

from importlib.util import find_spec

#: Import name and name of each package of the extra ``train``.
TRAINING_PACKAGES = {"sklearn": "scikit-learn", "scipy": "SciPy", "joblib": "joblib", "datasketch": "datasketch"}


def require_training() -> None:
    """Refuse to go on without the packages of the extra ``train``, before any work is done.

    Raises
    ------
    ModuleNotFoundError
        If one of them is not installed.
    """
    for module in TRAINING_PACKAGES:
        if find_spec(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)


def remedy(error: ModuleNotFoundError) -> str | None:
    """Return a sentence on how to install the missing package, or None if no extra installs it."""
    package = TRAINING_PACKAGES.get((error.name or "").partition(".")[0])
    if package is None:
        return None
    return f"This command needs {package}, which is not installed. Fix: run “pip install 'copydesk[train]'”"
