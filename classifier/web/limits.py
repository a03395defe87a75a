"""What one caller may ask of the service: bytes, articles, seconds, calls."""

from flask import Flask

from classifier.settings import Settings
from classifier.web.reading import MAX_BATCH
from classifier.web.slow import ARRIVALS, Arrivals


def limit_requests(app: Flask, settings: Settings, *, watch: bool) -> None:
    """Limit the size of bodies and batches; ``watch``: cut off those whose body does not arrive."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config[MAX_BATCH] = settings.max_batch
    app.extensions[ARRIVALS] = arrivals = Arrivals(settings)
    if watch:
        arrivals.watch()
