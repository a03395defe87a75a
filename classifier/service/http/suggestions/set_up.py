"""What a service with kept suggestions has: its routes, the thread that writes, and the thread with the chores."""

from pathlib import Path

from flask import Flask

from classifier.errors import SettingsError
from classifier.service.http.feedback import FeedbackDatabase
from classifier.service.http.suggestions.callbacks import CallbackGauges, Callbacks, set_up_callbacks
from classifier.service.http.suggestions.chores import Chores
from classifier.service.http.suggestions.keeping import keep_suggestions
from classifier.service.http.suggestions.receivers import load_receivers
from classifier.service.http.suggestions.routes import set_up_routes
from classifier.service.watch.telemetry import TELEMETRY, Telemetry
from classifier.settings import Settings


def set_up_suggestions(app: Flask, settings: Settings, database: FeedbackDatabase, *, serving: bool) -> None:
    """Give an app that has all its other routes those of suggestions, and what they need.

    Parameters
    ----------
    app : Flask
    settings : Settings
    database : FeedbackDatabase
    serving : bool
        It is a worker of a server, which does the chores too.

    Raises
    ------
    SettingsError
        If the file of call-backs cannot be used, or suggestions are not kept.
    """
    if settings.callbacks and not settings.keep_suggestions:
        raise SettingsError(
            "callbacks is set, but suggestions are not kept, so there is nothing to call back about. Fix: set "
            "keep_suggestions = true, or remove callbacks"
        )
    receivers = load_receivers(Path(settings.callbacks)) if settings.callbacks else {}
    database.called_back = frozenset(receivers)
    telemetry: Telemetry = app.extensions[TELEMETRY]
    metrics = telemetry.metrics
    found = Callbacks(database, receivers) if receivers else None
    set_up_routes(app, settings, database)
    set_up_callbacks(app, found)
    if found:
        metrics.scraped.append(CallbackGauges(found))
    if settings.keep_suggestions:
        keep_suggestions(app, settings, database)
    if serving and (settings.keep_suggestions or settings.text_days):
        Chores(database.own_database, receivers, settings, metrics.count_callback).start()
