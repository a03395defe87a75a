"""The vocabulary doctor: it finds planted faults, and proposes nothing for sections that are as they should be."""

import json

import numpy as np
import pytest

from classifier.commands.console import PlainProgress
from classifier.training.diagnosing.doctor import examine
from classifier.training.diagnosing.proposals import MoreStories, Unjudged
from classifier.training.diagnosing.sampling import sampled
from classifier.training.diagnosing.splitting import Division, credible
from classifier.training.diagnosing.starving import LearningSlope, f1_interval
from classifier.training.diagnosing.subjects import NamedArticles
from classifier.training.measuring.evaluation import Score
from classifier.training.training_settings import TrainingSettings
from tests.training.diagnosing.made import made_rows, read_made, relabelled, rng

SETTINGS = TrainingSettings()


@pytest.fixture(scope="module")
def rows():
    return made_rows(360, rng())


def diagnosed(folder, rows, extra=(), settings=SETTINGS):
    articles, sections = read_made(folder, rows, extra)
    return examine(articles, sections, settings, 2, PlainProgress())


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
    assert ("storms",) not in kinds
    (unjudged,) = found.unjudged
    assert (unjudged.stories, unjudged.named) == ({"storms": 3}, "storms (3)")
    assert unjudged.reason == "fewer than 6 stories, too few to measure F1. Fix: add stories, and run doctor again"


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


@pytest.mark.slow
def test_a_section_is_starved_only_if_its_low_f1_cannot_be_chance(rows, tmp_path):
    """Two sections of 24 stories: one is drawn at random among the articles, the other one has words of its own."""
    draw = rng()
    chosen = set(draw.permutation(360)[:24].tolist())
    more = [row | {"sections": [*row["sections"], *(["rumours"] if i in chosen else [])]} for i, row in enumerate(rows)]
    found = diagnosed(tmp_path, [row for row in more if "ships" not in row["sections"] or int(row["id"][1:]) < 96])
    kinds = {proposal.sections: proposal for proposal in found.proposals}
    assert ("ships",) not in kinds
    rumours = kinds.get(("rumours",))
    assert rumours is not None
    assert rumours.kind in ("starved", "retire")
    assert f1_interval(Score(24, 0, 0))[1] < 0.2


def test_the_interval_of_an_f1_narrows_with_the_number_of_articles_and_holds_it():
    for support, predicted, correct in ((3, 2, 1), (10, 10, 5), (100, 100, 50)):
        score = Score(support, predicted, correct)
        low, high = f1_interval(score)
        assert 0 <= low < score.f1 < high <= 1
    widths = [high - low for low, high in (f1_interval(Score(n, n, n // 2)) for n in (4, 20, 100, 1000))]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0.5
    assert widths[-1] < 0.06


def test_the_slope_gives_the_stories_that_a_section_lacks_and_none_if_no_likely_number_would_do():
    slope = LearningSlope(gain=0.1, f1=0.5, doublings=4.0)
    assert slope.more_stories(16, 0.5) == 48
    assert slope.more_stories(16, 0.1) is None
    assert slope.usual_stories == 64
    assert LearningSlope(gain=0.02, f1=0.5, doublings=4.0).usual_stories is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (MoreStories(30, 10, 120), "about 30 more (10 to 120)"),
        (MoreStories(1_200, 10, None), "about 1,200 more (10 to far more)"),
        (MoreStories(None, 28, None), "28 more at least, and probably far more,"),
    ],
)
def test_the_stories_that_are_missing_are_given_with_their_limits(more, words):
    assert more.words == words


def test_many_sections_that_are_too_early_to_judge_are_named_by_their_number():
    unjudged = Unjudged("too few", {f"s{n}": 15 - n for n in range(15)})
    assert unjudged.named.startswith("s0 (15), s1 (14), ")
    assert unjudged.named.endswith("s11 (4) and 3 more")
    assert len(unjudged.to_json()["stories"]) == 15


def test_of_too_many_articles_a_sample_is_examined_that_keeps_rare_sections(rows, tmp_path):
    rare = [row | {"sections": [*row["sections"], "rare"]} if i % 40 == 0 else row for i, row in enumerate(rows)]
    articles, _ = read_made(tmp_path, rare)
    everything, words = sampled(articles, seed=0, most=360)
    assert (len(everything), words) == (360, "")
    some, words = sampled(articles, seed=0, most=100, rare=20)
    assert sum("rare" in item.sections for item in some) == 9
    assert len(some) == len({item.article.id for item in some}) == 100
    assert [item.place for item in some] == [item.place for item in articles if item in some]
    assert words.startswith("260 of the 360 articles: only 100 were examined, a random sample, with the articles of ")
    assert sampled(articles, seed=0, most=100, rare=20)[0] == some
    assert sampled(articles, seed=1, most=100, rare=20)[0] != some


@pytest.mark.parametrize(
    ("n_divided", "n_sections", "n_kept"),
    [(2, 4, 2), (3, 4, 0), (7, 7, 0), (3, 3, 3), (3, 8, 3), (6, 8, 4), (7, 8, 0), (16, 20, 0)],
)
def test_if_most_sections_look_like_two_subjects_only_the_clearest_are_to_be_split_and_if_nearly_all_none(
    n_divided, n_sections, n_kept
):
    half = np.arange(100) < 50
    subjects = [NamedArticles((f"s{n}",), half) for n in range(n_sections)]
    divisions = [Division(subject, half, ~half, 0.8 - k / 100) for k, subject in enumerate(subjects[:n_divided])]
    kept, reasons = credible(divisions, [*subjects, NamedArticles(("small",), np.arange(100) < 9)])
    assert len(kept) == n_kept
    assert {division.transfer for division in kept} == set(sorted(d.transfer for d in divisions)[:n_kept])
    assert [reason.split(".")[0] for reason in reasons] == (
        [] if n_kept == n_divided else [f"{n_divided} of {n_sections} sections look like two subjects"]
    )
