"""The plugin as an editor meets it: block editor, classic editor, settings, review list, in headless Chromium.

With COPYDESK_SCREENSHOTS set to a folder, pictures of each are left there.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cms.browser import edited, open_block_editor, open_classic_editor, open_panel
from tests.cms.stories import PARK, PARK_BODY, TERROR, TERROR_BODY

PICTURES = os.environ.get("COPYDESK_SCREENSHOTS")
#: The text of the story, without markup: an editor types it.
PARAGRAPH = " ".join(re.sub(r"<[^>]*>", " ", TERROR_BODY).split())
SURE = "security-watch"


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def write(page: Page) -> None:
    canvas = (
        page.frame_locator("iframe[name=editor-canvas]") if page.locator("iframe[name=editor-canvas]").count() else page
    )
    canvas.locator(".editor-post-title__input, .wp-block-post-title").first.click()
    page.keyboard.type(TERROR)
    page.keyboard.press("Enter")
    page.keyboard.insert_text(PARAGRAPH)  # at once: a thousand keys would take half a minute on a machine under load


def publish(page: Page) -> None:
    page.locator(".editor-post-publish-panel__toggle").click()
    page.locator(".editor-post-publish-panel .editor-post-publish-button").click()
    page.wait_for_function(
        "wp.data.select('core/editor').isCurrentPostPublished() && !wp.data.select('core/editor').isSavingPost()",
        timeout=30_000,
    )


def test_the_block_editor_publishes_with_the_sections_set(site, front, page):
    open_block_editor(page, site)
    write(page)
    publish(page)
    assert site.categories[SURE] in edited(page, "categories")
    assert not page.evaluate("wp.data.select('core/editor').isEditedPostDirty()")
    assert len(front.asked_about(page.evaluate("wp.data.select('core/editor').getCurrentPostId()"))) == 1
    page.locator(".editor-post-publish-panel button[aria-label='Close panel']").click()
    panel = open_panel(page)
    expect(panel.get_by_text("Set by Copydesk")).to_be_visible()
    expect(panel.locator(".copydesk-decided")).to_contain_text("Terrorism")
    picture(page, "block-applied")


def test_suggestions_in_the_block_editor_wait_for_the_editor(site, front, settings, page):
    site.configure(**settings | {"mode": "suggest"})
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    open_block_editor(page, site, post)
    panel = open_panel(page)
    assert front.asked_about(post) == []  # opening a draft sends nothing
    panel.locator(".copydesk-ask").click()
    expect(panel.locator("[data-section=terrorism]")).to_contain_text("Sayyaf")
    expect(panel.locator("[data-section=terrorism]")).to_contain_text(re.compile(r"\d\d %"))
    picture(page, "block-suggestions")
    assert edited(page, "categories") == [site.categories["uncategorized"]]
    page.evaluate("wp.data.dispatch('core/editor').savePost()")
    page.wait_for_function("!wp.data.select('core/editor').isSavingPost()")
    assert site.sections(post) == {"uncategorized"}

    panel.get_by_role("button", name="Add Terrorism").click()
    assert edited(page, "categories") == [site.categories[SURE]]
    expect(panel.locator("[data-section=terrorism]")).to_have_count(0)
    expect(panel.locator(".copydesk-item").first.locator("button").first).to_be_focused()
    assert site.sections(post) == {"uncategorized"}  # the editor's own save stores it
    publish(page)
    assert site.sections(post) == {SURE}
    assert site.meta(post, "_copydesk_applied") is None  # an editor's choice, not the machine's


def test_the_list_works_by_keys_alone(site, front, settings, page):
    site.configure(**settings | {"mode": "suggest"})
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    open_block_editor(page, site, post)
    panel = open_panel(page)
    panel.locator(".copydesk-ask").focus()
    page.keyboard.press("Enter")
    first = panel.locator(".copydesk-item").first
    expect(first).to_be_visible()
    expect(first.locator("button").first).to_be_focused()
    sections = panel.locator(".copydesk-item").evaluate_all("items => items.map(item => item.dataset.section)")
    assert len(sections) >= 2, "the story of this test is to have two suggestions"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("r")
    expect(panel.locator(".copydesk-item")).to_have_count(len(sections) - 1)
    assert site.meta(post, "_copydesk_rejected") == [sections[1]]
    first.locator(".copydesk-accept").focus()
    page.keyboard.press("a")
    expect(panel.locator(f"[data-section={sections[0]}]")).to_have_count(0)
    assert edited(page, "categories") == [site.section_categories()[sections[0]]]

    panel.locator(".copydesk-ask").click()  # what was rejected does not come back
    expect(panel.locator(".copydesk-ask")).to_be_enabled()
    expect(panel.locator(f".copydesk-item[data-section={sections[1]}]")).to_have_count(0)
    assert sections[1] in front.asked_about(post)[-1]["rejected"]
    panel.get_by_role("button", name=re.compile("^Suggest .* again$")).click()
    expect(panel.locator(f".copydesk-item[data-section={sections[1]}]")).to_be_visible()
    assert site.meta(post, "_copydesk_rejected") is None


def test_suggestions_are_shown_before_publishing(site, settings, page):
    site.configure(**settings | {"mode": "suggest"})
    open_block_editor(page, site)
    write(page)
    page.locator(".editor-post-publish-panel__toggle").click()
    panel = page.locator(".editor-post-publish-panel .copydesk")
    panel.locator(".copydesk-ask").click()
    panel.get_by_role("button", name="Add Terrorism").click()
    picture(page, "block-before-publishing")
    page.locator(".editor-post-publish-panel .editor-post-publish-button").click()
    page.wait_for_function(
        "wp.data.select('core/editor').isCurrentPostPublished() && !wp.data.select('core/editor').isSavingPost()",
        timeout=30_000,
    )
    assert site.sections(page.evaluate("wp.data.select('core/editor').getCurrentPostId()")) == {SURE}


def test_a_section_taken_off_in_the_block_editor_stays_off(site, page):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    open_block_editor(page, site, post)
    human = site.categories["orchestras"]
    for number in range(3):
        page.evaluate(
            f"wp.data.dispatch('core/editor').editPost({{categories: [{human}], title: 'Militants, update {number}'}})"
        )
        page.evaluate("wp.data.dispatch('core/editor').savePost()")
        page.wait_for_function("!wp.data.select('core/editor').isSavingPost()")
    assert site.sections(post) == {"orchestras"}
    panel = open_panel(page)
    expect(panel.get_by_role("heading", name="Rejected")).to_be_visible()
    picture(page, "block-rejected")


def test_a_failure_is_told_in_the_block_editor(site, front, page):
    open_block_editor(page, site)
    write(page)
    with front.failing("error"):
        publish(page)
        expect(page.locator(".components-notice.is-warning")).to_contain_text("HTTP 500")
    page.locator(".editor-post-publish-panel button[aria-label='Close panel']").click()
    panel = open_panel(page)
    expect(panel.locator(".copydesk-error")).to_contain_text("as soon as the service answers")
    picture(page, "block-failure")


def category(page: Page, site, slug: str):
    return page.locator(f'#categorychecklist input[value="{site.categories[slug]}"]')


def test_the_classic_editor_suggests_and_ticks(site, front, settings, page):
    site.configure(**settings | {"mode": "suggest"})
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    front.asked.clear()
    open_classic_editor(page, site, post)
    assert front.asked == []
    box = page.locator("#copydesk-metabox")
    box.locator(".copydesk-ask").click()
    box.get_by_role("button", name="Add Terrorism").click()
    expect(category(page, site, SURE)).to_be_checked()
    expect(category(page, site, "uncategorized")).not_to_be_checked()
    picture(page, "classic")
    assert site.sections(post) == {"uncategorized"}
    page.click("#publish")
    page.wait_for_selector("#message")
    assert site.sections(post) == {SURE}
    assert len(front.asked_about(post)) == 1 + (
        front.asked_about(post)[0]["body"] != front.asked_about(post)[-1]["body"]
    )


def test_the_classic_editor_applies_on_publishing(site, front, page):
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    open_classic_editor(page, site, post)
    page.click("#publish")
    page.wait_for_selector("#message")
    assert SURE in site.sections(post)
    assert len(front.asked_about(post)) == 1
    expect(page.locator("#copydesk-metabox")).to_contain_text("Set by Copydesk")


def test_an_old_form_takes_off_nothing_that_it_never_showed(site, front, page):
    with front.failing("error"):
        post = site.publish(TERROR, TERROR_BODY)["id"]
    site.forget_failure()
    open_classic_editor(page, site, post)
    expect(page.locator(".notice-warning")).to_contain_text("HTTP 500")
    picture(page, "classic-failure")
    site.php("Copydesk\\Queue::run();")  # the queue tags it behind the back of the open form
    assert SURE in site.sections(post)
    page.click("#publish")
    page.wait_for_selector("#message")
    assert SURE in site.sections(post)
    assert site.meta(post, "_copydesk_rejected") is None

    category(page, site, SURE).uncheck()  # and now it is meant
    page.click("#publish")
    page.wait_for_selector("#message")
    assert SURE not in site.sections(post)
    assert "terrorism" in site.meta(post, "_copydesk_rejected")


def test_the_classic_editor_with_tags_instead_of_categories(site, settings, page):
    site.configure(**settings | {"taxonomy": "post_tag", "mode": "suggest"})
    tag = site.admin.post("/wp-json/wp/v2/tags", json={"name": "Terrorism", "slug": "terrorism"}).json()["id"]
    try:
        post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
        open_classic_editor(page, site, post)
        box = page.locator("#copydesk-metabox")
        box.locator(".copydesk-ask").click()
        box.get_by_role("button", name="Add Terrorism").click()
        expect(box.locator("[data-section=terrorism]")).to_have_count(0)
        page.click("#publish")
        page.wait_for_selector("#message")
        assert site.admin.get(f"/wp-json/wp/v2/posts/{post}").json()["tags"] == [tag]
    finally:
        site.admin.delete(f"/wp-json/wp/v2/tags/{tag}?force=true")


def test_the_settings_page_stores_and_lists_what_is_missing(site, front, settings, page):
    page.goto(f"{site.url}/wp-admin/options-general.php?page=copydesk")
    expect(page.get_by_label("Address")).to_have_value(front.url)
    expect(page.get_by_label("API key", exact=True)).to_have_value("")
    page.get_by_label("Suggest: nothing changes").check()
    page.get_by_label("Timeout in seconds").fill("4.5")
    page.get_by_role("button", name="Save Changes").click()
    expect(page.locator("#setting-error-settings_updated")).to_be_visible()
    stored = site.php("echo wp_json_encode(get_option('copydesk_settings'));")
    assert '"mode":"suggest"' in stored
    assert '"timeout":4.5' in stored
    expect(page.get_by_text("This site has no term for Global Commons")).to_be_visible()
    page.get_by_role("button", name="Read the sections again").click()
    expect(page.locator("table.widefat")).to_contain_text("Extremists and insurgents (security-watch)")
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "settings.png", full_page=True)


def test_the_review_list_shows_first_and_applies_what_is_ticked(site, page):
    site.empty()
    sure = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    none = site.publish(PARK, PARK_BODY, status="draft")["id"]
    page.goto(f"{site.url}/wp-admin/tools.php?page=copydesk-bulk")
    page.goto(f"{site.url}/wp-admin/edit.php")
    page.locator(f"#cb-select-{sure}").check()
    page.locator(f"#cb-select-{none}").check()
    page.select_option("#bulk-action-selector-top", label="Suggest sections with Copydesk")
    page.click("#doaction")
    expect(page.get_by_role("heading", name="Review: 1 post")).to_be_visible(
        timeout=15_000
    )  # the page has worked by itself
    expect(page.locator("#copydesk-count")).to_contain_text("to review: 1")
    expect(page.get_by_label(re.compile("Terrorism"))).to_be_checked()
    assert site.sections(sure) == {"uncategorized"}
    picture(page, "review")
    page.get_by_role("button", name="Apply the ticked sections on this page").click()
    expect(page.locator("#copydesk-count")).to_contain_text("done: 2", timeout=15_000)
    assert SURE in site.sections(sure)
    assert site.sections(none) == {"uncategorized"}


@pytest.mark.parametrize("view", ["settings", "review", "classic"])
def test_every_control_has_a_name_and_enough_contrast(site, page, view):
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    site.enlist([post])
    site.step()
    path = {
        "settings": "options-general.php?page=copydesk",
        "review": "tools.php?page=copydesk-bulk",
        "classic": f"post.php?post={post}&action=edit&classic",
    }[view]
    page.goto(f"{site.url}/wp-admin/{path}")
    where = "#copydesk" if view == "classic" else ".wrap"
    if view == "classic":
        expect(page.locator(".copydesk-item").first).to_be_visible()
    assert page.evaluate(NAMELESS, where) == []
    assert page.evaluate(PALE, where) == []


#: Controls without a label, text, or aria-label.
NAMELESS = """where => [...document.querySelectorAll(
        `${where} :is(input:not([type=hidden]), select, textarea, button, a)`)]
    .filter(node => !(node.labels?.length || node.getAttribute('aria-label') || node.textContent.trim()
        || (node.type === 'submit' && node.value)))
    .map(node => node.outerHTML.slice(0, 200))"""
#: Our own texts whose contrast with what is behind them is under 4.5 to 1.
PALE = """where => {
    const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
    const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = rgb => [0.2126, 0.7152, 0.0722].reduce((sum, part, i) => sum + part * linear(rgb[i] / 255), 0);
    const behind = node => {
        for (; node; node = node.parentElement) {
            const colour = numbers(getComputedStyle(node).backgroundColor);
            if (colour.length && colour[3] !== 0) return colour;
        }
        return [255, 255, 255];
    };
    const contrast = node => {
        const [b, a] = [light(numbers(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => x - y);
        return (a + 0.05) / (b + 0.05);
    };
    return [...document.querySelectorAll(`${where} [class*=copydesk]`)]
        .filter(node => node.textContent.trim() && node.offsetParent && contrast(node) < 4.5)
        .map(node => node.className);
}"""
