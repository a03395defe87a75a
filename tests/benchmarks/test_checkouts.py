"""Other checkouts of Copydesk in the benchmarks."""

import subprocess
import sys

from benchmarks.checkouts import HERE, environment_of, python_of


def test_another_checkout_runs_in_its_own_environment_and_this_one_in_the_present(tmp_path):
    assert python_of(tmp_path) == sys.executable
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.symlink_to(sys.executable)
    assert python_of(tmp_path) == str(own)
    assert python_of(HERE) == sys.executable


def test_another_checkout_sees_its_own_code_and_no_settings_of_copydesk(tmp_path, monkeypatch):
    monkeypatch.setenv("COPYDESK_MODELS", "elsewhere")
    (tmp_path / "train.py").write_text("import os, sys\nprint(sys.path[0], os.environ.get('COPYDESK_MODELS'))\n")
    command = [python_of(tmp_path), "-P", str(tmp_path / "train.py")]
    out = subprocess.run(command, env=environment_of(tmp_path), capture_output=True, text=True, check=True).stdout
    assert out.split() == [str(tmp_path), "None"]
