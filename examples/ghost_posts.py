"""Send the published posts of a Ghost site to Copydesk: first the archive, later the posts that webhooks missed.

Ghost sends a webhook once and gives up after two seconds, so Copydesk misses posts while it is down. Sending a post
again is harmless: it makes no second suggestion. So this program can run every night:

    export COPYDESK_URL=http://127.0.0.1:8000 GHOST_URL=https://blog.example GHOST_ADMIN_KEY=ID:SECRET
    python ghost_posts.py 2026-11-28      # posts that changed since this day; without it, all posts

COPYDESK_KEY is an API key of scope tag, if the service needs one. GHOST_SOURCE is the name of the webhooks' source, by
default ghost. ghost_tags.py must be in the same folder.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

import httpx
from ghost_tags import Ghost, chosen_site, needed


def posts(ghost: Ghost, since: str) -> Iterator[dict[str, Any]]:
    """Yield the published posts, in the order in which they were made."""
    chosen = "status:published" + (f"%2Bupdated_at:>='{since}'" if since else "")
    page: int | None = 1
    while page:
        path = f"/posts/?filter={chosen}&order=id+asc&formats=html,plaintext&limit=50&page={page}"
        told = ghost.call("GET", path).raise_for_status().json()
        yield from told["posts"]
        page = told["meta"]["pagination"]["next"]


def send(copydesk: httpx.Client, source: str, post: dict[str, Any]) -> None:
    """Have Copydesk keep a suggestion for a post, unless it has one for this text."""
    article = {"source": source, "id": post["id"], "headline": post["title"], "url": post["url"]}
    body = post["html"] or post["plaintext"]
    answer = copydesk.post("/v1/tags", json=article | ({"body": body} if body else {})).raise_for_status()
    if not answer.json().get("kept"):
        sys.exit("Copydesk did not keep the suggestion. Fix: set keep_suggestions = true, or see its log")


if __name__ == "__main__":
    url, *_ = needed("COPYDESK_URL", "GHOST_URL", "GHOST_ADMIN_KEY")
    key = os.environ.get("COPYDESK_KEY")
    service = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=30)
    ghost = chosen_site()
    sent = 0
    for found in posts(ghost, sys.argv[1] if len(sys.argv) > 1 else ""):
        send(service, os.environ.get("GHOST_SOURCE", "ghost"), found)
        sent += 1
    print(f"{sent} posts sent")
