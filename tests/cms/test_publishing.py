"""Publishing through WordPress's own doors: what the model is sure of is set, what an editor does is kept."""

import xmlrpc.client

from tests.cms.conftest import MISSING
from tests.cms.stories import COMMONS, COMMONS_BODY, PARK, PARK_BODY, TERROR, TERROR_BODY

HUMAN = "orchestras"  # no section of the service
SURE = "security-watch"  # the category of a section that the model is sure of in TERROR


def test_publishing_by_rest_tags_the_post_and_the_answer_shows_it(site, front):
    post = site.publish(TERROR, TERROR_BODY)
    assert site.categories[SURE] in post["categories"]
    assert site.categories["uncategorized"] not in post["categories"]
    assert len(front.asked_about(post["id"])) == 1
    model = front.ask({"body": TERROR_BODY})["model"]
    assert site.meta(post["id"], "_copydesk_applied")["terrorism"] == model


def test_what_is_asked_holds_the_text_and_the_editors_choice(site, front):
    chosen = [site.categories["tensions"], site.categories[HUMAN]]
    post = site.publish(TERROR, TERROR_BODY, categories=chosen)
    (asked,) = front.asked_about(post["id"])
    assert asked["id"] == f"{site.host}/{post['id']}"
    assert (asked["headline"], asked["body"]) == (TERROR, TERROR_BODY)
    assert (asked["current"], asked["rejected"]) == (["conflicts"], [])
    assert {"tensions", HUMAN, SURE} <= site.sections(post["id"])
    assert "conflicts" not in site.meta(post["id"], "_copydesk_applied")


HIDDEN = (
    '<!-- wp:group {"metadata":{"blockVisibility":false}} -->\n<div class="wp-block-group"><!-- wp:paragraph -->\n'
    f"<p>{TERROR_BODY}</p>\n<!-- /wp:paragraph --></div>\n<!-- /wp:group -->"
)
SHOWN = f"<!-- wp:paragraph -->\n<p>{PARK_BODY}</p>\n<!-- /wp:paragraph -->"


def test_blocks_that_are_hidden_from_readers_are_not_sent(site, front):
    group = f'<!-- wp:group -->\n<div class="wp-block-group">{HIDDEN}\n\n{SHOWN}</div>\n<!-- /wp:group -->'
    for body in (f"{HIDDEN}\n\n{SHOWN}", group):
        post = site.publish(PARK, body)
        (asked,) = front.asked_about(post["id"])
        assert TERROR_BODY not in asked["body"]
        assert "blockVisibility" not in asked["body"]
        assert SHOWN in asked["body"]
        assert site.sections(post["id"]) == {"uncategorized"}


def test_a_site_can_change_what_is_sent(site, front):
    post = site.publish(TERROR, TERROR_BODY, excerpt="add")
    (asked,) = front.asked_about(post["id"])
    assert (asked["headline"], asked["body"]) == (TERROR, f"Added by the site.\n\n{TERROR_BODY}")
    assert front.asked_about(site.publish(TERROR, TERROR_BODY, excerpt="empty")["id"]) == []


def test_a_filter_that_returns_no_article_does_not_stop_a_story(site, front):
    post = site.publish(TERROR, TERROR_BODY, excerpt="break")
    assert post["status"] == "publish"
    assert front.asked_about(post["id"]) == []
    assert "UnexpectedValueException at class-article.php" in site.meta(post["id"], "_copydesk_error")["message"]


def test_a_story_of_no_section_stays_under_the_default_category(site):
    post = site.publish(PARK, PARK_BODY)
    assert site.sections(post["id"]) == {"uncategorized"}
    assert site.meta(post["id"], "_copydesk_applied") is None


def test_suggest_mode_changes_nothing(site, front, settings):
    site.configure(**settings | {"mode": "suggest"})
    post = site.publish(TERROR, TERROR_BODY)
    site.update(post["id"], title=f"{TERROR} at dawn")
    assert site.sections(post["id"]) == {"uncategorized"}
    shown = site.admin.get(f"/wp-json/copydesk/v1/posts/{post['id']}").json()
    assert "terrorism" in {tag["section"] for tag in shown["suggestions"]}
    assert shown["applied"] == []


def test_no_category_is_ever_created(site):
    before = site.sql("SELECT COUNT(*) FROM wp_terms")
    post = site.publish(COMMONS, COMMONS_BODY)
    assert site.sql("SELECT COUNT(*) FROM wp_terms") == before
    tags = site.meta(post["id"], "_copydesk_answer")["tags"]
    assert MISSING in {tag["section"] for tag in tags}
    assert MISSING not in (site.meta(post["id"], "_copydesk_applied") or {})


def test_a_removed_section_stays_removed_after_three_saves_and_a_retag(site, front):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    left = [site.categories[HUMAN]]
    site.update(post, categories=left)
    for number in range(3):
        site.update(post, content=f"{TERROR_BODY}<p>Militants and hostages, update {number}.</p>")
    assert site.sections(post) == {HUMAN}
    assert all("terrorism" in asked["rejected"] for asked in front.asked_about(post)[1:])
    site.enlist([post])
    site.step()
    site.php(f"Copydesk\\Bulk_List::move({post}, 'review', 'accepted', [Copydesk\\Bulk_List::SURE]);")
    site.step()
    assert "terrorism" in front.asked_about(post)[-1]["rejected"]
    assert site.sections(post) == {HUMAN}
    assert "terrorism" in site.meta(post, "_copydesk_rejected")
    assert "terrorism" not in (site.meta(post, "_copydesk_applied") or {})


