"""``classifier.train``: the model of the command, with its figures as frames."""

import gc
import inspect
import json
import re
from dataclasses import fields
from typing import get_type_hints

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import classifier
from classifier.corpus.readers import Reading
from classifier.errors import (
    ChecksFailedError,
    CopydeskError,
    CorpusError,
    InvalidInputError,
    SectionsError,
    SettingsError,
)
from classifier.notebook.options import ReadOptions, TrainOptions
from classifier.notebook.sources import in_python_words
from classifier.sections import Section, Sections
from classifier.store.registry import Registry
from classifier.training.publishing.run import RunOptions
from classifier.training.training_settings import TrainingSettings
from tests.helpers import environment, run_python, small_corpus
from tests.languages import translated
from tests.notebook.conftest import MAKERS, N, as_lists, columns

LABELS = ["climate-and-disasters", "technology"]


def without(*names):
    return {name: cells for name, cells in columns().items() if name not in names}


def test_a_frame_becomes_a_model_that_tags(trained):
    assert [section.id for section in trained.sections] == LABELS
    answer = trained.tagger.tag(columns()["text"][1])
    assert [tag.section for tag in answer.tags] == ["technology"]
    assert answer.model == trained.version == trained.tagger.version


def test_the_figures_are_those_of_the_evaluation_of_the_version(trained):
    measured = json.loads((trained.path / "evaluation.json").read_text())["out_of_fold"]
    figures = as_lists(trained.figures)
    assert figures["section"] == LABELS
    assert figures["support"] == [measured["sections"][name]["support"] for name in LABELS]
    assert figures["f1"] == pytest.approx([measured["sections"][name]["f1"] for name in LABELS], abs=1e-6)
    assert figures["f1_low"] == pytest.approx(
        [measured["sections"][name]["interval"]["f1"][0] for name in LABELS], abs=1e-6
    )
    assert figures["apply_from"] == [None, None]
    assert figures["applied_precision"] == [None, None]
    assert trained.overall["micro_f1"] == pytest.approx(measured["micro"]["f1"], abs=1e-6)
    assert trained.overall["articles"] == N
    assert as_lists(trained.years)["year"] == sorted({int(day[:4]) for day in columns()["published"]})


def test_each_article_has_its_out_of_fold_answer(trained):
    table = as_lists(trained.out_of_fold)
    assert table["id"] == list(map(str, columns()["id"]))
    assert table["labels"] == [[label] if label else [] for label in columns()["category"]]
    assert table["line"] == list(range(1, N + 1))
    assert table["tags"] == table["labels"]
    pairs = zip(table["p_technology"], table["labels"], strict=True)
    assert all((probability > 0.5) == (labels == ["technology"]) for probability, labels in pairs)


def test_reliability_is_given_for_all_sections_and_for_each(trained):
    table = as_lists(trained.reliability)
    assert set(table["section"]) == {"all sections", *LABELS}
    of_all = [n for n, name in zip(table["pairs"], table["section"], strict=True) if name == "all sections"]
    assert sum(of_all) == 40
    assert all(0 <= share <= 1 for share in table["observed"])


def test_findings_account_and_messages_say_what_was_read(trained):
    account = as_lists(trained.account)
    assert (account["file"], account["format"]) == (["frame"], ["DataFrame"])
    assert (account["articles"], account["labelled"], account["labels_from"]) == ([N], [40], [["category"]])
    assert set(as_lists(trained.findings)["severity"]) <= {"error", "warning", "note"}
    assert any("“en” is assumed" in message and "language=" in message for message in trained.messages)
    assert not any("--" in message for message in trained.messages)
    assert as_lists(trained.rejects)["file"] == []


def test_a_wrong_label_is_among_the_suspects(library):
    data = columns()
    data["category"][3] = "technology"  # its text is about a flood
    found = classifier.train(MAKERS[library](data)).suspects
    assert isinstance(found, {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.Table}[library])
    first = {name: cells[0] for name, cells in as_lists(found).items()}
    assert (first["id"], first["add"], first["remove"]) == ("103", ["climate-and-disasters"], ["technology"])
    assert first["because_of"]


