"""A WordPress of our own: MariaDB on a private socket, php -S on a free port of loopback, everything in one folder."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.helpers import ROOT

HERE = Path(__file__).parent / "wordpress"
PLUGIN = ROOT / "integrations" / "wordpress" / "copydesk"
#: The versions that tests/cms/install.sh unpacks.
VERSIONS = ROOT / ".venv-wordpress"
NEWEST = VERSIONS / "newest"
#: The version that all tests run on, unless this names a folder with another one.
WORDPRESS = Path(os.environ.get("COPYDESK_TEST_WORDPRESS", VERSIONS / "gate"))
UP_WITHIN_SECONDS = 60

_CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords over plain http
define('WP_HTTP_BLOCK_EXTERNAL', true); // no calls to wordpress.org; the site's own host stays allowed
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', true); define('WP_DEBUG_DISPLAY', false); define('WP_DEBUG_LOG', '{log}');
define('COPYDESK_TEST_LOG', '{terms}');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', '{salt}' . $name);
    define($name . '_SALT', $name . '{salt}');
}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""

_FORGET = """
    global $wpdb;
    $wpdb->query("DELETE FROM $wpdb->postmeta WHERE meta_key LIKE '\\\\_copydesk\\\\_%'");
    $wpdb->query('DELETE FROM ' . Copydesk\\Bulk_List::table());
    Copydesk\\Breaker::reset();
    delete_option('copydesk_settings');
    foreach (['copydesk_retry', 'copydesk_send_feedback', 'copydesk_bulk'] as $event) wp_clear_scheduled_hook($event);
