"""A part of the faults of make verify-faults: calls that fail, each in a process of its own."""

import re

import pytest

from tests.helpers import run_python


@pytest.mark.slow
def test_a_call_that_fails_leaves_whole_models_all_feedback_and_a_sentence():
    done = run_python("-m", "tests.verify.injected", "--every", 80)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"^([\d,]+) faults injected, 0 problems$", done.stdout, re.MULTILINE)
    assert int(found[1].replace(",", "")) >= 40