def test_a_section_that_an_editor_puts_back_is_theirs(site, front):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    site.update(post, categories=[site.categories[HUMAN]])
    site.update(post, categories=[site.categories[SURE]])
    assert "terrorism" not in (site.meta(post, "_copydesk_rejected") or [])
    assert "terrorism" not in (site.meta(post, "_copydesk_applied") or {})
    site.update(post, title=f"{TERROR} again")
    assert "terrorism" in front.asked_about(post)[-1]["current"]


def test_a_section_stays_when_the_text_turns_to_something_else(site):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    before = site.sections(post)
    site.update(post, title=PARK, content=PARK_BODY)
    assert site.sections(post) == before


def test_saving_again_without_a_change_asks_nothing(site, front):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    for _ in range(2):
        site.update(post, excerpt="Another excerpt")
    assert len(front.asked_about(post)) == 1


def test_drafts_autosaves_and_revisions_send_nothing(site, front):
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    site.update(post, title=f"{TERROR} again")
    saved = site.admin.post(
        f"/wp-json/wp/v2/posts/{post}/autosaves", json={"title": "Another", "content": "Other words"}
    )
    assert saved.status_code == 200
    assert site.admin.get(f"/wp-json/wp/v2/posts/{post}/revisions").json()
    site.php(
        "require_once ABSPATH . 'wp-admin/includes/admin.php';"
        f"wp_create_post_autosave(['post_ID' => {post}, 'content' => 'Words', 'post_type' => 'post']);"
    )
    page = site.admin.post("/wp-json/wp/v2/pages", json={"title": TERROR, "content": TERROR_BODY, "status": "publish"})
    assert page.status_code == 201
    assert front.asked == []
    site.update(post, title=TERROR, content=TERROR_BODY, status="publish")
    assert len(front.asked_about(post)) == 1
    assert SURE in site.sections(post)


def test_a_scheduled_post_is_handled_once(site, front):
    post = site.publish(TERROR, TERROR_BODY, status="future", date="2036-01-01T08:00:00")["id"]
    assert SURE in site.sections(post)
    past = "2026-01-01 08:00:00"
    site.sql(f"UPDATE wp_posts SET post_date = '{past}', post_date_gmt = '{past}' WHERE ID = {post}")
    site.php(
        f"wp_clear_scheduled_hook('publish_future_post', [{post}]);"
        f"wp_schedule_single_event(time() - 1, 'publish_future_post', [{post}]);"
    )
    site.cron()
    assert site.admin.get(f"/wp-json/wp/v2/posts/{post}").json()["status"] == "publish"
    assert len(front.asked_about(post)) == 1
    assert len(site.terms_of(post, SURE)) == 1


def test_quick_edit_is_handled_once(site, front):
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    browser = site.log_in()
    nonce = site.field(browser.get("/wp-admin/edit.php").text, "_inline_edit")
    fields = {
        "action": "inline-save",
        "post_type": "post",
        "post_ID": post,
        "_inline_edit": nonce,
        "post_view": "list",
        "screen": "edit-post",
    }
    fields |= {
        "post_title": TERROR,
        "post_name": "quick",
        "_status": "publish",
        "post_category[]": "0",
        "post_author": 1,
    }
    fields |= {"mm": "01", "jj": "02", "aa": "2026", "hh": "08", "mn": "00", "ss": "00", "edit_date": "true"}
    answer = browser.post("/wp-admin/admin-ajax.php", data=fields)
    assert f'id="post-{post}"' in answer.text, answer.text
    assert site.admin.get(f"/wp-json/wp/v2/posts/{post}").json()["status"] == "publish"
    assert len(front.asked_about(post)) == 1
    assert SURE in site.sections(post)


def test_xml_rpc_is_handled_once(site, front):
    server = xmlrpc.client.ServerProxy(f"{site.url}/xmlrpc.php")
    content = {
        "post_title": TERROR,
        "post_content": TERROR_BODY,
        "post_status": "publish",
        "terms": {"category": [site.categories[HUMAN]]},
    }
    with server:
        post = int(server.wp.newPost(1, "admin", "admin-pass", content))
    assert len(front.asked_about(post)) == 1
    assert {SURE, HUMAN} <= site.sections(post)


def test_an_import_sends_nothing(site, front):
    (post,) = site.insert([{"title": TERROR, "body": TERROR_BODY}])
    assert front.asked == []
    assert site.sections(post) == {"uncategorized"}


def test_another_taxonomy_than_categories(site, front, settings):
    site.configure(**settings | {"taxonomy": "post_tag"})
    tag = site.admin.post("/wp-json/wp/v2/tags", json={"name": "Terrorism", "slug": "terrorism"}).json()["id"]
    try:
        post = site.publish(TERROR, TERROR_BODY)
        assert post["tags"] == [tag]
        assert post["categories"] == [site.categories["uncategorized"]]
    finally:
        site.admin.delete(f"/wp-json/wp/v2/tags/{tag}?force=true")


def test_a_crash_while_sections_are_set_makes_them_nobody_elses(site):
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    site.php(
        f"$crash = fn($id, $term) => {site.categories[SURE]} === (int) $term && die();"
        "add_action('added_term_relationship', $crash, 10, 2);"
        f"wp_update_post(['ID' => {post}, 'post_status' => 'publish']); echo 'not reached';"
    )
    assert SURE in site.sections(post)
    assert site.meta(post, "_copydesk_answer") is None
    assert "terrorism" in site.meta(post, "_copydesk_applied")
    site.update(post, excerpt="Saved again")
    assert SURE in site.sections(post)
    assert "terrorism" in site.meta(post, "_copydesk_applied")
    assert site.meta(post, "_copydesk_rejected") is None
