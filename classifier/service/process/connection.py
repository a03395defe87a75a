"""One client's connection: llhttp, the parser of Node.js, reads its requests; they are answered one after the other.

The event loop takes what has arrived. A client that sends slowly, or nothing, holds no thread, and is cut off in time.
"""

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, cast

import httptools
from werkzeug.exceptions import RequestEntityTooLarge

from classifier.errors import BusyError, HeadTooLargeError, MalformedInputError, TooSlowError
from classifier.service.process.gateway import (
    HEAD_LIMIT,
    MAX_HEAD_BYTES,
    NOT_HTTP,
    Answer,
    Request,
    encode,
    head_problem,
)

if TYPE_CHECKING:
    from classifier.service.process.worker import Worker

HEAD_SECONDS = 10.0  # in which the request line and the headers must have arrived
IDLE_SECONDS = 75.0  # between two requests; longer than nginx keeps a connection, which is to close it first
SEND_SECONDS = 60.0  # in which a client must have taken an answer
LINGER_SECONDS = 5.0  # in which a client that is refused must have stopped to send
LINGER_BYTES = 1 << 26
NEW_SECONDS = 1.0  # in which a new connection must have sent something when the service stops
FAIR_BYTES = 1 << 16  # of a body that may always arrive, however much others send
DROPPED_LIMITS = 4  # times the limit on a body: behind a proxy, up to this much is read before it is refused
PIECE_BYTES = 1_024  # of heads that are parsed at a time, so that no client takes a long turn
MOST_WAITING = 8  # requests of a connection; further ones are not read
_NEVER = float("inf")
_log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """A connection, from its first byte to its last.

    A request can be refused while its body is still on its way. It is answered at once, and the rest of it is read and
    thrown away for a moment: a client that is still sending when the connection closes often never sees its answer.

    Proxies written in Go pass such an answer on, but do not wait until their client has read it. Behind a proxy, a body
    that is somewhat too large is therefore read to its end, and thrown away, before the request is refused.
    """

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker
        self._parser = httptools.HttpRequestParser(self)
        self._transport = cast(asyncio.Transport, None)
        self._peer = ""
        self._arriving: Request | None = None
        self._unread = b""
        self._waiting: deque[Request] = deque()
        self._is_answering = self._is_sending = self._is_refused = self._is_last = False
        self._is_new = True
        self._may_linger = LINGER_BYTES
        #: Time of the loop at which the connection is cut off.
        self.deadline = worker.loop.time() + HEAD_SECONDS

    @property
    def is_idle(self) -> bool:
        """Whether no request is on its way in and no answer on its way out."""
        busy = self._arriving or self._waiting or self._is_answering or self._is_sending or self._is_refused
        return not busy and self._transport is not None

    @property
    def is_useless(self) -> bool:
        """Whether no request has arrived that is still to be answered: it is idle, half of a head, or lingers."""
        busy = self._waiting or self._is_answering or self._is_sending or (self._arriving and self._arriving.has_head)
        return not busy and self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)
        self._peer = (transport.get_extra_info("peername") or ("",))[0]

    def connection_lost(self, _error: Exception | None) -> None:
        """Drop what has arrived."""
        self._worker.forget(self, self._arriving.body_bytes if self._arriving else 0)
        self._arriving, self._unread = None, b""
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Read what has arrived."""
        if self._is_refused:
            self._may_linger -= len(data)
            if self._may_linger < 0:
                self._transport.abort()
            return
        if self._is_answering:
            self._transport.pause_reading()
        self._read(data)

    def eof_received(self) -> bool:
        """Answer what is there, because nothing more will come; return whether the connection is still needed."""
        if self._arriving and self._arriving.has_head:
            n = self._arriving.body_bytes
            self._refuse(MalformedInputError(f"the request ended after {n:,} bytes of its body. Fix: send it again"))
            self._answer_next()
        self._is_last = True
        return bool(self._waiting or self._is_answering or self._is_sending)

    def pause_writing(self) -> None:
        """Wait until the client has taken the answer."""
        self._is_sending = True

    def resume_writing(self) -> None:
        """Go on: the client has taken the answer."""
        self._is_sending = False
        self._go_on()

    def on_message_begin(self) -> None:
        """Start a request."""
        self._arriving = Request()
        self._is_new = False
        self._wait(HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's target."""
        cast(Request, self._arriving).target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        cast(Request, self._arriving).headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Take the end of the headers."""
        request = cast(Request, self._arriving)
        request.has_head = True
        request.method = self._parser.get_method().decode()
        request.version = self._parser.get_http_version()
        request.keep_alive = self._parser.should_keep_alive()
        # the parser takes nothing but digits; the rest of the body is then parsed in one piece
        request.length = next((int(value) for name, value in request.headers if name.lower() == b"content-length"), 0)
        if problem := head_problem(request):
            self._refuse(problem)

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        request = self._arriving
        if not request or self._is_refused:
            return
        request.received_bytes += len(data)
        if not request.refusal:
            request.body.append(data)
            request.body_bytes += len(data)
            self._worker.arrived_bytes += len(data)
        if request.received_bytes > self._worker.settings.max_request_bytes:
            self._exceed(request, request.received_bytes)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        request = self._arriving
        if request and not self._is_refused:
            self._worker.arrived_bytes -= request.body_bytes
            self._waiting.append(request)
            self._arriving = None

    def expire(self) -> None:
        """Cut the connection off: its deadline has passed."""
        if self._arriving and not self._is_refused:
            has_head = self._arriving.has_head
            what, seconds = ("body", self._worker.settings.body_seconds) if has_head else ("headers", HEAD_SECONDS)
            self._refuse(
                TooSlowError(f"the {what} of the request did not arrive within {seconds:g} s. Fix: send it again")
            )
            self._answer_next()
        else:
            self._transport.abort()

    def abort(self) -> None:
        """Cut the connection off at once."""
        self._transport.abort()

    def close_soon(self) -> None:
        """Close, because the service stops: at once between two requests, after a moment if none has come yet."""
        if self._is_new:
            self.deadline = min(self.deadline, self._worker.loop.time() + NEW_SECONDS)
        elif self.is_idle:
            self._transport.close()

    def _read(self, data: bytes) -> None:
        """Parse what has arrived, up to as many requests as may wait, and keep the rest."""
        view, start = memoryview(data), 0
        while start < len(data) and not (self._is_refused or self._transport.is_closing()):
            if len(self._waiting) >= MOST_WAITING:
                self._unread = data[start:]
                break
            end = start + max(PIECE_BYTES, self._arriving.missing_bytes if self._arriving else 0)
            self._parse(view[start:end])
            start = end
        if self._arriving and not self._unread:
            self._check(self._arriving)
        self._answer_next()

    def _read_on(self) -> None:
        data, self._unread = self._unread, b""
        self._read(data)
        if not self._is_answering:
            self._go_on()

    def _parse(self, data: memoryview) -> None:
        try:
            self._feed(data)
        except httptools.HttpParserCallbackError as error:
            _log.error("a request could not be read", exc_info=error.__context__)
            self._transport.abort()
        except httptools.HttpParserError:
            self._refuse(MalformedInputError(NOT_HTTP))
        if self._arriving and not self._arriving.has_head:
            self._arriving.head_bytes += len(data)

    def _feed(self, data: memoryview) -> None:
        """Have the parser read. An offer of another protocol, as Java's client makes, is not taken up."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:  # the parser stops before the body: have it read without the offer
            if self._is_refused or self._waiting[-1].method == "CONNECT":
                self._is_refused = self._is_last = True
                return
            request = self._waiting.pop()
            lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.target)]
            lines += [b"%s: %s" % header for header in request.headers if header[0].lower() != b"upgrade"]
            self._parser = httptools.HttpRequestParser(self)
            self._parser.feed_data(b"\r\n".join([*lines, b"", data[offer.args[0] :]]))

    def _wait(self, seconds: float) -> None:
        self.deadline = self._worker.loop.time() + seconds

    def _check(self, request: Request) -> None:
        """Refuse a request that is still arriving if it is too large, or if its body does not matter."""
        if not request.has_head:
            if request.head_bytes > MAX_HEAD_BYTES:
                self._refuse(HeadTooLargeError(HEAD_LIMIT))
        elif not request.is_admitted:
            request.is_admitted = True
            self._wait(self._worker.settings.body_seconds)
            environ = self._worker.gateway.environ(request, self._peer)
            if request.length > self._worker.settings.max_request_bytes:
                self._exceed(request, request.length)
            elif not self._worker.needs_body(environ):
                self._refuse(None)
            is_wanted = not (self._is_refused or self._waiting)
            if is_wanted and environ.get("HTTP_EXPECT", "").lower() == "100-continue":
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        elif self._worker.is_full and request.body_bytes > FAIR_BYTES:
            self._refuse(
                BusyError("too many large requests are arriving at once. Fix: send this one again in a moment")
            )

    def _exceed(self, request: Request, n_bytes: int) -> None:
        """Refuse a body that is too large: at once, or behind a proxy at its end if that is near."""
        settings = self._worker.settings
        if not settings.proxies or n_bytes > DROPPED_LIMITS * settings.max_request_bytes:
            self._refuse(RequestEntityTooLarge())
        elif not request.refusal:
            self._worker.arrived_bytes -= request.body_bytes
            request.refusal, request.body, request.body_bytes = RequestEntityTooLarge(), [], 0

    def _refuse(self, error: Exception | None) -> None:
        """Answer without the rest of the request: with an error, or as the app does without a body."""
        request = self._arriving or Request()
        self._worker.arrived_bytes -= request.body_bytes
        request.refusal, request.body, request.body_bytes = error, [], 0
        self._arriving = None
        self._is_refused = self._is_last = True
        self._waiting.append(request)

    def _answer_next(self) -> None:
        if self._waiting and not (self._is_answering or self._is_sending):
            request = self._waiting.popleft()
            self._is_answering = True
            self.deadline = _NEVER
            is_soon = self._worker.answer(request, self._peer, self._send)
            if self._waiting or not is_soon:
                self._transport.pause_reading()

    def _send(self, request: Request, answer: Answer | None) -> None:
        """Send an answer, or close without a word if the app has none."""
        self._is_answering = False
        if answer is None:
            self._transport.abort()
        if self._transport.is_closing() or answer is None:
            return
        is_end = self._is_last and not (self._waiting or self._unread)
        is_last = is_end or not request.keep_alive or self._worker.is_draining
        connection = "close" if is_last else "keep-alive" if request.version == "1.0" else ""
        self._wait(SEND_SECONDS)
        self._transport.write(encode(answer, self._worker.date, connection))
        if not is_last:
            self._go_on()
        elif self._is_refused:
            self._transport.write_eof()
            self._transport.resume_reading()
            self._wait(LINGER_SECONDS)
        else:
            self._transport.close()

    def _go_on(self) -> None:
        if self._is_sending:
            self._transport.pause_reading()
        elif self._waiting:
            self._worker.loop.call_soon(self._answer_next)
        elif self._unread:
            self._worker.loop.call_soon(self._read_on)
        elif not (self._is_answering or self._is_refused):
            self._wait(self._worker.settings.body_seconds if self._arriving else IDLE_SECONDS)
            self._transport.resume_reading()
