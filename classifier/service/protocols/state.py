"""The text that questions are about: a state, or the input of Decisions, read as an article.

The rules, which docs/protocols.md states for callers:

- A text is the body of an article.
- A JSON object with the fields of an article is that article, also if it comes as JSON in a text.
- Of other JSON, the texts in it are read, in their order, with a blank line between them. Of messages, and of parts of
  messages, only the content. JSON in one of these texts, or between blank lines of it, is read in the same way.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.article import ALIASES
from classifier.errors import InvalidInputError, MalformedInputError, QuestionError
from classifier.request import TagRequest
from classifier.schema import parse_json
from classifier.service.protocols.questions import shown_place, wrong

_TEXT_FIELDS = frozenset({*ALIASES["headline"], *ALIASES["body"]})
_FIELDS = frozenset(TagRequest.model_fields) | {name for names in ALIASES.values() for name in names}
_JSON_BEGINS = ("{", "[", '"')
_MOST_UNPACKED = 3  # times that JSON may come as a text in JSON
#: Parts of an input that hold no text of an article.
_NOT_READ = frozenset(
    {
        "custom_tool_call",
        "custom_tool_call_output",
        "function_call",
        "function_call_output",
        "image",
        "image_url",
        "input_audio",
        "input_file",
        "input_image",
    }
)
_IMAGE = "data:image/"
_BLANK_LINE = "\n\n"
_JSON_AFTER_TEXT = f"{_BLANK_LINE}{{"


def read_state(place: str, sent: Any) -> TagRequest:
    """Return the article in a state.

    Parameters
    ----------
    place : str
        The name of the field, for messages.
    sent : object
        Its value: any JSON.

    Raises
    ------
    QuestionError
        If it has no text, or something that is not read, such as an image.
    InvalidInputError
        If its article is not valid.
    """
    try:
        return TagRequest.of(_article(place, sent))
    except QuestionError:
        raise
    except InvalidInputError as error:
        raise error.inside(place) from None
    except RecursionError:
        raise wrong(place, "JSON in it is nested too deeply. Fix: send the text of an article") from None


def _article(place: str, sent: Any) -> Any:
    value = _unpacked(sent)
    if isinstance(value, list) and len(value) == 1:  # as langchain-openai sends an article: one message with one part
        value = _unpacked(_only(f"{place}.0", value[0]))
    if isinstance(value, Mapping) and _is_article(value):
        return value
    body = "\n\n".join(_texts(place, value))
    if not body:
        raise wrong(place, "there is no text in it. Fix: send the text of an article")
    return {"body": body}


def _is_article(value: Mapping[str, Any]) -> bool:
    return value.keys() <= _FIELDS and any(isinstance(value.get(name), str) for name in _TEXT_FIELDS)


def _unpacked(value: Any) -> Any:
    """Return the JSON in a text, if it is an object or a list; other values come back as they are."""
    found = value
    for _ in range(_MOST_UNPACKED):
        if not isinstance(found, str) or not found.lstrip().startswith(_JSON_BEGINS):
            break
        try:
            found = parse_json(found.encode("utf-8", "surrogatepass"))
        except MalformedInputError:  # a text that begins like JSON
            break
    return found if isinstance(found, Mapping | list) else value


def _only(place: str, item: Any) -> Any:
    """Return the article or the one text in the only item of a list; other items come back in a list, as they were."""
    if isinstance(item, Mapping) and _is_article(item):
        return item
    found = [*_texts(place, item)]
    return found[0] if len(found) == 1 else [item]


def _texts(place: str, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith(_IMAGE):
            raise wrong(place, "is or contains an image, and only text is read here. Fix: send text")
        if (found := _unpacked(value)) is not value:
            yield from _texts(place, found)
        elif _JSON_AFTER_TEXT in value:  # as LiteLLM makes one text of several messages
            for block in value.split(_BLANK_LINE):
                yield from _texts(place, block)
        elif value.strip():
            yield value
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(f"{place}.{number}", inner)
    elif isinstance(value, Mapping):
        yield from _texts_of_object(place, value)


def _texts_of_object(place: str, value: Mapping[str, Any]) -> Iterator[str]:
    kind = value.get("type")
    if "role" in value and "content" in value:
        yield from _texts(f"{place}.content", value["content"])
    elif kind in ("input_text", "output_text", "text") and isinstance(value.get("text"), str):
        yield from _texts(f"{place}.text", value["text"])
    elif isinstance(kind, str) and kind in _NOT_READ:
        raise wrong(place, f"is of the type {kind}, and only text is read here. Fix: send messages of text")
    else:
        for name, inner in value.items():
            yield from _texts(shown_place(place, name), inner)
