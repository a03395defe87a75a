"""The first version called feedback decisions: nothing that it had queued may be lost at the upgrade."""

import pytest

from tests.cms.front import FEEDBACK
from tests.cms.stories import TERROR, TERROR_BODY

OLD = "DELETE FROM wp_options WHERE option_name = 'copydesk_installed'"


@pytest.fixture
def due(site):
    """Posts as version 0.1.0 leaves them: two whose feedback is due, one of them with earlier feedback; one done."""
    posts = [site.publish(f"{TERROR} {number}", TERROR_BODY)["id"] for number in range(3)]
    site.php("Copydesk\\Feedback::run();")
    for post in posts[:2]:
        site.php(f"Copydesk\\Record::set_meta({post}, Copydesk\\Feedback::DUE, ['mark']);")
    site.sql(f"DELETE FROM wp_postmeta WHERE post_id = {posts[0]} AND meta_key = '_copydesk_feedback_sent'")
    site.sql("UPDATE wp_postmeta SET meta_key = '_copydesk_decision' WHERE meta_key = '_copydesk_feedback_due'")
    site.sql("UPDATE wp_postmeta SET meta_key = '_copydesk_decided' WHERE meta_key = '_copydesk_feedback_sent'")
    site.php(
        "wp_clear_scheduled_hook('copydesk_send_feedback');"
        "wp_schedule_single_event(time() - 1, 'copydesk_send_decisions');"
        "update_option('copydesk_decisions_paused', time() + 3000); update_option('copydesk_installed', '0.1.0');"
    )
    return posts


def keys(site):
    rows = site.sql(
        "SELECT post_id, meta_key FROM wp_postmeta WHERE meta_key REGEXP '_copydesk_(dec|feed)' ORDER BY 1, 2"
    )
    return [(int(post), key.removeprefix("_copydesk_")) for post, key in rows]


def test_the_first_request_after_the_upgrade_takes_over_what_was_queued(site, front, due):
    front.asked.clear()
    front.feedback.clear()
    site.admin.get("/wp-json/").raise_for_status()  # any request will do
    first, second, third = due
    assert keys(site) == [
        (first, "feedback_due"),
        (second, "feedback_due"),
        (second, "feedback_sent"),
        (third, "feedback_sent"),
    ]
    site.cron()
    assert keys(site) == [(post, "feedback_sent") for post in due]
    sent = [body["article"] for path, body in front.asked if path == FEEDBACK]
    assert sent == [f"{site.host}/{first}"]  # that of the second has not changed since it was sent
    left = site.sql(
        "SELECT option_name FROM wp_options WHERE option_name LIKE '%decision%' AND option_name LIKE '%copydesk%'"
    )
    assert left == []
    assert site.php("echo (int) wp_next_scheduled('copydesk_send_decisions');") == "0"


def test_a_mark_of_the_old_code_after_the_upgrade_is_sent(site, front, due):
    """While files are replaced, a process may still run the old code: it makes the old mark and wakes the old event."""
    site.admin.get("/wp-json/").raise_for_status()
    site.cron()
    front.feedback.clear()
    site.update(due[2], categories=[site.categories["oceania"]])
    site.sql("UPDATE wp_postmeta SET meta_key = '_copydesk_decision' WHERE meta_key = '_copydesk_feedback_due'")
    site.php(
        "wp_clear_scheduled_hook('copydesk_send_feedback');"
        "wp_schedule_single_event(time() - 1, 'copydesk_send_decisions');"
    )
    site.cron()
    site.cron()
    assert [each.article for each in front.feedback.values()] == [f"{site.host}/{due[2]}"]
    assert (due[2], "decision") not in keys(site)


def test_posts_that_wait_go_on_waiting_through_the_upgrade(site, front, due):
    with front.failing("error"):
        post = site.publish(TERROR, TERROR_BODY)["id"]
    site.sql(OLD)
    site.forget_failure()
    site.php("wp_clear_scheduled_hook('copydesk_retry'); Copydesk\\Queue::wake(-1);")
    site.cron()
    assert "security-watch" in site.sections(post)


@pytest.mark.parametrize("choice", ["off", "sections", "text"])
def test_the_setting_is_read_under_its_old_name(choice, site, settings):
    stored = site.php(
        "update_option('copydesk_settings', ['url' => 'http://127.0.0.1:1', 'decisions' => '" + choice + "']);"
        "echo Copydesk\\Settings::current()->feedback;"
    )
    assert stored == choice


def test_a_setting_that_was_saved_since_wins_over_its_old_name(site):
    code = "echo Copydesk\\Settings::clean(['decisions' => 'text', 'feedback' => 'off'])['feedback'];"
    assert site.php(code) == "off"


def test_posts_keep_waiting_while_no_service_is_set(site, front, settings):
    with front.failing("error"):
        post = site.publish(TERROR, TERROR_BODY)["id"]
    site.configure(**settings | {"url": ""})
    site.php("Copydesk\\Queue::run(); Copydesk\\Feedback::run();")
    assert site.meta(post, "_copydesk_error")["waiting"]
    site.configure(**settings)
    site.forget_failure()
    site.php("Copydesk\\Queue::run();")
    assert "security-watch" in site.sections(post)
