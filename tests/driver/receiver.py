"""A receiver of call-backs: an HTTP server that verifies each with the package of Standard Webhooks."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver:
    """Takes call-backs on a port of this machine; ``got`` lists their (webhook-id, JSON) in order of arrival.

    ``answer`` takes the JSON of a call-back and returns the status to answer it with, and headers. ``unsigned`` counts
    call-backs whose signature is wrong.
    """

    def __init__(self, secret, port=0, answer=lambda _: (200, {})):
        self.got = []
        self.refused = self.unsigned = 0
        self.answer = answer
        receiver, hook = self, Webhook(secret)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    told = hook.verify(body, dict(self.headers))
                except WebhookVerificationError:
                    receiver.unsigned += 1
                    raise  # breaks the connection
                status, headers = receiver.answer(told)
                if status == 200:
                    receiver.got.append((self.headers["webhook-id"], told))
                else:
                    receiver.refused += 1
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request, client_address):
                if not isinstance(sys.exception(), ConnectionError):  # of a service that was killed
                    super().handle_error(request, client_address)

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def free_port():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
