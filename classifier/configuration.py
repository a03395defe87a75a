"""The sources of a setting: the command line, the environment, or a TOML file."""

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from classifier.errors import SettingsError
from classifier.toml_file import read_toml

ENVIRONMENT_PREFIX = "COPYDESK_"
_TEACHER_KEY = f"{ENVIRONMENT_PREFIX}TEACHER_KEY"  # read by “copydesk label” alone
#: Names the settings file. It is no setting itself, because a file cannot name itself.
CONFIG_VARIABLE = "COPYDESK_CONFIG"
#: The name by which the settings file is looked for in the working directory.
SETTINGS_FILE = Path("copydesk.toml")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Origin:
    """A value as it was given, and where.

    Attributes
    ----------
    value : object
        The value, not yet checked.
    place : str
        The place in words, such as ``--port`` or ``port in copydesk.toml (line 3)``.
    source : str
        The kind of place: ``command line``, ``environment``, ``file``.
    """

    value: object
    place: str
    source: str


class Configuration:
    """The environment and the settings file of this run.

    Parameters
    ----------
    environment : mapping
        The environment variables.
    file : Path or None
        The settings file. It may be missing, unless ``COPYDESK_CONFIG`` names it; None reads
        no file. `SETTINGS_FILE` itself stands for the file that ``COPYDESK_CONFIG`` names, if it is set.
    names : mapping
        The name of each setting, with its former name, empty if it has none. A file that holds another name is refused.

    Raises
    ------
    SettingsError
        If the file does not exist although the environment names it, cannot be read, is not TOML, or holds an unknown
        setting.
    """

    def __init__(self, environment: Mapping[str, str], file: Path | None, names: Mapping[str, str]) -> None:
        self.environment = environment
        named = environment.get(CONFIG_VARIABLE)
        if file is SETTINGS_FILE and named:
            file = Path(named)
            if not file.exists():
                raise SettingsError(
                    f"the environment variable {CONFIG_VARIABLE} names {file}, which does not exist. "
                    "Fix: correct the path, or unset the variable"
                )
        self.file = file
        self._values: Mapping[str, Any] = {}
        self._text = ""
        if file and file.exists():
            self._values, self._text = read_toml(file, SettingsError)
        former = {was: name for name, was in names.items() if was}
        for was, name in former.items():
            if {was, name} <= set(self._values):
                raise SettingsError(f"{file} has both {name} and its former name, {was}. Fix: remove {was}")
        unknown = sorted(set(self._values) - set(names) - set(former))
        if unknown:
            known = ", ".join(names)
            raise SettingsError(
                f"{file} has unknown settings: {', '.join(unknown)}. "
                f"Fix: correct or remove them; the settings are {known}"
            )

    def find(self, name: str, given: Mapping[str, object], was: str = "") -> Origin | None:
        """Return the strongest place where a setting is given, or None if it is not given at all.

        Parameters
        ----------
        name : str
            The setting.
        given : mapping
            What was given on the command line, by the name of the setting; None stands for nothing.
        was : str
            The former name of the setting. It still works, and a note is logged.
        """
        names = [name, was] if was else [name]
        for look in (_on_command_line, self._in_environment, self._in_file):
            for spelling in names:
                if origin := look(spelling, given):
                    if spelling == was:
                        note(
                            f"{origin.place} still works, but this setting is now called {name}. Fix: use the new name"
                        )
                    return origin
        return None

    def _in_environment(self, name: str, _given: Mapping[str, object]) -> Origin | None:
        variable = ENVIRONMENT_PREFIX + name.upper()
        value = self.environment.get(variable)
        return None if value is None else Origin(value, f"the environment variable {variable}", "environment")

    def _in_file(self, name: str, _given: Mapping[str, object]) -> Origin | None:
        value = self._values.get(name)
        return None if value is None else Origin(value, f"{name} in {self.file}{self._line(name)}", "file")

    def unknown_variables(self, names: Collection[str]) -> list[str]:
        """Return the environment variables that look like settings of Copydesk, but are not."""
        known = {CONFIG_VARIABLE, _TEACHER_KEY, *(ENVIRONMENT_PREFIX + name.upper() for name in names)}
        return sorted(v for v in self.environment if v.startswith(ENVIRONMENT_PREFIX) and v not in known)

    def _line(self, name: str) -> str:
        found = re.search(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*=", self._text, re.MULTILINE)
        return f" (line {self._text.count(chr(10), 0, found.start()) + 1})" if found else ""


def _on_command_line(name: str, given: Mapping[str, object]) -> Origin | None:
    value = given.get(name)
    return None if value is None else Origin(value, f"--{name.replace('_', '-')}", "command line")


@cache
def note(message: str) -> None:
    """Log a note once in this process; before logging is set up, it goes to standard error."""
    _log.warning("note: %s", message)
