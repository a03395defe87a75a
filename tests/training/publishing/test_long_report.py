"""The report of a thousand sections: small enough to send, and searched in the browser without a network."""

import re
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from classifier.training.fitting.linear import LinearModel
from classifier.training.publishing.report.edition import Edition
from classifier.training.publishing.report.render import MOST_WITH_CHARTS, documents

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
COPIES = 77  # of the thirteen sections of the starter corpus
N = 13 * COPIES


def tiled(values):
    return np.tile(values, (1, COPIES))


@pytest.fixture(scope="module")
def long_report(starter):
    """The report of the starter model if each of its sections stood there 77 times, each under a name of its own."""
    _, outcome = starter
    task, trained, evaluation = outcome.task, outcome.trained, outcome.evaluation
    sections = tuple(
        section.model_copy(
            update={"id": f"{section.id}-{k}", "name": f"{section.name} {k}", "parent": None, "needs": None}
        )
        for k in range(COPIES)
        for section in task.trained
    )
    labels, found = tiled(task.labels), trained.nested.predictions
    predictions = replace(
        found,
        probabilities=tiled(found.probabilities),
        suggested=tiled(found.suggested),
        applied=tiled(found.applied),
    )
    task = replace(task, trained=sections, labels=labels, all_labels=labels, parents=(None,) * N, needs=(None,) * N)
    classes = tuple(replace(of_class, sections=of_class.sections * COPIES) for of_class in trained.rules.classes)
    model = trained.model
    trained = replace(
        trained,
        trained=sections,
        model=LinearModel(model.tfidf, tiled(model.weights), np.tile(model.intercepts, COPIES)),
        rules=replace(trained.rules, classes=classes),
        nested=replace(trained.nested, predictions=predictions),
    )
    out_of_fold = replace(evaluation.out_of_fold, sections=evaluation.out_of_fold.sections * COPIES)
    by_length = tuple(replace(item, sections=item.sections * COPIES) for item in evaluation.by_length)
    never = {f"{id_}-{k}": why for k in range(COPIES) for id_, why in evaluation.promise.never.items()}
    evaluation = replace(
        evaluation,
        out_of_fold=out_of_fold,
        by_length=by_length,
        by_date=None,
        promise=replace(evaluation.promise, never=never),
    )
    fields = {
        "settings": {**outcome.settings.recorded(), "threshold_strength": 1.0, "least_weight": 0.15},
        "n_articles": len(labels),
        "n_stories": task.n_stories,
        "data_digest": "0" * 64,
        "language": "en",
        "languages": ("en",),
        "lengths": trained.rules.bounds,
        "untrained": [],
        "libraries": {"copydesk": "0", "scikit-learn": "0"},
        "min_tags": 0,
        "max_tags": None,
        "starter": False,
    }
    edition = Edition("20260101T000000Z-00000000", datetime(2026, 1, 1, tzinfo=UTC), "", (), 0)
    given = task, trained, evaluation, outcome.verdict, None, None, fields, [], (), edition
    return documents(*given)["report.html"]


def test_the_report_of_a_thousand_sections_is_small(long_report):
    assert len(long_report.encode()) < 2_000_000
    assert long_report.count("<svg viewBox") < 3 * MOST_WITH_CHARTS + 5
    assert len(re.findall(r'id="s-[a-z0-9-]+"', long_report)) == N
    assert "linear support vector machines without small weights" in long_report


@pytest.mark.slow
def test_a_search_finds_a_section_among_a_thousand_quickly(long_report, tmp_path):
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    path = tmp_path / "report.html"
    path.write_text(long_report, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        problems, requests = [], []
        page.on("console", lambda message: problems.append(message.text))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        rows = page.locator("#all-sections tbody tr:not([hidden])")
        assert rows.count() == 100
        assert page.get_by_role("status").inner_text() == f"100 of {N:,} sections"
        begun = time.monotonic()
        page.get_by_label("Find a section").fill("technology 42")
        assert rows.count() == 1
        assert time.monotonic() - begun < 2
        assert "Technology 42" in rows.first.inner_text()
        page.get_by_label("Find a section").fill("")
        page.get_by_role("button", name="Show all").click()
        assert rows.count() == N
        page.get_by_role("button", name="articles", exact=True).click()
        numbers = [
            int(text.replace(",", "")) for text in page.locator("#all-sections tbody td:nth-child(2)").all_inner_texts()
        ]
        assert numbers == sorted(numbers, reverse=True)
        assert page.locator("th[aria-sort=descending]").inner_text().startswith("articles")
        assert page.evaluate("document.documentElement.scrollWidth") <= 1200
        assert problems == []
        assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
        browser.close()
