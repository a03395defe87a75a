"""The route that takes feedback: what editors did with the suggestions."""

import threading
from typing import TYPE_CHECKING, Annotated, Any

from flask import Blueprint, Flask, Response, current_app
from pydantic import BaseModel, Field

from classifier.feedback.feedback import Feedback
from classifier.service.contract import KEY_NEEDED, WITH_BODY, json_body, operation, problems
from classifier.service.guard.access import require
from classifier.service.http.query.parameters import check_names
from classifier.service.http.reading import read_object
from classifier.service.http.schemas import read_as
from classifier.service.present import this_request
from classifier.settings import Settings

if TYPE_CHECKING:
    from classifier.feedback.database import Database
    from classifier.feedback.store import FeedbackStore
    from classifier.feedback.suggestions import SuggestionStore

_DATABASE = "copydesk_feedback_database"

feedback = Blueprint("copydesk_feedback", __name__)


class FeedbackAnswer(BaseModel, extra="forbid"):
    """The receipt for feedback."""

    article: Annotated[str, Field(description="The article's id.", examples=["a-1"])]
    revision: Annotated[str, Field(description="The revision of the article.", examples=["2"])]
    stored: Annotated[
        bool,
        Field(
            description="False: feedback on this article and revision was stored before, and stays.", examples=[True]
        ),
    ]
    differs: Annotated[
        bool,
        Field(
            description="True: the stored feedback differs from this. Send this under a new revision.",
            examples=[False],
        ),
    ]
    decided: Annotated[
        bool,
        Field(
            description="True: this feedback decided the open suggestion that the service kept for the article. "
            "False: it keeps none, or several sources have one with this id; then send `source` too.",
            examples=[False],
        ),
    ]
    text_kept: Annotated[
        bool,
        Field(
            description="Whether the service stores the texts that come with feedback. True says nothing about this "
            "feedback: without a `body` training cannot use it, even if a suggestion with the text is kept.",
            examples=[False],
        ),
    ]
    note: Annotated[
        str | None,
        Field(
            description="What to change in the program that sent this. Left out if there is nothing.",
            examples=["feedback was sent to its former address. Fix: send it to POST /v1/feedback"],
        ),
    ] = None


class FeedbackDatabase:
    """The database of the service. SQLAlchemy is imported, and the database opened, when a request first needs it.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self.keep_texts = settings.keep_texts
        self._address = settings.feedback
        # a database that hangs may hold half of the threads; the others go on tagging
        self._connections = max(1, settings.threads // 2)
        self._opening = threading.Lock()
        self._database: Database | None = None
        #: The sources that are called back about their suggestions.
        self.called_back: frozenset[str] = frozenset()

    def check(self) -> None:
        """Check that a PostgreSQL database has a driver that accepts its address. Nothing is connected.

        Raises
        ------
        SettingsError
            If it has not.
        """
        if self._address.startswith("postgres"):
            from classifier.feedback.database import Database

            Database(self._address).check()

    def database(self) -> "Database":
        """Return the database: the same one to every thread, so that they share one pool of connections."""
        with self._opening:
            if self._database is None:
                self._database = self._new(self._connections)
            return self._database

    def own_database(self) -> "Database":
        """Return the database with a connection of its own, for one thread that works in the background."""
        return self._new(1)

    def store(self) -> "FeedbackStore":
        """Return the feedback in the database."""
        from classifier.feedback.store import FeedbackStore

        return FeedbackStore(self.database())

    def suggestions(self) -> "SuggestionStore":
        """Return the suggestions in the database."""
        from classifier.feedback.suggestions import SuggestionStore

        return SuggestionStore(self.database())

    def _new(self, connections: int) -> "Database":
        from classifier.feedback.database import Database

        made = Database(self._address, connections)
        made.called_back = self.called_back
        return made


def set_up_feedback(app: Flask, settings: Settings) -> FeedbackDatabase:
    """Give the app its feedback database, not connected yet, and return it.

    Raises
    ------
    SettingsError
        If it is PostgreSQL, and its driver is missing or refuses the address.
    """
    app.extensions[_DATABASE] = database = FeedbackDatabase(settings)
    database.check()
    return database


def feedback_database() -> FeedbackDatabase:
    """Return the feedback database of the present app."""
    database: FeedbackDatabase = current_app.extensions[_DATABASE]
    return database


@feedback.post("/v1/feedback")
@operation(
    "send_feedback",
    "feedback",
    {200: FeedbackAnswer, 201: FeedbackAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=json_body(Feedback),
)
@require("tag")
def send_feedback() -> Response:
    """Send feedback.

    Feedback is stored once for each article and revision: 201, or 200 if it was stored before.
    """
    check_names()
    return store_feedback(read_object(this_request()))


def store_feedback(sent: Any, note: str | None = None) -> Response:
    """Store the feedback in a value of JSON, and return the answer to its sender, with a note if there is one.

    Raises
    ------
    InvalidInputError
        If it is not feedback.
    FeedbackError
        If the database does not answer.
    """
    given = read_as(Feedback, sent)
    database: FeedbackDatabase = current_app.extensions[_DATABASE]
    receipt = database.store().add(given, keep_text=database.keep_texts)
    answer = FeedbackAnswer(
        article=given.article,
        revision=given.revision,
        stored=receipt.new,
        differs=receipt.differs,
        decided=receipt.decided,
        text_kept=database.keep_texts,
        note=note,
    )
    return Response(
        answer.model_dump_json(exclude_none=True), 201 if receipt.new else 200, content_type="application/json"
    )
