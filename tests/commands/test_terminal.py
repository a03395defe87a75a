"""Commands with tables in a real terminal of 80 columns, and piped: the same figures, none of them cut."""

import re

import pytest
from rich.cells import cell_len

from tests.conftest import ARTICLES
from tests.helpers import environment, run_python, small_corpus, write_jsonl
from tests.terminal import run_in_terminal

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_FIGURE = re.compile(r"[\d.,:()%-]*\d[\d.,:()%-]*")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_jsonl(tmp_path_factory.mktemp("data") / "small.jsonl", small_corpus(60))


@pytest.fixture
def command(request, starter_models, corpus, tmp_path):
    return {
        "models": ["models", "--models", starter_models],
        "evaluate": ["evaluate", ARTICLES / "borderline-3.jsonl", "--models", starter_models],
        "check": ["check", corpus, "--jobs", 1, "--suspects", tmp_path / "suspects.csv"],
        "train": ["train", "--data", corpus, "--models", tmp_path / "models", "--jobs", 1, "--ignore-checks"],
    }[request.param]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["models", "evaluate", "check", "train"], indirect=True)
def test_no_figure_is_cut_at_80_columns_or_in_a_pipe(command):
    piped = run_python("-m", "classifier", *command, env=environment())
    if command[0] == "train":
        command = [*command, "--force"]  # the second model, the same as the first, cannot be compared with so little
    code, screen = run_in_terminal("-m", "classifier", *command, columns=80)
    assert (piped.returncode, code) == (0, 0), piped.stderr + screen
    screen = _STYLE.sub("", screen)
    assert "…" not in piped.stdout + screen
    assert "\x1b" not in piped.stdout
    table = piped.stdout.split("\n\n")[0]
    figures = set(_FIGURE.findall(table))
    assert len(figures) > 5
    assert figures <= set(_FIGURE.findall(screen))


@pytest.mark.slow
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_lines_of_a_table_fit_the_terminal(starter_models, columns):
    _, screen = run_in_terminal(
        "-m", "classifier", "evaluate", ARTICLES / "borderline-3.jsonl", "--models", starter_models, columns=columns
    )
    lines = _STYLE.sub("", screen).splitlines()
    tables = [line for line in lines if line.startswith(("section", "south-asia ", "oceania "))]
    assert len(tables) >= 3
    assert all(cell_len(line) <= columns for line in tables)


@pytest.mark.slow
def test_a_section_has_one_row_however_many_years_there_are(tmp_path):
    rows = [row | {"published": f"{1960 + i}-05-01"} for i, row in enumerate(small_corpus(60))]
    data = write_jsonl(tmp_path / "long.jsonl", rows)
    command = ["-m", "classifier", "check", data, "--jobs", 1, "--suspects", tmp_path / "suspects.csv"]
    piped = run_python(*command, env=environment()).stdout
    (row,) = [line for line in piped.splitlines() if line.startswith("technology ")]
    assert row.endswith("1961:1, 1964:1, " + ", ".join(f"{year}:1" for year in range(1967, 2020, 3)))
    _, screen = run_in_terminal(*command)
    assert len([line for line in screen.splitlines() if line.startswith("technology ")]) == 1
    assert all(f"{year}:1" in screen for year in range(1961, 2020, 3))


def test_versions_are_listed_with_date_language_sections_quality_and_state(starter_models):
    listed = run_python("-m", "classifier", "models", "--models", starter_models, env=environment()).stdout
    assert re.fullmatch(
        r"version +date +language +state +sections +micro-F1\n"
        r"\d{8}T\d{6}Z-[0-9a-f]{8}  \d{4}-\d\d-\d\d  en +live +13 +0\.\d{3}\n",
        listed,
    )