@pytest.mark.slow
def test_the_same_data_give_the_same_model_in_every_library_and_as_the_command(frame, trained, tmp_path):
    again = classifier.train(frame)
    assert again.version.partition("-")[2] == trained.version.partition("-")[2]
    pd.DataFrame(columns()).to_csv(tmp_path / "a.csv", index=False)
    names = "".join(f'[[section]]\nid = "{name}"\nname = "{name}"\n' for name in LABELS)
    (tmp_path / "sections.toml").write_text(names)
    arguments = (
        "--data",
        tmp_path / "a.csv",
        "--sections",
        tmp_path / "sections.toml",
        "--models",
        tmp_path / "models",
    )
    done = run_python("-m", "classifier", "train", *arguments, env=environment())
    assert done.returncode == 0, done.stderr
    assert Registry(tmp_path / "models").current().partition("-")[2] == trained.version.partition("-")[2]


def test_without_models_the_model_goes_with_its_result():
    result = classifier.train(MAKERS["polars"](columns()))
    folder = result.path.parent
    assert result.report.is_file()
    assert not result.is_live
    assert "train with models=FOLDER" in result.reason
    del result
    gc.collect()
    assert not folder.exists()


def test_with_models_a_version_is_written_and_made_live(tmp_path):
    first = classifier.train(MAKERS["polars"](columns()), models=tmp_path / "models")
    assert first.is_live
    assert first.reason == "there was no live model"
    assert Registry(tmp_path / "models").current() == first.version
    assert classifier.load(tmp_path / "models").tag("A flood.") == first.tagger.tag("A flood.")
    second = classifier.train(MAKERS["polars"](columns()), models=tmp_path / "models", promote=False, seed=1)
    assert not second.is_live
    assert Registry(tmp_path / "models").current() == first.version


def test_a_model_that_the_gate_refuses_is_returned_with_the_reason(tmp_path):
    first = classifier.train(MAKERS["polars"](columns()), models=tmp_path)
    refused = classifier.train(MAKERS["polars"](columns()), models=tmp_path, max_df=0.05)  # no telling word is left
    assert not refused.is_live
    assert Registry(tmp_path).current() == first.version
    assert refused.reason in refused._repr_html_().replace("&quot;", '"').replace("&#x27;", "'")


def test_paths_and_frames_can_be_given_together(tmp_path):
    table = MAKERS["pandas"](columns())
    table[:30].to_csv(tmp_path / "half.csv", index=False)
    result = classifier.train([tmp_path / "half.csv", pl.from_pandas(table[30:])])
    assert as_lists(result.account)["file"] == [str(tmp_path / "half.csv"), "frame"]
    assert result.overall["articles"] == N
    assert isinstance(result.figures, pl.DataFrame)
    assert isinstance(classifier.train(str(tmp_path / "half.csv"), frames="pyarrow", min_support=2).figures, pa.Table)


@pytest.mark.parametrize(
    "sections",
    [
        LABELS,
        [Section(id=name, name=name) for name in LABELS],
        Sections([Section(id=name, name=name) for name in LABELS]),
    ],
)
def test_a_vocabulary_can_be_given_in_several_forms(sections, trained):
    result = classifier.train(MAKERS["pandas"](columns()), sections=sections)
    assert result.version.partition("-")[2] == trained.version.partition("-")[2]


