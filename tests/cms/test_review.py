"""Open suggestions: editors see them after saving and decide in a list. Nothing is dropped that was not decided."""

import re

import pytest
from playwright.sync_api import expect

from tests.cms.browser import edited, open_block_editor, open_classic_editor
from tests.cms.stories import PARK, PARK_BODY, TERROR, TERROR_BODY
from tests.cms.test_editors import PICTURES, picture, publish, write

SURE = "security-watch"
PAGE = "/wp-admin/tools.php?page=copydesk-bulk"


@pytest.fixture
def suggesting(site, settings):
    site.empty()
    site.configure(**settings | {"mode": "suggest"})
    return site


@pytest.fixture
def act(site):
    """Send a form of the review list; return the page that follows."""
    browser = site.log_in()

    def act(do, page=PAGE, **fields):
        nonce = site.field(browser.get(page).text, "_wpnonce")
        form = {"action": "copydesk_bulk", "do": do, "_wpnonce": nonce} | fields
        return browser.post("/wp-admin/admin-post.php", data=form)

    act.browser = browser
    return act


def in_review(site):
    return {int(row[0]) for row in site.sql("SELECT post_id FROM wp_copydesk_bulk WHERE state = 'review'")}


def open_sections(site, post):
    return {tag["section"] for tag in site.admin.get(f"/wp-json/copydesk/v1/posts/{post}").json()["suggestions"]}


def test_an_editor_sees_the_suggestion_after_publishing_and_accepts_it_from_the_list(suggesting, front, page):
    site = suggesting
    open_block_editor(page, site)
    write(page)
    publish(page)
    post = page.evaluate("wp.data.select('core/editor').getCurrentPostId()")
    notice = page.locator(".components-notice", has_text="Copydesk suggests: ").first
    expect(notice).to_contain_text(re.compile(r"Terrorism \d\d %"))
    expect(page.locator(".editor-post-publish-panel .copydesk-item").first).to_be_visible()  # and after publishing
    assert edited(page, "categories") == [site.categories["uncategorized"]]
    picture(page, "review-notice")

    other = site.publish(PARK, PARK_BODY)["id"]
    page.goto(f"{site.url}/wp-admin/edit.php")
    expect(page.locator(f"#post-{other}")).to_be_visible()
    expect(page.locator("#menu-posts .awaiting-mod")).to_contain_text("1")
    page.select_option("#copydesk-filter", "open")
    page.click("#post-query-submit")
    expect(page.locator(f"#post-{other}")).to_have_count(0)
    cell = page.locator(f"#post-{post} .column-copydesk")
    cell.scroll_into_view_if_needed()
    picture(page, "review-column")
    cell.get_by_role("button", name="Add Terrorism").click()
    expect(cell.get_by_text(": added")).to_be_visible()
    assert SURE in site.sections(post)
    cell.get_by_role("button", name="Undo").click()
    expect(cell.get_by_role("button", name="Add Terrorism")).to_be_focused()
    assert site.sections(post) == {"uncategorized"}
    cell.get_by_role("button", name="Add Terrorism").click()
    expect(cell.get_by_text(": added")).to_be_visible()
    assert site.sections(post) == {SURE}
    assert site.meta(post, "_copydesk_applied") is None  # an editor's choice
    for section in open_sections(site, post):
        cell.locator(f"[data-section={section}] [data-do=reject]").click()
        expect(cell.locator(f"[data-section={section}]")).to_contain_text(": rejected")
    assert in_review(site) == set()


def test_the_classic_editor_says_after_saving_what_is_suggested(suggesting, page):
    post = suggesting.publish(TERROR, TERROR_BODY)["id"]
    open_classic_editor(page, suggesting, post)
    notice = page.locator(".notice-info", has_text="Copydesk suggests: ")
    expect(notice).to_contain_text(re.compile(r"Terrorism \d\d %"))


