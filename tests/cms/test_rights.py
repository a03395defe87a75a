"""Who may do what, and what no browser learns."""

import pytest

from tests.cms.front import KEY
from tests.cms.stories import TERROR, TERROR_BODY

ASK = {"title": TERROR, "content": TERROR_BODY, "terms": []}


@pytest.fixture
def post(site):
    return site.publish(TERROR, TERROR_BODY)["id"]


def test_suggestions_need_the_right_to_edit_the_post(site, front, post):
    path = f"/wp-json/copydesk/v1/posts/{post}"
    front.asked.clear()
    for who in (site.author, site.log_in("author")):
        assert who.get(path).status_code in (401, 403)
        assert who.post(f"{path}/suggest", json=ASK).status_code in (401, 403)
        assert who.post(f"{path}/reject", json={"section": "terrorism"}).status_code in (401, 403)
    assert front.asked == []
    mine = site.author.post("/wp-json/wp/v2/posts", json={"title": "Mine", "content": "Text"}).json()["id"]
    assert site.author.post(f"/wp-json/copydesk/v1/posts/{mine}/suggest", json=ASK).status_code == 200


def test_setting_a_section_needs_the_right_to_assign_its_term(site, front, settings):
    site.configure(**settings | {"mode": "suggest"})
    story = {"title": TERROR, "content": TERROR_BODY, "status": "publish"}
    mine = site.author.post("/wp-json/wp/v2/posts", json=story).json()["id"]
    path = f"/wp-json/copydesk/v1/posts/{mine}/accept"
    column = site.log_in("author").get("/wp-admin/edit.php")
    assert "Add Terrorism" in column.text
    assert site.author.post(path, json={"section": "terrorism"}).status_code == 200
    assert site.author.delete(path, params={"section": "terrorism"}).status_code == 200
    site.php("update_option('test_strict', true);")
    try:
        assert site.author.post(path, json={"section": "terrorism"}).status_code == 403
        assert site.author.delete(path, params={"section": "terrorism"}).status_code == 403
        column = site.log_in("author").get("/wp-admin/edit.php").text
        assert "Add Terrorism" not in column
        assert "Reject Terrorism" in column
    finally:
        site.php("delete_option('test_strict');")
    assert site.sections(mine) == {"uncategorized"}


def test_cookies_without_a_nonce_are_nobody(site, post):
    browser = site.log_in()
    assert browser.post(f"/wp-json/copydesk/v1/posts/{post}/suggest", json=ASK).status_code == 401
    assert browser.post("/wp-json/copydesk/v1/bulk/step").status_code == 401
    nonce = browser.get("/wp-admin/admin-ajax.php?action=rest-nonce").text
    answer = browser.post(f"/wp-json/copydesk/v1/posts/{post}/suggest", json=ASK, headers={"X-WP-Nonce": nonce})
    assert answer.status_code == 200


@pytest.mark.parametrize("action", ["copydesk_bulk", "copydesk_fetch_sections"])
def test_forms_need_a_nonce_and_the_right(site, front, action):
    front.asked.clear()
    form = {"action": action, "do": "accept_all", "_wpnonce": "0123456789"}
    assert site.log_in().post("/wp-admin/admin-post.php", data=form).status_code == 403
    assert site.log_in("author").post("/wp-admin/admin-post.php", data=form).status_code == 403
    assert front.asked == []


@pytest.mark.parametrize("page", ["options-general.php?page=copydesk", "tools.php?page=copydesk-bulk"])
def test_pages_need_the_right(site, page):
    assert site.log_in("author").get(f"/wp-admin/{page}").status_code == 403
    assert site.author.get("/wp-json/copydesk/v1/bulk").status_code == 403
    assert site.author.get("/wp-json/copydesk/v1/health").status_code == 403


def test_no_page_shows_the_key_and_no_visitor_the_records(site, front, post):
    browser = site.log_in()
    pages = [
        "options-general.php?page=copydesk",
        "tools.php?page=copydesk-bulk",
        f"post.php?post={post}&action=edit",
        f"post.php?post={post}&action=edit&classic",
    ]
    for page in pages:
        text = browser.get(f"/wp-admin/{page}").text
        assert KEY not in text
    assert front.url not in browser.get(f"/wp-admin/{pages[2]}").text
    public = site.admin.get(f"/wp-json/wp/v2/posts/{post}?context=edit").text
    assert "_copydesk" not in public


def test_the_settings_page_keeps_what_is_wrong_out(site, settings):
    browser = site.log_in()
    page = browser.get("/wp-admin/options-general.php?page=copydesk").text
    form = {
        "option_page": "copydesk",
        "action": "update",
        "_wpnonce": site.field(page, "_wpnonce"),
        "_wp_http_referer": "/wp-admin/options-general.php?page=copydesk",
    }
    form |= {
        "copydesk_settings[url]": "ftp://tags.example/<script>",
        "copydesk_settings[timeout]": "900",
        "copydesk_settings[mode]": "delete",
    }
    form |= {
        "copydesk_settings[types][]": "post",
        "copydesk_settings[statuses][]": "publish",
        "copydesk_settings[taxonomy]": "category",
    }
    answer = browser.post("/wp-admin/options.php", data=form).text
    assert "The address is not valid" in answer
    assert answer.count("<fieldset>") == answer.count("<fieldset><legend") == 5  # each group of boxes has a name
    assert "The timeout must be between 1 and 30 seconds" in answer
    stored = site.php("echo wp_json_encode(get_option('copydesk_settings'));")
    assert settings["url"].replace("/", "\\/") in stored  # the old one
    assert KEY in stored  # an empty field keeps it
    assert '"timeout":30' in stored
    assert '"mode":"suggest"' in stored


def test_hostile_names_are_shown_as_text(site, front):
    title = '<script>alert(1)</script> & "quotes"'
    post = site.publish(title, TERROR_BODY, status="draft")["id"]
    site.enlist([post])
    site.step()
    site.php(
        f"$answer = get_post_meta({post}, '_copydesk_answer', true);"
        "$answer = str_replace('Terrorism', '<img src=x onerror=alert(1)>', $answer);"
        f"update_post_meta({post}, '_copydesk_answer', wp_slash($answer));"
    )
    page = site.log_in().get("/wp-admin/tools.php?page=copydesk-bulk").text
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "<script>alert(1)" not in page


def test_uninstalling_leaves_what_was_decided_and_nothing_else(site, post):
    site.update(post, categories=[site.categories["orchestras"]])
    site.publish(TERROR, TERROR_BODY)
    code = """
        define('WP_UNINSTALL_PLUGIN', 'copydesk/copydesk.php');
        include WP_PLUGIN_DIR . '/copydesk/uninstall.php';
        global $wpdb;
        $keys = "SELECT DISTINCT meta_key FROM $wpdb->postmeta WHERE meta_key LIKE '%copydesk%' ORDER BY 1";
        $options = $wpdb->get_col("SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%copydesk%'");
        echo wp_json_encode([$wpdb->get_col($keys), $options, $wpdb->get_col("SHOW TABLES LIKE '%copydesk%'")]);
    """
    try:
        assert site.php(code) == '[["_copydesk_applied","_copydesk_rejected"],[],[]]'
    finally:
        site.log_in().get("/wp-admin/")  # the plugin is still on, and makes its table again
