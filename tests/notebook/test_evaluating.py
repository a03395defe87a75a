"""``classifier.evaluate``: the figures of the command, as frames."""

import json
import re

import pandas as pd
import polars as pl
import pytest

import classifier
from classifier.errors import CopydeskError, CorpusError, InvalidInputError, NoModelError, SettingsError
from classifier.store.files import read_model
from tests.helpers import environment, run_python
from tests.notebook.conftest import MAKERS, as_lists, columns

NEW = [f"{text} Later that week the same was reported again from elsewhere." for text in columns()["text"]]


def test_the_figures_are_those_of_the_command(trained, frame, library, tmp_path):
    found = classifier.evaluate(trained, frame)
    assert isinstance(found.figures, type(frame))
    pd.DataFrame(columns()).to_csv(tmp_path / "a.csv", index=False)
    arguments = ("--models", trained.path.parent, "--version", trained.version, "--json", tmp_path / "a.csv")
    done = run_python("-m", "classifier", "evaluate", *arguments, env=environment())
    measured = json.loads(done.stdout)
    figures = as_lists(found.figures)
    assert figures["section"] == list(measured["sections"])
    assert figures["recall"] == pytest.approx([item["recall"] for item in measured["sections"].values()], abs=1e-6)
    assert found.overall["micro_f1"] == pytest.approx(measured["micro"]["f1"], abs=1e-6)
    assert found.warning == measured["warning"]
    assert not found.out_of_sample


def test_every_form_of_a_model_is_measured_alike(trained, tmp_path):
    table = MAKERS["polars"](columns())
    kept = classifier.train(table, models=tmp_path)
    forms = [kept, kept.tagger, classifier.load(tmp_path), tmp_path, str(tmp_path), kept.path]
    found = [classifier.evaluate(form, table) for form in forms]
    assert {item.version for item in found} == {kept.version}
    assert all(item.overall == found[0].overall for item in found)
    assert classifier.evaluate(tmp_path, table, version=kept.version).path == kept.path


def test_a_path_is_measured_and_the_library_can_be_chosen(trained, tmp_path):
    path = tmp_path / "a.jsonl"
    pd.DataFrame(columns()).to_json(path, orient="records", lines=True)
    assert isinstance(classifier.evaluate(trained, path, frames="polars").figures, pl.DataFrame)


def test_the_result_without_the_articles_that_the_model_has_seen_is_that_of_the_others_alone(trained):
    known, heads, labels = (columns()[name] for name in ("text", "headline", "category"))
    other = [f"Hail and thunder broke windows in {place} while we slept." for place in ("Alderney", "Brisco", "Carrow")]
    both = {"headline": heads[:4] + ["Weather"] * 3, "text": known[:4] + other, "category": labels[:7]}
    found = classifier.evaluate(trained, MAKERS["pandas"](both))
    alone = classifier.evaluate(trained, MAKERS["pandas"]({name: cells[4:] for name, cells in both.items()}))
    assert found.seen["articles"] == found.seen["identical"] == 4
    assert found.without_seen.overall == alone.overall
    assert (found.without_seen.out_of_sample, found.without_seen.warning) == (True, "")
    assert (alone.seen["articles"], alone.without_seen) == (0, None)
    assert "on the 3 new ones" in found._repr_html_()
    assert found.without_seen.figures["support"].sum() == alone.figures["support"].sum()


def test_weights_of_a_frame_change_the_model_and_a_target_out_of_range_is_refused():
    plain, weighted = (
        classifier.train(MAKERS["pandas"](columns() | more), target_precision=0.8)
        for more in ({}, {"trust": [1 + i % 5 for i in range(len(columns()["text"]))]})
    )
    heavy = classifier.train(
        MAKERS["pandas"](columns() | {"trust": [1 + i % 5 for i in range(len(columns()["text"]))]}), weight="trust"
    )
    assert plain.version[-8:] == weighted.version[-8:]
    assert heavy.out_of_fold["p_" + heavy.figures["section"][0]].tolist() != (
        plain.out_of_fold["p_" + plain.figures["section"][0]].tolist()
    )
    assert "at least 80 % of the tags are right" in plain.report.read_text("utf-8")
    with pytest.raises(SettingsError, match="target_precision"):
        classifier.train(MAKERS["pandas"](columns()), target_precision=1.0)


def test_the_columns_can_be_named(trained):
    data = {"alpha": NEW, "beta": columns()["category"], "gamma": ["x"] * len(NEW)}
    found = classifier.evaluate(trained, MAKERS["pandas"](data), text="alpha", labels="beta")
    assert found.overall["recall"] == 1.0
    with pytest.raises(CorpusError, match=r"Its columns are alpha, beta, gamma\. Fix: name the column with text="):
        classifier.evaluate(trained, MAKERS["pandas"](data))


@pytest.mark.parametrize(
    ("model", "options", "error", "words"),
    [
        (
            5,
            {},
            InvalidInputError,
            "model: must be a folder of models, a Tagger loaded from one, or what train()",
        ),
        ("/nowhere", {}, NoModelError, "the folder of models, /nowhere, does not exist. Fix:"),
        (None, {"version": "x"}, SettingsError, "version needs a folder of models. Fix:"),
        (None, {"min_support": 2}, SettingsError, "unknown option “min_support”"),
    ],
)
def test_what_cannot_be_measured_gets_a_sentence(trained, model, options, error, words):
    with pytest.raises(error, match=re.escape(words)) as caught:
        classifier.evaluate(trained if model is None else model, MAKERS["pandas"](columns()), **options)
    assert isinstance(caught.value, CopydeskError)


def test_a_tagger_that_was_not_loaded_from_a_folder_is_refused(trained):
    loose = classifier.Tagger(read_model(trained.path))
    with pytest.raises(InvalidInputError, match="not a Tagger without a folder"):
        classifier.evaluate(loose, MAKERS["pandas"](columns()))


def test_a_notebook_shows_the_figures_with_their_warning(trained):
    found = classifier.evaluate(trained, MAKERS["pandas"](columns()))
    html = found._repr_html_()
    assert "micro-F1 1.000" in html
    assert "these figures are too good" in html
    assert repr(found) == f"<EvaluationResult of {trained.version}: micro-F1 1.000>"
