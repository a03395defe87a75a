"""What one caller may ask of the service: bytes, articles, seconds, calls."""

import re
import time
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from limits.errors import ConfigurationError

from classifier.errors import SettingsError
from classifier.settings import Settings
from classifier.web.access import answers_everybody, caller, only_this_machine
from classifier.web.problems import problem
from classifier.web.reading import MAX_BATCH
from classifier.web.slow import ARRIVALS, Arrivals

DEFAULT_RATE = "6000/minute"
_REDIS_SECONDS = 0.25


def limit_requests(app: Flask, settings: Settings, *, watch: bool) -> None:
    """Limit the size of bodies and batches; ``watch``: cut off those whose body does not arrive."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config[MAX_BATCH] = settings.max_batch
    app.extensions[ARRIVALS] = arrivals = Arrivals(settings)
    if watch:
        arrivals.watch()


def limit_rate(app: Flask, settings: Settings) -> None:
    """Limit the calls of a key, or of an address where a call has none. Health checks do not count.

    Raises
    ------
    SettingsError
        If calls cannot be counted where ``rate_store`` says.
    """
    rate = settings.rate_limit or ("off" if only_this_machine(settings) else DEFAULT_RATE)
    if rate == "off":
        return
    try:
        limiter = Limiter(
            _who,
            application_limits=[rate],
            storage_uri=settings.rate_store,
            storage_options=_storage_options(settings.rate_store),
            # where the store does not answer each worker counts for itself: nothing may keep a story from going out
            in_memory_fallback=[rate],
            in_memory_fallback_enabled=True,
        )
        limiter.init_app(app)
    except (ConfigurationError, ValueError):  # whose messages hold the address, and with it a password
        raise SettingsError(
            f"rate_store, {_kind(settings.rate_store)}, cannot be used; give memory:// or redis://HOST:PORT, which "
            "needs “pip install 'copydesk[redis]'”"
        ) from None
    limiter.request_filter(lambda: answers_everybody(current_app.view_functions.get(request.endpoint or "")))

    @app.errorhandler(RateLimitExceeded)
    def too_many(_: RateLimitExceeded) -> Any:
        limit = limiter.current_limit
        seconds = max(1, round(limit.reset_at - time.time())) if limit else 1
        detail = f"at most {rate} calls are allowed; try again in {seconds} seconds"
        answer = problem(429, "too-many", "Too many calls", detail)
        answer.headers["Retry-After"] = str(seconds)
        return answer


def _who() -> str:
    key = caller()
    return f"key {key.id}" if key else f"address {request.remote_addr}"


def _kind(store: str) -> str:
    """Return what may be shown of a store's address: the scheme."""
    found = re.match(r"[A-Za-z][A-Za-z0-9+.-]{0,29}://", store)
    return found[0] if found else "which names no kind of store"


def _storage_options(store: str) -> dict[str, Any]:
    if not store.startswith("redis"):
        return {}
    return {"socket_connect_timeout": _REDIS_SECONDS, "socket_timeout": _REDIS_SECONDS, "retry": None}
