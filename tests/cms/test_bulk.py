"""A thousand posts in bulk: nothing applied unseen, twice or not at all, though PHP is killed halfway."""

import json
import signal
import threading
import time

import httpx
import pytest

from tests.conftest import ARTICLES

POSTS = 1000
A_STEP = 25
FINISHED_WITHIN_SECONDS = 120


@pytest.fixture(scope="module")
def stories():
    lines = [line for path in sorted(ARTICLES.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines[:POSTS]]


@pytest.fixture
def archive(site, stories):
    """Posts of the starter corpus under no category, as an import leaves them; ids in the order of the stories."""
    return insert(site, stories)


@pytest.fixture
def few(site, stories):
    return insert(site, stories[:60])


def insert(site, stories):
    site.empty()
    posts = site.insert([{"title": story["headline"], "body": story["body"]} for story in stories])
    site.term_log.unlink()  # of WordPress's own default category
    return posts


def steps(site, until, stopped):
    """Take steps from several pages at once, as editors with the page open do, while WordPress is there."""

    def work():
        with httpx.Client(base_url=site.url, auth=site.admin.auth, timeout=30) as client:
            while not until.is_set():
                try:
                    client.post("/wp-json/copydesk/v1/bulk/step")
                except httpx.TransportError:
                    stopped.wait(0.05)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    return threads


def run_with_a_crash(site, is_halfway, is_finished):
    """Have the list worked on, kill PHP halfway, start it again, wait for the end; return the counts on the way."""
    over, never = threading.Event(), threading.Event()
    threads = steps(site, over, never)
    seen, killed = [], False
    deadline = time.monotonic() + FINISHED_WITHIN_SECONDS
    try:
        while not seen or not is_finished(seen[-1]):
            assert time.monotonic() < deadline, seen[-1]
            rows = site.sql("SELECT state, COUNT(*) FROM wp_copydesk_bulk GROUP BY state")
            seen.append({state: int(count) for state, count in rows})
            if not killed and is_halfway(seen[-1]):
                site.stop_php(signal.SIGKILL)
                site.start_php()
                killed = True
            time.sleep(0.05)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert killed, "it was over before PHP was killed"
    return seen


def test_a_thousand_posts_survive_a_restart_of_php(site, front, archive, stories):
    browser = site.log_in()
    page = browser.get("/wp-admin/tools.php?page=copydesk-bulk").text
    form = {
        "action": "copydesk_bulk",
        "do": "choose",
        "_wpnonce": site.field(page, "_wpnonce"),
        "types[]": "post",
        "statuses[]": "publish",
        "untagged": "1",
    }
    page = browser.post("/wp-admin/admin-post.php", data=form).text
    assert f'data-total="{POSTS}"' in page

    start = time.monotonic()
    seen = run_with_a_crash(site, lambda now: now.get("queued", 0) < POSTS / 2, lambda now: not now.get("queued"))
    asked = front.articles_asked()
    print(f"asked about {POSTS} posts in {time.monotonic() - start:.1f} s, {len(asked) - POSTS} of them twice")
    progress = [POSTS - now.get("queued", 0) for now in seen]
    assert progress == sorted(progress)
    assert set(asked) == {f"{site.host}/{post}" for post in archive}
    assert len(asked) - POSTS <= A_STEP  # what was under way when PHP was killed
    assert site.terms_given() == []
    assert site.sql("SELECT COUNT(*) FROM wp_postmeta WHERE meta_key = '_copydesk_applied'") == [["0"]]

    page = browser.get("/wp-admin/tools.php?page=copydesk-bulk").text
    assert "Nothing has been changed yet" in page
    form = {"action": "copydesk_bulk", "do": "accept_all", "_wpnonce": site.field(page, "_wpnonce")}
    browser.post("/wp-admin/admin-post.php", data=form)
    to_apply = int(site.sql("SELECT COUNT(*) FROM wp_copydesk_bulk WHERE state = 'accepted'")[0][0])
    start = time.monotonic()
    run_with_a_crash(site, lambda now: now.get("accepted", 0) < to_apply / 2, lambda now: not now.get("accepted"))
    print(f"applied to {to_apply} posts in {time.monotonic() - start:.1f} s")

    given = site.terms_given()
    assert len(given) == len(set(given)), "a post was given a category twice"
    sure, unsure = expected(site, front, archive, stories)
    assert set(given) == sure
    rows = site.sql("SELECT post_id, meta_value FROM wp_postmeta WHERE meta_key = '_copydesk_applied'")
    assert len(rows) == len({post for post, _ in given})
    assert site.sql("SELECT COUNT(*) FROM wp_copydesk_bulk WHERE state NOT IN ('done', 'review')") == [["0"]]
    left = site.sql("SELECT post_id FROM wp_copydesk_bulk WHERE state = 'review'")
    assert {int(row[0]) for row in left} == unsure  # nobody has seen these suggestions


def expected(site, front, archive, stories):
    """Ask the service itself what it is sure of: return (post, category), and the posts with other suggestions."""
    categories = site.section_categories()
    found, unsure = set(), set()
    for at in range(0, POSTS, 100):
        articles = [{"headline": story["headline"], "body": story["body"]} for story in stories[at : at + 100]]
        results = front.ask({"articles": articles}, "/v1/tags/batch")["results"]
        for post, result in zip(archive[at:], results, strict=False):
            sure = [tag["section"] for tag in result["tags"] if tag["decision"] == "apply"]
            found |= {(post, categories[section]) for section in sure if section in categories}
            others = [tag["section"] for tag in result["tags"] if tag["decision"] != "apply"]
            unsure |= {post} if categories.keys() & set(others) else set()
    return found, unsure


def test_cron_alone_goes_through_the_list(site, front, few):
    site.enlist(few)
    site.php("Copydesk\\Bulk_Worker::wake(-1);")
    site.cron()
    assert site.admin.get("/wp-json/copydesk/v1/bulk").json()["queued"] == 0
    assert len(front.articles_asked()) == 60


def test_a_service_that_is_down_keeps_the_list_waiting(site, front, few):
    site.enlist(few[:30])
    with front.failing("error"):
        state = site.step()
    assert (state["queued"], state["moved"]) == (30, False)
    assert "HTTP 500" in state["error"]
    site.forget_failure()
    assert site.step()["moved"]


def test_the_bulk_action_of_the_list_of_posts_asks_about_those_that_are_ticked(site, front, few):
    browser = site.log_in()
    page = browser.get("/wp-admin/edit.php").text
    assert "Suggest sections with Copydesk" in page
    query = {
        "post[]": few[:3],
        "action": "copydesk_ask",
        "_wpnonce": site.field(page, "_wpnonce"),
        "post_type": "post",
    }
    answer = browser.get("/wp-admin/edit.php", params=query)
    assert "page=copydesk-bulk" in str(answer.url)
    assert site.admin.get("/wp-json/copydesk/v1/bulk").json()["queued"] == 3


def test_a_ticked_suggestion_is_a_persons_and_one_left_ticked_is_the_machines(site, front, stories):
    categories = site.section_categories()
    # two stories in one: the model is sure of the one and less so of the other
    mixed = [
        story | {"body": story["body"] + other["body"][:400]}
        for story, other in zip(stories, stories[500:], strict=False)
    ]
    story, tags = next((story, tags) for story in mixed if (tags := both_decisions(front, story, categories)))
    (post,) = insert(site, [story])
    site.enlist([post])
    site.step()
    browser = site.log_in()
    page = browser.get("/wp-admin/tools.php?page=copydesk-bulk").text
    form = {"action": "copydesk_bulk", "do": "accept", "_wpnonce": site.field(page, "_wpnonce"), "shown[]": post}
    browser.post("/wp-admin/admin-post.php", data=form | {f"sections[{post}][]": list(tags.values())})
    site.step()
    applied = site.meta(post, "_copydesk_applied")
    assert tags["apply"] in applied
    assert tags["review"] not in applied
    assert {(post, categories[tags["apply"]]), (post, categories[tags["review"]])} <= set(site.terms_given())


def both_decisions(front, story, categories):
    """Return a section to apply and one to review, by decision, where the service names both for a story."""
    tags = front.ask({"headline": story["headline"], "body": story["body"]})["tags"]
    found = {tag["decision"]: tag["section"] for tag in tags if tag["section"] in categories}
    return found if len(found) == 2 else None


def test_what_is_unticked_on_the_review_page_is_not_applied(site, few):
    site.enlist(few[:25])
    site.step()
    browser = site.log_in()
    page = browser.get("/wp-admin/tools.php?page=copydesk-bulk").text
    shown = [
        int(row[0]) for row in site.sql("SELECT post_id FROM wp_copydesk_bulk WHERE state = 'review' ORDER BY post_id")
    ]
    form = {"action": "copydesk_bulk", "do": "accept", "_wpnonce": site.field(page, "_wpnonce"), "shown[]": shown[:2]}
    browser.post("/wp-admin/admin-post.php", data=form)
    site.step()
    assert site.terms_given() == []
    counts = site.admin.get("/wp-json/copydesk/v1/bulk").json()
    assert counts["review"] == len(shown)  # nothing was decided about these two either


def test_posts_without_a_section_are_those_under_no_category_of_the_service(site, few):
    site.php(f"wp_set_object_terms({few[0]}, {site.categories['oceania']}, 'category');")
    site.php(f"wp_set_object_terms({few[1]}, {site.categories['orchestras']}, 'category');")
    browser = site.log_in()
    page = browser.get("/wp-admin/tools.php?page=copydesk-bulk").text
    form = {"action": "copydesk_bulk", "do": "choose", "_wpnonce": site.field(page, "_wpnonce")}
    browser.post("/wp-admin/admin-post.php", data=form | {"types[]": "post", "statuses[]": "publish", "untagged": "1"})
    chosen = {int(row[0]) for row in site.sql("SELECT post_id FROM wp_copydesk_bulk")}
    assert chosen == set(few[1:])


def test_accepted_posts_are_applied_though_the_stored_sections_are_damaged(site, few):
    site.enlist(few[:25])
    site.step()
    site.php("Copydesk\\Bulk_List::clear(['queued']); update_option('copydesk_sections', ['model' => 1]);")
    site.sql("""UPDATE wp_copydesk_bulk SET state = 'accepted', sections = '["*"]' WHERE state = 'review'""")
    state = site.step()
    assert state["moved"]
    assert (state["accepted"], state["failed"]) == (0, 0)


def test_a_run_of_cron_that_is_killed_is_resumed(site, few):
    site.enlist(few)
    site.php("wp_clear_scheduled_hook('copydesk_bulk');")
    site.php("add_filter('pre_http_request', fn() => die()); Copydesk\\Bulk_Worker::on_cron(); echo 'not reached';")
    assert int(site.php("echo (int) wp_next_scheduled('copydesk_bulk') - time();")) in range(40, 62)
