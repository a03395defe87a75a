"""The route that takes back what editors made of the suggestions."""

from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from flask import Blueprint, Flask, Response, current_app
from pydantic import BaseModel, Field

from classifier.feedback.record import EditorDecision
from classifier.service.contract import KEY_NEEDED, WITH_BODY, json_body, operation, problems
from classifier.service.guard.access import require
from classifier.service.http.reading import read_json
from classifier.settings import Settings

if TYPE_CHECKING:
    from classifier.feedback.database import Database
    from classifier.feedback.deliveries import Deliveries
    from classifier.feedback.store import DecisionStore

KEEPING = "copydesk_keeping"

decisions = Blueprint("copydesk_decisions", __name__)


class DecisionAnswer(BaseModel, extra="forbid"):
    """What became of the decision."""

    article: str
    revision: str
    stored: Annotated[bool, Field(description="False: one of this article and revision was stored before, and stays.")]
    differs: Annotated[bool, Field(description="True: that one says something else; send this under a new revision.")]
    text_kept: Annotated[bool, Field(description="Whether the service keeps texts that come with decisions.")]


class Keeping:
    """The database of the service. It is opened when the first request needs it.

    So is SQLAlchemy imported; only of PostgreSQL, whose driver may be missing, it says at the start whether it can be.
    """

    def __init__(self, settings: Settings) -> None:
        self.keep_texts = settings.keep_texts
        self._address = settings.decisions
        # a database that hangs may hold half of the threads: the others tag
        self._connections = max(1, settings.threads // 2)

    @cached_property
    def database(self) -> "Database":
        """The database, not connected yet."""
        from classifier.feedback.database import Database

        return Database(self._address, self._connections)

    @cached_property
    def store(self) -> "DecisionStore":
        """The decisions in it."""
        from classifier.feedback.store import DecisionStore

        return DecisionStore(self.database)

    @cached_property
    def deliveries(self) -> "Deliveries":
        """The deliveries of webhooks in it."""
        from classifier.feedback.deliveries import Deliveries

        return Deliveries(self.database)


def keeping() -> Keeping:
    """Return the database of the present app."""
    found: Keeping = current_app.extensions[KEEPING]
    return found


def keep_decisions(app: Flask, settings: Settings) -> None:
    """Give an app its database, not connected yet.

    Raises
    ------
    SettingsError
        If it is PostgreSQL, and its driver or its address cannot be used.
    """
    app.extensions[KEEPING] = kept = Keeping(settings)
    if settings.decisions.startswith("postgres"):
        kept.database.check()


@decisions.post("/v1/decisions")
@operation(
    "decide",
    "decisions",
    {200: DecisionAnswer, 201: DecisionAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=json_body(EditorDecision),
)
@require("tag")
def decide() -> Response:
    """Store what an editor made of the suggestions, once for each article and revision: 201, or 200 if it was there."""
    decision = read_json(EditorDecision)
    kept = keeping()
    found = kept.store.add(decision, keep_text=kept.keep_texts)
    answer = DecisionAnswer(
        article=decision.article,
        revision=decision.revision,
        stored=found.new,
        differs=found.differs,
        text_kept=kept.keep_texts,
    )
    return Response(answer.model_dump_json(), 201 if found.new else 200, content_type="application/json")
