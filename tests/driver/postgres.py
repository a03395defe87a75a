"""A PostgreSQL of a test's own: in a temporary folder, under a user without rights, at a Unix socket."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.driver.service import wait_until

_FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
POSTGRES = str(_FOUND[-1]) if _FOUND else shutil.which("postgres")
MISSING = "no PostgreSQL on this machine: apt-get install postgresql"
USER = "postgres"


class Postgres:
    """A server that can be stopped and started; ``address`` is that of its database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"postgresql://{USER}@/postgres?host={folder}"
        self._as_user = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as_user:
            shutil.chown(folder, USER, USER)
        self._run(
            "initdb",
            "--pgdata",
            folder / "data",
            "--username",
            USER,
            "--auth",
            "trust",
            "--no-sync",
            "--no-locale",
            "-E",
            "UTF8",
        )
        self.start()

    def start(self) -> None:
        # its processes are killed, never the machine: without fsync a restart need not sync the files of every database
        options = ("-c", "listen_addresses=", "-c", "fsync=off")
        command = [POSTGRES, "-D", self.folder / "data", "-k", self.folder, *options]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                list(map(str, command)), stdout=log, stderr=log, cwd=self.folder, **self._as_user
            )
        wait_until(self._answers, 30, self.folder / "log")

    def stop(self) -> None:
        self._process.send_signal(3)  # as if it had crashed
        self._process.wait(30)

    def query(self, sql: str) -> str:
        psql = Path(POSTGRES).with_name("psql")
        command = [psql, "-h", self.folder, "-U", USER, "-d", "postgres", "-AtXc", sql]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout.strip()

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self.folder / "log").read_text()
        try:
            return self.query("select 1") == "1"
        except subprocess.CalledProcessError:
            return False

    def _run(self, program: str, *args: object) -> None:
        command = [Path(POSTGRES).with_name(program), *args]
        subprocess.run(list(map(str, command)), check=True, capture_output=True, cwd=self.folder, **self._as_user)


@contextmanager
def private_postgres():
    folder = Path(tempfile.mkdtemp(prefix="copydesk-pg-", dir="/tmp"))  # a socket's path must be short
    server = None
    try:
        server = Postgres(folder)
        yield server
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder)
