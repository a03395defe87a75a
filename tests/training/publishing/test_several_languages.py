"""One model of several languages: made, described, measured by language, and compared with others."""

import json

import numpy as np
import pytest

from classifier.article import Article
from classifier.commands.console import PlainProgress
from classifier.corpus.readers import read_corpus
from classifier.corpus.stories import sign
from classifier.errors import CorpusError, LanguageError
from classifier.store.files import read_model
from classifier.store.manifest import Manifest
from classifier.store.registry import Registry
from classifier.tagger import Tagger
from classifier.training.measuring.outoffold_file import find_seen
from classifier.training.measuring.version_evaluation import evaluate_version
from classifier.training.publishing.run import RunOptions, run
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl
from tests.languages import in_cyrillic, translated


def train(data, models, **more):
    options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=models, jobs=1, ignore_checks=True, **more)
    return run(options, PlainProgress())


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory):
    """A folder with a model of English and made-up Russian, and what the run gave; there is less Russian."""
    folder = tmp_path_factory.mktemp("bilingual")
    rows = translated(small_corpus(), "story")[:-6]
    outcome = train(write_jsonl(folder / "x.jsonl", rows), folder / "models", languages=("all",))
    return folder / "models", outcome


@pytest.fixture(scope="module")
def tagger(bilingual):
    return Tagger.load(bilingual[0])


def test_the_manifest_lists_the_languages_most_articles_first(bilingual, tagger):
    models, outcome = bilingual
    assert outcome.languages.codes == ("en", "ru")
    manifest = json.loads((Registry(models).folder() / "manifest.json").read_text("utf-8"))
    assert (manifest["language"], manifest["languages"]) == ("en", ["en", "ru"])
    assert tagger.languages == ("en", "ru")
    assert manifest["scripts"] == ["Cyrillic", "Latin"]
    assert "languages en, ru" in tagger._repr_html_()


def test_a_manifest_of_one_language_is_what_it_was(bilingual, tmp_path):
    models = tmp_path / "models"
    train(write_jsonl(tmp_path / "x.jsonl", small_corpus()), models, languages=("en",), language="en")
    folder = Registry(models).folder()
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["language"] == "en"
    assert "languages" not in manifest  # so the digest of a model that was written before holds
    assert read_model(folder).manifest.languages == ("en",)
    data = json.loads((bilingual[0] / bilingual[1].version / "manifest.json").read_text("utf-8"))
    for broken in (["ru", "en"], ["en", "en"], []):
        with pytest.raises(ValueError, match="languages"):
            Manifest.model_validate(data | {"languages": broken})


@pytest.mark.parametrize("language", ["en", "en_US", "RU", "ru-RU", "rus", "und", "", None])
def test_an_article_in_one_of_the_languages_is_tagged(tagger, language):
    assert tagger.tag(Article(body="Engineers flew a swarm of drones.", language=language)).outcome != "no_known_terms"


def test_an_article_in_another_language_is_refused(tagger):
    with pytest.raises(
        LanguageError, match=r"the article is in “uk_UA”, but the model was trained on “en”, “ru”. Fix:"
    ):
        tagger.tag(Article(body="Engineers flew a swarm.", language="uk_UA"))


def test_both_languages_get_tags_of_their_own_words(tagger):
    text = str(small_corpus()[1]["body"])
    for body in (text, in_cyrillic(text)):
        assert "technology" in [tag.section for tag in tagger.tag({"body": body}).tags]


def test_figures_by_language_are_those_of_its_articles(bilingual):
    models, outcome = bilingual
    predictions, task = outcome.trained.nested.predictions, outcome.task
    data = json.loads((models / outcome.version / "evaluation.json").read_text("utf-8"))["out_of_fold"]["by_language"]
    assert list(data) == ["en", "ru"]
    for code, n in (("en", 36), ("ru", 30)):
        rows = np.array(outcome.languages.of_articles) == code
        suggested, labels = predictions.suggested[rows], task.all_labels[rows]
        applied = predictions.applied[rows]
        found = data[code]
        assert found["articles"] == n == rows.sum()
        assert found["micro"]["support"] == labels.sum()
        assert found["micro"]["predicted"] == suggested.sum()
        assert found["micro"]["correct"] == (suggested & labels).sum()
        assert found["applied"]["predicted"] == applied.sum()
        assert found["micro"]["f1_interval"][0] <= found["micro"]["f1"] <= found["micro"]["f1_interval"][1]
        both = suggested.sum(axis=0) + labels.sum(axis=0)
        f1 = 2 * (suggested & labels).sum(axis=0)[both > 0] / both[both > 0]
        assert found["macro_f1"] == pytest.approx(f1.mean(), abs=1e-6)


def test_report_and_card_have_a_table_of_languages(bilingual):
    models, outcome = bilingual
    report = (models / outcome.version / "report.html").read_text("utf-8")
    card = (models / outcome.version / "model-card.md").read_text("utf-8")
    assert '<section id="languages">' in report
    assert '<th scope="row">ru</th><td>30</td>' in report
    assert "Languages: en, ru." in card
    assert "| ru | 30 |" in card


