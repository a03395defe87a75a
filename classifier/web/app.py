"""The app factory: it wires and does nothing else."""

from flask_openapi3 import OpenAPI

from classifier.settings import Settings
from classifier.web.access import guard
from classifier.web.contract import INFO, SECURITY_SCHEMES
from classifier.web.live import LiveModel
from classifier.web.metrics import Metrics
from classifier.web.models import models
from classifier.web.problems import handle_problems
from classifier.web.routes import LIVE_MODEL, MAX_BATCH, routes
from classifier.web.shadow import shadow_of
from classifier.web.telemetry import attend, figures
from classifier.web.workers import WORKERS, Workers, run_folder, start_looking


def create_app(settings: Settings | None = None) -> OpenAPI:
    """Return the service as a WSGI app, with the current model loaded.

    Without a model that loads the app still starts: /healthz answers, /readyz and the other routes say 503 and why.

    Parameters
    ----------
    settings : Settings, optional
        By default those of the environment and copydesk.toml, which is how worker processes get them.

    Raises
    ------
    SettingsError, KeysError
        If anybody could call the service from elsewhere without that having been asked for.
    """
    settings = settings or Settings.load()
    app = OpenAPI("copydesk", info=INFO, security_schemes=SECURITY_SCHEMES, doc_ui=False, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config[MAX_BATCH] = settings.max_batch
    metrics = Metrics()
    live = LiveModel(settings.models)
    live.on_load.append(metrics.load)
    live.follow()
    app.extensions[LIVE_MODEL] = live
    app.extensions[WORKERS] = workers = Workers(live, run_folder())
    attend(app, metrics, workers, shadow_of(settings, live.registry, metrics), settings.access_log)
    handle_problems(app)
    guard(app, settings)
    app.register_api(routes)
    app.register_api(models)
    app.register_api(figures)
    start_looking(workers)
    return app