"""
_CONFIGURE = """
    $given = json_decode(stream_get_contents(STDIN), true);
    update_option('copydesk_settings', Copydesk\\Settings::clean($given));
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Site:
    """A running WordPress with the plugin activated. `close` leaves neither a process nor a file."""

    def __init__(self, categories: list[tuple[str, str]], files: Path = WORDPRESS) -> None:
        self._files = files
        self._secret = secrets.token_hex(16)
        # the path of a socket has 107 characters at most, which pytest's own folders may exceed
        self.folder = Path(tempfile.mkdtemp(prefix="copydesk-cms-"))
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.wordpress = self.folder / "wp"
        self.debug_log = self.folder / "debug.log"
        self.term_log = self.folder / "terms.log"
        self._clients: list[httpx.Client] = []
        self._php: subprocess.Popen[bytes] | None = None
        self._database: subprocess.Popen[bytes] | None = None
        try:
            self._copy()
            self._start_database()
            self.start_php()
            self._install(categories)
        except BaseException:
            self.close()
            raise

    def _copy(self) -> None:
        shutil.copytree(self._files, self.wordpress, ignore=shutil.ignore_patterns(".htaccess", "wp-config.php"))
        shutil.copytree(PLUGIN, self.wordpress / "wp-content" / "plugins" / "copydesk")
        must_use = self.wordpress / "wp-content" / "mu-plugins"
        must_use.mkdir()
        for name in ("probe.php", "languages.php"):
            shutil.copy(HERE / name, must_use)
        config = {
            "socket": self.folder / "db.sock",
            "url": self.url,
            "log": self.debug_log,
            "terms": self.term_log,
            "salt": secrets.token_hex(16),
        }
        text = re.sub(r"\{([a-z]+)\}", lambda found: str(config[found[1]]), _CONFIG)
        (self.wordpress / "wp-config.php").write_text(text)

    def _start_database(self) -> None:
        user = ["--user=root"] if os.geteuid() == 0 else []
        data = f"--datadir={self.folder / 'db'}"
        install = [
            "mariadb-install-db",
            "--no-defaults",
            *user,
            data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        subprocess.run(install, check=True, capture_output=True, timeout=UP_WITHIN_SECONDS)
        with (self.folder / "db.log").open("wb") as log:
            command = [
                "mariadbd",
                "--no-defaults",
                *user,
                data,
                f"--socket={self.folder / 'db.sock'}",
                "--skip-networking",
                # the data goes with the folder, so nothing has to reach the disk
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-doublewrite=0",
            ]
            self._database = subprocess.Popen(command, stdout=log, stderr=log)
        _wait_for(lambda: self._sql("select 1") is not None, "MariaDB", self.folder / "db.log")
        self._sql("create database wp character set utf8mb4")

    def _sql(self, statement: str) -> str | None:
        command = [
            "mariadb",
            "--no-defaults",
            "-S",
            str(self.folder / "db.sock"),
            "-u",
            "root",
            "-N",
            "-B",
            "--raw",
            "-e",
            statement,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout if done.returncode == 0 else None

    def sql(self, statement: str) -> list[list[str]]:
        """Return the rows of a statement in WordPress's database."""
        found = self._sql(f"use wp; {statement}")
        assert found is not None, statement
        return [line.split("\t") for line in found.splitlines()]

    def start_php(self) -> None:
        # several workers, or a request that comes back to the site waits for itself; a session of its own, for killing
        # the master alone would leave the workers with the port
        options = ["display_errors=0", "opcache.revalidate_freq=0", "memory_limit=256M"]
        command = [
            "php",
            *(f"-d{option}" for option in options),
            "-S",
            self.host,
            "-t",
            str(self.wordpress),
            str(HERE / "router.php"),
        ]
        with (self.folder / "php.log").open("ab") as log:
            self._php = subprocess.Popen(
                command,
                env=os.environ | {"PHP_CLI_SERVER_WORKERS": "4", "COPYDESK_RUN": self._secret},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _wait_for(self._listens, "php -S", self.folder / "php.log")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop_php(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._php:
            os.killpg(self._php.pid, how)
            self._php.wait(timeout=20)
            self._php = None
            # a killed worker may hold the port a little longer than the master; the next server would not get it
            _wait_for(lambda: not self._listens(), "the end of php -S", self.folder / "php.log")

    def _install(self, categories: list[tuple[str, str]]) -> None:
        made = json.loads(self._run_php("install.php", json.dumps({"categories": categories})))
        self.version: str = made["version"]
        self.categories: dict[str, int] = made["categories"]
        self.admin = httpx.Client(base_url=self.url, auth=("admin", made["password"]), timeout=60)
        self.author = httpx.Client(base_url=self.url, auth=("author", made["author"]), timeout=60)
        self._inside = httpx.Client(base_url=self.url, headers={"X-Copydesk-Run": self._secret}, timeout=120)
        self._clients = [self.admin, self.author, self._inside]
        answer = self.admin.put("/wp-json/wp/v2/plugins/copydesk/copydesk", json={"status": "active"})
        assert answer.status_code == 200, answer.text

    def _run_php(self, script: str, stdin: str, *args: str) -> str:
        command = ["php", "-dmemory_limit=256M", str(HERE / script), str(self.wordpress), self.host, *args]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def make_network(self) -> None:
        """Turn the site into a network whose sites are folders, with the plugin activated for all of them."""
        self._run_php("network.php", "")
        constants = {
            "MULTISITE": "true",
            "SUBDOMAIN_INSTALL": "false",
            "DOMAIN_CURRENT_SITE": f"'{self.host}'",
            "PATH_CURRENT_SITE": "'/'",
            "SITE_ID_CURRENT_SITE": "1",
            "BLOG_ID_CURRENT_SITE": "1",
        }
        lines = "".join(f"define('{name}', {value});\n" for name, value in constants.items())
        path = self.wordpress / "wp-config.php"
        path.write_text(path.read_text().replace("$table_prefix", lines + "$table_prefix", 1))
        self.php(
            "update_network_option(1, 'using_application_passwords', 1);"  # the network does not take over the site's
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            "$outcome = activate_plugin('copydesk/copydesk.php', '', true); if ($outcome) throw new Exception('no');"
        )

    def add_site(self, name: str) -> None:
        """Add a site to the network, in a folder of its name, with the author as its administrator."""
        # WordPress takes the colon of the port out of the new site's host
        self.php(
            f"""
            $id = wpmu_create_blog('{self.host}', '/{name}/', '{name}', get_user_by('login', 'author')->ID, [], 1);
            if (is_wp_error($id)) throw new Exception($id->get_error_message());
            $GLOBALS['wpdb']->update($GLOBALS['wpdb']->blogs, ['domain' => '{self.host}'], ['blog_id' => $id]);
            foreach (['siteurl', 'home'] as $option) update_blog_option($id, $option, '{self.url}/{name}');
            """
        )

    def php(self, code: str, stdin: str = "") -> str:
        """Run code inside WordPress, as the administrator, and return what it prints."""
        answer = self._inside.post("/copydesk-run", json={"code": code, "stdin": stdin})
        assert answer.status_code == 200, answer.text
        return answer.text

    def configure(self, **settings: Any) -> None:
        """Store settings of the plugin, as its settings page does."""
        self.php(_CONFIGURE, json.dumps(settings))

    def start_again(self, **settings: Any) -> None:
        """Forget all that the plugin has stored, and store settings."""
        self.php(_FORGET + _CONFIGURE, json.dumps(settings))

    def cron(self) -> None:
        """Have WordPress do what is due, as a visitor or a system's cron would."""
        self.admin.get("/wp-cron.php").raise_for_status()

    def publish(self, title: str, body: str, **fields: Any) -> dict[str, Any]:
        """Create a post by REST, published unless the fields say otherwise."""
        answer = self.admin.post(
            "/wp-json/wp/v2/posts", json={"title": title, "content": body, "status": "publish"} | fields
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def update(self, post: int, **fields: Any) -> dict[str, Any]:
        answer = self.admin.post(f"/wp-json/wp/v2/posts/{post}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sections(self, post: int) -> set[str]:
        """Return the slugs of a post's categories as they are stored."""
        ids = self.admin.get(f"/wp-json/wp/v2/posts/{post}?context=edit").json()["categories"]
        return {slug for slug, id_ in self.categories.items() if id_ in ids}

    def meta(self, post: int, key: str) -> Any:
        """Return a meta value of the plugin, or None."""
        found = self.sql(f"SELECT meta_value FROM wp_postmeta WHERE post_id = {post} AND meta_key = '{key}'")
        assert len(found) < 2
        return json.loads(found[0][0]) if found else None

    def terms_of(self, post: int, slug: str) -> list[tuple[int, int]]:
        """Return every time that a post was given a category."""
        return [given for given in self.terms_given() if given == (post, self.categories[slug])]

    def log_in(self, user: str = "admin") -> httpx.Client:
        """Return a browser's session: cookies, no application password."""
        client = httpx.Client(base_url=self.url, timeout=60, follow_redirects=True)
        self._clients.append(client)
        client.get("/wp-login.php")
        answer = client.post("/wp-login.php", data={"log": user, "pwd": f"{user}-pass", "testcookie": "1"})
        assert answer.status_code == 200, answer.text
        return client

    @staticmethod
    def field(page: str, name: str) -> str:
        """Return the value of a form's field, such as a nonce."""
        found = re.search(rf'name="{name}" value="([^"]*)"', page)
        assert found, f"no field {name}"
        return found[1]

    def terms_given(self) -> list[tuple[int, int]]:
        """Return each (post, category) that WordPress has written, in order, repeats included."""
        lines = self.term_log.read_text().splitlines() if self.term_log.exists() else []
        return [(int(post), int(term)) for post, term in map(str.split, lines)]

    def forget_failure(self) -> None:
        """Have the plugin try the service again at once."""
        self.php("Copydesk\\Breaker::reset();")

    def later(self, seconds: int) -> None:
        """Let time pass for the plugin: what it scheduled, and the pause after a failure."""
        self.php(
            f"""
            foreach (['copydesk_retry', 'copydesk_send_feedback', 'copydesk_bulk'] as $event) {{
                $at = wp_next_scheduled($event);
                wp_clear_scheduled_hook($event);
                if ($at) wp_schedule_single_event($at - {seconds}, $event);
            }}
            $failure = get_option('copydesk_failure');
            if ($failure) update_option('copydesk_failure', ['at' => $failure['at'] - {seconds}] + $failure);
            """
        )

    def enlist(self, posts: list[int]) -> None:
        """Put posts on the bulk list."""
        self.php(f"Copydesk\\Bulk_List::add({posts});")

    def step(self) -> dict[str, Any]:
        """Take a step of the bulk list, as its open page does."""
        answer = self.admin.post("/wp-json/copydesk/v1/bulk/step")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def insert(self, rows: list[dict[str, Any]]) -> list[int]:
        """Insert published posts with title, body and terms (ids of categories), as an importer does."""
        code = """
            define('WP_IMPORTING', true); wp_defer_term_counting(true); wp_suspend_cache_addition(true);
            foreach (json_decode(stream_get_contents(STDIN), true) as $row) {
                $post = ['post_title' => $row['title'], 'post_content' => $row['body'], 'post_status' => 'publish'];
                echo wp_insert_post(wp_slash($post + ['post_category' => $row['terms'] ?? []])), ' ';
            }
        """
        return [int(post) for post in self.php(code, json.dumps(rows)).split()]

    def section_categories(self) -> dict[str, int]:
        """Return the category of each section that the plugin has found one for."""
        code = """
            $vocabulary = Copydesk\\Vocabulary::stored(Copydesk\\Settings::current());
            $terms = array_map(fn($id) => $vocabulary->term($id)?->term_id, array_keys($vocabulary->sections));
            echo wp_json_encode(array_filter(array_combine(array_keys($vocabulary->sections), $terms)));
        """
        found: dict[str, int] = json.loads(self.php(code))
        return found

    def empty(self) -> None:
        """Take away all posts, and what was written down of them."""
        for table in ("wp_posts", "wp_postmeta", "wp_term_relationships"):
            self.sql(f"DELETE FROM {table}")
        self.term_log.unlink(missing_ok=True)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.stop_php(signal.SIGKILL)
        if self._database:
            self._database.kill()
            self._database.wait(timeout=60)
        shutil.rmtree(self.folder)
        assert not self._listens(), f"something still answers at {self.host}"


def _wait_for(ready: Any, what: str, log: Path) -> None:
    deadline = time.monotonic() + UP_WITHIN_SECONDS
    while not ready():
        assert time.monotonic() < deadline, f"{what} did not come up: {log.read_text()}"
        time.sleep(0.05)
