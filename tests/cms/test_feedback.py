"""Editors' feedback goes to the service: from cron, once each, and with text only if the newsroom wants that."""

import json

import pytest

from tests.cms.front import FEEDBACK
from tests.cms.stories import TERROR, TERROR_BODY

HUMAN = "south-asia"
DUE = "_copydesk_feedback_due"
SENT = "_copydesk_feedback_sent"
EVENT = "copydesk_send_feedback"


@pytest.fixture
def feedback(front, site):
    """Run cron; return the feedback that the service has been sent on a post, oldest first."""

    def sent(post):
        site.php(f"wp_clear_scheduled_hook('{EVENT}'); Copydesk\\Feedback::wake(-1);")
        site.cron()
        return [each for each in front.feedback.values() if each.article.endswith(f"/{post}")]

    return sent


def seconds_to_next_run(site):
    return int(site.php(f"echo (int) wp_next_scheduled('{EVENT}') - time();"))


def test_publishing_sends_what_was_kept_and_added(site, front, feedback):
    post = site.publish(TERROR, TERROR_BODY, categories=[site.categories[HUMAN]])["id"]
    assert not front.feedback  # never while somebody waits
    (sent,) = feedback(post)
    assert sent.article == f"{site.host}/{post}"
    assert "terrorism" in sent.suggested
    assert "terrorism" in sent.kept
    assert sent.added == [HUMAN]
    assert sent.removed == []
    assert sent.applied == sent.kept  # set by the plugin: no editor accepted them
    assert sent.model
    assert sent.headline is None
    assert sent.body is None


def test_what_an_editor_removes_is_sent_as_another_revision(site, feedback):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    feedback(post)
    site.update(post, categories=[site.categories[HUMAN]])
    first, second = feedback(post)
    assert first.revision != second.revision
    assert "terrorism" in second.removed
    assert "terrorism" not in second.kept
    assert "terrorism" not in second.applied
    assert second.added == [HUMAN]


def test_saving_without_a_change_sends_nothing_more(site, front, feedback):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    feedback(post)
    site.update(post, excerpt="Another")
    assert len(feedback(post)) == 1
    assert [path for path, _ in front.asked].count(FEEDBACK) == 1


def test_text_goes_only_where_the_newsroom_says_so(site, settings, feedback):
    site.configure(**settings | {"feedback": "text"})
    post = site.publish(TERROR, TERROR_BODY)["id"]
    (sent,) = feedback(post)
    assert (sent.headline, sent.body) == (TERROR, TERROR_BODY)


def test_a_text_that_the_service_refuses_does_not_cost_the_feedback(site, front, settings, feedback):
    site.configure(**settings | {"feedback": "text"})
    post = site.publish(TERROR, TERROR_BODY)["id"]
    site.sql(f"UPDATE wp_posts SET post_content = REPEAT('word ', 210000) WHERE ID = {post}")
    (sent,) = feedback(post)
    assert "terrorism" in sent.kept
    assert sent.body is None
    assert site.meta(post, DUE) is None


@pytest.mark.parametrize("way", ["off", "draft"])
def test_nothing_is_sent_where_it_is_not_wanted(way, site, settings, front, feedback):
    site.configure(**settings | {"feedback": "off" if way == "off" else "sections"})
    post = site.publish(TERROR, TERROR_BODY, status="publish" if way == "off" else "draft")["id"]
    assert feedback(post) == []


def test_a_store_that_is_down_is_tried_again_and_stops_no_tagging(site, front, feedback):
    front.feedback_status = 503
    post = site.publish(TERROR, TERROR_BODY)["id"]
    assert feedback(post) == []
    assert site.meta(post, DUE)
    assert seconds_to_next_run(site) in range(40, 62)
    assert "security-watch" in site.sections(site.publish(TERROR, TERROR_BODY)["id"])
    front.feedback_status = 200
    assert len(feedback(post)) == 1
    assert site.meta(post, DUE) is None


def test_an_older_service_is_left_alone_for_an_hour(site, front, feedback):
    front.feedback_status = 404
    post = site.publish(TERROR, TERROR_BODY)["id"]
    assert feedback(post) == []
    front.asked.clear()
    assert feedback(post) == []
    assert FEEDBACK not in {path for path, _ in front.asked}
    assert seconds_to_next_run(site) in range(3500, 3602)
    assert site.meta(post, "_copydesk_error") is None
    front.feedback_status = 200
    site.php("update_option('copydesk_feedback_paused', time() - 1);")
    assert len(feedback(post)) == 1


