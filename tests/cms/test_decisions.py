"""What editors made of suggestions goes to the service: from cron, once each, with text only where that is wanted."""

import pytest

from tests.cms.stories import TERROR, TERROR_BODY

HUMAN = "south-asia"
DUE = "_copydesk_decision"


@pytest.fixture
def decisions(front, site):
    """Have cron run; return what the service was sent for a post, oldest first."""

    def sent(post):
        site.php("wp_clear_scheduled_hook('copydesk_send_decisions'); Copydesk\\Decisions::wake(-1);")
        site.cron()
        return [decision for decision in front.decisions.values() if decision.article.endswith(f"/{post}")]

    return sent


def test_publishing_sends_what_was_kept_and_added(site, front, decisions):
    post = site.publish(TERROR, TERROR_BODY, categories=[site.categories[HUMAN]])["id"]
    assert not front.decisions  # never while somebody waits
    (decision,) = decisions(post)
    assert decision.article == f"{site.host}/{post}"
    assert "terrorism" in decision.suggested
    assert "terrorism" in decision.kept
    assert decision.added == [HUMAN]
    assert decision.removed == []
    assert decision.applied == decision.kept  # by the machine: no editor accepted them
    assert decision.model
    assert decision.headline is None
    assert decision.body is None


def test_what_an_editor_removes_is_sent_as_another_revision(site, decisions):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    decisions(post)
    site.update(post, categories=[site.categories[HUMAN]])
    first, second = decisions(post)
    assert first.revision != second.revision
    assert "terrorism" in second.removed
    assert "terrorism" not in second.kept
    assert "terrorism" not in second.applied
    assert second.added == [HUMAN]


def test_saving_without_a_change_sends_nothing_more(site, front, decisions):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    decisions(post)
    site.update(post, excerpt="Another")
    assert len(decisions(post)) == 1
    assert [path for path, _ in front.asked].count("/v1/decisions") == 1


def test_text_goes_only_where_the_newsroom_says_so(site, settings, decisions):
    site.configure(**settings | {"decisions": "text"})
    post = site.publish(TERROR, TERROR_BODY)["id"]
    (decision,) = decisions(post)
    assert (decision.headline, decision.body) == (TERROR, TERROR_BODY)


@pytest.mark.parametrize("way", ["off", "draft"])
def test_nothing_is_sent_where_it_is_not_wanted(way, site, settings, front, decisions):
    site.configure(**settings | {"decisions": "off" if way == "off" else "sections"})
    post = site.publish(TERROR, TERROR_BODY, status="publish" if way == "off" else "draft")["id"]
    assert decisions(post) == []


def test_a_store_that_is_down_is_tried_again_and_stops_no_tagging(site, front, decisions):
    front.decisions_status = 503
    post = site.publish(TERROR, TERROR_BODY)["id"]
    assert decisions(post) == []
    assert site.meta(post, DUE)
    assert int(site.php("echo (int) wp_next_scheduled('copydesk_send_decisions') - time();")) in range(40, 62)
    assert "security-watch" in site.sections(site.publish(TERROR, TERROR_BODY)["id"])
    front.decisions_status = 200
    assert len(decisions(post)) == 1
    assert site.meta(post, DUE) is None


def test_an_older_service_is_left_alone_for_an_hour(site, front, decisions):
    front.decisions_status = 404
    post = site.publish(TERROR, TERROR_BODY)["id"]
    assert decisions(post) == []
    front.asked.clear()
    assert decisions(post) == []
    assert "/v1/decisions" not in {path for path, _ in front.asked}
    assert site.meta(post, "_copydesk_error") is None
    front.decisions_status = 200
    site.php("update_option('copydesk_decisions_paused', time() - 1);")
    assert len(decisions(post)) == 1
