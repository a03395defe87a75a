"""The promise of `apply`, from the vocabulary to the answers: what a run says of it, and what its model does."""

import json

import pytest

from classifier import Choice, Section, Sections, Tagger
from classifier.article import Article
from classifier.commands.console import PlainProgress
from classifier.commands.summary import print_summary
from classifier.service.answers import ArticleAnswer, SectionsAnswer
from classifier.service.app import create_app
from classifier.settings import Settings
from classifier.store.registry import Registry
from classifier.training.fitting.applying import NeverApplied
from classifier.training.fitting.no_section import AppliedWithoutSection
from classifier.training.measuring.evaluation import Score
from classifier.training.measuring.version_evaluation import evaluate_version
from classifier.training.publishing.export import to_pipeline
from classifier.training.publishing.gate import Verdict
from classifier.training.publishing.promise import ApplyPromise, with_promise
from classifier.training.publishing.run import RunOptions, run
from tests.helpers import small_corpus, write_jsonl

CLIMATE, TECHNOLOGY, DESK = "climate-and-disasters", "technology", "desk"
#: Each article of the desk is also one of climate or of technology; of these two, only climate is a theme.
NEEDING = Sections(
    [
        Section(id=CLIMATE, name="Climate", group="theme"),
        Section(id=TECHNOLOGY, name="Technology"),
        Section(id=DESK, name="Desk", needs={"group": "theme", "apply": 0.5, "suggest": 0.0}),
    ]
)


