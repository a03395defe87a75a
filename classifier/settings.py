"""Settings as data: name, default and help in one place.

The command line beats the environment (``COPYDESK_PORT``), which beats the settings file, which beats the default. The
settings file is the one that ``--config`` or ``COPYDESK_CONFIG`` names, or ``copydesk.toml`` in the working directory.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from classifier.configuration import ENVIRONMENT_PREFIX, SETTINGS_FILE, Configuration, Origin, note
from classifier.errors import SettingsError, pip_command, shown
from classifier.language_codes import read_languages

__all__ = [
    "BY_NAME",
    "MAX_BATCH",
    "SETTINGS",
    "SETTINGS_FILE",
    "TARGET_PRECISIONS",
    "Setting",
    "Settings",
    "read_setting",
    "this_configuration",
]

MAX_BATCH = 10_000  # of the setting max_batch
#: The least and the most that may be promised of applied tags. Below a half most of them may be wrong. Above 0.999 it
#: takes more than 3,900 stories with right tags to prove it.
TARGET_PRECISIONS = (0.5, 0.999)
_LAST_PORT = 65_535
_OLD_DATABASE = "decisions.db"
#: As SQLAlchemy parses them. An SQLite database must be a file on disk, which all workers share.
_SQLITE_FILE = re.compile(r"sqlite:///(?!:memory:)[^?]+")
_POSTGRESQL = re.compile(
    r"[\w+]+://(?:[^:/]*(?::[^@]*)?@)?(?:\[[^]/?@]+\]|[^:/?@]*)(?::(?P<port>[0-9]{1,5}))?(?:/[^?]*)?(?:\?.*)?"
)
DATABASES = ("sqlite", "postgresql", "postgres", "postgresql+psycopg")


def _whole_number(least: int, most: int, value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        raise ValueError("must be a whole number") from None
    if not least <= number <= most:
        raise ValueError(f"must be between {least:,} and {most:,}")
    return number


def _share(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError("must be a number") from None
    if not 0 <= number <= 1:
        raise ValueError("must be between 0 and 1")
    return number


def _target_precision(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError("must be a number") from None
    least, most = TARGET_PRECISIONS
    if not least <= number <= most:
        raise ValueError(f"must be between {least:g} and {most:g}")
    return number


def _path(value: str) -> Path:
    return Path(_text(value))


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _any_text(value: str) -> str:
    return value.strip()


def _yes_or_no(value: str) -> bool:
    match value.strip().lower():
        case "true" | "yes" | "1":
            return True
        case "false" | "no" | "0":
            return False
    raise ValueError("must be true or false")


def _rate(value: str) -> str:
    given = value.strip().lower()
    if given not in ("", "off") and not re.fullmatch(r"[1-9]\d{0,8}/(second|minute|hour|day)", given):
        raise ValueError("must be a rate per second, minute, hour or day, such as 600/minute, or “off”")
    return given


def _languages(value: str) -> str:
    return ",".join(read_languages(value))


def _seconds(least: float, most: float, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError("must be a number of seconds") from None
    if not least <= number <= most:
        raise ValueError(f"must be between {least:g} and {most:g} seconds")
    return number


def _hours(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError("must be a number of hours") from None
    if not 0.001 <= number <= 720:
        raise ValueError("must be between 0.001 and 720 hours")
    return number


def _database(value: str) -> str:
    """Read a path or the address of a database. No part of a wrong address is shown: it may hold a password."""
    address = _text(value).strip()
    if address == ":memory:":
        address = "sqlite:///:memory:"
    scheme, mark, _ = address.partition("://")
    if not mark:
        return address
    if scheme not in DATABASES:
        raise SettingsError(
            "feedback is the address of a database that Copydesk does not support. Fix: give the path of an SQLite "
            "file, or postgresql://USER:PASSWORD@HOST/NAME"
        )
    if scheme == "sqlite":
        if not _SQLITE_FILE.fullmatch(address):
            raise SettingsError(
                "feedback is an SQLite address without a file, or with options. Fix: write only sqlite:///PATH"
            )
        return address
    found = _POSTGRESQL.fullmatch(address)
    if not found or not 1 <= int(found["port"] or 1) <= _LAST_PORT:
        raise SettingsError(
            "feedback is not a valid PostgreSQL address. Fix: write postgresql://USER:PASSWORD@HOST:PORT/NAME, "
            f"with a port between 1 and {_LAST_PORT:,}, and %40 instead of @ in a password"
        )
    if find_spec("psycopg") is None:
        raise SettingsError(
            f"feedback is a PostgreSQL database, but its driver is not installed. Fix: run {pip_command('postgresql')}"
        )
    return address


@dataclass(frozen=True)
class Setting:
    """One setting: its name, its default, what it means, and how to read it from text.

    ``was`` is a former name, which still works, with a note.
    """

    name: str
    default: Any
    help: str
    read: Callable[[str], Any]
    was: str = ""

    def origin(self, configuration: Configuration, given: Mapping[str, object]) -> Origin:
        """Return the value in force, not yet checked, and where it was given."""
        found = configuration.find(self.name, given, self.was)
        return found or Origin(_default(self), "the default", "default")

    def of(self, configuration: Configuration, given: Mapping[str, object]) -> Any:
        """Return the value in force; ``given`` is what was given on the command line.

        Raises
        ------
        SettingsError
            If the value cannot be used; the message names the place where it was given.
        """
        origin = self.origin(configuration, given)
        try:
            return self.read(str(origin.value))
        except ValueError as error:
            raise SettingsError(f"{origin.place} is {shown(str(origin.value))}, but it {error}") from None


SETTINGS = (
    Setting("models", Path("models"), "Folder of the trained models.", _path),
    Setting(
        "preferred_sets",
        "",
        "Sets of models in order of preference, separated by spaces. If neither the request nor the language of an "
        "article decides which set answers, the first set in this list that fits does. Empty: the set “default” "
        "answers; without one, the article is refused.",
        _any_text,
    ),
    Setting(
        "margin",
        0.01,
        "How much lower the micro-F1 of a new model may be than the live model's for it to go live.",
        _share,
    ),
    Setting(
        "target_precision",
        0.9,
        "Share of applied tags that must be right: a section's tags are applied without an editor from the probability "
        "at which that holds with 95 % confidence, or never; 0.5 to 0.999.",
        _target_precision,
    ),
    Setting(
        "languages",
        "",
        "Languages that one model learns together: all, or codes such as en,hi,th; empty: one language.",
        _languages,
    ),
    Setting("host", "127.0.0.1", "Address to listen on.", _text),
    Setting("port", 8000, "Port to listen on.", partial(_whole_number, 1, _LAST_PORT)),
    Setting("workers", 1, "Number of processes that answer requests.", partial(_whole_number, 1, 256)),
    Setting("max_request_bytes", 4_194_304, "Largest request body, in bytes.", partial(_whole_number, 1_000, 1 << 30)),
    Setting(
        "threads",
        2,
        "Threads of each worker for large requests; if all are busy, further large requests wait.",
        partial(_whole_number, 1, 1_000),
    ),
    Setting(
        "drain",
        1.0,
        "Seconds for which the service still answers after the stop signal; each answer then closes its connection.",
        partial(_seconds, 0, 60),
    ),
    Setting("access_log", True, "Write a line for each request.", _yes_or_no),
    Setting(
        "shadow",
        "",
        "Version of a second model to try out: it scores a share of the articles, unseen by callers; empty: none. With "
        "several sets of models, a version for each of them may be given, separated by spaces.",
        _any_text,
    ),
    Setting("shadow_share", 0.1, "Share of the articles that the shadow scores, from 0 to 1.", _share),
    Setting("max_batch", 100, "Most articles in a batch.", partial(_whole_number, 1, MAX_BATCH)),
    Setting("keys", Path("keys.json"), "File of the API keys. If it exists, every call needs a key.", _path),
    Setting("allow_anonymous", False, "Allow tagging without a key, also from other machines.", _yes_or_no),
    Setting(
        "proxies",
        0,
        "Number of reverse proxies in front of the service; that many entries of X-Forwarded-For are trusted.",
        partial(_whole_number, 0, 9),
    ),
    Setting(
        "rate_limit",
        "",
        "Most calls per API key, or per address without a key, such as 600/minute; off: no limit; empty: 6,000/minute.",
        _rate,
    ),
    Setting(
        "rate_store",
        "memory://",
        "Place where calls are counted: memory:// (each worker counts for itself) or redis://HOST:PORT.",
        _text,
    ),
    Setting("body_seconds", 15.0, "Seconds within which a request body must arrive.", partial(_seconds, 0.1, 600)),
    Setting(
        "feedback",
        "feedback.db",
        "Database of editors' feedback: path of an SQLite file, or postgresql://USER:PASSWORD@HOST/NAME.",
        _database,
        was="decisions",
    ),
    Setting(
        "keep_texts",
        False,
        "Store the texts of feedback, to train on them, and those of kept suggestions.",
        _yes_or_no,
    ),
    Setting(
        "keep_suggestions",
        False,
        "Keep suggestions until editors decide on them: for articles that come with source and id, or by webhook.",
        _yes_or_no,
    ),
    Setting(
        "suggestion_days",
        90,
        "Days after which kept suggestions are deleted, also those still open; 0: never.",
        partial(_whole_number, 0, 36_500),
    ),
    Setting(
        "text_days",
        0,
        "Days after which stored headlines and texts are erased, of suggestions and of feedback; 0: never.",
        partial(_whole_number, 0, 36_500),
    ),
    Setting(
        "callbacks",
        "",
        "TOML file that lists the sources that are called back about their suggestions; empty: none.",
        _any_text,
    ),
    Setting("newsroom", "", "Name of the newsroom, which the report and other pages show; empty: none.", _any_text),
    Setting("webhooks", "", "TOML file that lists the sources of webhooks; empty: no webhooks.", _any_text),
    Setting("desk_hours", 12.0, "Hours after which a person has to sign in at the desk again; 0.001 to 720.", _hours),
    Setting(
        "origins",
        "",
        "Web origins whose pages may call the service, such as https://cms.example.org, separated by spaces.",
        _any_text,
    ),
)
BY_NAME: Mapping[str, Setting] = MappingProxyType({setting.name: setting for setting in SETTINGS})


@dataclass(frozen=True)
class Settings:
    """The settings in force. See `SETTINGS` for what each means."""

    models: Path
    preferred_sets: str
    margin: float
    target_precision: float
    languages: str
    host: str
    port: int
    workers: int
    max_request_bytes: int
    max_batch: int
    threads: int
    drain: float
    access_log: bool
    shadow: str
    shadow_share: float
    keys: Path
    allow_anonymous: bool
    proxies: int
    rate_limit: str
    rate_store: str
    body_seconds: float
    feedback: str
    keep_texts: bool
    newsroom: str
    keep_suggestions: bool
    suggestion_days: int
    text_days: int
    callbacks: str
    webhooks: str
    desk_hours: float
    origins: str

    @classmethod
    def load(
        cls,
        given: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
        file: Path | None = SETTINGS_FILE,
    ) -> "Settings":
        """Return the settings from ``given`` (None: not given), the environment, the file and the defaults.

        Raises
        ------
        SettingsError
            If a value cannot be used, or the file cannot; the message names the setting and where it was given.
        """
        configuration = this_configuration(environment, file)
        return cls(**{setting.name: setting.of(configuration, given or {}) for setting in SETTINGS})

    def to_environment(self) -> dict[str, str]:
        """Return the settings as environment variables, all of them: worker processes need no file to `load` them."""
        return {ENVIRONMENT_PREFIX + s.name.upper(): str(getattr(self, s.name)) for s in SETTINGS}


def _default(setting: Setting) -> object:
    """Return the default of a setting; for the feedback database, the file that an older version made counts."""
    if setting.name == "feedback" and Path(_OLD_DATABASE).exists():
        if not Path(setting.default).exists():
            note(
                f"{_OLD_DATABASE} is used as the feedback database, because {setting.default} does not exist. "
                f'Fix: set {setting.name} = "{_OLD_DATABASE}"'
            )
            return _OLD_DATABASE
        note(
            f"{_OLD_DATABASE} is not read, because {setting.default} is the feedback database. "
            f"Fix: if it is no longer needed, move {_OLD_DATABASE} to another folder"
        )
    return setting.default


def read_setting(
    name: str,
    given: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = SETTINGS_FILE,
) -> Any:
    """Return one setting, as `Settings.load` would, without reading the values of the others.

    Raises
    ------
    SettingsError
        If its value cannot be used, or the file cannot.
    """
    return BY_NAME[name].of(this_configuration(environment, file), given or {})


def this_configuration(
    environment: Mapping[str, str] | None = None, file: Path | None = SETTINGS_FILE
) -> Configuration:
    """Return the environment and the settings file of this run.

    Raises
    ------
    SettingsError
        If the file cannot be used.
    """
    names = {setting.name: setting.was for setting in SETTINGS}
    return Configuration(os.environ if environment is None else environment, file, names)
