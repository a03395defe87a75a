"""``copydesk doctor``: proposals as text, JSON and a page."""

import json
import re

import pytest

from classifier.commands.console import PlainProgress
from classifier.commands.doctor import doctor
from classifier.commands.running import run_command
from classifier.training.publishing.run import RunOptions, run
from tests.helpers import write_jsonl
from tests.training.diagnosing.made import made_rows, relabelled, rng

SECTIONS = "".join(f'[[section]]\nid = "{id_}"\nname = "{id_}"\n' for id_ in ("north", "south", "trade", "storms", "x"))


@pytest.fixture
def examine(tmp_path, capsys, monkeypatch):
    """Run the command in this process on made articles; return its exit code and what it wrote."""
    subjects = {"wheat": ["trade"], "ships": ["trade"]}
    rows = relabelled(made_rows(150, rng(), ("wheat", "ships", "storms")), lambda label: subjects.get(label, [label]))

    def examine(*args, extra=()):
        (tmp_path / "sections.toml").write_text(SECTIONS, encoding="utf-8")
        data = write_jsonl(tmp_path / "made.jsonl", [*rows, *extra])
        given = [str(data), "--sections", str(tmp_path / "sections.toml"), *map(str, args)]
        monkeypatch.setattr("sys.argv", ["doctor", *given])
        with pytest.raises(SystemExit) as stopped:
            run_command(doctor, "doctor")
        return stopped.value.code, *capsys.readouterr()

    return examine


def test_proposals_are_printed_with_examples_and_f1_and_written_as_a_page(examine, tmp_path):
    page = tmp_path / "page.html"
    code, out, err = examine("--html", page)
    assert code == 0, err
    assert "Split trade: it holds two subjects" in out
    assert "F1: trade " in out
    assert "; then trade (part 1) " in out
    assert "Retire x: no article has it" in out
    assert "2 proposals, from 150 articles in 150 stories" in out
    html = page.read_text(encoding="utf-8")
    assert "<h2>Split trade</h2>" in html
    assert "wheat " in html


def test_json_has_the_same_proposals(examine, tmp_path):
    (tmp_path / "notes.docx").touch()
    code, out, err = examine("--json", tmp_path)
    assert code == 0, err
    found = json.loads(out)
    assert found["left_out_files"] == [str(tmp_path / name) for name in ("notes.docx", "sections.toml")]
    assert [(p["kind"], p["sections"]) for p in found["proposals"]] == [("split", ["trade"]), ("retire", ["x"])]
    assert len(found["proposals"][0]["groups"][0]["examples"]) == 3


def test_bad_rows_are_refused_or_skipped(examine, tmp_path):
    bad = [{"id": "bad", "body": "Some words.", "sections": ["Gardening"]}]
    code, _, err = examine(extra=bad)
    assert code == 2
    assert "so nothing was examined. Fix: correct it, or use --skip-bad" in err
    code, _, err = examine("--skip-bad", "--rejects", tmp_path / "rejects.jsonl", "--json", extra=bad)
    assert code == 0
    assert "1 bad row was skipped and written to" in err


def test_too_few_stories_are_an_error_that_names_the_fix(examine):
    code, _, err = examine("--min-support", "400")
    assert code == 2
    assert "no section has 400 stories (--min-support)" in err
    assert "Fix: add articles" in err


@pytest.mark.slow
def test_training_with_the_doctor_puts_the_same_proposals_into_the_report(examine, tmp_path):
    page = tmp_path / "page.html"
    examine(
        "--html", page, extra=[{"id": "m", "headline": "<b>north</b>", "body": "Some words.", "sections": ["north"]}]
    )
    options = RunOptions(
        data=(tmp_path / "made.jsonl",),
        sections=tmp_path / "sections.toml",
        models=tmp_path / "models",
        ignore_checks=True,
        doctor=True,
    )
    outcome = run(options, PlainProgress())
    assert [(p.kind, p.sections) for p in outcome.diagnosis.proposals] == [("split", ("trade",)), ("retire", ("x",))]
    report = (tmp_path / "models" / outcome.version / "report.html").read_text("utf-8")
    part = report.split('<section id="vocabulary">')[1].split("</section>")[0]
    of_page = page.read_text("utf-8").split("<main>")[1].split("</main>")[0]

    def listed(html):
        return re.findall(r"<(?:h[23]|li|td|b)>(.*?)<", html)

    assert "Split trade" in part
    assert listed(part.replace("<h2>What the vocabulary lacks</h2>", "")) == listed(of_page)
    assert "<b>north" not in part
