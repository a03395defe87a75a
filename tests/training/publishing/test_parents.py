"""A vocabulary with parents, from labels to answers: training, figures and serving agree."""

import json
import math

import numpy as np
import pytest

from classifier import Choice, Tagger
from classifier.article import Article
from classifier.commands.console import PlainProgress
from classifier.sections import Section, Sections
from classifier.service.answers import ArticleAnswer, SectionsAnswer
from classifier.service.app import create_app
from classifier.settings import Settings
from classifier.store.files import read_model
from classifier.store.registry import Registry
from classifier.training.fitting.rule_fitter import RuleFitter
from classifier.training.measuring.audit import audit_corpus
from classifier.training.measuring.version_evaluation import evaluate_version
from classifier.training.measuring.vocabularies import merged
from classifier.training.publishing.run import RunOptions, run
from classifier.training.training_settings import TrainingSettings
from tests.helpers import small_corpus, write_jsonl
from tests.training.fitting.test_calibration import simulated

CLIMATE, TECHNOLOGY, WORLD = "climate-and-disasters", "technology", "world"
FLAT = (Section(id=CLIMATE, name="Climate"), Section(id=TECHNOLOGY, name="Technology"), Section(id=WORLD, name="World"))
#: The middle of three: its articles are few, so it is not trained.
THIN = Section(id="thin", name="Thin", parent=WORLD)
FAMILY = Sections(
    [
        FLAT[0].model_copy(update={"parent": WORLD}),
        FLAT[1].model_copy(update={"parent": WORLD}),
        FLAT[2],
        THIN,
    ]
)
EVERYTHING = Choice(all=True, explain=True)


