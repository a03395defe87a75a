"""A service whose code is not compiled yet, in a copy of the program without its compiled code."""

import json
import shutil
import sys

import httpx
import pytest

from tests.driver.processes import serving
from tests.driver.service import wait_until
from tests.helpers import PAGE, ROOT

ARTICLE = {"body": f"<!-- wp:paragraph -->\n<p>{PAGE} <em>On Monday</em> the&nbsp;talks <b>ended</b>.</p>"}


@pytest.mark.slow
def test_a_service_answers_while_code_that_only_makes_it_quicker_is_compiled(starter_models, tmp_path):
    program, log = tmp_path / "program", tmp_path / "log"
    shutil.copytree(ROOT / "classifier", program / "classifier", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "service.py", program)
    command = [sys.executable, str(program / "service.py"), "--models", str(starter_models), "--workers", "2"]
    places = {"PYTHONPATH": str(program), "NUMBA_CACHE_DIR": str(tmp_path / "code"), "PYTHONDONTWRITEBYTECODE": "1"}
    with serving(command, "/readyz", log, places) as server, httpx.Client(base_url=server.url) as http:
        meanwhile = http.post("/v1/tags?explain=true", json=ARTICLE).raise_for_status().json()
        wait_until(lambda: log.read_text().count("all code is compiled") == 2, 500, log)
        for _ in range(20):  # both workers
            assert httpx.post(f"{server.url}/v1/tags?explain=true", json=ARTICLE).json() == meanwhile
    events = [json.loads(line)["event"] for line in log.read_text().splitlines() if line.startswith("{")]
    assert events[0].startswith("some code is still being compiled")
    compiled = next(i for i, event in enumerate(events) if "all code is compiled" in event)
    assert any("is live" in event for event in events[:compiled])
    assert "Traceback" not in log.read_text()
    with serving(command, "/readyz", log, places):
        assert "still being compiled" not in log.read_text()
