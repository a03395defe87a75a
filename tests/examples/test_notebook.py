"""The notebook in examples/: it runs from start to end, and is committed without outputs."""

import json
from importlib.util import find_spec

import pytest

from tests.helpers import ROOT, environment

NOTEBOOK = ROOT / "examples" / "newsroom.ipynb"


def cells():
    return [cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


def test_the_notebook_is_committed_without_outputs_and_paths():
    assert [(cell["outputs"], cell["execution_count"]) for cell in cells()] == [([], None)] * len(cells())
    assert not any(line.startswith("/") for cell in cells() for line in cell["source"])
    assert str(ROOT) not in NOTEBOOK.read_text("utf-8")


@pytest.mark.skipif(find_spec("nbclient") is None, reason="no Jupyter here: pip install '.[examples]'")
def test_the_notebook_runs_from_start_to_end(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
    variables = environment(PYTHONPATH=str(ROOT), JUPYTER_RUNTIME_DIR=str(tmp_path), IPYTHONDIR=str(tmp_path))
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute(env=variables)
    shown = [output["data"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    tables = [data["text/html"] for data in shown if "text/html" in data]
    assert any("each tagged by a model that has not seen it" in table for table in tables)
    assert any("words for it" in table and "Fiji" in table for table in tables)
    assert any("no text: body and headline are empty" in table for table in tables)
