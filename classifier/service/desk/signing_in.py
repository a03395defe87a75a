"""Sign-in with a key of the scope desk, sign-out, and the choice of the language."""

from flask import Response, request

from classifier.errors import ForbiddenError, UnauthorizedError
from classifier.service.desk.pages import LANGUAGE_COOKIE, LANGUAGES, go, own_path, pages, show
from classifier.service.desk.sessions import COOKIE, Session
from classifier.service.desk.visits import access, desk_parts, is_over_tls
from classifier.service.guard.access import REFUSED, needs_no_key

_YEAR = 365 * 24 * 3600
SIGN_IN = "/desk/sign-in"


@pages.get(SIGN_IN)
@needs_no_key
def sign_in() -> Response:
    """Ask for a key."""
    return sign_in_page("", own_path(request.args.get("next")), had_session=request.args.get("ended") == "1")


@pages.post(SIGN_IN)
@needs_no_key
def take_key() -> Response:
    """Exchange a key for a session."""
    then, text = own_path(request.form.get("next")), request.form.get("key", "").strip()
    try:
        key = access().check("desk", {**request.environ, "HTTP_AUTHORIZATION": f"Bearer {text}", "HTTP_COOKIE": ""})
    except (UnauthorizedError, ForbiddenError) as error:
        request.environ[REFUSED] = True
        for count in access().on_refusal:
            count()
        problem = "scope" if isinstance(error, ForbiddenError) else "key"
        return sign_in_page(problem, then, status=error.status)
    response = go(then)
    if key is not None:  # None: the service has no keys, and asks nobody to sign in
        desk_parts().sessions.write(response, Session.start(key.id), secure=is_over_tls())
    return response


@pages.post("/desk/sign-out")
@needs_no_key
def sign_out() -> Response:
    """End the session in this browser."""
    response = go(SIGN_IN)
    desk_parts().sessions.end(response, secure=is_over_tls())
    return response


@pages.get("/desk/language")
@needs_no_key
def choose_language() -> Response:
    """Remember the language that the reader chose."""
    response, code = go(own_path(request.args.get("next"))), request.args.get("to", "")
    if code in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, code, max_age=_YEAR, path="/desk", secure=is_over_tls(), httponly=True, samesite="Lax"
        )
    return response


def sign_in_page(problem: str, then: str, *, had_session: bool = False, status: int = 200) -> Response:
    """Return the page that asks for a key.

    Parameters
    ----------
    problem : str
        ``key`` or ``scope``: the reason why the key that was sent was refused; ``lost``: what was sent needs a
        session, and was not stored; or an empty text.
    then : str
        The page to go on to.
    had_session : bool
        A session has ended.
    status : int
    """
    return show("sign-in.html", status, problem=problem, then=then, had_session=had_session)


def asked_to_sign_in() -> Response:
    """Return the answer to somebody who needs a session: the page that asks for a key, or the way there."""
    ended = COOKIE in request.cookies
    if request.method in ("GET", "HEAD"):
        return go(SIGN_IN, {"next": request.full_path.rstrip("?"), "ended": "1" if ended else ""})
    return sign_in_page("lost", "/desk/", had_session=ended, status=401)
