"""Who set a section, and whether a person has looked at it: an editor, the plugin, or another assistant."""

import json
from hashlib import md5

import pytest

from classifier.feedback.agreement import agreement_of
from classifier.feedback.database import Database
from classifier.feedback.store import FeedbackStore
from tests.cms.browser import open_block_editor, open_classic_editor
from tests.cms.stories import TERROR, TERROR_BODY

SURE = "security-watch"
NOTED = TERROR_BODY.replace("<!-- wp:paragraph -->", '<!-- wp:paragraph {"metadata":{"noteId":7}} -->', 1).replace(
    "a village on Jolo", '<mark class="wp-note" data-id="7">a village</mark> on Jolo'
)


@pytest.fixture
def sent(site, front):
    """Send what is due; return the last feedback on a post."""

    def sent(post):
        site.php("Copydesk\\Feedback::run();")
        return [each for each in front.feedback.values() if each.article.endswith(f"/{post}")][-1]

    return sent


def test_nineteen_posts_that_were_applied_unread_are_kept_by_nobody(site, front, service, sent):
    posts = [site.publish(f"{TERROR} {n}", TERROR_BODY)["id"] for n in range(19)]
    sent(posts[-1])
    ids = {f"{site.host}/{post}" for post in posts}
    with_terrorism = [each for each in front.feedback.values() if "terrorism" in each.applied]
    assert {each.article for each in with_terrorism} == ids
    store = FeedbackStore(Database(str(service.log.parent / "feedback.db")))
    found = agreement_of(entry for entry in store.history() if entry.feedback.article in ids)
    terrorism = found.to_json()["sections"]
    (counted,) = [each for each in terrorism if each["section"] == "terrorism"]
    assert (counted["kept"], counted["untouched"]) == (0, 19)


def test_a_section_that_an_editor_saw_and_saved_is_reviewed(site, sent, page):
    """In either editor, from the first save that showed it. A program's save is nobody's look."""
    post = site.publish(TERROR, TERROR_BODY)["id"]
    assert sent(post).reviewed == []
    site.update(post, excerpt="By a program")
    assert sent(post).reviewed == []
    open_block_editor(page, site, post)
    page.evaluate("wp.data.dispatch('core/editor').editPost({excerpt: 'By a person'})")
    page.evaluate("wp.data.dispatch('core/editor').savePost()")
    page.wait_for_function("!wp.data.select('core/editor').isSavingPost()")
    last = sent(post)
    assert "terrorism" in last.applied
    assert "terrorism" in last.reviewed
    assert "terrorism" in sent(post).reviewed
    assert SURE in site.sections(post)

    other = site.publish(TERROR, TERROR_BODY)["id"]
    open_classic_editor(page, site, other)
    page.click("#publish")
    page.wait_for_selector("#message")
    assert "terrorism" in sent(other).reviewed


def test_a_note_and_the_settings_of_a_block_are_no_new_words(site, front):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    site.update(post, content=NOTED)
    assert len(front.asked_about(post)) == 1
    changed = NOTED.replace("took back", "took")
    site.update(post, content=changed)
    assert len(front.asked_about(post)) == 2
    old = site.meta(post, "_copydesk_answer") | {"digest": md5(f"{TERROR}\0{changed}".encode()).hexdigest()}
    keep = f"Copydesk\\Record::set_meta({post}, '_copydesk_answer', json_decode(stream_get_contents(STDIN), true));"
    site.php(keep, json.dumps(old))  # as 0.2.0 stored it
    site.update(post, excerpt="Saved after the upgrade")
    assert len(front.asked_about(post)) == 2


def test_what_another_assistant_suggested_is_no_editors_choice(site, front, sent):
    post = site.publish(TERROR, TERROR_BODY)["id"]
    oceania = site.section_categories()["oceania"]
    site.php(
        f"do_action('wp_before_execute_ability', 'ai/content-classification');"
        f"do_action('wp_after_execute_ability', 'ai/content-classification', ['post_id' => {post}, "
        "'taxonomy' => 'category'], ['suggestions' => [['term' => 'Oceania', 'confidence' => 0.9]]]);"
    )
    asia = site.section_categories()["south-asia"]
    site.update(post, categories=[site.categories[SURE], oceania, asia])
    assert site.meta(post, "_copydesk_applied")["oceania"] == "assistant"
    last = sent(post)
    assert last.added == ["south-asia"]
    assert "oceania" in last.applied
    assert "oceania" not in last.reviewed


def test_what_is_set_while_an_ability_runs_is_no_editors_choice(site, front, sent):
    oceania = site.section_categories()["oceania"]
    post = int(
        site.php(
            "do_action('wp_before_execute_ability', 'other/file');"
            f"echo wp_insert_post(['post_title' => '{TERROR}', 'post_content' => 'Abu Sayyaf, terrorists and hostages',"
            f" 'post_status' => 'publish', 'post_category' => [{oceania}]]);"
        )
    )
    assert site.meta(post, "_copydesk_applied")["oceania"] == "assistant"
    assert sent(post).added == []