def options(folder, data, sections=FAMILY):
    return RunOptions(data=(data,), sections=sections, models=folder / "models", jobs=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder of models, and the outcome of a run with parents."""
    folder = tmp_path_factory.mktemp("family")
    data = write_jsonl(folder / "x.jsonl", small_corpus(48))
    return folder, run(options(folder, data), PlainProgress())


@pytest.fixture(scope="module")
def tagger(trained):
    folder, outcome = trained
    return Tagger(read_model(folder / "models" / outcome.version))


def test_a_label_of_a_child_is_one_of_its_parent_and_the_account_counts_it(trained):
    folder, outcome = trained
    assert outcome.trained.support == {CLIMATE: 16, TECHNOLOGY: 16, WORLD: 32, "thin": 0}
    assert outcome.task.parents == (2, 2, None)
    (account,) = json.loads((folder / "models" / outcome.version / "reading.json").read_text())
    assert account["changed"] == {"articles that also got the parent of a section they have": 32}


def test_out_of_fold_a_parent_is_never_less_probable_than_a_child(trained):
    _, outcome = trained
    probabilities = outcome.trained.nested.predictions.probabilities
    children = probabilities[:, :2].max(axis=1)
    assert (probabilities[:, 2] >= children).all()
    assert (probabilities[:, 2] == children).any()


def test_thresholds_of_a_parent_are_chosen_on_the_raised_probabilities():
    """Alone, the parent has noise for margins, so no threshold of its own is any good."""
    (one, is_one), (two, is_two) = simulated(900, 12.0, -12.0), simulated(900, 12.0, -12.0, seed=1)
    margins = np.column_stack([one, two, np.random.default_rng(2).normal(size=900)])
    labels = np.column_stack([is_one, is_two, is_one | is_two])
    given = (margins, labels, np.arange(900) % 5, np.arange(900), TrainingSettings())
    alone, family = RuleFitter(*given).fit(), RuleFitter(*given, (2, 2, None)).fit()
    assert [rule.parent for rule in family.sections] == [2, 2, None]
    assert [rule.scaling for rule in alone.sections] == [rule.scaling for rule in family.sections]
    assert alone.sections[2].apply is None
    assert family.sections[2].apply is not None
    assert family.sections[2].suggest > alone.sections[2].suggest
    suggested = family.predict(margins).suggested[:, 2]
    assert (suggested & labels[:, 2]).sum() / suggested.sum() > 0.7


def test_every_answer_keeps_a_parent_at_least_as_probable_and_says_what_raised_it(tagger):
    texts = [row["body"] for row in small_corpus(12)] + ["The sluice gates and the drones of the district"]
    answers = [tagger.tag(Article(body=text), EVERYTHING) for text in texts]
    raised = 0
    for text, answer in zip(texts, answers, strict=True):
        tags = {tag.section: tag for tag in answer.tags}
        assert tags[WORLD].probability >= max(tags[CLIMATE].probability, tags[TECHNOLOGY].probability)
        for tag in answer.tags:
            found = tag.explanation
            assert math.fsum(item.share for item in found.evidence) + found.rest == pytest.approx(found.logit)
            assert tag.probability == pytest.approx(1 / (1 + math.exp(-found.logit)))
            assert found.raised_by in (None, *((CLIMATE, TECHNOLOGY) if tag.section == WORLD else ()))
        if (by := tags[WORLD].explanation.raised_by) is not None:
            raised += 1
            assert tags[WORLD].probability == tags[by].probability
            assert tags[WORLD].to_json()["evidence"] == tags[by].to_json()["evidence"]
            assert tags[WORLD].to_json()["raised_by"] == by
            assert "raised_by" not in tags[by].to_json()
        alone = tagger.tag(Article(body=text), Choice(only=(WORLD,), all=True))
        assert alone.tags[0].probability == tags[WORLD].probability
    assert raised
    plain = [tagger.tag(Article(body=text)) for text in texts]
    assert tagger.tag_many([Article(body=text) for text in texts]) == plain
    for answer, tagged in zip(answers, plain, strict=True):
        assert [(t.section, t.probability, t.decision) for t in tagged.tags] == [
            (t.section, t.probability, t.decision) for t in answer.tags if t.decision != "below"
        ]


def test_evaluation_reads_labels_as_training_did(trained, tmp_path):
    folder, outcome = trained
    data = write_jsonl(tmp_path / "y.jsonl", small_corpus(24))
    found = evaluate_version(folder / "models" / outcome.version, [data], PlainProgress())
    assert found.assessment.to_json(found.section_ids)["sections"][WORLD]["support"] == 16


def test_suspects_are_explained_by_the_section_that_decided(trained):
    _, outcome = trained
    found = audit_corpus(outcome.corpus, FAMILY, TrainingSettings(), 1, PlainProgress())
    for suspect in found.suspects:
        for name, probability in {**suspect.missing, **suspect.surplus}.items():
            reason = suspect.reasons[name]
            assert math.fsum(share for _, share in reason.terms) + reason.rest == pytest.approx(reason.logit)
            assert probability == pytest.approx(1 / (1 + math.exp(-reason.logit)))


def test_the_vocabulary_of_a_model_keeps_its_parents(tagger):
    listed = {entry["id"]: entry["parent"] for entry in tagger.vocabulary_json()[0]}
    assert listed == {CLIMATE: WORLD, TECHNOLOGY: WORLD, WORLD: None, "thin": WORLD}


def test_the_service_shows_parents_and_what_raised_them(trained):
    folder, _ = trained
    app = create_app(Settings.load({"models": folder / "models", "keys": folder / "none"}, {}, folder / "none"))
    client = app.test_client()
    listed = SectionsAnswer.model_validate(client.get("/v1/sections").get_json())
    assert {section.id: section.parent for section in listed.sections}[CLIMATE] == WORLD
    raised = []
    for row in small_corpus(6):
        sent = {"body": row["body"]}
        answer = ArticleAnswer.model_validate(client.post("/v1/tags?explain=true&all=true", json=sent).get_json())
        in_units = client.post("/v1/tags?explain=true&all=true&units=utf16", json=sent).get_json()
        raised += [tag.raised_by for tag in answer.tags if tag.raised_by]
        assert [tag.get("raised_by") for tag in in_units["tags"]] == [tag.raised_by for tag in answer.tags]
    assert set(raised) <= {CLIMATE, TECHNOLOGY}
    assert raised


def test_a_vocabulary_that_gets_parents_is_compared_without_the_labels_that_they_add(tmp_path):
    """Three labels an article instead of one would else be disputed, and nothing could be compared."""
    rows = small_corpus(48)
    for row in rows[:15]:
        row["sections"] += ["World", "Top"]
    data = write_jsonl(tmp_path / "x.jsonl", rows)
    top = Section(id="top", name="Top")
    run(options(tmp_path, data, Sections([*FLAT, top])), PlainProgress())
    tall = Sections([*list(FAMILY)[:2], FLAT[2].model_copy(update={"parent": "top"}), top])
    outcome = run(options(tmp_path, data, tall), PlainProgress())
    assert "differ from those that the live model was trained on" not in outcome.verdict.reason
    assert outcome.verdict.comparison is not None
    assert outcome.verdict.n_disputed > 0


def test_the_rules_of_a_run_without_parents_are_those_of_a_flat_vocabulary(tmp_path):
    data = write_jsonl(tmp_path / "x.jsonl", small_corpus(36))
    outcome = run(options(tmp_path, data, Sections(FLAT)), PlainProgress())
    manifest = (Registry(tmp_path / "models").folder(outcome.version) / "manifest.json").read_text()
    assert '"parent"' not in manifest
    assert outcome.trained.rules.parents == (None, None)
    for fold, rules in enumerate(outcome.trained.nested.rules):
        held = outcome.task.folds == fold
        margins, n_words = outcome.trained.scored.margins[held, 0], outcome.task.counted.n_words[held]
        scalings = [rules.of(n).sections[0].scaling for n in n_words.tolist()]
        own = [scaling.probability(margin) for scaling, margin in zip(scalings, margins.tolist(), strict=True)]
        assert np.array_equal(outcome.trained.nested.predictions.probabilities[held, 0], own)


def test_two_vocabularies_together_keep_parents_of_the_later_one():
    earlier = Sections([Section(id="asia", name="Asia"), Section(id="nepal", name="Nepal", parent="asia")])
    later = Sections([Section(id="asia-pacific", name="Asia Pacific", aliases=("asia",))])
    assert merged(earlier, later).ancestors("nepal") == ("asia-pacific",)
    gone = Sections([Section(id="asia", name="Asia", status="deprecated")])
    assert merged(earlier, gone).ancestors("nepal") == ()
