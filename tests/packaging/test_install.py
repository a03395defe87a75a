"""The package as an index's users meet it: installed in an empty environment, started in an empty folder."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.driver.processes import start
from tests.helpers import ROOT, environment

pytestmark = pytest.mark.package
_ARTICLE = {
    "headline": "Cyclone floods three provinces",
    "body": "The cyclone made landfall at dawn. Rivers rose, a landslide cut the coast road, and relief crews moved "
    "forty thousand people to shelters. Forecasters expect the flood to reach the delta tomorrow.",
}


class Installed:
    """An environment with nothing but the package and what it needs, and a folder to work in."""

    def __init__(self, folder: Path, requirement: str) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.venv = folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", self.venv], check=True)
        before = self.bytes()
        pip = [self.venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile"]
        subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", requirement], check=True)
        self.added = self.bytes() - before
        self.command = str(self.venv / "bin" / "copydesk")

    def bytes(self) -> int:
        """The bytes of the files of the environment."""
        return sum(path.lstat().st_size for path in self.venv.rglob("*") if path.is_file() and not path.is_symlink())

    def packages(self) -> set[str]:
        paths = [sysconfig.get_path("purelib", vars={"base": str(self.venv)})]
        return {path.name.partition("-")[0] for path in Path(paths[0]).glob("*.dist-info")}

    def run(self, *arguments: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.command, *arguments],
            cwd=folder or self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def tags(self, site: Path) -> list[str]:
        """Serve the model of a folder, have curl tag an article, stop, and return the sections."""
        server = start([self.command, "serve"], "/readyz", self.folder / "serve.log", {}, folder=site)
        try:
            curl = ["curl", "--silent", "--show-error", "--fail", "--json", "@-", f"{server.url}/v1/tags"]
            done = subprocess.run(curl, input=json.dumps(_ARTICLE), capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr + server.log.read_text()
        finally:
            code = server.stop()
        assert code == 0, server.log.read_text()
        return [tag["section"] for tag in json.loads(done.stdout)["tags"]]


@pytest.fixture(scope="module")
def trained(built, tmp_path_factory):
    """The wheel with the extra "train", and a folder where it has made and trained a site."""
    return _trained(tmp_path_factory.mktemp("train"), f"{built[0]}[train]")


def _trained(folder: Path, requirement: str) -> tuple[Installed, Path]:
    installed = Installed(folder, requirement)
    made = installed.run("init", "site")
    assert made.returncode == 0, made.stderr
    site = installed.folder / "site"
    done = installed.run("train", folder=site)
    assert done.returncode == 0, done.stdout + done.stderr
    return installed, site


def test_the_wheel_starts_a_site_trains_and_serves(trained):
    installed, site = trained
    assert installed.tags(site)
    print(f"\nwith train: {len(installed.packages())} packages, {installed.added / 1e6:.0f} MB")


def test_the_wheel_alone_serves(trained, built, tmp_path):
    _, site = trained
    installed = Installed(tmp_path, str(built[0]))
    print(f"\nwithout train: {len(installed.packages())} packages, {installed.added / 1e6:.0f} MB")
    assert not {"scikit_learn", "scipy", "joblib"} & installed.packages()
    assert installed.tags(site)
    refused = installed.run("train", folder=site)
    assert refused.returncode == 2
    assert refused.stderr.endswith("which is not installed. Fix: run “pip install 'copydesk[train]'”\n")


def test_the_source_distribution_starts_a_site_trains_and_serves(built, tmp_path):
    installed, site = _trained(tmp_path, f"{built[1]}[train]")
    assert installed.tags(site)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["-h"], 0),
        (["--help"], 0),
        (["train", "-h"], 0),
        (["serve", "--help"], 0),
        (["models"], 0),
        (["nonsense"], 2),
        (["train", "--data", "nowhere.jsonl"], 2),
        (["models", "promote", "nothing"], 2),
    ],
)
def test_commands_end_with_the_code_that_is_documented(trained, arguments, code):
    installed, site = trained
    done = installed.run(*arguments, folder=site)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