def rows():
    found = small_corpus(150)
    for row in found:
        row["sections"] = [*row["sections"], *([DESK] if row["sections"] else [])]
    return found


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a version whose section desk needs a theme, and the outcome of the run."""
    folder = tmp_path_factory.mktemp("promise")
    data = write_jsonl(folder / "x.jsonl", rows())
    options = RunOptions(data=(data,), sections=NEEDING, models=folder / "models", jobs=1)
    outcome = run(options, PlainProgress())
    return folder / "models" / outcome.version, outcome


def article_of(label):
    row = next(row for row in rows() if label in row["sections"])
    return Article(body=row["body"], headline=row["headline"])


def test_serving_applies_the_desk_only_with_a_theme_and_explains_why_not(trained):
    folder, _ = trained
    tagger = Tagger.load(folder.parent, folder.name)
    everything = Choice(explain=True)
    decisions, reasons = {}, {}
    for label in (CLIMATE, TECHNOLOGY):
        (tag,) = (t for t in tagger.tag(article_of(label), everything).tags if t.section == DESK)
        decisions[label], reasons[label] = tag.decision, tag.to_json().get("held_back")
    assert decisions == {CLIMATE: "apply", TECHNOLOGY: "review"}
    assert reasons == {CLIMATE: None, TECHNOLOGY: "no section of the group theme reaches 0.5"}
    ArticleAnswer.model_validate(tagger.tag(article_of(TECHNOLOGY), everything).to_json())


def test_figures_of_a_version_count_what_serving_applies(trained):
    folder, _ = trained
    found = evaluate_version(folder, [folder.parent.parent / "x.jsonl"], PlainProgress())
    tagger = Tagger.load(folder.parent, folder.name)
    tags = [tag for row in rows() for tag in tagger.tag(Article(body=row["body"], headline=row["headline"])).tags]
    applied = [tag for tag in tags if tag.decision == "apply"]
    assert found.assessment.micro.applied.predicted == len(applied)
    assert found.assessment.sections[list(found.section_ids).index(DESK)].applied.predicted == sum(
        tag.section == DESK for tag in applied
    )
    assert found.to_json()["none"]["applied"]["stories"] == 50


def test_the_run_says_whether_the_promise_holds_in_every_document(trained, capsys):
    folder, outcome = trained
    print_summary(outcome)
    printed = capsys.readouterr().out
    written = json.loads((folder / "evaluation.json").read_text("utf-8"))["apply_promise"]
    assert written["holds"] is True
    (sentence,) = written["sentences"]
    assert "of 50 stories without a section" in sentence
    assert "the promise is at most 10 %" in sentence
    for text in (printed, (folder / "report.html").read_text("utf-8"), (folder / "model-card.md").read_text("utf-8")):
        assert sentence in text
    assert "Desk</b> is applied only if a section of the group theme reaches 0.50" in (
        folder / "report.html"
    ).read_text("utf-8")


def test_the_service_lists_what_a_section_needs(trained):
    folder, _ = trained
    client = create_app(
        Settings.load({"models": folder.parent, "keys": folder / "none"}, {}, folder / "none")
    ).test_client()
    listed = client.get("/v1/sections").get_json()
    SectionsAnswer.model_validate(listed)
    found = {section["id"]: section for section in listed["sections"]}
    assert found[DESK]["needs"] == {"group": "theme", "apply": 0.5, "suggest": 0.0}
    assert "needs" not in found[CLIMATE]


def test_an_export_holds_the_needs(trained):
    folder, _ = trained
    from classifier.store.files import read_model

    sections = to_pipeline(read_model(folder)).copydesk["sections"]
    assert sections[DESK]["needs"] == {"sections": [CLIMATE], "apply": 0.5, "suggest": 0.0}
    assert sections[CLIMATE]["needs"] is None


def test_an_archive_whose_stories_all_have_a_section_proves_nothing_about_others(tmp_path, capsys):
    """And of a section with few stories, the run and the service say how many more it takes."""
    labelled = [row for row in rows() if row["sections"]]
    few = [row for row in labelled if CLIMATE in row["sections"]][:20]
    data = write_jsonl(tmp_path / "x.jsonl", [*(row for row in labelled if TECHNOLOGY in row["sections"]), *few])
    sections = Sections(
        [Section(id=CLIMATE, name="Climate"), Section(id=TECHNOLOGY, name="Technology"), Section(id=DESK, name="D")]
    )
    outcome = run(
        RunOptions(
            data=(data,), sections=sections, models=tmp_path / "models", jobs=1, ignored_checks=("every-article",)
        ),
        PlainProgress(),
    )
    print_summary(outcome)
    printed = capsys.readouterr().out
    assert "not proven that stories without a section get nothing applied, because every story has a section" in printed
    assert "Fix: add articles that belong to no section" in printed
    assert "Never applied without an editor:" in printed
    reason = outcome.evaluation.promise.never[CLIMATE]
    assert reason.cause == "few_stories"
    assert f"  {CLIMATE}: {reason.words}. {reason.advice}" in printed
    (entry,) = (e for e in Registry(tmp_path / "models").manifest(outcome.version).trained if e.section.id == CLIMATE)
    assert entry.apply is None
    assert (entry.never_applied.cause, entry.never_applied.more_stories) == ("few_stories", reason.more_stories)


def promise(right=95, n_stories=100, n_applied=5, never=None):
    return ApplyPromise(0.9, Score(200, 100, right), AppliedWithoutSection(n_stories, n_applied), never or {})


def test_a_broken_promise_is_in_the_reason_of_the_gate_and_in_words():
    verdict = Verdict(True, "there was no live model")
    assert with_promise(verdict, promise()) is verdict
    wrong = with_promise(verdict, promise(right=85))
    assert wrong.allowed
    assert wrong.reason == (
        "there was no live model; the promise of “apply” does not hold: 0.850 of the applied tags are right, less "
        "than 0.9"
    )
    strangers = promise(n_applied=20)
    assert "20 of 100 stories without a section (20 %; 95 % interval 13 % to 29 %)" in strangers.broken
    assert strangers.to_json()["holds"] is False
    assert strangers.sentences[0].startswith("The promise of “apply” does not hold: ")
    assert " and 20 of 100 stories" in promise(right=85, n_applied=20).broken


def test_too_few_stories_without_a_section_prove_nothing():
    found = promise(n_stories=3, n_applied=3)
    assert not found.broken
    assert "because there are only 3 such stories" in found.sentences[0]
    assert "there is only 1 such story" in promise(n_stories=1, n_applied=0).sentences[0]


def test_a_model_that_applies_nothing_promises_nothing():
    never = {"a": NeverApplied("review_only", 0.9)}
    empty = ApplyPromise(0.9, Score(10, 0, 0), AppliedWithoutSection(30, 0), never)
    assert empty.sentences == []
    assert empty.to_json()["holds"] is None
    assert empty.to_json()["never_applied"]["a"]["reason"] == "the model was trained with --review-only"
