"""A decision model that is asked over HTTP, with patience and at a limited rate."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as SilenceError
from urllib3.util import Retry

from classifier.errors import CopydeskError, number_of
from classifier.teach.protocols import GarbledAnswerError, ProtocolName, TaughtAnswer, read_answer, request_body
from classifier.teach.questions import Question

#: Statuses after which the same request may be answered later. 529: the model is overloaded.
RETRIED = (408, 425, 429, 500, 502, 503, 504, 529)
#: Statuses that no other article would change: the key, the address or the question is wrong.
_FINAL = {
    401: "Fix: put the teacher's key in the environment variable {key}",
    403: "Fix: give the key in the environment variable {key} access to the model",
    404: "Fix: check the address (--teacher), the protocol (--protocol) and the model (--model)",
    405: "Fix: check the address (--teacher) and the protocol (--protocol)",
}
_REDIRECTED = "Fix: give the address to which it redirects as --teacher"
_FINAL |= dict.fromkeys((301, 302, 303, 307, 308), _REDIRECTED)
_CONNECT_SECONDS = 10
_LARGEST_ANSWER, _PART = 10_000_000, 65_536
_LONGEST_WAIT = 60
_SHOWN = 200
_ECHO = 24


class TeacherError(CopydeskError):
    """A teacher that does not answer, or that refuses every question."""

    title = "The teacher gives no labels"
    slug = "teacher"


class UnansweredError(Exception):
    """An article about which the teacher gave no answer; others may be answered. The message has no article text."""


@dataclass(frozen=True)
class TeacherOptions:
    """How a teacher is asked.

    Parameters
    ----------
    address : str
        The full address of the protocol's route.
    protocol : {"systemone", "decisions"}
    model : str
        The name of the model at the teacher.
    key : str, optional
        Sent as a bearer token.
    key_name : str
        The environment variable that holds the key, for messages.
    rate : float
        Requests a second at most; 0 for no limit.
    tries : int
        How often a request is made before its article is given up.
    timeout : float
        Seconds that an answer may take, from when it begins; and that the teacher may be silent.
    pause : float
        Seconds before the second try; doubled before each further one.
    """

    address: str
    protocol: ProtocolName
    model: str
    key: str | None = None
    key_name: str = "COPYDESK_TEACHER_KEY"
    rate: float = 0.0
    tries: int = 6
    timeout: float = 60.0
    pause: float = 1.0


class Teacher:
    """Asks a decision model about texts. Threads may share it; each has its own connection."""

    def __init__(self, options: TeacherOptions) -> None:
        self.options = options
        self._local = threading.local()
        self._lock = threading.Lock()
        self._next_at = 0.0

    def ask(self, text: str, questions: Sequence[Question]) -> TaughtAnswer:
        """Ask questions about a text.

        Raises
        ------
        UnansweredError
            If the teacher cannot be reached, is overloaded or gives an answer that cannot be read, after all tries.
        TeacherError
            If it refuses for a reason that is the same for every article.
        """
        options = self.options
        self._wait_for_turn()
        try:
            answer = self._session().post(
                options.address,
                json=request_body(options.protocol, options.model, text, questions),
                timeout=(_CONNECT_SECONDS, options.timeout),
                allow_redirects=False,
                stream=True,
            )
            with answer:
                body = _body_of(answer, options.timeout)
        except (requests.RequestException, HTTPError) as error:
            raise UnansweredError(_no_answer(error, options)) from error
        if answer.status_code != HTTPStatus.OK:
            raise self._refusal(answer.status_code, body, text)
        try:
            return read_answer(options.protocol, json.loads(body), questions)
        except GarbledAnswerError as error:
            raise UnansweredError(f"the answer cannot be used: {error}") from error
        except (ValueError, RecursionError) as error:
            raise UnansweredError("the answer cannot be read as JSON") from error

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            retry = Retry(
                total=self.options.tries - 1,
                status_forcelist=RETRIED,
                allowed_methods=None,
                backoff_factor=self.options.pause,
                backoff_jitter=self.options.pause / 2,
                backoff_max=_LONGEST_WAIT,
                retry_after_max=_LONGEST_WAIT,
                raise_on_status=False,
            )
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retry))
            session.headers["Accept"] = "application/json"
            if self.options.key:
                session.auth = _Bearer(self.options.key)
            self._local.session = session
        found: requests.Session = self._local.session
        return found

    def _wait_for_turn(self) -> None:
        """Wait until the next request may be made; requests are spread evenly over a second."""
        if not self.options.rate:
            return
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next_at)
            self._next_at = at + 1 / self.options.rate
        time.sleep(at - now)

    def _refusal(self, status: int, body: bytes, text: str) -> Exception:
        reason = _reason(body, text)
        said = f"the teacher answered {status}{f' ({reason})' if reason else ''}"
        if status in _FINAL:
            return TeacherError(f"{said}. {_FINAL[status].format(key=self.options.key_name)}")
        if status in RETRIED:
            return UnansweredError(f"{said}{_after(self.options)}")
        return UnansweredError(said)


class _Bearer(requests.auth.AuthBase):
    """A key as a bearer token. Without it, requests would take a password for the host from a ``.netrc`` file."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _body_of(answer: requests.Response, seconds: float) -> bytes:
    """Return the body of an answer. It is not read for longer than an answer may take, however slowly it comes."""
    until = time.monotonic() + seconds
    parts, size = [], 0
    while part := answer.raw.read1(_PART, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > _LARGEST_ANSWER:
            raise UnansweredError(f"the answer has more than {_LARGEST_ANSWER:,} bytes")
        if time.monotonic() > until:
            raise UnansweredError(f"the answer was not complete after {seconds:g} s")
    return b"".join(parts)


def _no_answer(error: Exception, options: TeacherOptions) -> str:
    if isinstance(error, requests.Timeout | SilenceError) or "timed out" in str(error):
        return f"the teacher gave no answer within {options.timeout:g} s{_after(options)}"
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate of the teacher is not trusted"
    if isinstance(error, HTTPError):
        return "the answer was cut off, or is not compressed as its headers say"
    return f"the connection to the teacher failed{_after(options)}"


def _after(options: TeacherOptions) -> str:
    return f" after {number_of(options.tries, 'try', 'tries')}"


def _reason(body: bytes, text: str) -> str:
    """Return what the teacher says is wrong, cut short; nothing if it repeats the article."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = data.get("error") if isinstance(data, dict) else None
    found = error.get("message") if isinstance(error, dict) else error
    if not isinstance(found, str) and isinstance(data, dict):
        found = data.get("detail") or data.get("message")
    if not isinstance(found, str):
        return ""
    found = " ".join(found.split())[:_SHOWN]
    pieces = (found[start : start + _ECHO] for start in range(max(1, len(found) - _ECHO + 1)))
    spaced = " ".join(text.split())
    return "" if any(len(piece) == _ECHO and piece in spaced for piece in pieces) else found
