"""Limits on what one caller may send: bytes, articles, seconds, calls."""

import logging
import re
import time
from typing import Any

from flask import Flask
from limits import parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from classifier.errors import SettingsError, TooManyError, pip_command
from classifier.service.addresses import counted_as, only_this_machine
from classifier.service.guard.access import ACCESS, Access, caller
from classifier.service.present import this_request
from classifier.settings import Settings

MAX_BATCH = "COPYDESK_MAX_BATCH"
DEFAULT_RATE = "6000/minute"
_REDIS_SECONDS = 0.25
_RETRY_STORE_SECONDS = 5
_log = logging.getLogger(__name__)


def limit_requests(app: Flask, settings: Settings) -> None:
    """Limit the size of bodies and batches."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config[MAX_BATCH] = settings.max_batch


def limit_rate(app: Flask, settings: Settings) -> None:
    """Limit the calls of a key, or of an address if a call has none. Health checks do not count.

    Calls that `guard` refuses are counted by address, apart from the others: a caller that guesses keys is answered
    429, and a caller with a key goes on behind the same address. By default calls of this machine are not limited on a
    service that listens there only; refused calls are.

    Raises
    ------
    SettingsError
        If ``rate_store`` cannot be used.
    """
    rate = settings.rate_limit or DEFAULT_RATE
    if rate == "off":
        return
    calls = _Calls(rate, settings.rate_store)

    def refused() -> None:
        calls.take(f"refused {_address()}")

    def count() -> None:
        key = caller()
        calls.take(f"key {key.id}" if key else f"address {_address()}")

    access: Access = app.extensions[ACCESS]
    access.on_refusal.append(refused)
    access.on_call.append(count)
    access.is_local_free = not settings.rate_limit and only_this_machine(settings)


class _Calls:
    """Calls counted in the store that all workers share, or in this worker while that store does not answer."""

    def __init__(self, rate: str, store: str) -> None:
        self._rate = rate
        self._limit = parse(rate)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._retry_at = 0.0
        try:
            self._shared = FixedWindowRateLimiter(
                storage_from_string(store, wrap_exceptions=True, **_storage_options(store))
            )
        except (ConfigurationError, ValueError):  # their messages contain the address, and with it a password
            raise SettingsError(
                f"rate_store, {_kind(store)}, cannot be used. Fix: set it to memory://, or run "
                f"{pip_command('redis')} and set it to redis://HOST:PORT"
            ) from None

    def take(self, who: str) -> None:
        """Count a call.

        Raises
        ------
        TooManyError
            If it is over the limit.
        """
        if time.monotonic() >= self._retry_at:
            try:
                self._hit(self._shared, who)
            except StorageError:  # nothing may keep a story from going out
                self._retry_at = time.monotonic() + _RETRY_STORE_SECONDS
                _log.warning(
                    "rate_store cannot be reached, so each worker counts its own calls; next try in %d s. Fix: check "
                    "that the program at this address runs",
                    _RETRY_STORE_SECONDS,
                )
            else:
                return
        self._hit(self._own, who)

    def _hit(self, counter: FixedWindowRateLimiter, who: str) -> None:
        if counter.hit(self._limit, who):
            return
        seconds = max(1, round(counter.get_window_stats(self._limit, who).reset_time - time.time()))
        raise TooManyError(f"the limit is {self._rate}. Fix: try again in {seconds} seconds", seconds)


def _address() -> str:
    return counted_as(this_request().environ.get("REMOTE_ADDR") or "")


def _kind(store: str) -> str:
    """Return the scheme of a store's address, the only part that may be shown."""
    found = re.match(r"[A-Za-z][A-Za-z0-9+.-]{0,29}://", store)
    return found[0] if found else "which has no scheme"


def _storage_options(store: str) -> dict[str, Any]:
    if not store.startswith("redis"):
        return {}
    return {"socket_connect_timeout": _REDIS_SECONDS, "socket_timeout": _REDIS_SECONDS, "retry": None}
