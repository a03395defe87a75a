"""Requests made from the contract, good ones and bad ones, against the real server, with every check of schemathesis.

Run alone: ``python -m pytest tests/contract -m "contract or not contract" -n 0``.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.service.guard.keys import create
from tests.driver.service import Service
from tests.helpers import ROOT, environment

HERE = Path(__file__).parent
MANY = 2_000


@pytest.fixture(scope="module")
def service(starter_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract")
    _, key = create(folder / "keys.json", "schemathesis", "admin")
    sources = folder / "webhooks.toml"
    sources.write_text('[source.hub]\nscheme = "hub"\nsecret = "HUB"\nbody = "/body"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB", "a secret that the hub shares")
        service = Service(starter_models, folder / "log", keys=str(folder / "keys.json"), webhooks=str(sources))
    service.http.headers["authorization"] = f"Bearer {key}"
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def fuzz(service, folder, *options):
    """Let schemathesis loose on the service, and return how many requests it made."""
    contract = folder / "openapi.json"
    contract.write_bytes(service.http.get("/openapi.json").content)
    command = [
        Path(sys.executable).with_name("schemathesis"),
        "--config-file",
        HERE / "schemathesis.toml",
        "run",
        contract,
    ]
    command += ["--url", service.url, "--header", f"Authorization: {service.http.headers['authorization']}"]
    command += ["--checks", "all", "--continue-on-failure", "--suppress-health-check", "all", *options]
    variables = environment(SCHEMATHESIS_HOOKS="tests.contract.hooks", PYTHONPATH=str(ROOT))
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=600
    )
    report = "\n".join(line[:500] for line in done.stdout.splitlines())  # a request may be a megabyte
    assert done.returncode == 0, report + done.stderr[-2_000:]
    return int(re.search(r"([\d,]+) generated", report)[1].replace(",", ""))


@pytest.mark.slow
def test_generated_requests_are_answered_as_the_contract_says(service, tmp_path):
    assert fuzz(service, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "40") >= 80


@pytest.mark.contract
def test_two_thousand_generated_requests_are_answered_as_the_contract_says(service, tmp_path):
    assert fuzz(service, tmp_path, "--max-examples", "400") >= MANY
