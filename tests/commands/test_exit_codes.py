"""What a command's end tells the program that called it: 0, 1, 2, 3 or 130, each from a real process."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers import ROOT, environment, run_python, small_corpus, write_jsonl

LEAK = "the sentence that no log may hold"


def copydesk(*args, **variables):
    return run_python("-m", "classifier", *args, env=environment(**variables))


def test_0_is_done():
    assert copydesk("sections").returncode == 0


@pytest.mark.slow
def test_1_is_a_check_that_said_no(tmp_path):
    rows = [row | {"body": f"{row['body']} Filed under: {row['sections']}"} for row in small_corpus(60)]
    rows.append({"body": "x", "sections": ["Tecnology"]})
    data = write_jsonl(tmp_path / "a.jsonl", rows)
    done = copydesk("check", data, "--jobs", 1, "--suspects", tmp_path / "suspects.csv")
    assert done.returncode == 1, done.stderr
    assert "error: " in done.stdout


@pytest.mark.slow
def test_1_is_a_gate_that_said_no(tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", small_corpus())
    train = ["train", "--data", data, "--models", tmp_path / "models", "--jobs", 1]
    assert copydesk(*train).returncode == 0
    other = write_jsonl(tmp_path / "b.jsonl", [row | {"body": f"{row['body']} other"} for row in small_corpus(40)])
    refused = copydesk("train", "--data", other, "--models", tmp_path / "models", "--jobs", 1, "--margin", 0)
    if refused.returncode == 0:  # what it was compared by happened to be better
        pytest.skip("the second model was not worse")
    assert refused.returncode == 1
    assert "The new model was written, but is not live: " in refused.stderr
    assert "copydesk models promote " in refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nothing"], "No such command 'nothing'"),
        (["train", "--nothing"], "No such option"),
        (["train", "--min-tags", "3", "--max-tags", "2"], "--max-tags 2 is below --min-tags 3"),
        (["train", "--data", "nowhere.jsonl"], "nowhere.jsonl does not exist"),
        (["--config", "nowhere.toml", "models"], "'nowhere.toml' does not exist"),
        (["tag", "nowhere.jsonl"], "No such file"),
        (["models", "--models", "nowhere", "promote", "20990101T000000Z-00000000"], "nowhere, does not exist"),
        ([], "Usage:"),
    ],
)
def test_2_is_bad_input_or_usage(args, words):
    done = copydesk(*args)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_3_is_a_crash_in_one_sentence_without_a_word_of_an_article(tmp_path):
    # a package that fails in a way that nobody foresaw, with text in its message
    (tmp_path / "joblib.py").write_text(f"word = {LEAK!r}\nraise RuntimeError(word) from KeyError(word)\n")
    data = write_jsonl(tmp_path / "a.jsonl", small_corpus())
    done = copydesk("train", "--data", data, "--models", tmp_path, PYTHONPATH=str(tmp_path), TMPDIR=str(tmp_path))
    assert done.returncode == 3
    (sentence,) = [line for line in done.stderr.splitlines() if "unexpected error" in line]
    named = re.search(
        r"\(RuntimeError\)\. The traceback is in (\S+copydesk-crash-\S+\.txt); please report it\.", sentence
    )
    assert named
    file = Path(named[1])
    assert file.parent == tmp_path
    assert file.stat().st_mode & 0o777 == 0o600
    written = file.read_text()
    assert "builtins.KeyError\n\nwhich led to:\n" in written
    assert "builtins.RuntimeError" in written
    assert "joblib.py" in written
    for text in (done.stdout, done.stderr, written):
        assert LEAK not in text
        assert "Traceback" not in text


def test_a_crash_is_shown_where_no_file_can_be_written(tmp_path):
    (tmp_path / "joblib.py").write_text("1 / 0\n")
    code = (
        "import sys, tempfile; tempfile.tempdir = '/nowhere'; sys.argv = ['copydesk', 'curve']\n"
        "from classifier.commands.main import main; main()"
    )
    done = run_python("-c", code, env=environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}"))
    assert done.returncode == 3
    assert "joblib.py" in done.stderr
    assert done.stderr.endswith("(ZeroDivisionError). Please report the traceback above.\n")


@pytest.mark.parametrize("stage", ["grouping articles", "fitting folds", "measuring"])
@pytest.mark.slow
def test_130_is_ctrl_c_at_any_stage_of_training(tmp_path, stage):
    data = write_jsonl(tmp_path / "a.jsonl", small_corpus(300))
    command = [sys.executable, "-m", "classifier", "train", "--data", str(data), "--models", str(tmp_path / "models")]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if line.startswith(stage):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert rest.splitlines()[-1] == "Interrupted by Ctrl-C."
    assert "Traceback" not in rest
    assert not (tmp_path / "models" / "CURRENT").exists()


def test_a_reader_that_goes_away_is_no_error_message(starter_models):
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "classifier", "tag", "--models", str(starter_models)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    process.stdin.write('{"body": "border"}\n')
    process.stdin.flush()
    os.read(reader, 10)
    os.close(reader)
    _, words = process.communicate('{"body": "border"}\n' * 2, timeout=60)
    assert process.returncode == 141
    assert words == ""


def test_130_is_ctrl_c_while_a_command_waits_for_input(starter_models):
    command = [sys.executable, "-m", "classifier", "tag", "--models", str(starter_models), "-"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdin.write(b'{"body": "border"}\n')
    process.stdin.flush()
    assert process.stdout.readline()  # it runs, and waits for more
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert words.decode().strip() == "Interrupted by Ctrl-C."
