"""The routes of the decision protocols."""

import logging
from typing import Any

from flask import Blueprint, Flask, Response
from pydantic_core import to_json

from classifier.errors import FieldProblem, InvalidInputError
from classifier.service.contract import KEY_NEEDED, WITH_BODY, json_body, operation, problems, wishes
from classifier.service.guard.access import require
from classifier.service.http.feedback import store_feedback
from classifier.service.http.reading import read_object, read_wishes
from classifier.service.http.routes import live_sets
from classifier.service.lean import BytesResponse
from classifier.service.present import this_app, this_request
from classifier.service.process.sets import LIVE_SETS
from classifier.service.protocol_bodies import (
    DecisionsAnswer,
    DecisionsRequest,
    SystemOneAnswer,
    SystemOneRequest,
)
from classifier.service.protocols import decisions, systemone
from classifier.service.protocols.asking import Asker, DecisionProtocol
from classifier.service.protocols.repeated import RepeatedQuestions, Sent

_ASKER, _REPEATED = "copydesk_asker", "copydesk_repeated_questions"
_NOTE = (
    "feedback was sent to POST /v1/decisions, which is its former address, and was stored. Fix: send it to POST "
    "/v1/feedback"
)
_FEEDBACK = frozenset({"article", "revision"})
_log = logging.getLogger(__name__)

decision_routes = Blueprint("copydesk_protocols", __name__)


def set_up_protocols(app: Flask) -> None:
    """Add the routes of the decision protocols to an app that has its sets of models."""
    app.extensions[_ASKER] = Asker(app.extensions[LIVE_SETS])
    app.extensions[_REPEATED] = {each.TEXT: RepeatedQuestions(each.TEXT) for each in (systemone, decisions)}
    app.register_blueprint(decision_routes)


@decision_routes.post("/v1/systemone")
@operation(
    "ask_system_one",
    "decisions",
    {200: SystemOneAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("explain", "units", "set") | json_body(SystemOneRequest),
)
@require("tag")
def ask_system_one() -> Response:
    """Ask questions in the form of System One.

    A question is about a section of the vocabulary, or a choice among several. Probabilities are those of POST
    /v1/tags. An error also has the member `error`, as OpenAI's clients expect it.
    """
    return _answered(_read(systemone), systemone)


@decision_routes.post("/v1/decisions")
@operation(
    "ask_decisions",
    "decisions",
    {200: DecisionsAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("explain", "units", "set") | json_body(DecisionsRequest),
)
@require("tag")
def ask_decisions() -> Response:
    """Ask questions in the form of OpenAI's Decisions.

    The questions and answers are those of POST /v1/systemone in another form. Feedback, whose former address this is,
    is recognised by its fields and still stored.
    """
    sent = _read(decisions)
    if _is_feedback(sent.value):
        _log.warning(_NOTE)
        return store_feedback(sent.value, _NOTE)
    return _answered(sent, decisions)


def _is_feedback(sent: Any) -> bool:
    """Return whether a body is feedback: it has the fields that feedback must have, and no question."""
    return isinstance(sent, dict) and not _FEEDBACK.isdisjoint(sent) and not {"input", "questions"} & sent.keys()


def _read(protocol: DecisionProtocol) -> Sent:
    repeated: RepeatedQuestions = this_app().extensions[_REPEATED][protocol.TEXT]
    found = read_object(this_request(), parse=repeated.parse)
    if isinstance(found, Sent):
        return found
    return Sent(
        found, to_json(found.get("questions"), inf_nan_mode="null") if isinstance(found, dict) else b""
    )  # JSON that was repaired


def _answered(sent: Sent, protocol: DecisionProtocol) -> Response:
    asked = read_wishes()
    if asked.all:
        raise InvalidInputError([FieldProblem("all", "is not known here. Fix: leave it out; the questions decide")])
    live_sets()  # if no set has a model, this is the error
    asker: Asker = this_app().extensions[_ASKER]
    return BytesResponse(
        to_json(asker.ask(sent.value, sent.questions, protocol, asked), inf_nan_mode="null"),
        content_type="application/json",
    )
