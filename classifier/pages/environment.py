"""The environment of the templates: Jinja escapes all texts, and every page may include the style sheet."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def environment_of(package: str) -> Environment:
    """Return the environment of the templates in a package, and of those that all pages share.

    Parameters
    ----------
    package : str
        A package with a folder ``templates``.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates"), PackageLoader("classifier.pages", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = lambda value: f"{value:.0%}"
    environment.filters["script_hash"] = script_hash
    environment.filters["thousands"] = lambda value: f"{value:,}"
    return environment


@cache
def table_script() -> Markup:
    """Return the script that searches the long table of a report."""
    return Markup((files("classifier.pages") / "templates" / "long-table.js").read_text(encoding="utf-8"))  # noqa: S704


def script_hash(script: str) -> str:
    """Return what a Content-Security-Policy allows a script by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
