"""The newest WordPress: what only it has, and the few things whose failure would hurt most.

`make verify-wordpress` runs all other tests on it, too.
"""

import pytest
from playwright.sync_api import expect

from tests.cms.browser import edited, open_block_editor, open_panel
from tests.cms.stories import TERROR, TERROR_BODY
from tests.cms.test_editors import publish, write

SURE = "security-watch"
RUN = "/wp-json/wp-abilities/v1/abilities"


@pytest.fixture
def site(newest_of_session, settings, front):
    newest_of_session.start_again(**settings)
    front.asked.clear()
    return newest_of_session


@pytest.fixture
def cookies(newest_of_session):
    jar = newest_of_session.log_in().cookies.jar
    return [{"name": cookie.name, "value": cookie.value, "url": newest_of_session.url} for cookie in jar]


@pytest.fixture
def run_ability(site):
    def run_ability(name, status=200, who=None, **given):
        answer = (who or site.admin).post(f"{RUN}/{name}/run", json={"input": given})
        assert answer.status_code == status, answer.text
        return answer.json()

    return run_ability


def test_an_assistant_asks_explains_and_gives_feedback_by_abilities(site, front, run_ability):
    listed = {each["name"] for each in site.admin.get(RUN, params={"per_page": 100}).json()}
    assert {"copydesk/suggest", "copydesk/explain", "copydesk/feedback"} <= listed
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    assert run_ability("copydesk/suggest", post_id=post)["suggestions"][0]["section"] == "terrorism"
    told = run_ability("copydesk/explain", post_id=post, section="oceania")["tag"]
    assert (told["section"], told["decision"]) == ("oceania", "below")
    run_ability("copydesk/feedback", post_id=post, section="conflicts", verdict="reject")
    assert site.meta(post, "_copydesk_rejected") == ["conflicts"]
    run_ability("copydesk/feedback", post_id=post, section="terrorism", verdict="accept")
    assert site.sections(post) == {SURE}
    assert site.meta(post, "_copydesk_applied") == {"terrorism": "assistant"}
    run_ability("copydesk/feedback", 400, post_id=post, section="terrorism", verdict="maybe")
    run_ability("copydesk/suggest", 403, site.author, post_id=post)
    assert site.admin.get(f"{RUN}/copydesk/suggest/run").status_code == 405


def test_what_an_assistant_files_or_suggests_is_no_editors_choice(site, front, run_ability):
    oceania = site.section_categories()["oceania"]
    story = {"post_title": TERROR, "post_content": TERROR_BODY, "post_status": "publish", "post_category": [oceania]}
    filed = run_ability("tests/file", post=story)["id"]
    assert site.meta(filed, "_copydesk_applied")["oceania"] == "assistant"
    post = site.publish(TERROR, TERROR_BODY)["id"]
    run_ability("ai/content-classification", post_id=post, taxonomy="category")
    site.update(post, categories=[site.categories[SURE], oceania])
    assert site.meta(post, "_copydesk_applied")["oceania"] == "assistant"


def test_a_slow_answer_takes_nothing_from_a_writer_and_the_palette_asks(site, front, settings, page):
    site.configure(**settings | {"mode": "suggest", "timeout": 10})
    warnings = []
    page.on("console", lambda message: warnings.append(message.text) if message.type in ("error", "warning") else None)
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    open_block_editor(page, site, post)
    panel = open_panel(page)
    typed = " Marines rely on patrols around the island"
    with front.failing("slow"):
        panel.locator(".copydesk-ask").click()
        page.frame_locator("iframe[name=editor-canvas]").locator(".wp-block-post-title").first.click()
        page.keyboard.press("Control+End")
        page.keyboard.type(typed, delay=50)
        expect(panel.locator("[data-section=terrorism]")).to_be_visible()
        page.keyboard.type(", rarely")
    assert edited(page, "title") == f"{TERROR}{typed}, rarely"
    assert site.meta(post, "_copydesk_rejected") is None

    front.asked.clear()
    page.keyboard.press("Control+k")
    page.keyboard.type("Suggest sections for")
    with page.expect_response("**/suggest**"):
        page.get_by_role("option", name="Suggest sections for this post").click()
    expect(panel.locator(".copydesk-item").first.locator("button").first).to_be_focused()
    assert len(front.asked_about(post)) == 1
    assert not [text for text in warnings if "copydesk" in text.lower()]


def test_a_block_with_a_real_note_and_a_hidden_block(site, front, page):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    open_block_editor(page, site, post)
    page.evaluate(
        """() => {
            const [first] = wp.data.select('core/block-editor').getBlocks();
            wp.data.dispatch('core/block-editor').updateBlockAttributes(first.clientId, { metadata: { noteId: 7 } });
        }"""
    )
    save = "wp.data.dispatch('core/editor').savePost()"
    page.evaluate(save)
    page.wait_for_function("!wp.data.select('core/editor').isSavingPost()")
    assert len(front.asked_about(post)) == 1
    page.evaluate(
        """() => {
            const [first] = wp.data.select('core/block-editor').getBlocks();
            wp.data.dispatch('core/block-editor')
                .updateBlockAttributes(first.clientId, { metadata: { blockVisibility: false } });
        }"""
    )
    page.evaluate(save)
    page.wait_for_function("!wp.data.select('core/editor').isSavingPost()")
    assert "took back a village" not in front.asked_about(post)[-1]["body"]
    assert len(front.asked_about(post)) == 2


def test_the_editor_publishes_and_shows_what_is_open(site, front, settings, page):
    site.configure(**settings | {"mode": "suggest"})
    open_block_editor(page, site)
    write(page)
    publish(page)
    expect(page.locator(".components-notice", has_text="Copydesk suggests: ").first).to_be_visible()
    page.goto(f"{site.url}/wp-admin/edit.php?copydesk=open")
    expect(page.get_by_role("button", name="Add Terrorism")).to_have_count(1)
