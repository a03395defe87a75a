"""Set the tags of a Ghost site from Copydesk's call-backs. docs/ghost.md explains it step by step.

Ghost sends its webhooks to Copydesk, which keeps a suggestion for a post and calls this program back. It adds the tags
that the model is sure of, and follows what an editor decides on the desk. It needs httpx and standardwebhooks:

    export COPYDESK_CALLBACK=whsec_... GHOST_URL=https://blog.example GHOST_ADMIN_KEY=ID:SECRET
    python ghost_tags.py 127.0.0.1 8090

GHOST_ADMIN_KEY is the Admin API key of a custom integration in Ghost. A section's tag in Ghost has the section's id as
its slug; for other slugs set GHOST_TAGS=south-asia=asia-south,oceania=pacific. The program notes in GHOST_STATE, by
default ghost_tags.db, which tags it set. It never removes other tags.

A change of tags makes Ghost send its webhook again. That ends there: the text is the same, so Copydesk keeps no further
suggestion and calls nobody back.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NoReturn

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

AGAIN = 3  # if somebody saves the post meanwhile
OF_THE_SITE = {401, 403, 408, 429}  # statuses that say nothing about the post, as do those from 500
#: The environment variables without which the programs cannot run, and what each holds.
NEEDED = {
    "COPYDESK_CALLBACK": "the secret of the call-backs, the same as for Copydesk: whsec_ and Base64",
    "COPYDESK_URL": "the address of Copydesk, such as http://127.0.0.1:8000",
    "GHOST_ADMIN_KEY": "the Admin API key of a custom integration in Ghost: ID:SECRET, the secret in hexadecimal",
    "GHOST_URL": "the address of the site, such as https://blog.example",
}


def stop(*problems: str) -> NoReturn:
    """Print what is wrong, one problem a line, and end the program with exit code 2."""
    print(*problems, sep="\n", file=sys.stderr)
    sys.exit(2)


def needed(*names: str) -> list[str]:
    """Return the values of environment variables; if some are missing, the program ends and names each of them."""
    if missing := [name for name in names if not os.environ.get(name)]:
        stop(*(f"{name} is not set. It must hold {NEEDED[name]}. Fix: run “export {name}=...”" for name in missing))
    return [os.environ[name] for name in names]


def chosen_site() -> "Ghost":
    """Return the site that GHOST_URL and GHOST_ADMIN_KEY name."""
    url, key = needed("GHOST_URL", "GHOST_ADMIN_KEY")
    if not re.fullmatch(r"[^:]+:([0-9a-fA-F]{2})+", key):
        stop(f"GHOST_ADMIN_KEY is malformed. It must hold {NEEDED['GHOST_ADMIN_KEY']}. Fix: copy it from Ghost again")
    return Ghost(url, key)


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

    def change_tags(self, post_id: str, wanted: dict[str, str], unwanted: set[str]) -> list[str] | None:
        """Add tags to a post and take others off.

        ``wanted`` has names by slug, for tags that Ghost does not have yet. Returns the slugs that the post had, or
        None if there is no such post.
        """
        for _ in range(AGAIN):
            answer = self.call("GET", f"/posts/{post_id}/?fields=id,updated_at&include=tags")
            if answer.status_code == 404:
                return None  # it was deleted, or is a page
            post = answer.raise_for_status().json()["posts"][0]
            slugs = [tag["slug"] for tag in post["tags"]]
            new = [self._tag(slug, name) for slug, name in wanted.items() if slug not in slugs]
            stay = [{"slug": slug} for slug in slugs if slug not in unwanted]
            if not new and len(stay) == len(slugs):
                return slugs
            change = {"updated_at": post["updated_at"], "tags": stay + new}  # the first stays the primary tag
            answer = self.call("PUT", f"/posts/{post_id}/", {"posts": [change]})
            if answer.status_code != 409:  # 409: somebody saved the post since it was read
                break
        answer.raise_for_status()
        return slugs

    def _tag(self, slug: str, name: str) -> dict[str, str]:
        """Return a tag as Ghost takes it: by its slug alone if it exists. Another name would make a second tag."""
        answer = self.call("GET", f"/tags/slug/{slug}/")
        if answer.status_code == 404:
            return {"slug": slug, "name": name}
        answer.raise_for_status()
        return {"slug": slug}

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request to the Admin API."""
        headers = {"Authorization": f"Ghost {token(self._key)}", "Accept-Version": "v5.0"}
        return self._http.request(method, path, json=body, headers=headers)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


@dataclass
class Tags:
    """The slugs that this program set on a post, and those that an editor accepted or rejected on the desk."""

    ours: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)


