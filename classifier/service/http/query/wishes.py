"""Reading the query of a request: what a call asks for besides its body."""

from dataclasses import dataclass
from typing import Any

from classifier.errors import FieldProblem, InvalidInputError
from classifier.service.answers import NINJS
from classifier.service.http.query.parameters import check_names
from classifier.service.present import this_request

FORMAT = "format"
UNITS = "units"
SET = "set"
_FLAGS = ("explain", "all")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a call asks for besides the tags: evidence, the sections below their threshold, spans in units of UTF-16.

    ``set`` is the set of models for articles that name none.
    """

    explain: bool = False
    all: bool = False
    utf16: bool = False
    set: str | None = None


NO_WISHES = Wishes()


def read_wishes(*others: str) -> Wishes:
    """Return the wishes in the query. Parameters named in ``others`` are read elsewhere.

    Raises
    ------
    InvalidInputError
        If the query has another parameter, one twice, a flag that is not true or false, or an unknown unit.
        Whether there is a set of the name in ``set`` is not checked here.
    """
    call = this_request()
    if not call.query_string:
        return NO_WISHES
    wishes: dict[str, Any] = {}
    for name, values in call.args.lists():
        if name in others:
            continue
        if name == SET:
            wishes[SET] = read_set()
            continue
        if name not in (*_FLAGS, UNITS):
            check_names(*_FLAGS, UNITS, SET, *others)
        if name == UNITS:
            if values not in (["utf16"], ["codepoints"]):
                detail = "must be codepoints or utf16. Fix: send it once, as codepoints or utf16"
                raise InvalidInputError([FieldProblem(name, detail)])
            wishes["utf16"] = values == ["utf16"]
            continue
        if values not in (["true"], ["false"]):
            raise InvalidInputError([FieldProblem(name, "must be true or false. Fix: send it once, as true or false")])
        wishes[name] = values == ["true"]
    return Wishes(**wishes)


def read_set() -> str | None:
    """Return the set of models that the query names, or None.

    Raises
    ------
    InvalidInputError
        If the query names several.
    """
    call = this_request()
    names = call.args.getlist(SET) if call.query_string else []
    if len(names) > 1:
        raise InvalidInputError([FieldProblem(SET, "sent more than once. Fix: send it once")])
    return names[0] if names else None


def wants_ninjs() -> bool:
    """Return whether the query or the Accept header asks for ninjs. The query wins.

    Raises
    ------
    InvalidInputError
        If the query names another format, or several.
    """
    call = this_request()
    asked = call.args.getlist(FORMAT) if call.query_string else []
    if asked:
        if asked not in (["ninjs"], ["json"]):
            raise InvalidInputError(
                [FieldProblem(FORMAT, "must be json or ninjs. Fix: send it once, as json or ninjs")]
            )
        return asked == ["ninjs"]
    if (
        NINJS not in call.environ.get("HTTP_ACCEPT", "").lower()
    ):  # nearly always, so there is no need to parse the header
        return False
    return call.accept_mimetypes.best_match(["application/json", NINJS]) == NINJS
