"""Articles that a model has seen are counted apart, of each kind, and the figures without them are given."""

import pytest

from classifier.commands.console import PlainProgress
from classifier.store.files import read_model, write_model
from classifier.store.registry import Registry
from classifier.training.measuring.earlier.seen import percent
from classifier.training.measuring.version_comparison import compare_versions
from classifier.training.measuring.version_evaluation import evaluate_version
from classifier.training.publishing.run import RunOptions, run
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl

KNOWN = small_corpus(60)
#: Articles of the same kinds with other words: no copies.
NEW = [{**row, "id": f"n{i}"} for i, row in enumerate(small_corpus(96)[60:])]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A version trained on 60 articles, one of which names its story."""
    models = tmp_path_factory.mktemp("seen") / "models"
    rows = [KNOWN[0] | {"story": "s-0"}, *KNOWN[1:]]
    data = write_jsonl(models.parent / "train.jsonl", rows)
    run(RunOptions(data=(data,), sections=SECTIONS_FILE, models=models, jobs=1), PlainProgress())
    return Registry(models).folder()


def edited(row, **more):
    return {**row, "body": f"{row['body']} One sentence more.", **more}


@pytest.fixture
def evaluated(folder, tmp_path):
    return lambda rows: evaluate_version(folder, [write_jsonl(tmp_path / "x.jsonl", rows)], PlainProgress())


def test_every_kind_is_counted_and_the_figures_without_them_are_those_of_the_new_articles_alone(evaluated):
    rows = [
        KNOWN[1] | {"id": "other id, same text"},
        edited(KNOWN[2], id="near"),
        {"id": "told", "body": "Quite other words about a swarm.", "sections": ["technology"], "story": "s-0"},
        *NEW,
    ]
    found = evaluated(rows)
    assert found.seen.to_json() == {
        "articles": 3,
        "share": 3 / 39,
        "identical": 1,
        "near_copies": 1,
        "same_story": 1,
        "same_id_other_text": 0,
    }
    assert not found.out_of_sample
    alone = evaluated(NEW)
    assert (alone.out_of_sample, alone.warning, alone.without_seen) == (True, "", None)
    data, expected = found.to_json(), alone.to_json()
    beside = data["without_seen"]
    assert beside["articles"] == 36
    for name in ("micro", "macro_f1", "article_f1", "none", "years", "by_language", "by_length"):
        assert beside[name] == expected[name]
    assert data["seen"]["share"] == round(3 / 39, 6)
    assert (data["why_no_without_seen"], expected["why_no_without_seen"]) == ("", "the model has seen no article")
    says = "the model was trained on 3 of the 39 articles (7.7 %; 1 identical, 1 near copy, 1 of the same story)"
    assert found.warning.startswith(says)
    assert found.warning.endswith("Fix: use the figures without them, which are given next to the others")


def test_figures_by_length_count_each_article_once_in_the_class_of_its_length(evaluated):
    sizes = (20, 40, 80, 200)
    words = [row["body"].split() * 4 for row in NEW]
    rows = [{**row, "headline": "", "body": " ".join(words[i][: sizes[i % 4]])} for i, row in enumerate(NEW)]
    found = evaluated(rows)
    classes = found.by_length
    assert [(c.words_from, c.words_below, c.n_texts) for c in classes] == [
        (0, 30, 9),
        (30, 60, 9),
        (60, 120, 9),
        (120, None, 9),
    ]
    whole = found.assessment.micro.suggested
    for name in ("support", "predicted", "correct"):
        assert sum(getattr(c.micro, name) for c in classes) == getattr(whole, name) > 0
    assert {c.texts for c in classes} == {"articles"}


def test_a_near_copy_of_a_near_copy_counts_as_seen(evaluated):
    once = edited(KNOWN[2], id="once")
    twice = {**once, "id": "twice", "body": " ".join(once["body"].split()[20:])}
    thrice = {**twice, "id": "thrice", "body": " ".join(twice["body"].split()[25:]) + " Nobody wrote this before."}
    found = evaluated([once, twice, thrice, *NEW])
    assert found.seen.n == 3
    assert found.assessment.n_stories == 37
    assert found.without_seen.n_articles == 36


def test_another_version_of_an_article_with_its_id_counts_as_seen(evaluated):
    words = KNOWN[0]["body"].split()
    shorter = {**KNOWN[0], "headline": "", "body": " ".join(words[: len(words) * 2 // 5])}
    found = evaluated([shorter, {**shorter, "id": "other", "body": f"{shorter['body']} and more"}, *NEW])
    assert (found.seen.near.sum(), found.seen.same_story.sum()) == (0, 2)  # the second is a near copy of the first
    assert evaluated([{**shorter, "id": "other"}, *NEW]).out_of_sample


def test_an_id_alone_makes_no_copy_but_is_reported(evaluated):
    # the three kinds of articles share a sentence each, so that an article gets the id of one of another kind
    found = evaluated([{**row, "id": KNOWN[i + 1]["id"]} for i, row in enumerate(NEW[:12])])
    assert (found.seen.n, found.seen.same_id.sum(), found.out_of_sample) == (0, 12, True)
    assert found.warning == ""
    assert found.words_on_ids.startswith("12 articles have the id of a training article but another text, and count as")


def test_if_every_article_was_seen_there_are_no_other_figures_and_the_reason_is_given(evaluated):
    found = evaluated(KNOWN)
    assert found.without_seen is None
    data = found.to_json()
    assert (data["without_seen"], data["why_no_without_seen"]) == (None, "the model has seen every article")
    assert "the model was trained on 60 of the 60 articles (100 %; 60 identical)" in found.warning
    assert "no other article is left to measure" in found.warning


def test_two_versions_are_compared_without_copies_and_one_without_a_record_is_named(folder, tmp_path):
    model = read_model(folder)
    about = model.manifest.model_dump(exclude={"format", "version", "created", "files"})
    bare = write_model(tmp_path / "models", about, model.arrays, {})
    data = write_jsonl(tmp_path / "x.jsonl", [*KNOWN, edited(KNOWN[3], id="near"), *NEW])
    found = compare_versions(tmp_path / "models" / bare, folder, [data], PlainProgress())
    assert (found.n_left_out, found.n_copies, found.unrecorded) == (1, 1, (bare,))
    assert found.words_on_left_out == "1 of 97 (1.0 %) left out as near copies of training articles"
    assert found.warning.startswith(f"the folder of {bare} does not record the training articles")
    assert found.to_json()["warning"] == found.warning
    alone = evaluate_version(tmp_path / "models" / bare, [data], PlainProgress())
    assert (alone.out_of_sample, alone.trained_on, alone.without_seen) == (False, None, None)
    assert alone.to_json()["why_no_without_seen"] == "the model does not record its training articles"


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "-"), (0.0, "0 %"), (0.0003, "under 0.1 %"), (0.00105, "0.1 %"), (0.31, "31 %"), (1.0, "100 %")],
)
def test_a_share_is_written_with_as_many_digits_as_it_needs(share, text):
    assert percent(share) == text
