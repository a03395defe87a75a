"""Set the tags of a Ghost site from Copydesk's call-backs.

Ghost sends its webhooks (post.edited, post.published, ...) to Copydesk, which keeps a suggestion for a post and calls
this program back. It adds the tags that the model is sure of, and follows what an editor decides. It needs httpx:

    export COPYDESK_CALLBACK=whsec_... GHOST_URL=https://blog.example GHOST_ADMIN_KEY=ID:SECRET
    python ghost_tags.py 127.0.0.1 8090

The key is that of a custom integration of Ghost. A section's tag in Ghost has the section's id as its slug; for other
slugs set GHOST_TAGS=south-asia=asia-south,oceania=pacific. Tags that belong to no section are never touched. A change
of tags makes Ghost send post.edited again. The text is the same, so Copydesk keeps no further suggestion.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

WINDOW_SECONDS = 300
AGAIN = 3  # of a post that somebody else changed meanwhile


def is_signed(secret: str, headers: Any, body: bytes) -> bool:
    """Return whether Copydesk signed a call-back (Standard Webhooks), within the last five minutes."""
    name, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > WINDOW_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = hmac.digest(key, f"{name}.{moment}.".encode() + body, "sha256")
    signatures = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(f"v1,{base64.b64encode(right).decode()}", given) for given in signatures)


def token(admin_key: str) -> str:
    """Return a token of the Admin API: a JWT that is valid for five minutes, signed with the key of an integration."""
    key_id, _, secret = admin_key.partition(":")
    now = int(time.time())
    head = {"alg": "HS256", "typ": "JWT", "kid": key_id}
    claims = {"iat": now, "exp": now + 300, "aud": "/admin/"}
    parts = [_coded(json.dumps(part).encode()) for part in (head, claims)]
    signature = hmac.new(bytes.fromhex(secret), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _coded(signature)])


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Ghost:
    """A site, by its Admin API."""

    def __init__(self, url: str, admin_key: str) -> None:
        self._key = admin_key
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/ghost/api/admin", timeout=10)

    def set_sections(self, post_id: str, wanted: set[str], ours: set[str]) -> bool:
        """Give a post the tags with these slugs, and take off the others of ours; return whether the post is there."""
        for _ in range(AGAIN):
            answer = self._call("GET", f"/posts/{post_id}/?fields=id,updated_at&include=tags")
            if answer.status_code == 404:
                return False  # it was deleted, or is a page
            post = answer.raise_for_status().json()["posts"][0]
            slugs = [tag["slug"] for tag in post["tags"]]
            kept = [slug for slug in slugs if slug in wanted or slug not in ours]
            new = kept + sorted(wanted - set(kept))
            if new == slugs:
                return True
            tags = [{"slug": slug, "name": slug} if slug not in slugs else {"slug": slug} for slug in new]
            change = {"updated_at": post["updated_at"], "tags": tags}
            answer = self._call("PUT", f"/posts/{post_id}/", {"posts": [change]})
            if answer.status_code != 409:  # 409: somebody else saved the post meanwhile
                answer.raise_for_status()
                return True
        answer.raise_for_status()
        return True

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Ghost {token(self._key)}", "Accept-Version": "v5.0"}
        return self._http.request(method, path, json=body, headers=headers)


def sections_of(told: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the sections that a call-back says a post should have, and all that it is about."""
    data = told["data"]
    about = {tag["section"] for tag in data["tags"]}
    if told["type"] == "suggestion.decided":
        decided = data["feedback"]
        return {*decided["kept"], *decided["added"]}, about | {*decided["added"], *decided["removed"]}
    return {tag["section"] for tag in data["tags"] if tag["decision"] == "apply"}, about


def take(ghost: Ghost, slugs: dict[str, str], told: dict[str, Any]) -> bool:
    """Do what a call-back says."""
    wanted, about = ({slugs.get(section, section) for section in found} for found in sections_of(told))
    return ghost.set_sections(told["data"]["article"], wanted, about)


def server_of(address: tuple[str, int], secret: str, ghost: Ghost, slugs: dict[str, str]) -> ThreadingHTTPServer:
    """Return the server that takes call-backs."""

    class CallBack(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1 << 20))
            status = 401
            if is_signed(secret, self.headers, body):
                try:
                    take(ghost, slugs, json.loads(body))
                    status = 204
                except httpx.HTTPError as error:  # Copydesk calls again
                    print(f"Ghost did not take it: {type(error).__name__}", file=sys.stderr)
                    status = 503
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return ThreadingHTTPServer(address, CallBack)


if __name__ == "__main__":
    pairs = [pair.split("=", 1) for pair in os.environ.get("GHOST_TAGS", "").split(",") if pair]
    site = Ghost(os.environ["GHOST_URL"], os.environ["GHOST_ADMIN_KEY"])
    server_of((sys.argv[1], int(sys.argv[2])), os.environ["COPYDESK_CALLBACK"], site, dict(pairs)).serve_forever()
