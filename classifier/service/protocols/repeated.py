"""Reading requests whose questions were read before: most callers ask the same ones about every article.

A request is mostly its text. But thirteen questions are many small values, and parsing them takes fifty times as long
as the text. So the end of a body that begins with the field ``questions`` is kept with its values; when it comes again,
only the fields before it are parsed.
"""

from typing import Any, NamedTuple

from pydantic_core import to_json

from classifier.schema import valid_json

_FIELD = b'"questions"'
_MOST, _LONGEST = 128, 64_000  # ends that are kept, and bytes of one


class Sent(NamedTuple):
    """A request: its value, and bytes that are the same only if its questions are the same."""

    value: Any
    questions: bytes


class RepeatedQuestions:
    """Parses requests, and keeps their questions.

    Parameters
    ----------
    text : str
        The name of the field that has the text: an end with that field does not come again.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._kept: dict[bytes, dict[str, Any]] = {}

    def parse(self, data: bytes) -> Sent:
        """Return what is in a body.

        Raises
        ------
        ValueError
            If it is not JSON, or has a field twice.
        """
        place = data.rfind(_FIELD)
        end = data[place:] if place > 0 else b""
        if fields := self._kept.get(end):
            head = data[:place].rstrip()
            if head.endswith(b","):
                # an object, and the members that followed a comma in another object: joined, they are an object too
                first = valid_json(head[:-1] + b"}")
                if fields.keys().isdisjoint(first):
                    return Sent({**first, **fields}, end)
        value = valid_json(data)
        if not isinstance(value, dict) or "questions" not in value:
            return Sent(value, b"")
        if len(end) <= _LONGEST:
            self._keep(value, end)
        return Sent(value, to_json(value["questions"], inf_nan_mode="null"))

    def _keep(self, value: dict[str, Any], end: bytes) -> None:
        names = list(value)
        fields = {name: value[name] for name in names[names.index("questions") :]}
        if self._text in fields:
            return
        try:
            is_whole = valid_json(b"{" + end) == fields
        except ValueError:  # the field of this name is one of a question
            return
        if is_whole:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[end] = fields
