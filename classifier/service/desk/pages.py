"""The pages of the desk as HTML: Jinja's templates, the strings in the reader's language, and the headers."""

import gettext
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.utils import redirect

from classifier.service.desk.visits import TOKEN_FIELD, desk_parts, is_over_tls, live_models, this_visit

#: The languages of the desk by code, each with its own name.
LANGUAGES = {"en": "English", "de": "Deutsch"}
LANGUAGE_COOKIE = "copydesk_language"
_DOMAIN = "desk"
_LOCALE = Path(__file__).parent / "locale"
_STATIC = "/desk/static"
_OWN_PATH = re.compile(r"/desk/[^\x00-\x1f\x7f\\]*")
_TOKEN = Markup('<input type="hidden" name="{}" value="{}">')
#: Scripts, styles and pictures are files of the desk; nothing runs that stands in a page.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    # with “no-referrer”, browsers send “Origin: null” with a form, and the guard refuses it
    "Referrer-Policy": "same-origin",
}

pages = Blueprint("copydesk_desk", __name__)


def show(template: str, status: int = 200, **facts: object) -> Response:
    """Return a page.

    Parameters
    ----------
    template : str
        Name of the template.
    status : int
    facts : mapping
        What the template names. Missing ones are an error.
    """
    visit, code = this_visit(), language()
    html = (
        _environment(code)
        .get_template(template)
        .render(
            visit=visit,
            token=lambda: _TOKEN.format(TOKEN_FIELD, visit.session.token),
            url_static=_STATIC,
            code=code,
            languages=LANGUAGES,
            path=request.full_path.rstrip("?"),
            request_args=_Args(request.args.items()),
            several_sets=live_models().only is None,
            **facts,
        )
    )
    response = Response(html, status, content_type="text/html; charset=utf-8", headers=_HEADERS)
    response.headers["Content-Language"] = code
    return with_session(response)


class _Args(dict[str, str]):
    """The parameters of a request; one that was not sent is an empty text."""

    def __missing__(self, name: str) -> str:
        return ""


def go(path: str, parameters: Mapping[str, str] | None = None) -> Response:
    """Return an answer that sends the browser to another page, as after a form."""
    given = {name: value for name, value in (parameters or {}).items() if value}
    return with_session(sent_to(f"{path}?{urlencode(given)}" if given else path))


def sent_to(path: str) -> Response:
    """Return an answer that sends the browser to a path, without a session."""
    return cast(Response, redirect(path, 303, Response))


def with_session(response: Response) -> Response:
    """Return a response that starts the session, if the browser has none."""
    visit = this_visit()
    if visit.is_new:
        desk_parts().sessions.write(response, visit.session, secure=is_over_tls())
    return response


def language() -> str:
    """Return the code of the language that the reader chose, or else their browser."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    for wanted, _ in request.accept_languages:
        if (code := wanted.partition("-")[0].lower()) in LANGUAGES:
            return code
    return next(iter(LANGUAGES))


def own_path(text: str | None) -> str:
    """Return a path of the desk that a request names, or the first page: no other site's address."""
    return text if text and _OWN_PATH.fullmatch(text) and "//" not in text else "/desk/"


@lru_cache
def _environment(code: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("classifier.service.desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found = gettext.translation(_DOMAIN, _LOCALE, [code], fallback=code == "en")
    environment.install_gettext_translations(found, newstyle=True)  # type: ignore[attr-defined]
    point = "," if code == "de" else "."
    environment.filters["percent"] = lambda share: percent(share).replace(".", point)
    environment.filters["signed"] = lambda share: f"{share:+.2f}".replace("-", "−").replace(".", point)
    environment.filters["thousandths"] = lambda figure: f"{figure:.3f}".replace(".", point)
    return environment


def percent(probability: float | None) -> str:
    """Return a probability in percent; one that is not certain is neither 0 nor 100. None is a dash."""
    if probability is None:
        return "–"
    shown = 100 * probability
    if 0 < shown < 0.1:
        return "< 0.1 %"
    return f"{min(shown, 99.9) if probability < 1 else 100:.1f} %"