def test_posts_without_a_tick_stay_in_the_list_and_what_was_done_is_undone(suggesting, front, act):
    """Everyday posts and posts of the archive are in one list."""
    site = suggesting
    everyday = [site.publish(f"{TERROR} {n}", TERROR_BODY)["id"] for n in range(4)]
    archive = site.insert([{"title": f"{TERROR} {n}", "body": TERROR_BODY} for n in range(4, 32)])
    site.enlist(archive)
    site.step()
    site.step()
    assert in_review(site) == {*everyday, *archive}
    ticked = [*everyday[:3], *archive[:4]]
    fields = {f"sections[{post}][]": "terrorism" for post in ticked}
    page = act("accept", **{"shown[]": [*everyday, *archive[:21]]}, **fields)
    assert "Posts that get the ticked sections: 7." in page.text
    assert len(in_review(site)) == 25
    site.step()
    assert len(in_review(site)) == 25
    assert all(SURE in site.sections(post) for post in ticked)
    site.update(ticked[0], excerpt="Saved again")  # what was left unticked there is decided
    assert len(in_review(site)) == 25
    page = act("accept", **{"shown[]": everyday})
    assert "Nothing was ticked" in page.text
    assert len(in_review(site)) == 25

    batch = site.sql("SELECT DISTINCT batch FROM wp_copydesk_bulk WHERE batch <> ''")
    assert len(batch) == 1
    page = act("undo", batch=batch[0][0])
    assert "the suggestions of 7 posts are open again" in page.text
    assert in_review(site) == {*everyday, *archive}
    assert all(site.sections(post) == {"uncategorized"} for post in ticked)
    assert all(site.meta(post, "_copydesk_applied") is None for post in ticked)

    page = act("accept_all")
    site.step()
    site.step()
    assert all(SURE in site.sections(post) for post in everyday)
    left = in_review(site)  # nobody has seen what the model is not sure of
    assert left == {post for post in [*everyday, *archive] if open_sections(site, post)}


def test_none_of_these_fits_rejects_and_can_be_undone(suggesting, act):
    site = suggesting
    post = site.publish(TERROR, TERROR_BODY)["id"]
    suggested = open_sections(site, post)
    page = act("accept", **{"shown[]": post, "none[]": post})
    assert "Posts whose suggestions were rejected: 1." in page.text
    assert set(site.meta(post, "_copydesk_rejected")) <= suggested
    assert in_review(site) == set()
    batch = site.field(page.text, "batch")
    act("undo", batch=batch)
    assert site.meta(post, "_copydesk_rejected") is None
    assert open_sections(site, post) == suggested
    assert in_review(site) == {post}


def test_the_list_shows_badge_reason_and_excerpt_and_can_be_filtered(suggesting, page):
    site = suggesting
    post = site.publish(TERROR, TERROR_BODY)["id"]
    page.goto(f"{site.url}{PAGE}")
    row = page.locator(".copydesk-review tbody tr")
    expect(row.locator(".copydesk-sure").first).to_have_text("sure")
    expect(row.locator(".copydesk-why").first).to_contain_text(re.compile("for: .*Sayyaf"))
    expect(row.locator(".copydesk-excerpt")).to_contain_text("Philippine marines took back a village")
    expect(row.locator(".copydesk-excerpt mark").first).to_be_visible()
    expect(page.locator("#adminmenu .current .awaiting-mod")).to_contain_text("1")
    if PICTURES:
        picture(page, "review-list")
    for section, decision, count in [("terrorism", "apply", 1), ("terrorism", "review", 0), ("oceania", "", 0)]:
        page.select_option("#copydesk-section", section)
        page.select_option("#copydesk-decision", decision)
        page.get_by_role("button", name="Filter").click()
        expect(page.locator(".copydesk-review tbody tr")).to_have_count(count)
    page.get_by_role("link", name="Show all").click()
    expect(row).to_have_count(1)
    site.admin.delete(f"/wp-json/wp/v2/posts/{post}")
    assert in_review(site) == set()


def test_only_those_who_may_edit_a_post_decide_on_it(suggesting, front):
    post = suggesting.publish(TERROR, TERROR_BODY)["id"]
    path = f"/wp-json/copydesk/v1/posts/{post}/accept"
    assert suggesting.author.post(path, json={"section": "terrorism"}).status_code == 403
    assert suggesting.author.delete(path, params={"section": "terrorism"}).status_code == 403
    column = suggesting.log_in("author").get("/wp-admin/edit.php").text
    assert "Add Terrorism" not in column
