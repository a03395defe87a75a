"""GET /v1/sections of a large vocabulary: pages, a search, and the answer of a batch that would be too long."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.service.answers import SectionsAnswer
from classifier.service.http import routes
from classifier.service.http.query.sections import MOST_ON_A_PAGE
from classifier.store.files import read_model, write_model
from classifier.store.registry import Registry
from tests.service.http.test_contract import make_client

N = 1_204
ARTICLE = {"body": "Indian and Chinese troops fought at the disputed border in Ladakh."}


@pytest.fixture(scope="module")
def client(starter_models, tmp_path_factory):
    models = tmp_path_factory.mktemp("many")
    model = read_model(Registry(starter_models).folder())
    about = model.manifest.model_dump(mode="json", exclude={"format", "version", "created", "files"})
    columns = [i % len(about["trained"]) for i in range(N)]
    about["trained"] = [
        about["trained"][column]
        | {"section": {"id": f"section-{k}", "name": f"Section {k}", "aliases": [f"Ressort Ä{k}"]}}
        for k, column in enumerate(columns)
    ]
    weights = np.ascontiguousarray(model.arrays.weights[:, columns])
    arrays = replace(model.arrays, weights=weights, intercepts=model.arrays.intercepts[columns])
    Registry(models).promote(write_model(models, about, arrays, {}))
    return make_client(models)


def test_a_list_of_more_than_a_thousand_comes_in_pages(client):
    first = client.get("/v1/sections").get_json()
    assert len(first["sections"]) == MOST_ON_A_PAGE
    assert SectionsAnswer.model_validate(first).next == first["next"]
    second = client.get(f"/v1/sections?cursor={first['next']}").get_json()
    assert "next" not in second
    ids = [section["id"] for section in first["sections"] + second["sections"]]
    assert ids[:N] == [f"section-{k}" for k in range(N)]
    assert len(set(ids)) == len(ids)


def test_the_list_of_a_usual_vocabulary_is_one_page(starter_models):
    answer = make_client(starter_models).get("/v1/sections").get_json()
    assert set(answer) == {"model", "language", "languages", "sections"}


def test_a_limit_makes_pages_shorter(client):
    answer, seen = client.get("/v1/sections?limit=500").get_json(), 0
    for expected in (500, 500, 204):
        assert len(answer["sections"]) == expected
        seen += expected
        if "next" in answer:
            answer = client.get(f"/v1/sections?limit=500&cursor={answer['next']}").get_json()
    assert seen == N


@pytest.mark.parametrize("part", ["section-1203", "SECTION 1203", "ressort ä1203"])
def test_a_search_finds_by_id_name_and_alias(client, part):
    found = client.get("/v1/sections", query_string={"search": part}).get_json()["sections"]
    assert [section["id"] for section in found] == ["section-1203"]


def test_a_search_has_pages_too(client):
    first = client.get("/v1/sections?search=SECTION-11&limit=50").get_json()
    assert len(first["sections"]) == 50
    rest = client.get(f"/v1/sections?search=SECTION-11&limit=100&cursor={first['next']}").get_json()
    assert "next" not in rest
    assert len(rest["sections"]) == 1 + 10 + 100 - 50
    assert client.get("/v1/sections?search=nowhere").get_json()["sections"] == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=5&limit=6", "send it once"),
        ("search=", "search"),
        ("cursor=nonsense", "Fix: send “next” of the previous page"),
        ("cursor=20200101T000000Z-00000000_1000", "Fix: start again at the first page"),
    ],
)
def test_a_wrong_parameter_is_named(client, query, said):
    answer = client.get(f"/v1/sections?{query}")
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "setting", "n"),
    [("all=true", "MOST_TAGS", 4), ("all=true&explain=true", "MOST_EXPLAINED", 2)],
)
def test_a_batch_whose_answer_would_be_too_long_is_refused(client, monkeypatch, query, setting, n):
    monkeypatch.setattr(routes, setting, n * N)
    allowed = client.post(f"/v1/tags/batch?{query}", json={"articles": [ARTICLE] * n})
    assert [len(result["tags"]) for result in allowed.get_json()["results"]] == [N] * n
    refused = client.post(f"/v1/tags/batch?{query}", json={"articles": [ARTICLE] * (n + 1)})
    assert refused.status_code == 413
    detail = refused.get_json()["detail"]
    assert f"more than {n * N:,}" in detail
    assert "Fix: send fewer articles in a batch, or leave out “all”, or name the sections in “only”" in detail
    named = client.post(f"/v1/tags/batch?{query}", json={"articles": [ARTICLE | {"only": ["section-3"]}] * (n + 1)})
    assert named.status_code == 200
