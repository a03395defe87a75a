import re
import subprocess
import sys

import pytest

from tests.helpers import ROOT, environment


@pytest.mark.slow
def test_warm_keeps_the_code_of_serving_and_training_and_finds_it_again(tmp_path):
    folder = tmp_path / "code"
    said = [warm(folder) for _ in range(2)]
    for words in said:
        assert f"kept in {folder}" in words
        assert re.search(r"compiled code for serving and training: \d+ functions, \d+ of them new, in \d+\.\d s", words)
    assert ", 0 of them new," in said[1]
    kept = {path.name.partition("-")[0] for path in folder.rglob("*.nbc")}
    assert {name.partition(".")[0] for name in kept} >= {
        "kernel",
        "cleaner",
        "reader",
        "loops",
        "descent",
        "calibration",
    }


def warm(folder):
    command = [sys.executable, "-m", "classifier", "warm"]
    variables = environment(NUMBA_CACHE_DIR=str(folder))
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stdout
    return done.stderr
