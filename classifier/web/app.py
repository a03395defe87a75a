"""The app factory: it wires and does nothing else."""

from flask import Flask

from classifier.settings import Settings
from classifier.web.live import LiveModel
from classifier.web.problems import handle_problems
from classifier.web.routes import LIVE_MODEL, MAX_BATCH, routes


def create_app(settings: Settings | None = None) -> Flask:
    """Return the service as a WSGI app, with the current model loaded.

    Without a model that loads the app still starts: /healthz answers, /readyz and the other routes say 503 and why.

    Parameters
    ----------
    settings : Settings, optional
        By default those of the environment and copydesk.toml, which is how worker processes get them.
    """
    settings = settings or Settings.load()
    app = Flask("copydesk", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config[MAX_BATCH] = settings.max_batch
    live = LiveModel()
    live.load(settings.models)
    app.extensions[LIVE_MODEL] = live
    handle_problems(app)
    app.register_blueprint(routes)
    return app
