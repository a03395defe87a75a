"""The options of reading, and the account of what was read, at the command line."""

import csv
import json

import pytest

from tests.helpers import environment, run_python, small_corpus

COLUMNS = ("Nummer", "Inhalt", "Ressort")


def copydesk(*args):
    return run_python("-m", "classifier", *args, env=environment())


@pytest.fixture
def table(tmp_path):
    """A table with columns of names that Copydesk does not know."""
    path = tmp_path / "archive.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows((row["id"], row["body"], "|".join(row["sections"])) for row in small_corpus(60))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("command", ["train", "check", "curve"])
def test_a_table_of_unknown_columns_stops_every_command_before_it_measures(table, tmp_path, command):
    data = ("--data", table, "--models", tmp_path / "models") if command == "train" else (table,)
    done = copydesk(command, *data)
    assert done.returncode == 2
    assert "no column is known to hold the text. Its columns are Nummer, Inhalt, Ressort" in done.stderr
    assert done.stdout == ""
    done = copydesk(command, *data, "--text", "Inhalt")
    assert done.returncode == 2
    assert "none of its 60 articles has a label" in done.stderr
    assert "Fix: add --labels Ressort, or add --all-unlabelled" in done.stderr


@pytest.mark.slow
def test_named_columns_are_read_by_check_train_and_evaluate(table, tmp_path):
    options = ("--text", "Inhalt", "--labels", "Ressort", "--jobs", 1)
    checked = copydesk("check", table, "--json", "--suspects", tmp_path / "suspects.csv", *options)
    (account,) = json.loads(checked.stdout)["reading"]
    assert (account["articles"], account["labels_from"]) == (60, {"Ressort": account["with_labels"]})
    assert account["columns"]["not_read"] == ["Nummer"]
    models = tmp_path / "models"
    trained = copydesk("train", "--data", table, "--models", models, *options)
    assert trained.returncode == 0, trained.stderr
    lines = trained.stderr.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith(f"{table}: 60 articles, 40 with labels"))
    assert lines[place + 1] == "  columns not read: Nummer"
    (written,) = json.loads(next(models.glob("2*/reading.json")).read_text())
    assert written == {name: value for name, value in account.items() if name not in ("file", "notes")}
    evaluated = copydesk("evaluate", table, "--models", models, "--json", *options[:-2])
    assert json.loads(evaluated.stdout)["reading"][0]["articles"] == 60


@pytest.mark.parametrize("form", ["%Q", "%d", "soon", "%d.%m"])
def test_a_form_of_dates_that_gives_no_day_is_refused(table, form):
    done = copydesk("check", table, "--date-format", form)
    assert done.returncode == 2
    assert "Fix: write it as in %d.%m.%Y" in " ".join(done.stderr.split())
