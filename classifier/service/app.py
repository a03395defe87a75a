"""The app factory: it wires and does nothing else."""

from flask import Flask

from classifier.service.desk.desk import set_up_desk
from classifier.service.guard.access import guard
from classifier.service.guard.doors import believe_proxies
from classifier.service.guard.headers import allow_origins
from classifier.service.guard.limits import limit_rate, limit_requests
from classifier.service.http.documents import serve_documents
from classifier.service.http.feedback import feedback, set_up_feedback
from classifier.service.http.models import models
from classifier.service.http.routes import routes
from classifier.service.http.suggestions.set_up import set_up_suggestions
from classifier.service.http.webhooks import set_up_webhooks
from classifier.service.lean import LeanFlask
from classifier.service.logs import REPEATS
from classifier.service.problems import handle_problems
from classifier.service.process.compiling import Compiling
from classifier.service.process.folder import run_folder
from classifier.service.process.gateway import QUICK
from classifier.service.process.sets import LIVE_SETS, LiveSets
from classifier.service.process.workers import WORKERS, Workers, start_looking
from classifier.service.protocols.routes import set_up_protocols
from classifier.service.watch.metrics import Metrics
from classifier.service.watch.shadow import shadows_of
from classifier.service.watch.telemetry import attend, figures
from classifier.settings import SETTINGS_FILE, Settings

_HEALTH, _TAGGING = (
    frozenset({"/healthz", "/readyz"}),
    frozenset({"/v1/tags", "/v1/tags/text", "/v1/tags/ninjs", "/v1/sections", "/v1/systemone"}),
)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the service as a WSGI app, with the current model loaded.

    Without a model that loads the app still starts: /healthz answers, /readyz and the other routes say 503 and why.

    Parameters
    ----------
    settings : Settings, optional
        By default those of the environment and copydesk.toml; of the environment alone in a worker of our own service,
        which may have to start when somebody is at work on that file.

    Raises
    ------
    SettingsError, KeysError
        If anybody could call the service from elsewhere without that having been asked for.
    """
    serving = settings is None  # a worker of the server, not a test
    folder = run_folder()
    ours = serving and folder is not None
    settings = settings or Settings.load(file=None if ours else SETTINGS_FILE)
    app = LeanFlask("copydesk")
    limit_requests(app, settings)
    metrics = Metrics()
    sets = LiveSets(settings.models, settings.preferred_sets.split())
    sets.on_load.append(metrics.load)
    sets.follow()
    app.extensions[LIVE_SETS] = sets
    app.extensions[WORKERS] = workers = Workers(sets, folder)
    metrics.share(workers)
    workers.on_look.append(REPEATS.flush)
    workers.on_look.append(Compiling().look)
    attend(app, metrics, workers, shadows_of(settings, sets, metrics), settings.access_log)
    handle_problems(app)
    believe_proxies(app, settings)
    allow_origins(app, settings)
    guard(app, settings, folder if ours else None)
    limit_rate(app, settings)
    database = set_up_feedback(app, settings)
    app.register_blueprint(routes)
    app.register_blueprint(feedback)
    app.register_blueprint(models)
    app.register_blueprint(figures)
    set_up_protocols(app)
    set_up_webhooks(app, settings, verified=ours)
    set_up_suggestions(app, settings, database, serving=serving)
    serve_documents(app)
    set_up_desk(app, settings)
    app.extensions[QUICK] = _HEALTH if settings.rate_store.startswith("redis") else _HEALTH | _TAGGING
    start_looking(workers)
    return app
