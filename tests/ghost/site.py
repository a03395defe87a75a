"""A Ghost of our own: MariaDB on a private socket, Ghost on a free port of loopback, everything in one folder."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.driver.processes import free_port
from tests.helpers import ROOT

#: What tests/ghost/install.sh makes.
INSTALLED = ROOT / ".venv-ghost"
UP_WITHIN_SECONDS = 240
PERSON = {"name": "Ada", "email": "ada@example.com", "password": "a long pass phrase", "blogTitle": "Test"}


class GhostSite:
    """A running Ghost with an owner. `close` leaves neither a process nor a file."""

    def __init__(self) -> None:
        # the path of a socket has 107 characters at most, which pytest's own folders may exceed
        self.folder = Path(tempfile.mkdtemp(prefix="copydesk-ghost-"))
        self.url = f"http://127.0.0.1:{free_port()}"
        self._owner = httpx.Client(base_url=f"{self.url}/ghost/api/admin", headers={"Origin": self.url}, timeout=60)
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            self._start_database()
            self._start_ghost()
            self._sign_in()
        except BaseException:
            self.close()
            raise

    def _start_database(self) -> None:
        user = ["--user=root"] if os.geteuid() == 0 else []
        data = f"--datadir={self.folder / 'db'}"
        made = ["mariadb-install-db", "--no-defaults", *user, data, "--auth-root-authentication-method=normal"]
        subprocess.run([*made, "--skip-test-db"], check=True, capture_output=True, timeout=UP_WITHIN_SECONDS)
        server = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin") or "mariadbd"
        self._socket = self.folder / "db.sock"
        self._start([server, "--no-defaults", *user, data, f"--socket={self._socket}", "--skip-networking"], "db.log")
        create = "CREATE DATABASE ghost CHARACTER SET utf8mb4"
        client = ["mariadb", "--no-defaults", f"--socket={self._socket}", "--user=root", "-e", create]
        self._until(lambda: subprocess.run(client, capture_output=True, timeout=20).returncode == 0)

    def _start_ghost(self) -> None:
        connection = {"socketPath": str(self._socket), "user": "root", "database": "ghost"}
        settings: dict[str, Any] = {
            "url": self.url,
            "server": {"host": "127.0.0.1", "port": httpx.URL(self.url).port},
            "database": {"client": "mysql", "connection": connection},
            "paths": {"contentPath": str(self.folder / "content")},
            "logging": {"transports": ["stdout"]},
            "mail": {"transport": "stub"},
            "privacy": {"useTinfoil": True},  # no calls to other machines
            # else webhooks reach public addresses alone; and a session would need a code from an e-mail
            "security": {"allowWebhookInternalIPs": True, "staffDeviceVerification": False},
        }
        (self.folder / "config.production.json").write_text(json.dumps(settings))
        shutil.copytree(INSTALLED / "ghost" / "content", self.folder / "content")
        (self.folder / "current").symlink_to(INSTALLED / "ghost")  # as Ghost-CLI does; its version is read there
        node = INSTALLED / "tools" / "node_modules" / ".bin" / "node"
        self._start([str(node), "current/index.js"], "ghost.log", NODE_ENV="production")

        def is_up() -> bool:
            try:
                return self._owner.get("/site/").status_code == 200
            except httpx.TransportError:
                return False

        self._until(is_up)

    def _sign_in(self) -> None:
        self._owner.post("/authentication/setup/", json={"setup": [PERSON]}).raise_for_status()
        who = {"username": PERSON["email"], "password": PERSON["password"]}
        self._owner.post("/session/", json=who).raise_for_status()

    def add_integration(self, target: str, secret: str) -> str:
        """Make a custom integration with the webhooks that docs/ghost.md names; return its Admin API key."""
        told = {"integrations": [{"name": "Copydesk"}]}
        made = self._owner.post("/integrations/?include=api_keys", json=told).raise_for_status().json()
        (integration,) = made["integrations"]
        for event in ("post.published", "post.published.edited"):
            hook = {"event": event, "name": event, "target_url": target, "secret": secret}
            told = {"webhooks": [hook | {"integration_id": integration["id"]}]}
            self._owner.post("/webhooks/", json=told).raise_for_status()
        return next(str(key["secret"]) for key in integration["api_keys"] if key["type"] == "admin")

    def publish(self, title: str, html: str, tags: list[str]) -> dict[str, Any]:
        """Publish a post as its author, with tags by their names."""
        post = {"title": title, "html": html, "status": "published", "tags": [{"name": name} for name in tags]}
        return self._post("POST", "/posts/?source=html", post)

    def edit(self, post: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Save a post as the editor in the browser does: with all tags that it had when it was opened."""
        change = {"updated_at": post["updated_at"], "tags": [{"id": tag["id"]} for tag in post["tags"]]} | fields
        time.sleep(1.1)  # Ghost knows the time of a change to the second
        return self._post("PUT", f"/posts/{post['id']}/?source=html", change)

    def open(self, post_id: str) -> dict[str, Any]:
        """Return a post as an editor opens it."""
        return self._post("GET", f"/posts/{post_id}/?include=tags", None)

    def slugs(self, post_id: str) -> list[str]:
        """Return the slugs of the tags of a post, the primary one first."""
        return [tag["slug"] for tag in self.open(post_id)["tags"]]

    def tags(self) -> dict[str, str]:
        """Return the names of all tags, by slug."""
        found = self._owner.get("/tags/?limit=100").raise_for_status().json()["tags"]
        return {tag["slug"]: tag["name"] for tag in found}

    def add_tag(self, slug: str, name: str) -> None:
        """Make a tag."""
        self._owner.post("/tags/", json={"tags": [{"slug": slug, "name": name}]}).raise_for_status()

    def deliveries(self) -> int:
        """Return how many webhooks were sent."""
        return (self.folder / "ghost.log").read_text(errors="replace").count("Triggering webhook for")

    def close(self) -> None:
        """Stop what was started, and remove the folder."""
        self._owner.close()
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder)

    def _post(self, method: str, path: str, post: Any) -> dict[str, Any]:
        answer = self._owner.request(method, path, json={"posts": [post]} if post else None)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()["posts"][0]
        return found

    def _start(self, command: list[str], log: str, **variables: str) -> None:
        with (self.folder / log).open("wb") as output:
            self._processes.append(
                subprocess.Popen(
                    command, cwd=self.folder, stdout=output, stderr=output, env={**os.environ, **variables}
                )
            )

    def _until(self, holds: Any) -> None:
        until = time.monotonic() + UP_WITHIN_SECONDS
        while not holds():
            logs = "".join(path.read_text(errors="replace")[-2_000:] for path in self.folder.glob("*.log"))
            assert all(process.poll() is None for process in self._processes), logs
            assert time.monotonic() < until, logs
            time.sleep(0.3)
