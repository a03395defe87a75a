"""A visit to the desk: who makes the present request, and whether a form that they sent is their own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, g

from classifier.errors import FormError
from classifier.service.desk.sessions import Session, Sessions
from classifier.service.guard.access import ACCESS, Access, caller
from classifier.service.http.feedback import feedback_database
from classifier.service.present import this_app, this_request
from classifier.service.process.sets import LIVE_SETS, LiveSets
from classifier.settings import Settings

if TYPE_CHECKING:
    from classifier.feedback.suggestions import SuggestionStore
    from classifier.feedback.verdicts import VerdictStore
    from classifier.service.desk.counting import AgreementCounts
    from classifier.service.desk.versions import Versions

DESK = "copydesk_desk"
TOKEN_FIELD = "csrf"  # noqa: S105 - the name of a field
_VISIT = "copydesk_visit"


@dataclass(frozen=True)
class DeskParts:
    """What the pages of the desk share; ``sets`` are the models that are live."""

    settings: Settings
    sessions: Sessions
    versions: "Versions"
    agreement: "AgreementCounts"

    @classmethod
    def of(cls, app: Flask) -> "DeskParts":
        """Return the parts of an app."""
        parts: DeskParts = app.extensions[DESK]
        return parts


@dataclass(frozen=True)
class Visit:
    """Who makes the present request.

    ``name`` is the name of the key that they signed in with, or None on a service without keys. Then everybody on
    this machine may do everything. ``is_new``: the session has no cookie yet.
    """

    name: str | None
    may_administer: bool
    session: Session
    is_new: bool

    @property
    def is_signed_in(self) -> bool:
        """Whether they can sign out."""
        return self.name is not None


def this_visit() -> Visit:
    """Return the visit that the present request belongs to; one without a session starts one."""
    if _VISIT not in g:
        setattr(g, _VISIT, _visit())
    visit: Visit = getattr(g, _VISIT)
    return visit


def desk_parts() -> DeskParts:
    """Return the parts of the present app."""
    return DeskParts.of(this_app())


def live_models() -> LiveSets:
    """Return the sets of models of the present app."""
    sets: LiveSets = this_app().extensions[LIVE_SETS]
    return sets


def suggestion_store() -> "SuggestionStore":
    """Return the kept suggestions of the present app."""
    return feedback_database().suggestions()


def verdict_store() -> "VerdictStore":
    """Return the verdicts on labels of the present app."""
    from classifier.feedback.verdicts import VerdictStore

    return VerdictStore(feedback_database().store().database)


def section_names() -> dict[str, str]:
    """Return the name of each section of the live models by id."""
    live = [each.current for each in live_models().by_name.values() if each.current]
    return {section.id: section.name for tagger in live for section in tagger.sections}


def keeps_texts() -> bool:
    """Return whether the service stores texts that come with feedback."""
    return desk_parts().settings.keep_texts


def is_over_tls() -> bool:
    """Return whether the browser calls over TLS, as the nearest proxy says."""
    given = this_request().environ.get("HTTP_X_FORWARDED_PROTO", "")
    return bool(desk_parts().settings.proxies) and given.rpartition(",")[2].strip().lower() == "https"


def check_form() -> None:
    """Refuse a form that no page of the same session made.

    Raises
    ------
    FormError
        If it has another token, or none.
    """
    call = this_request()
    if call.method != "POST":
        return
    call.max_form_memory_size = desk_parts().settings.max_request_bytes
    session = desk_parts().sessions.read(call.environ)
    if session is None or not session.has_token(call.form.get(TOKEN_FIELD, "")):
        raise FormError(
            "this form is not from a page of your present session, so nothing was changed. Fix: load the page again, "
            "allow cookies for it, and send the form once more"
        )


def access() -> Access:
    """Return what checks the keys of the present app."""
    found: Access = this_app().extensions[ACCESS]
    return found


def _visit() -> Visit:
    environ = this_request().environ
    # pages that need no key, such as that of the language, do not look who is signed in
    key, found = caller() or access().signed_in(environ), desk_parts().sessions.read(environ)
    # a session of somebody whose key no longer counts is theirs no more, also not its token
    held = found if found and found.key in ("", key.id if key else "") else None
    return Visit(
        name=key.name if key else None,
        may_administer=key.scope == "admin" if key else not access().has_keys,
        session=held or Session.start(key.id if key and found and found.key == key.id else ""),
        is_new=held is None,
    )