def test_without_the_option_several_languages_are_refused(tmp_path):
    data = write_jsonl(tmp_path / "x.jsonl", translated(small_corpus()))
    with pytest.raises(CorpusError, match="use --languages all to train one model on all of them"):
        train(data, tmp_path / "models")
    assert not list((tmp_path / "models").glob("*"))


def test_a_model_that_lacks_a_language_of_the_live_one_is_refused(bilingual, tmp_path):
    models, live = bilingual
    data = write_jsonl(tmp_path / "x.jsonl", [row | {"language": "en"} for row in small_corpus()])
    outcome = train(data, models, no_promote=True)
    assert not outcome.verdict.allowed
    assert outcome.verdict.reason.startswith("it was not trained on ru, which the live model knows; ")
    assert outcome.verdict.fix.startswith("add articles in ru; if the model is to know other languages, run ")
    assert Registry(models).current() == live.version


def test_evaluating_measures_each_language_and_counts_translations_as_seen(bilingual, tmp_path):
    models, _ = bilingual
    rows = [
        small_corpus()[0]
        | {"id": "new", "language": "fr", "story": "s-a0", "body": "Une traduction que personne ne lit."},
        small_corpus()[1] | {"id": "other", "body": "Quite another text about drones of an engineer."},
    ]
    evaluation = evaluate_version(
        Registry(models).folder(),
        [write_jsonl(tmp_path / "x.jsonl", [row | {"language": "ru"} for row in rows[:1]] + rows[1:])],
        PlainProgress(),
    )
    assert evaluation.trained_on == 1
    assert "near copies or translations of them" in evaluation.warning
    assert {item.language: item.n_articles for item in evaluation.assessment.languages} == {"ru": 1, "en": 1}


def test_evaluating_refuses_a_row_in_another_language_or_sets_it_aside(bilingual, tmp_path):
    folder = Registry(bilingual[0]).folder()
    rows = [small_corpus()[0], small_corpus()[1] | {"language": "French"}, small_corpus()[2] | {"language": "ru-RU"}]
    data, rejects = [write_jsonl(tmp_path / "x.jsonl", rows)], tmp_path / "rejects.jsonl"
    reason = (
        "language: the article is in “French”, but the model was trained on “en”, “ru”. Fix: use a model of that "
        "language, or leave the language out if it is wrong"
    )
    with pytest.raises(CorpusError) as refused:
        evaluate_version(folder, data, PlainProgress())
    assert f"{data[0]}:2: {reason}\n1 of 3 rows cannot be used" in str(refused.value)
    assert "or use --skip-bad" in str(refused.value)
    evaluation = evaluate_version(folder, data, PlainProgress(), rejects=rejects)
    assert evaluation.assessment.n_articles == 2
    assert evaluation.to_json()["left_out"]["bad_rows"] == 1
    kept = json.loads(rejects.read_text("utf-8"))
    assert (kept["line"], kept["reasons"]) == (2, [reason])
    assert json.loads(kept["raw"]) == rows[1]


@pytest.mark.parametrize(
    ("fields", "is_seen"),
    [
        ({"story": "s-a0"}, True),
        ({"story": "a0"}, False),  # the id of an article is not the name of its story
        ({"translation_of": "a0"}, True),
        ({"translation_of": "s-a0"}, False),
        ({"id": "a0"}, False),  # rows of two tables may have the same numbers
        ({}, False),
    ],
)
def test_an_article_is_seen_if_its_story_was_trained_on(bilingual, tmp_path, sections, fields, is_seen):
    models, _ = bilingual
    row = {"id": "z", "body": "Ни одного знакомого слова.", "sections": ["technology"]} | fields
    articles = read_corpus([write_jsonl(tmp_path / "x.jsonl", [row])], sections).articles
    signatures = sign([item.prepared.text for item in articles])
    seen = find_seen(Registry(models).folder(), articles, signatures, np.arange(len(articles)))
    assert (seen.n, seen.same_story.sum()) == (is_seen, is_seen)


def test_a_text_in_a_script_that_the_model_does_not_know_is_said(tagger):
    answer = tagger.tag({"body": "外交部发言人星期二表示双方举行了会谈"})
    assert (answer.outcome, answer.unknown_script) == ("no_known_terms", "Han")
    assert answer.to_json()["unknown_script"] == "Han"
    mixed = "外交部发言人 drones 表示双方举行了会谈 engineers 发表声明并回答了记者的提问"
    (answer,) = tagger.tag_many([{"body": mixed}])
    assert (answer.outcome != "no_known_terms", answer.unknown_script) == (True, "Han")
    assert answer == tagger.tag({"body": mixed})
    assert "does not know Han script" in answer._repr_html_()
    known = ["Engineers flew drones.", "Инженеры", "Қазақстан", "12 – 13", "“Engineers” — наука, 北京"]
    for body in known:
        answer = tagger.tag({"body": body})
        assert answer.unknown_script is None
        assert "unknown_script" not in answer.to_json()
