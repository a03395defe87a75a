"""JSON pointers (RFC 6901): where in a document of JSON a value is."""

import re
from dataclasses import dataclass, field
from typing import Any

_WRITTEN = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Pointer:
    """A JSON pointer such as ``/post/current/html``.

    Parameters
    ----------
    text : str
        Names of fields and places in lists (from 0), each after a slash. ``~1`` stands for a slash in a name, ``~0``
        for a tilde.

    Raises
    ------
    ValueError
        If it is not written that way.
    """

    text: str
    _steps: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _WRITTEN.fullmatch(self.text):
            raise ValueError("not a JSON pointer")
        steps = (step.replace("~1", "/").replace("~0", "~") for step in self.text.split("/")[1:])
        object.__setattr__(self, "_steps", tuple(steps))

    def __str__(self) -> str:
        return self.text

    def find(self, document: object) -> Any:
        """Return the value at the pointer in a document of JSON, or None if it has none there."""
        value: Any = document
        for step in self._steps:
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value
