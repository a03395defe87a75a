"""The routes of call-backs: what waits, what is stuck, and to try it again."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from flask import Blueprint, Flask, Response
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field

from classifier.errors import FeedbackError, NoSuggestionError
from classifier.service.contract import KEY_NEEDED, WITHOUT_BODY, operation, problems
from classifier.service.guard.access import require
from classifier.service.http.feedback import FeedbackDatabase
from classifier.service.http.query.parameters import check_names
from classifier.service.http.suggestions.receivers import Receiver
from classifier.service.present import this_app

if TYPE_CHECKING:
    from classifier.feedback.outbox import Outbox

CALLBACKS = "copydesk_callbacks"
_MOST_LISTED = 50
_TIME = "2026-11-28T09:30:00+00:00"
_STUCK = {
    "source": "cms",
    "article": "17",
    "name": "msg_4f6a",
    "attempts": 12,
    "made_at": _TIME,
    "failed_at": _TIME,
    "problem": "answered 404",
}

callbacks = Blueprint("copydesk_callbacks", __name__)


class StuckCall(BaseModel, extra="forbid"):
    """A call-back that has been failing for a long time. The service still retries it."""

    source: Annotated[str, Field(description="The source.", examples=["cms"])]
    article: Annotated[str, Field(description="The article's id.", examples=["17"])]
    name: Annotated[str, Field(description="Its `webhook-id`.", examples=["msg_4f6a"])]
    attempts: Annotated[int, Field(ge=1, description="How many times delivery was tried.", examples=[12])]
    made_at: Annotated[str, Field(description="When it was made (UTC).", examples=[_TIME])]
    failed_at: Annotated[str, Field(description="When its delivery first failed (UTC).", examples=[_TIME])]
    problem: Annotated[str | None, Field(description="The last error.", examples=["answered 404"])]


class CalledSource(BaseModel, extra="forbid"):
    """The call-backs of a source."""

    source: Annotated[str, Field(description="The source.", examples=["cms"])]
    configured: Annotated[
        bool, Field(description="False: the file of call-backs no longer names it, so its calls wait.", examples=[True])
    ]
    waiting: Annotated[int, Field(ge=0, description="Call-backs that wait to be delivered.", examples=[2])]
    failing: Annotated[int, Field(ge=0, description="How many of these have failed so far.", examples=[1])]
    is_stuck: Annotated[
        bool,
        Field(
            description="Whether one has been failing for longer than the `stuck_after` of its source.", examples=[True]
        ),
    ]
    oldest_made_at: Annotated[str | None, Field(description="When the oldest was made (UTC).", examples=[_TIME])]


class CallbackList(BaseModel, extra="forbid"):
    """The call-backs that wait."""

    sources: Annotated[
        list[CalledSource],
        Field(
            description="The sources that are called back.",
            examples=[
                [
                    {
                        "source": "cms",
                        "configured": True,
                        "waiting": 2,
                        "failing": 1,
                        "is_stuck": True,
                        "oldest_made_at": _TIME,
                    }
                ]
            ],
        ),
    ]
    stuck: Annotated[
        list[StuckCall], Field(description=f"The stuck call-backs, at most {_MOST_LISTED}.", examples=[[_STUCK]])
    ]


class RetriedCalls(BaseModel, extra="forbid"):
    """The call-backs that are tried again now."""

    waiting: Annotated[int, Field(ge=0, description="How many wait.", examples=[2])]


class Callbacks:
    """The call-backs of a service.

    Parameters
    ----------
    database : FeedbackDatabase
    receivers : mapping of str to Receiver
        The sources that are called back, by name.
    """

    def __init__(self, database: FeedbackDatabase, receivers: Mapping[str, Receiver]) -> None:
        self._database = database
        self._receivers = receivers

    def outbox(self) -> "Outbox":
        """Return the outbox."""
        from classifier.feedback.outbox import Outbox

        return Outbox(self._database.database())

    def sources(self) -> list[CalledSource]:
        """Return what waits, of each source that is called back or was."""
        waiting, now = self.outbox().waiting(), datetime.now(UTC)
        found = []
        for name in sorted({*self._receivers, *waiting}):
            receiver, calls = self._receivers.get(name), waiting.get(name)
            failed_at = calls.first_failed_at if calls else None
            found.append(
                CalledSource(
                    source=name,
                    configured=receiver is not None,
                    waiting=calls.waiting if calls else 0,
                    failing=calls.failing if calls else 0,
                    is_stuck=bool(receiver and failed_at and failed_at < now - receiver.stuck_after),
                    oldest_made_at=calls.oldest_made_at.isoformat() if calls else None,
                )
            )
        return found

    def stuck(self) -> list[StuckCall]:
        """Return what was first refused longer ago than its source allows."""
        now = datetime.now(UTC)
        since = {name: now - receiver.stuck_after for name, receiver in self._receivers.items()}
        return [
            StuckCall(
                source=call.source,
                article=call.article,
                name=call.name,
                attempts=call.attempts,
                made_at=call.made_at.isoformat(),
                failed_at=call.failed_at.isoformat() if call.failed_at else "",
                problem=call.problem,
            )
            for call in self.outbox().failing(since, _MOST_LISTED)
        ]


class CallbackGauges(Collector):
    """Gauges of what waits, read when the metrics are. If the database does not answer, they are left out."""

    def __init__(self, found: Callbacks) -> None:
        self._callbacks = found

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges."""
        try:
            sources = self._callbacks.sources()
        except FeedbackError:  # the log has the reason
            return
        for name, about in (
            ("waiting", "Call-backs that wait to be delivered."),
            ("failing", "Call-backs whose delivery has failed so far."),
            ("is_stuck", "1 if a call-back has been failing for longer than the stuck_after of its source."),
        ):
            family = GaugeMetricFamily(f"copydesk_callbacks_{name}", about, labels=["source"])
            for source in sources:
                family.add_metric([source.source], float(getattr(source, name)))
            yield family


def set_up_callbacks(app: Flask, found: Callbacks | None) -> None:
    """Give the app the routes. Without call-backs they answer 404."""
    app.extensions[CALLBACKS] = found
    app.register_blueprint(callbacks)


@callbacks.get("/v1/callbacks")
@operation(
    "list_callbacks",
    "suggestions",
    {200: CallbackList},
    problems(*WITHOUT_BODY, 403, 404, 422),
    KEY_NEEDED,
)
@require("admin")
def list_callbacks() -> Response:
    """List the call-backs that wait.

    The answer has the counts of each source, and the call-backs that have been failing for longer than `stuck_after`.
    """
    check_names()
    found = _callbacks()
    return _json(CallbackList(sources=found.sources(), stuck=found.stuck()))


@callbacks.post("/v1/callbacks/retry")
@operation(
    "retry_callbacks",
    "suggestions",
    {200: RetriedCalls},
    problems(*WITHOUT_BODY, 403, 404, 422),
    KEY_NEEDED,
)
@require("admin")
def retry_callbacks() -> Response:
    """Try all call-backs again.

    Call-backs that wait after a failure are tried now, not at the end of their wait. Send no body.
    """
    check_names()
    return _json(RetriedCalls(waiting=_callbacks().outbox().retry()))


def _callbacks() -> Callbacks:
    found: Callbacks | None = this_app().extensions[CALLBACKS]
    if found is None:
        raise NoSuggestionError(
            "this service calls nobody back. Fix: list the sources in a file, and set callbacks to its path"
        )
    return found


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), content_type="application/json")
