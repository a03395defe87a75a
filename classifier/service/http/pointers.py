"""JSON pointers (RFC 6901): where in a document of JSON a value is; with ``*``, where several are."""

import re
from dataclasses import dataclass, field
from typing import Any

_WRITTEN = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_CLOSING = frozenset(".,;:!?)]}’”»")
_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Pointer:
    """A JSON pointer such as ``/post/current/html``.

    Parameters
    ----------
    text : str
        Names of fields and places in lists (from 0), each after a slash. ``~1`` stands for a slash in a name, ``~0``
        for a tilde. ``*`` stands for every value of a list or an object.

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
        """Return the value at the pointer in a document of JSON, or None if it has none there.

        With ``*`` it is a `Found`, or None if there is nothing at any of the places.
        """
        return _find(document, self._steps)


@dataclass(frozen=True)
class Found:
    """The values at a pointer with ``*``, in their order. With several ``*`` each of them is a `Found`."""

    values: tuple[Any, ...]

    def text(self) -> str:
        """Return the texts as one.

        With one ``*`` each value is a paragraph; paragraphs are joined by a blank line. With several, the values of the
        last one are the parts of a paragraph, such as words in bold; parts are joined by a space if neither brings one.

        Raises
        ------
        TypeError
            If a value is not text.
        """
        paragraphs = [each._paragraph() if isinstance(each, Found) else _text(each) for each in self.values]
        return "\n\n".join(text for text in paragraphs if text.strip())

    def _paragraph(self) -> str:
        if any(isinstance(each, Found) for each in self.values):
            return self.text()
        joined = ""
        for part in map(_text, self.values):
            apart = not joined or not part or joined[-1].isspace() or part[0].isspace() or part[0] in _CLOSING
            joined += part if apart else f" {part}"
        return joined


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _find(value: Any, steps: tuple[str, ...]) -> Any:
    for place, step in enumerate(steps):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
            value = value[int(step)]
        elif step == "*" and isinstance(value, list | dict):
            rest = steps[place + 1 :]
            inner = value if isinstance(value, list) else value.values()
            found = [each for item in inner if (each := _find(item, rest)) is not None]
            return Found(tuple(found)) if found else None
        else:
            return None
    return value
