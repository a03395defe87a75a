"""The panel and the bulk page when answers are slow or wrong: a message, no broken page, no lost letters."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.cms.browser import edited, open_block_editor, open_classic_editor, open_panel
from tests.cms.stories import TERROR, TERROR_BODY

HOSTILE = '"]<b>\\'
EMPTY = {"suggestions": [], "applied": [], "rejected": [], "outcome": "", "model": "", "error": None}
NOT_OURS = [None, [], "x", {}, EMPTY | {"suggestions": [None]}, EMPTY | {"rejected": {}}, EMPTY | {"error": "x"}]
POSTS = "**/copydesk/v1/posts/**"


@pytest.fixture
def draft(site, settings):
    site.configure(**settings | {"mode": "suggest", "timeout": 10})
    return site.publish(TERROR, TERROR_BODY, status="draft")["id"]


def test_a_slow_answer_takes_neither_focus_nor_letters_from_the_writer(site, front, draft, page):
    open_block_editor(page, site, draft)
    panel = open_panel(page)
    typed = " Marines rely on patrols around the island"
    with front.failing("slow"):
        panel.locator(".copydesk-ask").click()
        canvas = page.frame_locator("iframe[name=editor-canvas]")
        inner = canvas if page.locator("iframe[name=editor-canvas]").count() else page
        inner.locator(".editor-post-title__input, .wp-block-post-title").first.click()
        page.keyboard.press("Control+End")
        page.keyboard.type(typed, delay=60)
        expect(panel.locator("[data-section=terrorism]")).to_be_visible()
        page.keyboard.type(", rarely")
    assert edited(page, "title") == f"{TERROR}{typed}, rarely"
    assert site.meta(draft, "_copydesk_rejected") is None
    assert edited(page, "categories") == [site.categories["uncategorized"]]


def test_a_slow_answer_loses_no_letter_of_a_paragraph_and_decides_nothing(site, front, draft, page):
    """A new paragraph begins while the answer comes, when nothing has the focus for a moment."""
    open_block_editor(page, site, draft)
    panel = open_panel(page)
    canvas = page.frame_locator("iframe[name=editor-canvas]")
    inner = canvas if page.locator("iframe[name=editor-canvas]").count() else page
    with front.failing("slow"), page.expect_response("**/suggest**"):
        panel.locator(".copydesk-ask").click()
        inner.locator("p.wp-block-paragraph, p.block-editor-rich-text__editable").last.click()
        page.keyboard.press("Control+End")
        lines = [f"Marines rely on patrols around ridge {n}" for n in range(6)]
        for line in lines:
            page.keyboard.press("Enter")
            page.keyboard.type(line, delay=30)
    page.keyboard.type(", a rare area")
    expect(open_panel(page).locator("[data-section=terrorism]")).to_be_visible()
    content = page.evaluate("wp.data.select('core/editor').getEditedPostContent()")
    assert all(f"<p>{line}" in content for line in lines)
    assert f"{lines[-1]}, a rare area</p>" in content
    assert site.meta(draft, "_copydesk_rejected") is None
    assert edited(page, "categories") == [site.categories["uncategorized"]]


def test_a_slow_answer_takes_nothing_from_a_writer_in_the_classic_editor(site, front, draft, page):
    open_classic_editor(page, site, draft)
    box = page.locator("#copydesk-metabox")
    page.evaluate("window.switchEditors?.go('content', 'html')")
    for field, before in [("#title", TERROR), ("#content", None)]:
        before = before or page.locator(field).input_value()
        with front.failing("slow"):
            box.locator(".copydesk-ask").click()
            page.locator(field).focus()
            page.keyboard.press("Control+End")
            page.keyboard.type(" Marines rely on patrols", delay=40)
            page.locator("body").click(position={"x": 2, "y": 2})  # nothing has the focus, and nobody is at the list
            expect(box).to_have_attribute("aria-busy", "false")
            page.keyboard.type("ra")
        assert page.locator(field).input_value() == f"{before} Marines rely on patrols"
    assert site.meta(draft, "_copydesk_rejected") is None
    assert not page.locator(f'#categorychecklist input[value="{site.categories["security-watch"]}"]').is_checked()


def test_a_key_that_was_meant_for_the_ask_button_decides_nothing(site, front, draft, page):
    open_classic_editor(page, site, draft)
    box = page.locator("#copydesk-metabox")
    box.locator(".copydesk-ask").focus()
    page.evaluate(
        """() => new MutationObserver(() => {
            const first = document.activeElement;
            if (!first.classList.contains('copydesk-accept') || window.pressed) return;
            window.pressed = true;
            for (const key of ['a', 'r']) first.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
            first.click();
        }).observe(document.getElementById('copydesk-metabox'), { childList: true, subtree: true, attributes: true })"""
    )
    page.keyboard.press("Enter")
    expect(box.locator(".copydesk-item").first.locator("button").first).to_be_focused()
    page.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'r', bubbles: true }))")
    expect(box).to_have_attribute("aria-busy", "false")
    assert site.meta(draft, "_copydesk_rejected") is None
    page.wait_for_timeout(600)
    page.keyboard.press("r")
    expect(box.get_by_role("heading", name="Rejected")).to_be_visible()


def test_a_slow_answer_moves_the_focus_to_the_list_if_nobody_went_on(site, front, draft, page):
    open_block_editor(page, site, draft)
    panel = open_panel(page)
    with front.failing("slow"):
        panel.locator(".copydesk-ask").click()
        expect(panel.locator(".copydesk-item").first.locator("button").first).to_be_focused()


def test_an_answer_that_is_not_the_plugins_is_a_message(site, draft, page):
    given = iter([NOT_OURS[0], *NOT_OURS] + NOT_OURS[-1:] * 9)
    page.route(POSTS, lambda route: route.fulfill(body=json.dumps(next(given)), content_type="application/json"))
    open_block_editor(page, site, draft)
    panel = open_panel(page)
    expect(panel.get_by_role("alert")).to_contain_text("WordPress gave an unexpected answer")
    for _ in NOT_OURS:
        with page.expect_response(POSTS):
            panel.locator(".copydesk-ask").click()
        expect(panel.get_by_role("alert")).to_contain_text("WordPress gave an unexpected answer")
        expect(panel).to_have_attribute("aria-busy", "false")
    page.evaluate("wp.data.dispatch('core/editor').savePost()")
    page.wait_for_function("!wp.data.select('core/editor').isSavingPost()")
    page.unroute(POSTS)
    panel.locator(".copydesk-ask").click()
    expect(panel.locator("[data-section=terrorism]")).to_be_visible()


def test_a_page_in_place_of_an_answer_is_a_message(site, draft, page):
    page.route(POSTS, lambda route: route.fulfill(body="<html>Gateway</html>", content_type="text/html", status=502))
    open_classic_editor(page, site, draft)
    expect(page.locator("#copydesk-metabox").get_by_role("alert")).to_be_visible()


def test_a_section_with_markup_in_its_id_is_drawn_and_keeps_the_focus(site, draft, page):
    record = {
        "taxonomy": "category",
        "chosen": [],
        "model": "m",
        "outcome": "tagged",
        "tags": [{"section": HOSTILE, "name": HOSTILE, "probability": 0.5, "decision": "review", "evidence": []}],
    }
    site.php(
        f"Copydesk\\Record::set_meta({draft}, '_copydesk_answer', json_decode(stream_get_contents(STDIN), true));",
        json.dumps(record),
    )
    open_block_editor(page, site, draft)
    panel = open_panel(page)
    button = panel.locator(".copydesk-reject")
    button.focus()
    page.evaluate(f"wp.data.dispatch('core/editor').editPost({{categories: [{site.categories['orchestras']}]}})")
    expect(panel.locator(".copydesk-reject")).to_be_focused()
    expect(panel.locator(".copydesk-item strong")).to_have_text(HOSTILE)
    panel.locator(".copydesk-reject").click()  # WordPress refuses such an id
    expect(panel.get_by_role("alert")).to_be_visible()


def test_a_text_over_four_megabytes_is_not_sent(site, front, draft, page):
    open_classic_editor(page, site, draft)
    front.asked.clear()
    box = page.locator("#copydesk-metabox")
    page.evaluate(
        "window.tinymce?.get('content')?.hide(); document.getElementById('content').value = 'é'.repeat(2200000)"
    )
    box.locator(".copydesk-ask").click()
    expect(box.get_by_role("alert")).to_contain_text("longer than 4 MB")
    assert front.asked == []
    page.evaluate("document.getElementById('content').value = 'Gunmen of Abu Sayyaf, terrorists, freed hostages.'")
    box.locator(".copydesk-ask").click()
    expect(box.get_by_role("alert")).to_have_count(0)
    expect(box.locator(".copydesk-item").first).to_be_visible()


@pytest.mark.parametrize("answer", [None, {"queued": "1"}], ids=json.dumps)
def test_the_bulk_page_survives_an_answer_that_is_not_the_plugins(answer, site, page, draft):
    site.enlist([draft])
    step = "**/copydesk/v1/bulk/step**"
    page.route(step, lambda route: route.fulfill(body=json.dumps(answer), content_type="application/json"))
    page.goto(f"{site.url}/wp-admin/tools.php?page=copydesk-bulk")
    expect(page.locator("#copydesk-progress .notice")).to_contain_text("WordPress gave an unexpected answer")
    page.unroute(step)
    expect(page.get_by_role("heading", name=re.compile("Review: 1 post"))).to_be_visible(timeout=15_000)
