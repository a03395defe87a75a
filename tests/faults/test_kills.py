"""Some seconds of the kills of make verify-faults."""

import pytest

from tests.helpers import run_python


@pytest.mark.slow
def test_kills_lose_neither_models_nor_history_nor_feedback():
    done = run_python("-m", "tests.verify.killed", "--minutes", 0.4, "--seed", 5)
    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]
    assert done.stdout.endswith(", 0 problems\n")
