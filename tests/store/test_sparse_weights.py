"""A model with sparse weights: stored, read, tagged with and explained as one whose weights are a table."""

import json
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest

from classifier.article import Article
from classifier.errors import DamagedModelError, MissingModelFileError
from classifier.request import Choice
from classifier.store.arrays import ModelArrays
from classifier.store.files import EVALUATION_FILE, read_model, write_model
from classifier.store.manifest import SPARSE_FORMAT
from classifier.store.probe import load_probed
from classifier.store.registry import Registry
from classifier.tagger import Tagger
from classifier.terms.weighing import ENTRY, SparseRows
from classifier.training.publishing.export import export_sklearn

ARTICLES = [
    Article(headline="Troops clash at border", body="Indian and Chinese soldiers clashed in Ladakh on Monday."),
    Article(
        body="The navy sent two frigates and a submarine to the South China Sea, Manila said. Ärger über Ölpreise."
    ),
    Article(body="Terrorists attacked a police station near the border, and the army closed the roads."),
]
LEAST = 0.05


def sparse(weights: np.ndarray) -> SparseRows:
    """Weights of two bytes each; the small ones are left out."""
    steps = np.exp2(np.ceil(np.log2(np.abs(weights).max(axis=0) / 32_767)))
    rounded = np.where(np.abs(weights) < LEAST, 0, np.rint(weights / steps) * steps).astype(np.float32)
    sections, features = np.nonzero(rounded.T)
    indptr = np.concatenate([[0], np.cumsum((rounded != 0).sum(axis=0))])
    return SparseRows.of_columns(indptr, features, rounded[features, sections], len(rounded))


def table(rows: SparseRows) -> np.ndarray:
    numbers = np.arange(rows.shape[0], dtype=np.int32)
    return np.column_stack([rows.of(numbers, s) for s in range(rows.shape[1])]).astype(np.float32)


def write(models: Path, model, weights) -> Path:
    arrays = ModelArrays.by_frequency(
        list(model.arrays.terms), weights, np.array(model.arrays.intercepts), np.array(model.arrays.idf)
    )
    fields = {name: getattr(model.manifest, name) for name in type(model.manifest).model_fields}
    for name in ("format", "version", "created", "files"):
        del fields[name]
    return models / write_model(models, {**fields, "fingerprint_seed": arrays.table.seed}, arrays, {"figures": []})


@pytest.fixture(scope="module")
def folders(starter_models, tmp_path_factory):
    """Two models of the same weights: as sparse rows, and as a table."""
    model, models = read_model(Registry(starter_models).folder()), tmp_path_factory.mktemp("sparse")
    rows = sparse(np.array(model.arrays.weights))
    return write(models / "rows", model, rows), write(models / "table", model, table(rows))


@pytest.fixture(scope="module")
def taggers(folders):
    return [Tagger(load_probed(folder), folder) for folder in folders]


def same(one, other):
    assert [tag.section for tag in one.tags] == [tag.section for tag in other.tags]
    assert [tag.decision for tag in one.tags] == [tag.decision for tag in other.tags]
    np.testing.assert_allclose([t.probability for t in one.tags], [t.probability for t in other.tags], atol=1e-12)


@pytest.mark.parametrize("choice", [Choice(), Choice(all=True), Choice(all=True, explain=True)])
def test_sparse_weights_tag_as_a_table_does(taggers, choice):
    for article in ARTICLES:
        same(*(tagger.tag(article, choice) for tagger in taggers))


def test_many_articles_get_the_tags_of_each(taggers):
    rows, _ = taggers
    assert rows.tag_many(ARTICLES, Choice(all=True)) == [rows.tag(article, Choice(all=True)) for article in ARTICLES]


def test_explanations_sum_to_the_logit_and_name_the_same_words(taggers):
    for tag, other in zip(*(tagger.tag(ARTICLES[0], Choice(explain=True)).tags for tagger in taggers), strict=True):
        found, expected = tag.explanation, other.explanation
        assert sum(item.share for item in found.evidence) + found.rest == pytest.approx(found.logit, abs=1e-12)
        assert [(item.term, item.spans) for item in found.evidence] == [(i.term, i.spans) for i in expected.evidence]


def test_the_words_of_a_suggestion_are_the_same(taggers):
    section = taggers[0].manifest.trained[0].section.id
    one, other = (tagger.words_for(ARTICLES[0], [section], 3) for tagger in taggers)
    assert one == other
    assert one[0]


def test_a_sparse_model_has_a_format_that_earlier_versions_refuse(folders):
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in folders]
    assert [manifest["format"] for manifest in manifests] == [SPARSE_FORMAT, 3]
    assert {"weights.npy", "starts.npy", "scales.npy"} <= manifests[0]["files"].keys()
    assert (folders[0] / "weights.npy").stat().st_size < (folders[1] / "weights.npy").stat().st_size / 3


@pytest.mark.parametrize("name", ["weights.npy", "starts.npy", "scales.npy"])
def test_a_missing_array_is_named(folders, tmp_path, name):
    copy = tmp_path / folders[0].name
    copy.mkdir()
    for path in folders[0].iterdir():
        if path.name != name:
            (copy / path.name).write_bytes(path.read_bytes())
    with pytest.raises(MissingModelFileError, match=name):
        read_model(copy)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: replace(rows, starts=rows.starts[::-1].copy()), "begin and end"),
        (lambda rows: replace(rows, starts=np.r_[0, rows.starts[-1], rows.starts[2:]]), "ascending"),
        (lambda rows: replace(rows, scales=rows.scales[:-1]), "does not exist"),
        (lambda rows: replace(rows, scales=-rows.scales), "step above 0"),
        (lambda rows: replace(rows, entries=rows.entries["steps"].copy()), "shapes or types"),
    ],
)
def test_arrays_that_compiled_code_must_not_read_are_refused(folders, change, said):
    rows = read_model(folders[0]).arrays.weights
    assert rows.problem() is None
    assert said in change(rows).problem()


def test_a_model_whose_rows_lead_nowhere_is_refused(folders, tmp_path):
    model = read_model(folders[0])
    rows = replace(model.arrays.weights, entries=np.zeros(0, ENTRY))
    folder = write(tmp_path, model, sparse(table(model.arrays.weights)))
    arrays = replace(read_model(folder).arrays, weights=rows)
    fields = {name: getattr(model.manifest, name) for name in type(model.manifest).model_fields}
    for name in ("format", "version", "created", "files"):
        del fields[name]
    version = write_model(tmp_path, fields, arrays, {})
    with pytest.raises(DamagedModelError, match="begin and end"):
        read_model(tmp_path / version)


def test_an_exported_pipeline_gives_the_same_margins(folders, taggers, tmp_path):
    export_sklearn(read_model(folders[0]), tmp_path / "model.joblib")
    pipeline = joblib.load(tmp_path / "model.joblib")
    texts = [taggers[0].tag(article, Choice(explain=True)).text for article in ARTICLES]
    scored = [taggers[0]._vocabulary.score(text).margins for text in texts]
    np.testing.assert_allclose(pipeline.decision_function(texts), scored, atol=1e-9)


def test_the_digests_cover_every_array(folders, tmp_path):
    copy = tmp_path / folders[0].name
    copy.mkdir()
    for path in folders[0].iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    scales = np.load(copy / "scales.npy")
    np.save(copy / "scales.npy", scales * 2)
    with pytest.raises(DamagedModelError, match=r"scales\.npy was changed"):
        read_model(copy)
    assert (copy / EVALUATION_FILE).exists()
