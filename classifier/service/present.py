"""The current request and app, without Flask's proxies, which cost a third of a microsecond for each access."""

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, Request, current_app, request

this_request = cast(Callable[[], Request], cast(Any, request)._get_current_object)
this_app = cast(Callable[[], Flask], cast(Any, current_app)._get_current_object)
