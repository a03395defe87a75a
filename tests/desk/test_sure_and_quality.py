"""Many decisions at once, the page of quality, and the versions."""

import base64
import hashlib
import re
import shutil
import time

import pytest

from classifier.feedback.store import FeedbackStore
from classifier.feedback.suggestion import SuggestedTag, SuggestionDraft
from classifier.pages.environment import table_script
from classifier.service.app import create_app
from classifier.service.desk.counting import SectionCount
from classifier.settings import Settings
from classifier.store.registry import Registry
from tests.driver.desk import DRONES, FLOOD, Editor, keep_drafts
from tests.helpers import small_corpus


def drafts(n, decisions):
    for i in range(n):
        tags = tuple(
            SuggestedTag(section, section, 0.99 if decision == "apply" else 0.6, decision, ("word",))
            for section, decision in zip((FLOOD, DRONES), decisions, strict=False)
        )
        yield SuggestionDraft("cms", f"{'-'.join(decisions)}-{i}", "1", "m", "tagged", tags, headline=f"Story {i}")


@pytest.fixture
def mixed(tmp_path):
    """Three stories with sure tags alone, two with a doubtful one, and two without a tag; the ids of each kind."""
    database = str(tmp_path / "feedback.db")
    return [
        keep_drafts(database, list(drafts(n, decisions)))
        for n, decisions in ((3, ("apply",)), (2, ("apply", "review")), (2, ()))
    ]


def test_what_is_sure_is_accepted_at_once_and_the_rest_stays(desk, mixed, tmp_path):
    _, ada, *_ = desk
    sure, doubtful, without = mixed
    page = ada.get("/desk/queue/sure")
    boxes = [int(box.attributes["value"]) for box in page.html.css("input[name=accept]")]
    assert boxes == sure
    done = ada.post("/desk/queue/sure", csrf=page.token(), accept=boxes[:2])
    assert "accepted=2" in done.location
    listed = ada.get(done.location)
    assert "Accepted: 2." in listed.text
    assert "5 open suggestions" in listed.text
    with FeedbackStore.existing(str(tmp_path / "feedback.db")) as store:  # ticked beforehand is not looked at
        assert [entry.feedback.seen for entry in store.latest()] == [frozenset(), frozenset()]
    assert [number for number in (*sure, *doubtful, *without) if f"/desk/queue/{number}" in str(listed.html.html)] == [
        sure[2],
        *doubtful,
        *without,
    ]


def test_of_the_ticked_ones_those_that_somebody_decided_meanwhile_are_told(desk, mixed):
    _, ada, grace, _ = desk
    sure = mixed[0]
    token = ada.get("/desk/queue/sure").token()
    grace.send(f"/desk/queue/{sure[0]}", action="reject")
    done = ada.post("/desk/queue/sure", csrf=token, accept=[*sure, "x"])
    assert "came: 2." in ada.get(done.location).text


@pytest.mark.slow
def test_quality_shows_the_versions_and_what_was_counted(desk, desk_models):
    app, ada, _, root = desk
    for row in small_corpus(9):
        app.test_client().post("/v1/tags", json={"body": row["body"]}, headers={"Authorization": f"Bearer {root.key}"})
    page = ada.get("/desk/quality")
    assert all(version in page.text for version in Registry(desk_models).versions())
    assert "9 articles were tagged" in page.text
    assert not page.html.css("form[action*=activate]")
    assert len(root.get("/desk/quality").html.css("form[action*=activate]")) == 2


def test_the_report_is_a_page_that_runs_nothing(desk, desk_models):
    _, ada, *_ = desk
    path = ada.get("/desk/quality").html.css_first("a[href*=report]").attributes["href"]
    report = ada.http.get(path)
    assert report.status_code == 200
    policy = report.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox;")
    assert ada.get("/desk/quality/report/default/..%2f..%2fkeys.json").status in (401, 404)


def test_the_report_of_many_sections_runs_the_script_of_its_table_and_no_other(desk, desk_models):
    _, ada, *_ = desk
    path = ada.get("/desk/quality").html.css_first("a[href*=report]").attributes["href"]
    file = desk_models / path.rpartition("/")[2] / "report.html"
    before = file.read_bytes()
    file.write_text(f"<!doctype html><title>x</title><script>{table_script()}</script>", encoding="utf-8")
    try:
        policy = ada.http.get(path).headers["Content-Security-Policy"]
    finally:
        file.write_bytes(before)
    digest = base64.b64encode(hashlib.sha256(table_script().encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert "sandbox allow-scripts;" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]


@pytest.mark.slow
def test_an_administrator_promotes_and_rolls_back_and_nobody_else(desk_models, tmp_path, desk):
    models = shutil.copytree(desk_models, tmp_path / "models")
    registry = Registry(models)
    live, other = registry.current(), next(v for v in registry.versions() if v != registry.current())
    _, ada, _, root = desk
    own = create_app(
        Settings.load({"models": models, "keys": tmp_path / "keys.json", "feedback": str(tmp_path / "f.db")}, {}, None)
    )
    ada, root = Editor(own, ada.key), Editor(own, root.key)
    assert ada.send("/desk/quality", "/desk/quality/activate", set="default", version=other).status == 403
    assert registry.current() == live
    done = root.send("/desk/quality", "/desk/quality/activate", set="default", version=other)
    assert f"Version {other} is live now" in root.get(done.location).text
    assert "by Root" in registry.history()[-1].note
    root.send("/desk/quality", "/desk/quality/activate", set="default", action="rollback")
    assert registry.current() == live
    assert root.send("/desk/quality", "/desk/quality/activate", set="default", version="x").status == 404


@pytest.mark.slow
def test_agreement_is_counted_in_the_background(desk, queue):
    _, ada, *_ = desk
    ids, *_ = queue
    ada.send(f"/desk/queue/{ids[0]}", action="accept")
    until = time.monotonic() + 60
    while "The feedback is being counted" in (page := ada.get("/desk/quality")).text:
        assert time.monotonic() < until
        time.sleep(0.3)
    assert "Feedback on 1 article." in page.text
    assert page.html.css_first("[aria-label='Agreement by section'] tbody tr").text().split()[:2] == ["Climate", "and"]


@pytest.mark.parametrize(
    ("tags", "articles", "moved"),
    [
        (0, 5, False),
        (1, 5, False),
        (4, 20, False),
        (0, 20, True),
        (1, 20, False),
        (9, 20, False),
        (10, 20, True),
        (0, 0, False),
    ],
)
def test_a_section_has_moved_if_more_than_one_article_says_so(tags, articles, moved):
    assert SectionCount("Floods", tags, None, 0.2, articles).has_moved is moved


def test_figures_have_a_comma_in_german(desk):
    _, ada, *_ = desk
    assert re.search(r"[01]\.\d{3}", ada.get("/desk/quality").text)
    ada.get("/desk/language?to=de")
    german = ada.get("/desk/quality").text
    assert re.search(r"[01],\d{3}", german)
    assert not re.search(r"[01]\.\d{3}", german)
