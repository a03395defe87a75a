"""The code on the page “Python” runs, in order, in a folder with the files that it names."""

import re

import pandas as pd

from tests.helpers import ROOT
from tests.notebook.conftest import columns

PAGE = ROOT / "docs" / "python.md"


def test_the_code_of_the_page_runs_in_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(columns()).to_csv("archive.csv", index=False)
    pd.DataFrame(columns()).iloc[::-1].to_csv("new.csv", index=False)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 6
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    assert names["trained"].is_live
    assert len(names["answers"]) == 2
    labels = [[label] if isinstance(label, str) else [] for label in names["joined"]["category"]]
    assert names["joined"]["tags"].tolist() == labels
    assert names["measured"].overall["micro_f1"] == 1.0
    assert "has no column “topic”" in capsys.readouterr().out


def test_the_page_names_every_public_name():
    import classifier

    text = PAGE.read_text("utf-8")
    results = {"EvaluationResult", "TrainingResult", "Evidence", "Explanation"}
    assert [name for name in classifier.__all__ if f"`{name}" not in text and name not in results] == []
