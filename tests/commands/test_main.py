"""The program: its list of commands, its names, its options, and what it needs."""

import re
from importlib.metadata import version

import pytest

from classifier.commands.extras import TRAINING_PACKAGES
from classifier.commands.main import COMMANDS, load
from tests.helpers import ROOT, environment, run_python


def copydesk(*args, **variables):
    return run_python("-m", "classifier", *args, env=environment(**variables))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_itself_says(name):
    assert COMMANDS[name][2] == load(name).help.split("\n")[0]


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], ["train"], ["models", "promote"]])
def test_help_has_a_short_flag_everywhere(command, flag):
    done = copydesk(*command, flag)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ")


def test_the_list_of_commands_imports_none_of_them():
    done = run_python("-X", "importtime", "-m", "classifier", "--help", env=environment())
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert {module for module in imported if module.startswith("classifier.commands.")} == {
        f"classifier.commands.{name}" for name in ("console", "extras", "main", "options", "running")
    }
    assert not imported & {"rich", "pydantic", "numpy", "sqlalchemy"}


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (["train.py"], "train.py"),
        (["service.py"], "service.py"),
        (["-m", "classifier", "train"], "python -m classifier train"),
        (["-m", "classifier", "serve"], "python -m classifier serve"),
    ],
)
def test_usage_names_the_program_as_it_was_called(program, name):
    assert run_python(*program, "-h", env=environment()).stdout.startswith(f"Usage: {name} [OPTIONS]\n")
    wrong = run_python(*program, "--nothing", env=environment())
    assert wrong.returncode == 2
    # the oldest click that is allowed names -h here
    assert re.search(rf"Try '{re.escape(name)} (--help|-h)' for help\.", wrong.stderr)


def test_the_version_is_that_of_the_package():
    done = copydesk("--version")
    assert (done.returncode, done.stdout) == (0, f"copydesk {version('copydesk')}\n")


def test_a_settings_file_is_named_on_the_command_line_or_in_the_environment(starter_models, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(f'models = "{starter_models}"\n')
    assert " live " in copydesk("--config", file, "models").stdout
    assert " live " in copydesk("models", COPYDESK_CONFIG=str(file)).stdout
    empty = tmp_path / "empty.toml"
    empty.write_text('models = "nowhere"\n')
    assert " live " in copydesk("--config", file, "models", COPYDESK_CONFIG=str(empty)).stdout
    missing = copydesk("models", COPYDESK_CONFIG=str(tmp_path / "none.toml"))
    assert missing.returncode == 2
    assert "COPYDESK_CONFIG names" in missing.stderr


def test_a_command_is_not_stopped_by_settings_that_it_does_not_use(starter_models, tmp_path):
    file = tmp_path / "copydesk.toml"
    file.write_text('feedback = "mysql://nowhere"\nrate_limit = "sometimes"\n')
    done = copydesk("--config", file, "models", "--models", starter_models, COPYDESK_PORT="http")
    assert done.returncode == 0, done.stderr
    assert copydesk("--config", file, "serve", "--check", "--models", starter_models).returncode == 2


@pytest.mark.parametrize(
    "args",
    [
        ["train"],
        ["check"],
        ["curve"],
        ["evaluate", "x.jsonl"],
        ["compare", "a", "b", "x.jsonl"],
        ["doctor"],
        ["coverage", "x.jsonl"],
        ["export", "x.joblib"],
    ],
)
@pytest.mark.parametrize("module", TRAINING_PACKAGES)
def test_without_a_training_package_a_command_says_what_to_install(args, module):
    done = _without([module], args)
    assert done.returncode == 2
    assert done.stderr == (
        f"This command needs {TRAINING_PACKAGES[module]}, which is not installed. "
        "Fix: run “pip install 'copydesk[train]'”\n"
    )


def _without(packages, args):
    hidden = "; ".join(f"sys.modules[{name!r}] = None" for name in packages)
    code = f"import sys; {hidden}; from classifier.commands.main import main; main()"
    return run_python("-c", code, *args, env=environment())


def test_tagging_and_serving_need_no_training_packages(starter_models, tmp_path):
    page = tmp_path / "page.txt"
    page.write_text("Soldiers clashed at the border.")
    assert _without(TRAINING_PACKAGES, ["tag", "--page", "--models", starter_models, page]).returncode == 0
    checked = _without(TRAINING_PACKAGES, ["serve", "--check", "--models", starter_models, "--keys", tmp_path / "none"])
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_commands(shell):
    code = "from classifier.commands.main import commands; commands(prog_name='copydesk')"
    done = run_python("-c", code, env=environment(_COPYDESK_COMPLETE=f"{shell}_source"))
    assert done.returncode == 0
    assert "_COPYDESK_COMPLETE" in done.stdout
    given = {"COMP_WORDS": "copydesk ch", "COMP_CWORD": "1", "_COPYDESK_COMPLETE": f"{shell}_complete"}
    if shell == "fish":
        given["COMP_CWORD"] = "ch"
    assert "check" in run_python("-c", code, env=environment(**given)).stdout


def test_the_shims_are_short():
    for shim in ("train.py", "service.py"):
        lines = [line for line in (ROOT / shim).read_text().splitlines() if line and not line.startswith('"""')]
        assert len(lines) == 3
