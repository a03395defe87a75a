"""The vocabulary doctor: it finds planted faults, and proposes nothing for sections that are as they should be."""

import json

import pytest

from classifier.commands.console import PlainProgress
from classifier.training.diagnosing.doctor import diagnose
from classifier.training.task import make_task
from classifier.training.training_settings import TrainingSettings
from tests.training.diagnosing.made import made_rows, read_made, relabelled, rng

SETTINGS = TrainingSettings()


@pytest.fixture(scope="module")
def rows():
    return made_rows(360, rng())


def diagnosed(folder, rows, extra=(), settings=SETTINGS):
    articles, sections = read_made(folder, rows, extra)
    task = make_task(articles, sections, settings, PlainProgress())
    return diagnose(articles, task, settings, 2, PlainProgress())


@pytest.mark.slow
def test_of_sections_as_they_should_be_nothing_is_proposed(rows, tmp_path):
    found = diagnosed(tmp_path, rows)
    assert found.proposals == ()
    assert found.micro_f1 > 0.9
    assert (found.n_articles, found.not_examined) == (360, ())


def test_a_section_that_was_dealt_between_two_ids_is_to_be_merged(rows, tmp_path):
    draw = rng()

    def dealt(label):
        return [f"wheat-{draw.integers(1, 3)}"] if label == "wheat" else [label]

    found = diagnosed(tmp_path, relabelled(rows, dealt))
    (merge,) = found.proposals
    assert (merge.kind, merge.sections) == ("merge", ("wheat-1", "wheat-2"))
    assert merge.after["wheat-1+wheat-2"] > max(merge.before.values()) + 0.2
    assert merge.micro_f1[1] > merge.micro_f1[0]
    assert merge.groups[0].n_articles == 90
    assert all(word.startswith("wheat") for word in merge.groups[0].words)
    assert all(item.article.headline.startswith("wheat") for item in merge.groups[0].examples)


def test_two_sections_joined_into_one_are_to_be_split(rows, tmp_path):
    joined = relabelled(rows, lambda label: ["trade"] if label in ("wheat", "ships") else [label])
    found = diagnosed(tmp_path, joined)
    (split,) = found.proposals
    assert (split.kind, split.sections) == ("split", ("trade",))
    parts = {item.article.headline.split()[0] for item in split.groups[0].examples}
    others = {item.article.headline.split()[0] for item in split.groups[1].examples}
    assert sorted([*parts, *others]) == ["ships", "wheat"]
    assert min(split.after.values()) > 0.8


@pytest.mark.slow
def test_a_section_whose_labels_are_gone_is_missing(rows, tmp_path):
    found = diagnosed(tmp_path, relabelled(rows, lambda label: [] if label == "banks" else [label]))
    assert {proposal.kind for proposal in found.proposals} == {"missing"}
    for proposal in found.proposals:
        assert proposal.sections == ()
        assert {item.article.headline.split()[0] for item in proposal.groups[0].examples} == {"banks"}
    assert found.proposals[0].after["new section 1"] > 0.7


@pytest.mark.slow
def test_sections_without_articles_are_to_be_retired_and_thin_ones_need_stories(rows, tmp_path):
    def thinned(row):
        is_kept = int(row["id"][1:]) < 12
        return row | {"sections": [label for label in row["sections"] if label != "storms" or is_kept]}

    found = diagnosed(tmp_path, [thinned(row) for row in rows], extra=["unused"])
    kinds = {proposal.sections: proposal for proposal in found.proposals if proposal.sections}
    assert kinds[("unused",)].kind == "retire"
    assert "no article has it" in kinds[("unused",)].reason
    starved = kinds[("storms",)]
    assert starved.kind == "starved"
    assert starved.more_stories > 1
    assert "3 stories, too few to be trained; about " in starved.reason


@pytest.mark.slow
def test_a_section_on_every_article_is_to_be_retired(rows, tmp_path):
    found = diagnosed(tmp_path, [row | {"sections": [*row["sections"], "news"]} for row in rows])
    assert [(p.kind, p.sections) for p in found.proposals] == [("retire", ("news",))]


@pytest.mark.slow
def test_the_same_articles_give_the_same_proposals_and_json_holds_all_of_them(rows, tmp_path):
    joined = relabelled(rows, lambda label: ["trade"] if label in ("wheat", "ships") else [label])
    first, second = (json.dumps(diagnosed(tmp_path, joined).to_json()) for _ in range(2))
    assert first == second
    (proposal,) = json.loads(first)["proposals"]
    assert proposal["kind"] == "split"
    assert {"id", "headline", "place"} == set(proposal["groups"][0]["examples"][0])


def test_a_small_corpus_is_examined_without_an_error(tmp_path):
    found = diagnosed(tmp_path, made_rows(30, rng()), settings=TrainingSettings(n_folds=3))
    assert found.n_articles == 30
    assert "too few to look for two subjects" in found.not_examined[0]
