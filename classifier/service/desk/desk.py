"""The desk of a service: its address, its files, its errors."""

from functools import partial
from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from classifier.errors import CopydeskError, FeedbackError, InvalidInputError, TooManyError, UnauthorizedError
from classifier.service.desk import deciding, quality, signing_in, suspects, trying, waiting  # their routes
from classifier.service.desk.counting import AgreementCounts
from classifier.service.desk.pages import pages, sent_to, show
from classifier.service.desk.sessions import DeskUnavailableError, Sessions, shared_secret
from classifier.service.desk.signing_in import asked_to_sign_in
from classifier.service.desk.versions import Versions
from classifier.service.desk.visits import DESK, DeskParts, access, check_form
from classifier.service.guard.access import ACCESS, Access, needs_no_key
from classifier.service.problems import body_limit, log_unexpected
from classifier.service.process.folder import run_folder
from classifier.service.process.sets import LIVE_SETS
from classifier.settings import Settings

__all__ = ["deciding", "quality", "set_up_desk", "signing_in", "suspects", "trying", "waiting"]
_STATIC = Path(__file__).parent / "static"
_ANY = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def set_up_desk(app: Flask, settings: Settings) -> None:
    """Give an app the desk. Its templates are read when somebody first asks for a page."""
    sessions = Sessions(partial(shared_secret, run_folder()), settings.desk_hours)
    app.extensions[DESK] = DeskParts(settings, sessions, Versions(app.extensions[LIVE_SETS]), AgreementCounts(settings))
    guard: Access = app.extensions[ACCESS]
    guard.session = sessions.key
    # not one of the pages: what programs get there is answered as everywhere else
    app.add_url_rule("/", "copydesk_root", root, methods=_ANY, provide_automatic_options=False)
    app.register_blueprint(pages)


@pages.before_request
def refuse_foreign_forms() -> None:
    """Refuse forms that are not from a page of the sender's session."""
    check_form()


@needs_no_key
def root() -> Response:
    """Send a browser to the desk. For programs there is nothing at this address, with or without a key."""
    accepted = request.accept_mimetypes
    if request.method == "GET" and accepted.quality("text/html") > accepted.quality("application/json"):
        return sent_to("/desk/")
    access().check("tag", request.environ)
    raise NotFound


@pages.get("/desk/static/<path:filename>")
@needs_no_key
def static_file(filename: str) -> Response:
    """Return a script, a style or a picture."""
    response = send_from_directory(_STATIC, filename)
    response.headers["Cache-Control"] = "no-cache"  # asked for again with its ETag, which is cheap
    return response


@pages.errorhandler(UnauthorizedError)
def not_signed_in(_error: UnauthorizedError) -> Response:
    """Ask for a key."""
    return asked_to_sign_in()


@pages.errorhandler(DeskUnavailableError)
def unavailable(error: DeskUnavailableError) -> Response:
    """Report that there can be no session: as text, because a page needs one."""
    text = f"{error.title}: {error}\n"
    return Response(text, error.status, content_type="text/plain; charset=utf-8", headers={"Retry-After": "5"})


@pages.errorhandler(CopydeskError)
def own_error(error: CopydeskError) -> Response:
    """Show an error as a page."""
    details = [str(problem) for problem in error.problems] if isinstance(error, InvalidInputError) else []
    response = show("error.html", error.status, title=error.title, details=details or [error.detail])
    if isinstance(error, FeedbackError | TooManyError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


@pages.errorhandler(HTTPException)
def http_error(error: HTTPException) -> Response:
    """Show an error of HTTP as a page, such as a file that is too large."""
    too_large = f"it exceeds {body_limit()}. Fix: send a shorter text"
    detail = too_large if isinstance(error, RequestEntityTooLarge) else error.description or error.name
    return show("error.html", error.code or 500, title=error.name, details=[detail])


@pages.errorhandler(Exception)
def unexpected_error(error: Exception) -> Response:
    """Show that something failed that nobody thought of; the log has its kind and place."""
    log_unexpected(error)
    detail = "an unexpected error. Fix: tell whoever runs the service; its log has the kind and place"
    return show("error.html", 500, title="Something went wrong", details=[detail])
