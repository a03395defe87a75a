"""HTTP only: the app factory, the routes, errors as problem+json, and the processes that answer."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from classifier.settings import Settings

__all__ = ["create_app"]


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Return the service as a WSGI app; see `classifier.service.app.create_app`, which is imported only now."""
    from classifier.service.app import create_app as create

    return create(settings)