class State:
    """The notes on each post, in an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._rows.execute("CREATE TABLE IF NOT EXISTS posts (id TEXT PRIMARY KEY, tags TEXT NOT NULL)")

    def read(self, post_id: str) -> Tags:
        """Return the notes on a post."""
        row = self._rows.execute("SELECT tags FROM posts WHERE id = ?", [post_id]).fetchone()
        return Tags(**{name: set(slugs) for name, slugs in json.loads(row[0]).items()}) if row else Tags()

    def write(self, post_id: str, tags: Tags) -> None:
        """Note the tags of a post."""
        text = json.dumps({name: sorted(slugs) for name, slugs in vars(tags).items()})
        self._rows.execute("REPLACE INTO posts VALUES (?, ?)", [post_id, text])

    def close(self) -> None:
        """Close the file."""
        self._rows.close()


def take(ghost: Ghost, state: State, slugs: dict[str, str], told: dict[str, Any]) -> None:
    """Set the tags that a call-back asks for. ``slugs`` maps a section to its tag's slug, if that is not its id."""
    data, slug = told["data"], lambda section: slugs.get(section, section)
    names = {slug(tag["section"]): tag["name"] for tag in data["tags"]}
    sure = [slug(tag["section"]) for tag in data["tags"] if tag["decision"] == "apply"]
    tags = state.read(data["article"])
    if told["type"] == "suggestion.decided":
        feedback = data["feedback"]
        wanted = [slug(section) for section in (*feedback["kept"], *feedback["added"])]
        removed = {slug(section) for section in feedback["removed"]}
        tags.accepted = (tags.accepted - removed) | {*wanted}
        tags.rejected = (tags.rejected | removed) - {*wanted}
    elif told["type"] == "suggestion.reopened":  # the decision was undone
        tags.accepted, tags.rejected, wanted = set(), set(), sure
    else:
        wanted = [one for one in sure if one not in tags.rejected]
    unwanted = tags.ours - tags.accepted - {*wanted}
    had = ghost.change_tags(data["article"], {one: names.get(one, one) for one in wanted}, unwanted)
    if had is not None:
        tags.ours = (tags.ours & {*had}) - unwanted | ({*wanted} - {*had})
        state.write(data["article"], tags)


def server_of(address: tuple[str, int], secret: str, ghost: Ghost, state: State, slugs: dict[str, str]) -> HTTPServer:
    """Return the server that receives call-backs, one at a time."""
    hook = Webhook(secret)

    class CallBack(BaseHTTPRequestHandler):
        timeout = 10  # seconds for a caller that sends nothing

        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1 << 20))
            self.send_response(self._take(body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _take(self, body: bytes) -> int:
            try:
                take(ghost, state, slugs, hook.verify(body, dict(self.headers)))
            except WebhookVerificationError:
                return 401
            except httpx.HTTPStatusError as error:  # Copydesk calls again: 503 about any post, 422 about this one
                status = error.response.status_code
                print(f"Ghost answered {status}: {error.response.text[:300]}", file=sys.stderr)
                return 503 if status in OF_THE_SITE or status >= 500 else 422
            except httpx.HTTPError as error:
                print(f"Ghost did not answer: {type(error).__name__}", file=sys.stderr)
                return 503
            return 204

    return HTTPServer(address, CallBack)


def _main(arguments: list[str]) -> None:
    if len(arguments) != 2 or not arguments[1].isdecimal():
        stop("Usage: python ghost_tags.py HOST PORT. It listens there for call-backs. Example: 127.0.0.1 8090")
    secret, *_ = needed("COPYDESK_CALLBACK", "GHOST_URL", "GHOST_ADMIN_KEY")
    try:
        is_usable = bool(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except ValueError:
        is_usable = False
    if not is_usable:
        stop(f"COPYDESK_CALLBACK is malformed. It must hold {NEEDED['COPYDESK_CALLBACK']}. Fix: copy it again")
    pairs = [pair.split("=", 1) for pair in os.environ.get("GHOST_TAGS", "").split(",") if pair]
    if any(len(pair) < 2 for pair in pairs):
        stop("GHOST_TAGS is malformed. Fix: write SECTION=SLUG, with commas: south-asia=asia-south,oceania=pacific")
    state = State(Path(os.environ.get("GHOST_STATE", "ghost_tags.db")))
    server_of((arguments[0], int(arguments[1])), secret, chosen_site(), state, dict(pairs)).serve_forever()


if __name__ == "__main__":
    _main(sys.argv[1:])
