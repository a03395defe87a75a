"""report.html as a person opens it, in headless Chromium."""

import json
import math
import re
import shutil
from datetime import UTC, date, datetime
from itertools import product

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from classifier.commands.console import PlainProgress
from classifier.feedback.agreement import agreement_of
from classifier.feedback.agreement.page import agreement_page
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackEntry
from classifier.store.registry import Registry
from classifier.training.publishing.report.charts import (
    histogram,
    precision_recall_chart,
    reliability_chart,
    shared_axes,
)
from classifier.training.publishing.report.render import page_environment
from classifier.training.publishing.run import RunOptions, run
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VIEWS = {
    "light": (1200, "light"),
    "dark": (1200, "dark"),
    "phone": (390, "light"),
    "phone-dark": (390, "dark"),
    "wide": (1920, "light"),
}


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report on data whose texts try to be markup, with a learning curve and a live model to compare with."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = small_corpus(60)
    for row in rows:
        row["headline"] = f"<script>alert(1)</script> <img src=https://example.org/x> & “{row['headline']}”" + "w" * 300
        row["body"] += " &lt;img src=x onerror=alert(2)&gt;"
    for row in rows[:6]:
        row["sections"] = ["technology"]
    vocabulary = folder / "sections.toml"
    vocabulary.write_text(
        SECTIONS_FILE.read_text("utf-8").replace('name = "Technology"', 'name = "<b>Tech|nology</b> & more"'), "utf-8"
    )
    options = RunOptions(
        data=(write_jsonl(folder / "x.jsonl", rows),),
        sections=vocabulary,
        models=folder / "models",
        jobs=1,
        ignore_checks=True,
        curve=True,
        trials=3,
        newsroom="<i>The Daily</i> & Sons",
    )
    assert run(options, PlainProgress()).promotion.promoted
    return Registry(folder / "models").folder(run(options, PlainProgress()).version)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("which", "view"), [pair for pair in product(("starter", "hostile"), VIEWS) if pair != ("hostile", "wide")]
)
def test_the_report_reads_well_at_every_width_without_errors_or_requests(
    browser, starter_models, hostile, tmp_path, view, which
):
    path = (Registry(starter_models).folder() if which == "starter" else hostile) / "report.html"
    width, scheme = VIEWS[view]
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    problems, requests = [], []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert problems == []
    assert page.locator("script").count() == 0
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    lightness = sum(map(int, re.findall(r"\d+", background)[:3])) / 3
    assert (lightness < 60) if scheme == "dark" else (lightness > 230)
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('p, li, td')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert smallest >= 12
    page.screenshot(path=tmp_path / f"{which}-{view}.png", full_page=True)
    page.close()


