"""The image and the compose file, as far as they can be run without a registry of images.

The image is built for real, by buildah, on a base that is made with debootstrap: Debian and its Python in the place of
the official image of Python, which has the same Debian. Not run: that official image, Docker, and the compose file.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from classifier.settings import SETTINGS
from tests.driver.processes import free_port
from tests.helpers import ROOT

_CONTAINERFILE = (ROOT / "Containerfile").read_text()
_BASE = "docker.io/library/python:3.13-slim"
_SUITE = "trixie"  # has Python 3.13


def test_the_compose_file_sets_settings_that_exist():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    given = {name for service in services.values() for name in service.get("environment", {})}
    given |= set(re.findall(r"COPYDESK_\w+(?==)", _CONTAINERFILE))
    known = {f"COPYDESK_{setting.name.upper()}" for setting in SETTINGS}
    assert {name for name in given if name.startswith("COPYDESK_")} <= known


def test_the_proxy_of_the_compose_file_is_configured_as_documented():
    page = (ROOT / "docs" / "operations" / "proxies.md").read_text()
    documented = re.search(r"```nginx\n(.*?)```", page, re.DOTALL)[1]
    deployed = (ROOT / "deploy" / "nginx.conf").read_text()
    assert deployed == documented.replace("server 127.0.0.1:8000;", "server copydesk:8000;")
    proxy = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["proxy"]
    assert proxy["volumes"] == ["./deploy/nginx.conf:/etc/nginx/conf.d/default.conf:ro"]
    assert proxy["ports"][0].endswith(f":{re.search(r'listen (.*?);', deployed)[1]}")


def test_the_image_is_built_from_nothing_but_the_package():
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", _CONTAINERFILE, re.MULTILINE) for name in line.split()
    }
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert copied == set(allowed)
    assert all((ROOT / name).exists() for name in copied)


@pytest.fixture(scope="module")
def buildah(tmp_path_factory):
    """Run buildah with images of its own; the base image is there."""
    if os.geteuid() != 0 or not shutil.which("buildah") or not shutil.which("debootstrap"):
        pytest.skip("needs root, buildah and debootstrap: apt-get install buildah debootstrap")
    folder = tmp_path_factory.mktemp("images")
    variables = os.environ | {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
    command = ["buildah", "--root", str(folder / "root"), "--runroot", str(folder / "run")]

    def run(*arguments):
        done = subprocess.run(
            [*command, *map(str, arguments)], env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout.strip()

    run.command, run.variables = command, variables
    container = run("from", "scratch")
    root = Path(run("mount", container))
    include = "--include=ca-certificates,python3-venv"
    subprocess.run(
        ["debootstrap", "--variant=minbase", include, _SUITE, str(root)], stdout=subprocess.DEVNULL, check=True
    )
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    for name in ("etc/pip.conf", "etc/ssl/certs/ca-certificates.crt"):  # so that packages are found as on the machine
        if Path("/", name).is_file():
            shutil.copyfile(Path("/", name), root / name)
    run("umount", container)
    run("commit", "--quiet", container, _BASE)
    yield run
    run("rm", "--all")
    run("rmi", "--all", "--force")


@pytest.mark.container
def test_the_image_serves_without_root_and_asks_for_a_key(buildah, starter_models, tmp_path):
    buildah("bud", "--pull-never", "--format", "docker", "--tag", "copydesk", ROOT)
    image = json.loads(buildah("inspect", "--type", "image", "copydesk"))["Docker"]["config"]
    assert image["User"] == "10001"
    assert set(image["Volumes"]) == {"/data", "/models"}
    container = buildah("from", "--pull-never", "copydesk")
    models, data, port = tmp_path / "models", tmp_path / "data", free_port()
    shutil.copytree(starter_models, models)
    data.mkdir()
    for path in (data, models, *models.rglob("*")):
        os.chown(path, 10001, 10001)
    # buildah gives a volume a folder of its own, hence other places
    given = [f"COPYDESK_PORT={port}", "COPYDESK_KEYS=/site/keys.json", "COPYDESK_MODELS=/served"]
    options = ["-v", f"{data}:/site", "-v", f"{models}:/served", "--workingdir", "/site"]
    options += [part for variable in given for part in ("-e", variable)]
    assert buildah("run", *options, container, "--", "id", "-u") == "10001"
    key = buildah("run", *options, container, "--", "copydesk", "keys", "create", "cms")
    command = [*buildah.command, "run", *options, container, "--", *image["Entrypoint"], *image["Cmd"]]
    with (tmp_path / "log").open("w") as log:
        service = subprocess.Popen(command, env=buildah.variables, stdout=log, stderr=log, start_new_session=True)
    try:
        check = image["Healthcheck"]["Test"]
        assert check[0] == "CMD"
        health = [part.replace(":8000/", f":{port}/") for part in check[1:]]
        _healthy(lambda: buildah("run", *options, container, "--", *health), service, tmp_path / "log")
        assert _tag(port, None) == 401
        assert _tag(port, key) == 200
    finally:
        os.killpg(service.pid, signal.SIGTERM)
        service.wait(30)


def _healthy(check, service, log):
    deadline = time.monotonic() + 90
    while True:
        try:
            return check()
        except AssertionError:
            assert service.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(1)


def _tag(port, key):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/tags", b'{"body": "A cyclone."}', headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
