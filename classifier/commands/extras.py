"""The packages that a command needs, but a server does not install."""

from importlib.util import find_spec

#: Import name and name of each package of the extra ``train``.
TRAINING_PACKAGES = {"sklearn": "scikit-learn", "scipy": "SciPy", "joblib": "joblib", "datasketch": "datasketch"}

#: The same of the extra ``teach``.
TEACHING_PACKAGES = {"requests": "requests", "urllib3": "urllib3"}


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
    module = (error.name or "").partition(".")[0]
    package, extra = (
        (TRAINING_PACKAGES | TEACHING_PACKAGES).get(module),
        "teach" if module in TEACHING_PACKAGES else "train",
    )
    if package is None:
        return None
    return f"This command needs {package}, which is not installed. Fix: run “pip install 'copydesk[{extra}]'”"
