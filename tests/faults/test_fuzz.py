"""A sample of the models of make verify-faults that are wrong in a field or two."""

import re

import pytest

from tests.helpers import run_python


@pytest.mark.slow
def test_a_model_that_is_wrong_somewhere_is_refused_by_name_or_answers_in_json():
    done = run_python("-m", "tests.verify.fuzzed", "--variants", 400, "--seed", 13)
    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]
    answered, refused = re.fullmatch(r"400 variants: (\d+) answered, (\d+) refused; 0 problems\n", done.stdout).groups()
    assert int(answered) > 10
    assert int(refused) > 200