def test_a_drafted_vocabulary_has_a_section_for_each_label():
    data = columns()
    data["category"] = [f"{label} & Co. Ltd" if label else label for label in data["category"]]
    data["category"][0] = data["category"][0].upper()
    sections = classifier.train(MAKERS["polars"](data)).sections
    assert {section.id for section in sections} == {"climate-and-disasters-co-ltd", "technology-co-ltd"}
    assert "technology & Co. Ltd" in {section.name for section in sections}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"labels": "nowhere"}, CorpusError, "frame has no column “nowhere”"),
        ({"text": "nowhere"}, CorpusError, "Fix: give text= one of these"),
        ({"sections": ["technology"]}, CorpusError, "skip_bad=True"),
        ({"sections": [5]}, SectionsError, "sections must be names, Sections, or the path of a sections.toml"),
        ({"sections": "nowhere.toml"}, SectionsError, "nowhere.toml"),
        ({"min_suport": 2}, SettingsError, "unknown option “min_suport”. Fix: use min_support"),
        ({"xyzzy": 2}, SettingsError, "unknown option “xyzzy”. Fix: use one of all_unlabelled, archive, body_meta"),
        ({"min_support": 0}, SettingsError, "min_support: must be greater than or equal to 1"),
        ({"loss": "huge"}, SettingsError, "loss: must be"),
        ({"min_tags": 3, "max_tags": 2}, SettingsError, "max_tags 2 is below min_tags 3"),
        ({"latent": "on"}, SettingsError, "latent is on, but there is nothing to learn from. Fix: name the articles"),
        ({"archive": 5}, InvalidInputError, "archive: must be a path, a DataFrame, or a list of these, not int"),
        ({"ignored_checks": "leeks"}, SettingsError, "ignored_checks: unknown check “leeks”. Fix: use bad-rows, "),
        ({"frames": "excel"}, SettingsError, "frames: unknown library “excel”"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence_in_the_words_of_python(options, error, words):
    with pytest.raises(error, match=re.escape(words)) as caught:
        classifier.train(MAKERS["pandas"](columns()), **options)
    assert isinstance(caught.value, CopydeskError)
    assert "--" not in re.sub("“copydesk [^”]*”", "", str(caught.value))


@pytest.mark.parametrize("data", [5, None, {"text": ["x"]}, [], [5]])
def test_data_of_another_kind_are_refused(data):
    with pytest.raises(InvalidInputError, match=r"data: .*Fix: give"):
        classifier.train(data)


def test_a_frame_without_labels_is_refused():
    words = r"^frame: no article has a label, so no vocabulary can be drafted\. Fix: name the column .* with labels="
    with pytest.raises(CorpusError, match=words):
        classifier.train(MAKERS["pandas"](without("category")))


def test_a_column_for_each_section_is_read_if_the_sections_are_named():
    data = without("category") | {name: [label == name for label in columns()["category"]] for name in LABELS}
    result = classifier.train(MAKERS["polars"](data), LABELS)
    assert as_lists(result.account)["labels_from"] == [["one column for each section"]]
    assert result.overall["micro_f1"] == 1.0


def test_bad_rows_are_skipped_if_that_is_asked_and_listed():
    data = columns()
    data["category"][4] = "spurt"
    result = classifier.train(MAKERS["pandas"](data), sections=LABELS, skip_bad=True)
    rejects = as_lists(result.rejects)
    assert (rejects["file"], rejects["line"]) == (["frame"], [5])
    assert "unknown section “spurt”" in rejects["reasons"][0][0]
    assert result.overall["articles"] == N - 1


def test_an_error_of_the_checks_stops_and_says_how_to_go_on():
    data = columns()
    data["text"] = [f"Section: {label}\n{text}" for label, text in zip(data["category"], data["text"], strict=True)]
    with pytest.raises(ChecksFailedError, match="ignore_checks=True"):
        classifier.train(MAKERS["pandas"](data))
    assert classifier.train(MAKERS["pandas"](data), ignore_checks=True).overall["articles"] == N


def test_a_failed_training_leaves_no_temporary_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(CorpusError):
        classifier.train(MAKERS["pandas"](columns()), sections=["sport"])
    assert list(tmp_path.iterdir()) == []


def test_progress_is_one_line_or_nothing(capsys):
    classifier.train(MAKERS["pandas"](columns()))
    assert capsys.readouterr() == ("", "")
    classifier.train(MAKERS["pandas"](columns()), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "counting terms" in err
    assert "\n" not in err
    assert err.endswith("\r")


def test_a_notebook_shows_the_figures_and_what_must_be_known(trained):
    html = trained._repr_html_()
    assert html.startswith("<table>")
    assert "Micro-F1 1.000" in html
    assert "each tagged by a model that has not seen it" in html
    assert "technology" in html
    assert "never" in html
    assert repr(trained) == f"<TrainingResult {trained.version}: micro-F1 1.000, in a temporary folder>"


def test_several_languages_become_one_model_with_a_frame_of_figures():
    rows = pd.DataFrame(translated(small_corpus(), "story"))[["body", "sections", "language", "story"]]
    with pytest.raises(CorpusError, match='use languages="all" to train one model on all of them'):
        classifier.train(rows)
    trained = classifier.train(rows, languages=["en", "RU", "th"])
    assert trained.tagger.languages == ("en", "ru")
    figures = as_lists(trained.languages)
    assert (figures["language"], figures["articles"]) == (["en", "ru"], [36, 36])
    assert "no article is known to be in th, so the model does not know that language" in trained.messages
    measured = classifier.evaluate(trained, rows[:50])
    assert as_lists(measured.languages)["articles"] == [36, 14]
    with pytest.raises(
        SettingsError, match=r"languages must be “all”, or codes .*; “Thai” is not a code. Fix: correct"
    ):
        classifier.train(rows, languages=["en", "Thai"])


def test_the_options_are_those_of_reading_of_the_run_and_of_the_fit():
    known = set(get_type_hints(TrainOptions))
    reading = {item.name for item in fields(Reading)}
    run = {item.name for item in fields(RunOptions)}
    assert {item.name for item in fields(TrainingSettings)} <= known
    # the vocabulary is drafted by train() itself; several languages are asked for by a list; sets are of the service;
    # verdicts are read by the run; the languages of a model count when it is measured
    assert reading - known == {"drafting", "each_language", "feedback_models", "model_languages", "verdicts"}
    # given otherwise: rejects by skip_bad, no_promote by promote, and a notebook searches on its own machine
    assert run - known == {
        "data",
        "sections",
        "models",
        "settings",
        "reading",
        "rejects",
        "no_promote",
        "scheduler",
    } | {"verdicts", "newsroom"}
    assert set(get_type_hints(ReadOptions)) < known


def test_the_signature_lists_every_option_for_completion():
    shown = inspect.signature(classifier.train).parameters
    assert {"data", "sections", "models", "frames", "progress", *get_type_hints(TrainOptions)} == set(shown)
    documented = classifier.train.__doc__
    assert [name for name in shown if not re.search(rf"\b{name}\b", documented)] == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("use --skip-bad, which", "use skip_bad=True, which"),
        ("Fix: use --labels COLUMN", "Fix: use labels=COLUMN"),
        ("with --labels 'my column'.", 'with labels="my column".'),
        ("with --label-names", "with label_names="),
        ("--encoding windows-1252, or", 'encoding="windows-1252", or'),
        ("or use --no-promote", "or use promote=False"),
        ("has 5 stories (--min-support)", "has 5 stories (min_support)"),
        (
            "--skip-bad, which writes the bad rows to a file and",
            "skip_bad=True, which lists the bad rows in the result and",
        ),
        ("Fix: give --text one of these", "Fix: give text= one of these"),
        ("Fix: add --labels category, or", 'Fix: add labels="category", or'),
        ("run “copydesk train --force”, or use --force", "run “copydesk train --force”, or use force=True"),
        ("is --unheard-of here", "is --unheard-of here"),
    ],
)
def test_options_of_commands_become_arguments(message, expected):
    assert in_python_words(message) == expected
