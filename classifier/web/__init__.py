"""HTTP only: the app factory, the routes, and errors as problem+json."""

from classifier.web.app import create_app

__all__ = ["create_app"]