def test_a_service_that_does_not_know_who_looked_gets_the_rest(site, front, feedback):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    front.unknown_field = "reviewed"
    feedback(post)
    sent = [body for path, body in front.asked if path == FEEDBACK]
    assert ["reviewed" in body for body in sent] == [True, False]
    assert site.meta(post, DUE) is None


def test_cron_that_finds_the_lock_taken_comes_back(site, front, feedback):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    # from another connection, as another process of cron would hold it
    with_the_lock = "Copydesk\\Lock::run('feedback', function () { wp_remote_get(site_url('/wp-cron.php')); });"
    site.php(f"wp_clear_scheduled_hook('{EVENT}'); Copydesk\\Feedback::wake(-1); {with_the_lock}")
    assert not front.feedback
    assert site.meta(post, DUE)
    assert seconds_to_next_run(site) in range(40, 62)
    assert len(feedback(post)) == 1


@pytest.mark.parametrize(
    ("event", "work", "due"),
    [
        (EVENT, "Feedback", DUE),
        ("copydesk_retry", "Queue", "_copydesk_waiting"),
    ],
)
def test_a_run_that_is_killed_is_resumed(site, front, event, work, due):
    with front.failing("error"):
        post = site.publish(TERROR, TERROR_BODY)["id"]
    site.forget_failure()
    site.php(f"update_post_meta({post}, '{due}', '[\"1\"]'); wp_clear_scheduled_hook('{event}');")
    site.php(f"add_filter('pre_http_request', fn() => die()); Copydesk\\{work}::run(); echo 'done';")
    assert int(site.php(f"echo (int) wp_next_scheduled('{event}') - time();")) in range(40, 62)


def test_feedback_that_changed_before_its_answer_arrived_gets_another_revision(site, front, feedback):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    front.lose_answers = True
    assert len(feedback(post)) == 1  # the service has it, and WordPress does not know
    assert site.meta(post, DUE)
    site.php(f"wp_set_object_terms({post}, {site.categories[HUMAN]}, 'category');")  # which leaves the time of the post
    site.php(f"Copydesk\\Tagger::on_save({post}, get_post({post}));")
    front.lose_answers = False
    first, second = feedback(post)
    assert second.revision == f"{first.revision}-2"
    assert "terrorism" in first.kept
    assert "terrorism" in second.removed
    assert site.meta(post, DUE) is None
    assert site.meta(post, SENT)["number"] == 2


def test_feedback_that_the_service_has_already_is_not_sent_twice(site, front, feedback):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    front.lose_answers = True
    feedback(post)
    front.lose_answers = False
    assert len(feedback(post)) == 1
    assert site.meta(post, SENT)["number"] == 1
    assert site.meta(post, DUE) is None


def test_more_taken_revisions_than_one_run_tries_are_left_behind_in_the_next(site, front, feedback):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    site.php("update_option('copydesk_feedback_paused', 0);")
    taken = {"n": 0}

    def differs(path, answer):
        taken["n"] += path == FEEDBACK
        return answer | {"stored": False, "differs": True} if path == FEEDBACK and taken["n"] <= 25 else answer

    front.instead = differs
    feedback(post)
    assert taken["n"] == 20
    assert site.meta(post, DUE)
    feedback(post)
    assert taken["n"] == 26
    assert site.meta(post, DUE) is None
    assert site.meta(post, SENT)["number"] == 26


@pytest.mark.parametrize("answer", [{}, [], "stored", {"stored": "perhaps", "differs": False}, {"stored": True}])
def test_an_answer_that_is_not_the_services_leaves_the_feedback_due(answer, site, front, feedback):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    front.instead = lambda path, real: answer if path == FEEDBACK else real
    feedback(post)
    assert site.meta(post, DUE)
    front.instead = None
    feedback(post)
    assert site.meta(post, DUE) is None


def test_an_unexpected_error_on_one_post_does_not_hold_up_the_others(site, front, feedback):
    bad = site.publish(TERROR, TERROR_BODY)["id"]
    good = site.publish(TERROR, TERROR_BODY)["id"]
    stored = site.meta(bad, "_copydesk_answer")
    keep = f"Copydesk\\Record::set_meta({bad}, '_copydesk_answer', json_decode(stream_get_contents(STDIN), true));"
    site.php(keep, json.dumps(stored | {"tags": "none"}))
    feedback(bad)
    assert site.meta(bad, DUE)
    assert site.meta(good, DUE) is None
    site.php(keep, json.dumps(stored))
    assert len(feedback(bad)) == 1
