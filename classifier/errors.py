"""The errors of Copydesk: what happened, where, the limit, and what to do next.

A message never holds article text: unpublished stories are confidential. The command line prints an error and
exits with its ``exit_code``; the service answers with its ``status``.
"""

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Self, TypeVar

SHOWN_VALUE_LENGTH = 60
_FIXES: Mapping[int | None, str] = {
    errno.EACCES: "give the user that runs Copydesk access to it",
    errno.EPERM: "give the user that runs Copydesk access to it",
    errno.EISDIR: "give the path of a file, not of a folder",
    errno.ENOTDIR: "check the path: a part of it is a file, not a folder",
    errno.EROFS: "choose a folder on a disk that can be written to",
    errno.ENOSPC: "free space on the disk",
    errno.EMFILE: "raise the limit of open files (“ulimit -n”, in a systemd unit LimitNOFILE)",
    errno.ENOMEM: "free memory, or raise the memory limit",
}
_OTHER_FIX = "check the path and its disk, then try again"
#: Ends the message of an operation for which memory ran out.
NO_MEMORY = "there is not enough memory. Fix: free memory, or raise the memory limit, then try again"


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

    ``field`` is the path to it, such as ``articles.3.body``, empty for the whole input; ``detail`` is what is wrong.
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
        """Return the same error for an input that stands at ``path`` in a larger one."""
        return type(self)([FieldProblem(f"{path}.{p.field}" if p.field else path, p.detail) for p in self.problems])


class MalformedInputError(CopydeskError):
    """Bytes that are not UTF-8, or not JSON."""

    title = "The input cannot be read"
    slug = "malformed-input"
    status = 400


class LanguageError(InvalidInputError):
    """The article is in a language that the model was not trained on."""

    title = "The model does not know this language"
    slug = "language"


class SetChoiceError(InvalidInputError):
    """A request that names an unknown set of models, or that fits several sets."""

    title = "It is not clear which set of models is to answer"
    slug = "set"


class QuestionError(InvalidInputError):
    """Questions of a decision protocol that are not in its form, or that are not about sections of the vocabulary."""

    title = "The question cannot be answered"
    slug = "question"


class ModelNameError(InvalidInputError):
    """A request of a decision protocol that names a model which does not answer here."""

    title = "There is no such model"
    slug = "model-name"


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


class CodingError(MediaTypeError):
    """A request body in a Content-Encoding that the service does not unpack."""


class UnauthorizedError(CopydeskError):
    """A call that needs a valid API key, and has none."""

    title = "A key is needed"
    slug = "unauthorized"
    status = 401


class SignatureError(CopydeskError):
    """A webhook delivery that is refused. The answer never gives the reason."""

    title = "The delivery is refused"
    slug = "signature"
    status = 401


class SourcesError(CopydeskError):
    """A webhook that cannot be verified because the file of sources is broken. The log gives the reason."""

    title = "Webhooks cannot be accepted now"
    slug = "sources"
    status = 503


class ForbiddenError(CopydeskError):
    """A call with an API key whose scope does not allow it."""

    title = "The key does not allow this"
    slug = "forbidden"
    status = 403


class OtherHostError(ForbiddenError):
    """A call without a key, to a name that is not known to be one of this service."""

    title = "The service does not answer to this host name"
    slug = "host"
    status = 421


class ForeignPageError(ForbiddenError):
    """A call without a key, by which a web page of another origin would change something."""

    title = "Pages of this web origin may not do this"
    slug = "origin"


class FormError(ForbiddenError):
    """A form that no page of the sender's session made."""

    title = "This form is not from your session"
    slug = "form"


class TooSlowError(CopydeskError):
    """A request that did not arrive in time."""

    title = "The request took too long to arrive"
    slug = "too-slow"
    status = 408


class HeadTooLargeError(CopydeskError):
    """A request whose headers are over the limit."""

    title = "The headers are too large"
    slug = "headers-too-large"
    status = 431


class BusyError(CopydeskError):
    """A request that the service has no room for now; ``retry_after`` is in seconds."""

    title = "The service is busy"
    slug = "busy"
    status = 503
    retry_after = 5


class TooManyError(CopydeskError):
    """A call over the rate limit of its caller; ``retry_after`` is in seconds."""

    title = "Too many calls"
    slug = "too-many"
    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SettingsError(CopydeskError):
    """A setting that cannot be used, from the command line, the environment or the settings file."""

    title = "A setting is not valid"
    slug = "settings"


class KeysError(CopydeskError):
    """A file of API keys that cannot be used, or a key that is not in it."""

    title = "The keys cannot be used"
    slug = "keys"
    status = 503


class FeedbackError(CopydeskError):
    """A feedback database that does not answer or cannot be used; ``retry_after`` is in seconds."""

    title = "The feedback database cannot be used"
    slug = "feedback"
    status = 503

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoSuggestionError(CopydeskError):
    """A suggestion that is asked for and not kept."""

    title = "There is no such suggestion"
    slug = "no-suggestion"
    status = 404


