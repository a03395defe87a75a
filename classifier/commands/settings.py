"""``copydesk settings``."""

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import config_file, json_option, service_options, setting_option

if TYPE_CHECKING:
    from classifier.configuration import Configuration
    from classifier.settings import Setting

#: Everything up to the last @ counts as the password: one that holds an @ itself must not be shown in part.
_PASSWORD = re.compile(r"(?P<before>^[\w+.-]+://[^:/@?]*:).*(?P<after>@)", re.DOTALL)
_SECRET_PARAMETER = re.compile(r"([?&](?:password|passwd|pwd|sslpassword|secret|token)=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True)
class _Shown:
    """A setting as it is shown; ``problem`` is why the value cannot be used, empty if it can."""

    name: str
    value: str
    default: str
    source: str
    place: str
    help: str
    problem: str = ""


@click.command()
@service_options
@setting_option("margin", float)
@json_option
def settings(as_json: bool, **given: object) -> None:
    """Show every setting, its default, and where it is set.

    Passwords in addresses are hidden. The options below change nothing: they show the settings with which “copydesk
    serve” or “copydesk train” would run with the same options. Exit code 2: a value cannot be used.
    """
    from classifier.configuration import CONFIG_VARIABLE
    from classifier.settings import SETTINGS, this_configuration

    configuration = this_configuration(file=config_file())
    found = [_look_at(setting, configuration, given) for setting in SETTINGS]
    file = configuration.file
    exists = file is not None and file.exists()
    unknown = configuration.unknown_variables([*(s.name for s in SETTINGS), *(s.was for s in SETTINGS if s.was)])
    if as_json:
        data = {"file": str(file) if exists else None, "settings": [asdict(shown) for shown in found]}
        click.echo(json.dumps({**data, "unknown_variables": unknown}, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print(found)
        say(f"settings file: {file if exists else f'none ({file} does not exist)'}")
    if unknown:
        say(
            f"these environment variables are not settings: {', '.join(unknown)}. They have no effect, unless a file "
            "of webhooks or callbacks names them as a secret. Fix: compare their names with the settings shown; "
            f"{CONFIG_VARIABLE} names the settings file"
        )
    bad = [shown for shown in found if shown.problem]
    for shown in bad:
        say(f"{shown.name} cannot be used: {shown.problem}")
    if bad:
        raise click.exceptions.Exit(2)


def _look_at(setting: "Setting", configuration: "Configuration", given: dict[str, object]) -> _Shown:
    from classifier.errors import SettingsError

    origin = setting.origin(configuration, given)
    try:
        setting.of(configuration, given)
        problem = ""
    except SettingsError as error:
        problem = str(error)
    value, default = _hidden(_text(origin.value)), _text(setting.default)
    return _Shown(setting.name, value, default, origin.source, origin.place, setting.help, problem)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _hidden(value: str) -> str:
    """Return a value without the password of an address."""
    return _SECRET_PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\g<before>***\g<after>", value))


def _print(found: list[_Shown]) -> None:
    from classifier.commands.tables import print_table

    rows = [(s.name, s.value or "(empty)", s.default or "(empty)", s.place) for s in found]
    print_table(("setting", "value", "default", "set by"), rows, n_text_columns=4)
