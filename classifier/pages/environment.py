"""The environment of the templates: Jinja escapes all texts, and every page may include the style sheet."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


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
    environment.filters["thousands"] = lambda value: f"{value:,}"
    return environment
