"""The request and the app that are present, without Flask's proxies: each look through one takes a third of a µs."""

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, Request, current_app, request

this_request = cast(Callable[[], Request], cast(Any, request)._get_current_object)
this_app = cast(Callable[[], Flask], cast(Any, current_app)._get_current_object)
