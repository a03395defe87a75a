"""One family of errors: what happened, where, the limit, and what to do next.

A message never holds article text: unpublished stories are confidential. The command line prints an error and
exits with its ``exit_code``; the service answers with its ``status``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Self, TypeVar

SHOWN_VALUE_LENGTH = 60


class CopydeskError(Exception):
    """Base of every error that a user of Copydesk can meet."""

    title = "Something went wrong"
    slug = "error"
    status = 500
    exit_code = 2

    @property
    def detail(self) -> str:
        """The message without the title."""
        return str(self)


_Error = TypeVar("_Error", bound=CopydeskError)


@dataclass(frozen=True)
class FieldProblem:
    """One field of the input that is wrong.

    ``field`` is the path to it, as in ``articles.3.body``, empty for the whole; ``detail`` says what is wrong.
    """

    field: str
    detail: str

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}" if self.field else self.detail


class InvalidInputError(CopydeskError):
    """An article or a request that does not fit the schema; ``problems`` names each field."""

    title = "The input is not valid"
    slug = "invalid-input"
    status = 422

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)

    def inside(self, path: str) -> Self:
        """Return the same error for an input that is part of a larger one, at ``path`` in it."""
        return type(self)([FieldProblem(f"{path}.{p.field}" if p.field else path, p.detail) for p in self.problems])


class MalformedInputError(CopydeskError):
    """Bytes that are not what they claim to be: not UTF-8, or not JSON."""

    title = "The input cannot be read"
    slug = "malformed-input"
    status = 400


class LanguageError(InvalidInputError):
    """The article is in a language that the model was not trained on."""

    title = "The model does not know this language"
    slug = "language"


class TooLargeError(CopydeskError):
    """A request or a batch over the limit."""

    title = "The request is too large"
    slug = "too-large"
    status = 413


class MediaTypeError(CopydeskError):
    """A request body of a kind that the service does not read."""

    title = "The kind of the request body is not supported"
    slug = "media-type"
    status = 415


class UnauthorizedError(CopydeskError):
    """A call without a key, or with one that does not count, where one is needed."""

    title = "A key is needed"
    slug = "unauthorized"
    status = 401


class SignatureError(CopydeskError):
    """A webhook whose delivery is not taken; what is wrong with it is never said."""

    title = "The delivery is refused"
    slug = "signature"
    status = 401


class SourcesError(CopydeskError):
    """A webhook that cannot be looked at, for the file of sources is broken; what is wrong with it is in the log."""

    title = "Webhooks cannot be taken now"
    slug = "sources"
    status = 503


class ForbiddenError(CopydeskError):
    """A call with a key that is not meant for it."""

    title = "The key does not allow this"
    slug = "forbidden"
    status = 403


class TooSlowError(CopydeskError):
    """A request whose body did not arrive in time."""

    title = "The request took too long to arrive"
    slug = "too-slow"
    status = 408


class TooManyError(CopydeskError):
    """A call over the limit of its caller; ``retry_after`` is in seconds."""

    title = "Too many calls"
    slug = "too-many"
    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SettingsError(CopydeskError):
    """A setting from the command line, the environment or copydesk.toml that cannot be used."""

    title = "A setting is not valid"
    slug = "settings"


class KeysError(CopydeskError):
    """A file of API keys that cannot be used, or a key that it does not hold."""

    title = "The keys cannot be used"
    slug = "keys"
    status = 503


class DecisionsError(CopydeskError):
    """A database of decisions that does not answer, or cannot be used; ``retry_after`` is in seconds."""

    title = "The decisions cannot be reached"
    slug = "decisions"
    status = 503

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SectionsError(CopydeskError):
    """A sections file that cannot be used, or a section that it does not hold."""

    title = "The sections are not valid"
    slug = "sections"
    status = 422


class InitError(CopydeskError):
    """A folder to start from that cannot be written, or that holds such files already."""

    title = "The folder cannot be set up"
    slug = "init"


class MissingExtraError(CopydeskError):
    """Packages that a command needs are not installed."""

    title = "Packages are missing"
    slug = "missing-extra"


class CorpusError(CopydeskError):
    """Labelled articles that cannot be trained on."""

    title = "The training data cannot be used"
    slug = "corpus"


class ChecksFailedError(CopydeskError):
    """The checks of the labelled articles found an error."""

    title = "The training data cannot be trusted"
    slug = "checks-failed"
    exit_code = 1


class NotPromotedError(CopydeskError):
    """The promotion gate refused a new model, or another than it was held against went live meanwhile."""

    title = "The new model was written, but is not live"
    slug = "not-promoted"
    exit_code = 1


class ModelError(CopydeskError):
    """A model that cannot be loaded. The subclasses say why."""

    title = "The model cannot be loaded"
    slug = "model"
    status = 503


class NoModelError(ModelError):
    """There is no such model, or none is current."""

    title = "There is no model"
    slug = "no-model"


class UnknownFormatError(ModelError):
    """The model was written in a format that this version of Copydesk does not read."""

    title = "The model has an unknown format"
    slug = "model-format"


class MissingModelFileError(ModelError):
    """A file that the manifest names is not there."""

    title = "The model is incomplete"
    slug = "model-file-missing"


class DamagedModelError(ModelError):
    """A file of the model is not the one that was written."""

    title = "The model is damaged"
    slug = "model-damaged"


class UnknownModelError(ModelError):
    """A version to make live that is not there."""

    title = "There is no such model"
    slug = "unknown-model"
    status = 404


class ModelRefusedError(ModelError):
    """A version that was to go live and does not load; what was live goes on."""

    title = "The model is refused"
    slug = "model-refused"
    status = 409


def shown(value: str) -> str:
    """Return a value of the user's for an error message, in quotes, or only its length where it may be text."""
    if len(value) > SHOWN_VALUE_LENGTH or "\n" in value:
        return f"a value of {len(value):,} characters"
    return f"“{value}”"


def afresh(error: _Error) -> _Error:
    """Return a copy of an error that is kept, to raise it.

    Every raise of an error adds its frames to it, and they hold what the caller sent: raised again and again, the one
    that is kept would keep all of that as well.
    """
    return copy(error)


@contextmanager
def unreadable_as(error: type[CopydeskError], what: str) -> Iterator[None]:
    """Turn a failed file access into ``error`` with a sentence that says which file and why."""
    try:
        yield
    except OSError as cause:
        raise error(f"{what}: {cause.strerror or cause}") from cause
