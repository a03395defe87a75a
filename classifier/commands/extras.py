"""What a command needs that a server does not install."""

from importlib.util import find_spec

from classifier.errors import MissingExtraError

#: Import name and distribution of each package of the extra ``train``.
TRAINING_PACKAGES = {"sklearn": "scikit-learn", "scipy": "scipy", "joblib": "joblib", "datasketch": "datasketch"}


def require_training(what: str) -> None:
    """Refuse to go on without the packages of the extra ``train``.

    Parameters
    ----------
    what : str
        What needs them, as the subject of a sentence: ``training``.

    Raises
    ------
    MissingExtraError
        If one of them is not installed.
    """
    missing = [name for module, name in TRAINING_PACKAGES.items() if find_spec(module) is None]
    if missing:
        *most, last = missing
        named = f"{', '.join(most)} and {last}" if most else last
        raise MissingExtraError(f"{what} needs {named}. Fix: pip install 'copydesk[train]'")
