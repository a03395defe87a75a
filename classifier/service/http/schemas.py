"""Bodies of JSON that are read as a schema: a batch of articles, an activation, feedback."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from classifier.errors import FieldProblem, InvalidInputError, TooLargeError
from classifier.request import BatchRequest
from classifier.schema import schema_error
from classifier.service.guard.limits import MAX_BATCH
from classifier.service.http.reading import read_object
from classifier.service.present import this_app, this_request

_BATCH = '{"articles": [{"body": "..."}]}'
_Schema = TypeVar("_Schema", bound=BaseModel)


def read_batch() -> BatchRequest:
    """Return the articles of the request.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    TooLargeError
        If they are more than the setting max_batch.
    """
    sent = read_object(this_request())
    limit = this_app().config[MAX_BATCH]
    items = sent.get("articles") if isinstance(sent, dict) else None
    if isinstance(sent, dict) and "articles" in sent and not (isinstance(items, list) and items):
        what = "empty" if items == [] else "not a list"
        detail = f"{what}, but must be a list of 1 to {limit:,} articles. Fix: send {_BATCH}"
        raise InvalidInputError([FieldProblem("articles", detail)])
    if isinstance(items, list) and len(items) > limit:
        raise TooLargeError(
            f"articles: {len(items):,} items, but at most {limit:,} are allowed in one batch. Fix: send several batches"
        )
    return BatchRequest.read(sent)


def read_json(schema: type[_Schema]) -> _Schema:
    """Return the JSON body of the request, read as a schema.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    """
    return read_as(schema, read_object(this_request()))


def read_as(schema: type[_Schema], sent: Any) -> _Schema:
    """Return a value of JSON, read as a schema.

    Raises
    ------
    InvalidInputError
    """
    try:
        return schema.model_validate(sent)
    except ValidationError as error:
        raise schema_error(error) from None