def test_the_print_fits_a4_and_holds_the_folded_parts(browser, starter_models):
    page = browser.new_page(viewport={"width": 703, "height": 1000})  # A4 with margins of 12 mm
    page.goto((Registry(starter_models).folder() / "report.html").as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    heights = page.evaluate(
        "[...document.querySelectorAll('#each details .terms')].map(e => e.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) > 50
    page.close()


def test_texts_are_escaped_in_report_and_card(hostile):
    report, card = ((hostile / name).read_text("utf-8") for name in ("report.html", "model-card.md"))
    assert "&lt;script&gt;alert(1)" in report
    assert "<img" not in report
    assert "<b>Tech" not in report + card
    assert "Tech\\|nology" in card


def test_the_report_is_the_same_bytes_again_and_a_part_of_the_sealed_version(starter, tmp_path):
    data = write_jsonl(tmp_path / "x.jsonl", small_corpus())
    folders = []
    for name in ("a", "b"):
        options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=tmp_path / name, jobs=1)
        folders.append(tmp_path / name / run(options, PlainProgress()).version)
    for name in ("report.html", "model-card.md", "evaluation.json", "outoffold.jsonl"):
        texts = [(folder / name).read_text("utf-8").replace(folder.name, "VERSION") for folder in folders]
        assert texts[0] == texts[1]
        assert name in Registry(tmp_path / "a").manifest(folders[0].name).files


def test_the_report_shows_every_section_with_its_charts(starter_models, sections):
    report = (Registry(starter_models).folder() / "report.html").read_text("utf-8")
    for section in sections:
        assert f'id="s-{section.id}"' in report
    assert report.count("<svg viewBox") == 3 * len(list(sections)) + 3  # and both of all sections, and the years


def test_the_report_names_its_version_its_day_and_the_newsroom(hostile):
    for name in ("report.html", "model-card.md"):
        assert hostile.name in (hostile / name).read_text("utf-8")
    report = (hostile / "report.html").read_text("utf-8")
    made = datetime.fromisoformat(Registry(hostile.parent).manifest(hostile.name).created)
    assert f"made on {made.day} {made:%B %Y}" in report
    assert "&lt;i&gt;The Daily&lt;/i&gt; &amp; Sons" in report


def test_no_section_is_both_among_the_best_and_to_be_checked(hostile):
    report = (hostile / "report.html").read_text("utf-8")
    best, careful = (
        set(re.findall(r'href="(#s-[^"]+)"', line))
        for label in ("Best sections:", "Check these with care:")
        for line in [next((line for line in report.splitlines() if f"<b>{label}</b>" in line), "")]
    )
    assert careful
    assert not best & careful


def test_the_report_draws_a_dot_for_each_section_and_a_line_of_versions(hostile):
    report = (hostile / "report.html").read_text("utf-8")
    dots = re.findall(r'<li><a href="#s-([a-z-]+)">.*?<circle cx="([0-9.]+)%"', report)
    sections = json.loads((hostile / "evaluation.json").read_text())["out_of_fold"]["sections"]
    assert dots
    assert {name: float(x) for name, x in dots} == {
        name: pytest.approx(100 * sections[name]["f1"], abs=0.06) for name, _ in dots
    }
    assert [x for _, x in dots] == sorted((x for _, x in dots), key=float, reverse=True)
    (lines,) = re.findall(r'aria-label="F1 by version">(.*?)</svg>', report)
    hints = re.findall(r"<title>(\S+): ", lines)
    assert hints == Registry(hostile.parent).versions()
    assert hints[-1] == hostile.name


def test_a_link_to_a_section_opens_its_part(browser, hostile):
    page = browser.new_page()
    page.goto((hostile / "report.html").as_uri())
    link = page.locator(".dots a").first
    section = link.get_attribute("href").removeprefix("#")
    opened = f"document.getElementById({section!r}).closest('details').open"
    assert page.evaluate(opened) is False
    link.click()
    assert page.evaluate(opened) is True
    page.close()


def test_mistakes_are_shown_with_an_excerpt_whose_words_are_marked(hostile):
    report = (hostile / "report.html").read_text("utf-8")
    _, _, mistakes = report.partition('<section id="mistakes">')
    mistakes = mistakes.partition("</section>")[0]
    quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", mistakes, re.DOTALL)
    assert quotes
    assert all('<mark class="' in quote for quote in quotes)
    assert max(map(len, quotes)) < 3_000


def test_the_charts_of_five_hundred_sections_fit_into_the_report():
    random = np.random.default_rng(0)
    labels = random.random(20_000) < 0.05
    probabilities = np.clip(labels * 0.5 + random.random(20_000) * 0.5, 0, 1)
    marks = {"suggest": (0.5, 0.9), "apply": (0.4, 0.95)}
    drawn = [
        precision_recall_chart("A section", probabilities, labels, marks, lean=True),
        reliability_chart("A section", probabilities, labels, lean=True),
        histogram("A section", probabilities, labels, 0.5, 0.9, lean=True),
    ]
    assert 500 * sum(map(len, drawn)) < 3_000_000
    assert all(f'id="{name}"' in shared_axes() for name in re.findall(r'<use href="#(.+?)"', "".join(drawn)))


def test_lean_charts_look_like_the_others(browser):
    """A copy that <use> makes has its styles from rules that begin in it, so the style sheet must have such rules."""
    random = np.random.default_rng(0)
    labels = random.random(30) < 0.3
    probabilities = np.clip(labels * 0.5 + random.random(30) * 0.5, 0, 1)
    style = f"<style>{page_environment().get_template('style.css').render()}</style>"
    seen = []
    for lean in (False, True):
        page = browser.new_page(viewport={"width": 700, "height": 300})
        drawn = [
            precision_recall_chart("A section", probabilities, labels, {}, lean=lean),
            reliability_chart("A section", probabilities, labels, lean=lean),
        ]
        page.set_content(f'{style}{shared_axes()}<div class="charts">{drawn[0]}{drawn[1]}</div>')
        seen.append(page.screenshot())
        page.close()
    assert seen[0] == seen[1]


@pytest.mark.slow
@pytest.mark.parametrize("view", ["dark", "phone"])
def test_the_page_of_agreement_reads_well_without_errors_or_requests(browser, tmp_path, view):
    entries = [
        FeedbackEntry(
            n,
            datetime(2026, 1 + n % 9, 1, tzinfo=UTC),
            Feedback(
                article=f"<b>site</b>/{n}",
                revision="1",
                model="m" * 200,
                suggested=("a", "b<i>"),
                kept=("a",),
                reviewed=("a",) if n % 3 else (),
                removed=("b<i>",),
            ),
        )
        for n in range(60)
    ]
    path = tmp_path / "page.html"
    path.write_text(agreement_page(agreement_of(entries), {"a": "<i>A & B</i>"}, date(2026, 11, 28), "The <b>News"))
    width, scheme = VIEWS[view]
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    problems, requests = [], []
    page.on("console", lambda message: problems.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (problems, len(requests)) == ([], 1)
    assert page.locator("i, script").count() == 0
    figures = page.locator(".figures b").all_inner_texts()
    assert figures == ["20", "40", "60", "0"]
    assert page.locator("svg").count() == 4
    page.close()


def test_evidence_of_mistakes_adds_up_to_the_logit_of_their_probability(starter):
    from classifier.sections import Sections
    from classifier.training.measuring.suspects import find_suspects
    from classifier.training.task import make_task

    _, outcome = starter
    task = make_task(outcome.corpus.articles, Sections.load(SECTIONS_FILE), TrainingSettings(), PlainProgress())
    found = find_suspects(outcome.corpus.articles, task, outcome.trained.scored, outcome.trained.nested)
    assert found
    for suspect in found:
        for section, p in {**suspect.missing, **suspect.surplus}.items():
            reasons = suspect.reasons[section]
            total = math.fsum(share for _, share in reasons.terms) + reasons.rest
            assert total == pytest.approx(reasons.logit, abs=1e-9)
            assert 1 / (1 + math.exp(-reasons.logit)) == pytest.approx(p, abs=1e-9)
            assert [abs(s) for _, s in reasons.terms] == sorted((abs(s) for _, s in reasons.terms), reverse=True)
