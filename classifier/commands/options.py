"""Options and arguments that several commands share, and how a command reads a setting."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from classifier.settings import BY_NAME, SETTINGS_FILE, Settings, read_setting

PATH = click.Path(path_type=Path)
#: Where the group keeps what ``--config`` named.
CONFIG = "copydesk.config"

Decorator = Callable[[Any], Any]


def setting_option(name: str, type_: Any = None, **more: Any) -> Decorator:
    """Return the option of a setting, with the help and the default from the table of settings."""
    setting = BY_NAME[name]
    help_ = setting.help if more.get("is_flag") else f"{setting.help}  [default: {setting.default}]"
    return click.option(f"--{name.replace('_', '-')}", name, type=type_, help=help_, default=None, **more)


models_option: Decorator = setting_option("models", PATH)
set_option: Decorator = click.option(
    "--set",
    "set_name",
    metavar="NAME",
    help="Set of models to use: a folder in --models; “default” is --models itself.  [default: the only set]",
)
#: The former name of --feedback, which still works, with a note.
decisions_option: Decorator = click.option("--decisions", hidden=True)
version_option: Decorator = click.option(
    "--version", "model_version", metavar="VERSION", help="Version of the model.  [default: the live one]"
)
data_argument: Decorator = click.argument("data", nargs=-1, type=PATH, default=[Path("training_data/articles")])
sections_option: Decorator = click.option(
    "--sections",
    type=PATH,
    default=Path("training_data/sections.toml"),
    show_default=True,
    help="File of the vocabulary: the sections that an article may get.",
)
jobs_option: Decorator = click.option(
    "--jobs", type=click.IntRange(min=1), help="Threads to use.  [default: one for each core]"
)
seed_option: Decorator = click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Random seed: the same seed repeats the same random choices.",
)
ignore_unknown_option: Decorator = click.option(
    "--ignore-unknown",
    is_flag=True,
    help="Ignore labels that are not in the vocabulary, and use their rows without them.",
)
_skip_bad_option: Decorator = click.option(
    "--skip-bad", is_flag=True, help="Skip rows that cannot be used, and write them unchanged to the file of --rejects."
)
_rejects_option: Decorator = click.option(
    "--rejects",
    type=PATH,
    default=Path("rejects.jsonl"),
    show_default=True,
    help="File for the rows that --skip-bad skips.",
)


def bad_rows_options(command: Any) -> Any:
    """Add --ignore-unknown, --skip-bad and --rejects: what becomes of rows and labels that cannot be used."""
    for option in (_rejects_option, _skip_bad_option, ignore_unknown_option):
        command = option(command)
    return command


_SERVICE_OPTIONS = (
    models_option,
    setting_option("host"),
    setting_option("port", int),
    setting_option("workers", int),
    setting_option("keys", PATH),
    setting_option("allow_anonymous", is_flag=True),
)


def service_options(command: Any) -> Any:
    """Add the settings that the service takes on the command line; each is None if it is not given."""
    for option in reversed(_SERVICE_OPTIONS):
        command = option(command)
    return command


json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def setting(name: str, value: object = None, **former: object) -> Any:
    """Return one setting as it is in force for this command; no other setting is read.

    Parameters
    ----------
    name : str
        The setting.
    value : object, optional
        Its value on the command line, None if it was not given there.
    **former : object
        The same for the option of its former name.

    Raises
    ------
    SettingsError
        If its value cannot be used.
    """
    return read_setting(name, {name: value, **former}, file=config_file())


def all_settings(given: dict[str, object]) -> Settings:
    """Return all settings: the service needs them.

    Raises
    ------
    SettingsError
        If one of them cannot be used.
    """
    return Settings.load(given, file=config_file())


def models_folder(models: Path | None, set_name: str | None, version: str | None = None, *, new: bool = False) -> Path:
    """Return the folder of the set of models that a command works on, from its options --models and --set.

    Parameters
    ----------
    models, set_name, version : optional
        The options --models, --set and --version, as they were given.
    new : bool
        The command writes a version, so the set need not exist yet.

    Raises
    ------
    SettingsError, ModelError
        If there is no such set, or it is not clear which one is meant.
    """
    from classifier.store.sets import new_set_folder, set_folder

    folder: Path = setting("models", models)
    return new_set_folder(folder, set_name) if new else set_folder(folder, set_name, version)


def config_file() -> Path:
    """Return the settings file: what ``--config`` names, or else the usual one."""
    context = click.get_current_context(silent=True)
    file: Path = context.meta.get(CONFIG, SETTINGS_FILE) if context else SETTINGS_FILE
    return file
