import json
import subprocess
import sys
from bisect import bisect_right

import numpy as np
import pytest
from hypothesis import example, given, settings

from classifier import Article, Choice
from classifier.errors import ModelError
from classifier.store.files import read_model
from classifier.store.registry import Registry
from classifier.terms import definition
from classifier.terms.encoding import utf8
from classifier.terms.hashing import hash_texts
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare
from classifier.training.publishing.export import export_sklearn, to_pipeline
from tests.conftest import ARTICLES
from tests.helpers import environment, run_python
from tests.terms.test_kernel import TEXTS


@pytest.fixture(scope="module")
def model(starter_models):
    return read_model(Registry(starter_models).folder())


@pytest.fixture(scope="module")
def pipeline(model):
    return to_pipeline(model)


def bodies() -> list[str]:
    lines = (line for path in sorted(ARTICLES.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines())
    return [json.loads(line)["body"] for line in lines]


@pytest.mark.slow
def test_margins_of_the_starter_corpus_are_those_of_the_pipeline(tagger, pipeline):
    texts = [prepare(Article(body=body), HeaderNames(tagger.sections.spellings)).text for body in bodies()]
    margins, n_known, _ = tagger._vocabulary.margins_of_each(list(map(utf8, texts)))
    assert (n_known > 0).all()
    np.testing.assert_allclose(margins, pipeline.decision_function(texts), atol=1e-5)


@settings(max_examples=100)
@given(TEXTS)
@example("ΌΣΟΣ ٣٤٥ border clash İ")
def test_margins_of_any_text_are_those_of_the_pipeline(tagger, pipeline, text):
    text = text.encode("utf-8", "replace").decode()
    margins, n_known, _ = tagger._vocabulary.margins(utf8(text))
    if n_known:
        np.testing.assert_allclose(margins, pipeline.decision_function([text])[0], atol=1e-5)


def test_what_stands_beside_the_pipeline_turns_its_margins_into_the_answer(tagger, pipeline):
    answer = tagger.tag(Article(body=bodies()[0]), Choice(all=True, explain=True))
    margins = dict(zip(pipeline.copydesk["sections"], pipeline.decision_function([answer.text])[0], strict=True))
    assert pipeline.copydesk["version"] == answer.model
    n_words = hash_texts([answer.text]).lengths[0]
    for tag in answer.tags:
        section = pipeline.copydesk["sections"][tag.section]
        rule = [*section.get("shorter", ()), section][bisect_right(pipeline.copydesk["lengths"], n_words)]
        probability = 1 / (1 + np.exp(-(rule["slope"] * margins[tag.section] + rule["offset"])))
        assert probability == pytest.approx(tag.probability, abs=1e-5)
        assert (tag.decision != "below") == (tag.probability >= rule["suggest"])


@pytest.mark.slow
def test_a_pipeline_is_loaded_and_used_where_copydesk_is_not_installed(starter_models, tmp_path):
    file = tmp_path / "model.joblib"
    done = run_python("-m", "classifier", "export", file, "--models", starter_models, env=environment())
    assert done.returncode == 0, done.stderr
    program = """
import sys
sys.modules["classifier"] = None
import joblib
pipeline = joblib.load(sys.argv[1])
assert pipeline["tfidf"].build_analyzer()("नमस्ते 中国") == ["नमस्ते", "中", "国", "中+国"] + SUBWORDS
print(pipeline.predict(["Border clash: troops traded fire"]).shape, pipeline.copydesk["version"])
""".replace("SUBWORDS", repr(definition.features("नमस्ते", definition.Subwords.NON_LATIN)[1:]))
    command = [sys.executable, "-W", "error", "-c", program, str(file)]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["(1,", "13)", Registry(starter_models).current()]


def test_a_model_of_the_earlier_analyzer_gives_its_margins_too(model):
    """Its arrays mean the same for a text of Latin words; marks and scripts without spaces have other terms."""
    manifest = model.manifest.model_copy(update={"analyzer": 1, "subwords": definition.Subwords.OFF})
    earlier = to_pipeline(type(model)(manifest, model.arrays))
    assert earlier["tfidf"].build_analyzer()("नमस्ते 中国") == ["नमस", "中国", "नमस 中国"]
    texts = bodies()[:20]
    np.testing.assert_allclose(earlier.decision_function(texts), to_pipeline(model).decision_function(texts), atol=1e-9)


def test_a_file_that_cannot_be_written_is_named(model, tmp_path):
    with pytest.raises(ModelError, match="cannot be written"):
        export_sklearn(model, tmp_path / "no folder" / "model.joblib")


def test_a_pipeline_of_one_section_has_margins_too(model):
    one = model.manifest.model_copy(update={"trained": model.manifest.trained[:1]})
    arrays = model.arrays
    cut = type(arrays)(
        arrays.terms, np.ascontiguousarray(arrays.weights[:, :1]), arrays.intercepts[:1], arrays.idf, arrays.table
    )
    pipeline = to_pipeline(type(model)(one, cut))
    assert np.asarray(pipeline.decision_function(["border clash"])).size == 1
    assert list(pipeline.copydesk["sections"]) == [one.trained[0].section.id]