class SectionsError(CopydeskError):
    """A vocabulary that cannot be used, or a section that is not in it."""

    title = "The sections are not valid"
    slug = "sections"
    status = 422


class InitError(CopydeskError):
    """A folder that ``copydesk init`` cannot set up."""

    title = "The folder cannot be set up"
    slug = "init"


class CorpusError(CopydeskError):
    """Labelled articles that cannot be trained on or measured with."""

    title = "The articles cannot be used"
    slug = "corpus"


class SearchError(CopydeskError):
    """A search for settings that lost the cluster that it ran on."""

    title = "The search was interrupted"
    slug = "search"


class ChecksFailedError(CopydeskError):
    """The checks of the labelled articles found an error."""

    title = "The training data cannot be trusted"
    slug = "checks-failed"
    exit_code = 1


class NotPromotedError(CopydeskError):
    """A new model that the gate refused, or that was compared with a model that is no longer live."""

    title = "The new model was written, but is not live"
    slug = "not-promoted"
    exit_code = 1


class ModelError(CopydeskError):
    """A model that cannot be loaded. The subclasses say why."""

    title = "The model cannot be loaded"
    slug = "model"
    status = 503


class DiskError(ModelError):
    """The disk with the models does not respond; ``has_begun`` is true if a change may still take effect."""

    title = "The disk with the models does not respond"
    slug = "disk"

    def __init__(self, message: str, *, has_begun: bool = False) -> None:
        super().__init__(message)
        self.has_begun = has_begun


class NoModelError(ModelError):
    """There is no such model, or none is current."""

    title = "There is no model"
    slug = "no-model"


class NoEarlierModelError(NoModelError):
    """There is no version to roll back to."""

    title = "There is no earlier model"


class ModelsFolderError(ModelError):
    """The folder of models cannot be changed."""

    title = "The folder of models cannot be changed"
    slug = "models-folder"


class UnknownFormatError(ModelError):
    """The model was written in a format that this version of Copydesk does not read."""

    title = "The model has an unknown format"
    slug = "model-format"


class MissingModelFileError(ModelError):
    """A file that the manifest names is missing."""

    title = "The model is incomplete"
    slug = "model-file-missing"


class DamagedModelError(ModelError):
    """A file of the model differs from the one that was written."""

    title = "The model is damaged"
    slug = "model-damaged"


class UnknownModelError(ModelError):
    """A version to make live that does not exist."""

    title = "There is no such model"
    slug = "unknown-model"
    status = 404


class ModelRefusedError(ModelError):
    """A version that was to go live and does not load. The previous model stays live."""

    title = "The model is refused"
    slug = "model-refused"
    status = 409


def shown(value: str) -> str:
    """Return a value for an error message: in quotes, or only its length if it is long or has control characters."""
    if len(value) > SHOWN_VALUE_LENGTH or not value.isprintable():
        return f"a value of {len(value):,} characters"
    return f"“{value}”"


def number_of(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun, such as “1 article”; ``many`` is the plural if it is not ``one`` with an s."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def pip_command(extra: str) -> str:
    """Return the command that installs an extra, in quotes.

    pip keeps an installed Copydesk, from a wheel or a checkout, and adds the packages of the extra. If Copydesk runs
    from a checkout without having been installed, the command installs the checkout, because no package index has it.
    """
    checkout = Path(__file__).resolve().parent.parent
    try:
        distribution("copydesk")
    except PackageNotFoundError:
        if (checkout / "pyproject.toml").is_file():
            return f"“pip install '{checkout}[{extra}]'”"
    return f"“pip install 'copydesk[{extra}]'”"


def afresh(error: _Error) -> _Error:
    """Return a copy of an error that is kept and raised again.

    Each raise adds frames to an error, and they hold what the caller sent. Raised again and again, the kept error would
    hold all of it. Copies have no traceback, unless a package such as tblib, which distributed loads, gives them one.
    """
    fresh = copy(error)
    fresh.__cause__ = fresh.__context__ = None
    return fresh.with_traceback(None)


@contextmanager
def unreadable_as(error: type[CopydeskError], what: str, missing: str = "check the path") -> Iterator[None]:
    """Turn a failed file access into ``error``: the message names the file, the reason and the next step.

    ``missing`` is the next step if the file does not exist.
    """
    try:
        yield
    except OSError as cause:
        raise error(f"{what}: {reason_and_fix(cause, missing)}") from cause
    except MemoryError as cause:
        raise error(f"{what}: {NO_MEMORY}") from cause


def reason_and_fix(error: OSError, missing: str = "check the path") -> str:
    """Return why a file access failed, and the next step; ``missing`` is that step if the file does not exist."""
    fix = missing if error.errno == errno.ENOENT else _FIXES.get(error.errno, _OTHER_FIX)
    return f"{error.strerror or error}. Fix: {fix}"
