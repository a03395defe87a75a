"""What a site chooses: the term of a section, the set, the language, its own filters, and asking before publishing."""

import pytest
from playwright.sync_api import expect

from tests.cms.browser import open_block_editor
from tests.cms.stories import TERROR, TERROR_BODY
from tests.cms.test_editors import PICTURES, picture, write

SURE = "security-watch"
PAGE = "/wp-admin/options-general.php?page=copydesk"


def test_a_section_gets_another_term_at_the_next_save(site, front, page):
    before = site.publish(TERROR, TERROR_BODY)
    page.goto(f"{site.url}{PAGE}")
    choice = page.get_by_label("Terrorism", exact=True)
    expect(choice.locator("option:checked")).to_have_text("By its name: Extremists and insurgents (security-watch)")
    choice.focus()
    choice.select_option(label="Orchestras (orchestras)")
    if PICTURES:
        choice.scroll_into_view_if_needed()
        picture(page, "settings-terms")
    page.get_by_role("button", name="Save Changes").click()
    expect(choice.locator("option:checked")).to_have_text("Orchestras (orchestras)")
    expect(page.get_by_text('external = {wordpress = "orchestras"}')).to_be_attached()
    after = site.publish(f"{TERROR} again", TERROR_BODY)
    assert site.categories["orchestras"] in after["categories"]
    assert site.categories[SURE] not in after["categories"]
    assert site.categories[SURE] in before["categories"]

    choice.select_option(label="No term: never set this section")
    page.get_by_role("button", name="Save Changes").click()
    third = site.publish(f"{TERROR} once more", TERROR_BODY)
    assert not {site.categories["orchestras"], site.categories[SURE]} & set(third["categories"])


def test_a_term_stands_for_one_section_only(site, settings):
    code = "echo wp_json_encode(Copydesk\\Settings::clean(json_decode(stream_get_contents(STDIN), true))['terms']);"
    given = '{"terms": {"terrorism": "7", "conflicts": 7, "oceania": -1, "UPPER": 3, "south-asia": 0, "x": "no"}}'
    assert site.php(code, given) == '{"terrorism":7,"oceania":-1}'


@pytest.mark.parametrize(
    ("excerpt", "sent"),
    [("", "en_US"), ("polylang:th", "th_TH"), ("wpml:en", "en_GB")],
    ids=["site", "polylang", "wpml"],
)
def test_the_language_of_a_post_is_sent(excerpt, sent, site, front):
    post = site.publish(TERROR, TERROR_BODY, excerpt=excerpt)
    (asked,) = front.asked_about(post["id"])
    assert asked["language"] == sent
    assert post["status"] == "publish"
    error = site.meta(post["id"], "_copydesk_error")
    if sent == "th_TH":  # the model does not know it
        assert "choose “Send no language”" in error["message"]
        assert not error["waiting"]
    else:
        assert error is None


def test_the_set_is_sent_and_no_language_where_a_site_says_so(site, front, settings):
    site.configure(**settings | {"set": "default", "language": "none"})
    post = site.publish(TERROR, TERROR_BODY)["id"]
    (asked,) = front.asked_about(post)
    assert asked["set"] == "default"
    assert "language" not in asked
    site.configure(**settings | {"set": "sports"})
    post = site.publish(TERROR, TERROR_BODY)["id"]
    assert "sports" in site.meta(post, "_copydesk_error")["message"]


def test_a_site_can_change_the_suggestions(site, front):
    none = site.publish(TERROR, TERROR_BODY, excerpt="none")["id"]
    assert site.sections(none) == {"uncategorized"}
    spoilt = site.publish(TERROR, TERROR_BODY, excerpt="spoil")
    assert spoilt["status"] == "publish"
    assert "UnexpectedValueException" in site.meta(spoilt["id"], "_copydesk_error")["message"]


def test_category_in_permalinks_is_warned_of(site):
    browser = site.log_in()
    assert "%category%" not in browser.get(PAGE).text
    site.php("update_option('permalink_structure', '/%category%/%postname%/');")
    try:
        assert "A category that is added to a published post can change the address" in browser.get(PAGE).text
        assert "%category%" in site.admin.get("/wp-json/copydesk/v1/health").json()["description"]
    finally:
        site.php("update_option('permalink_structure', '/%postname%/');")


def test_the_settings_page_says_whether_the_service_keeps_texts(site, front):
    browser = site.log_in()
    assert "is shown here after it has received its first feedback" in browser.get(PAGE).text
    for kept, said in [(False, "does not keep the texts"), (True, "keeps the texts that it receives")]:
        front.instead = lambda path, real, kept=kept: real | {"text_kept": kept} if "text_kept" in real else real
        site.publish(TERROR, TERROR_BODY)
        site.php("Copydesk\\Feedback::run();")
        assert said in browser.get(PAGE).text


def test_the_panel_before_publishing_asks_by_itself_where_a_site_says_so(site, front, settings, page):
    site.configure(**settings | {"mode": "suggest", "ahead": True})
    open_block_editor(page, site)
    write(page)
    page.locator(".editor-post-publish-panel__toggle").click()
    panel = page.locator(".editor-post-publish-panel .copydesk")
    expect(panel.locator("[data-section=terrorism]")).to_be_visible()
    expect(panel.locator(".copydesk-item button:focus")).to_have_count(0)
    assert len([path for path, _ in front.asked if path == "/v1/tags"]) == 1
