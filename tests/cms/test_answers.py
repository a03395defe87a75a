"""Whatever answers at the address of the service: editors get a message, and no page, save or list breaks."""

import pytest

from tests.cms.front import KEY
from tests.cms.stories import TERROR, TERROR_BODY

SURE = "security-watch"
ASK = {"title": TERROR, "content": TERROR_BODY, "terms": []}
TAG = {"section": "terrorism", "name": "Terrorism", "probability": 0.9, "decision": "apply", "evidence": []}
ANSWER = {"id": None, "model": "m", "outcome": "tagged", "tags": [TAG]}
#: Answers that are JSON with a good status, and not those of the service; each with the field that the message names.
NOT_OURS = {
    "a list": ([1, 2], "model"),
    "a text": ("It works!", "without JSON"),
    "nothing": (None, "without JSON"),
    "an empty object": ({}, "model"),
    "no tags": ({"model": "m", "outcome": "none"}, "tags"),
    "a model that is a number": (ANSWER | {"model": 1}, "[model]"),
    "an outcome that is a list": (ANSWER | {"outcome": []}, "[outcome]"),
    "tags that are no list": (ANSWER | {"tags": {"a": TAG}}, "[tags]"),
    "tags that are texts": (ANSWER | {"tags": ["x"]}, "[tags][0]"),
    "tags that are null": (ANSWER | {"tags": [None]}, "[tags][0]"),
    "a tag without a name": (ANSWER | {"tags": [{**TAG, "name": None}]}, "[tags][0][name]"),
    "a section with markup": (ANSWER | {"tags": [TAG | {"section": '"]<b>'}]}, "[tags][0][section]"),
    "a section that is an object": (ANSWER | {"tags": [TAG | {"section": {}}]}, "[tags][0][section]"),
    "a probability above one": (ANSWER | {"tags": [TAG | {"probability": 7}]}, "[tags][0][probability]"),
    "a probability that is a text": (ANSWER | {"tags": [TAG | {"probability": "high"}]}, "[tags][0][probability]"),
    "an unknown decision": (ANSWER | {"tags": [TAG | {"decision": "delete"}]}, "[tags][0][decision]"),
    "evidence that is a text": (ANSWER | {"tags": [TAG | {"evidence": [1]}]}, "[evidence][0]"),
    "evidence without a share": (ANSWER | {"tags": [TAG | {"evidence": [{"term": "x"}]}]}, "share"),
    "a share without end": (ANSWER | {"tags": [TAG | {"evidence": [{"term": "x", "share": 1e999}]}]}, ""),
}


@pytest.mark.parametrize("name", NOT_OURS)
def test_an_answer_that_is_not_the_services_is_a_message(name, site, front):
    answer, named = NOT_OURS[name]
    draft = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    front.instead = lambda path, real: answer if path == "/v1/tags" else real
    said = site.admin.post(f"/wp-json/copydesk/v1/posts/{draft}/suggest", json=ASK)
    assert said.status_code == 503, said.text
    assert said.json()["code"] == "copydesk_failed"
    assert named in said.json()["message"]
    assert "<b>" not in said.json()["message"]

    site.forget_failure()
    post = site.publish(TERROR, TERROR_BODY)["id"]
    error = site.meta(post, "_copydesk_error")
    assert error["waiting"]
    assert named in error["message"]
    front.instead = None
    site.forget_failure()
    site.php("Copydesk\\Queue::run();")
    assert SURE in site.sections(post)


@pytest.mark.parametrize(
    "answer",
    [
        {"sections": []},
        {"model": "m", "sections": ["x"]},
        {"model": "m", "sections": [{"id": "UPPER", "name": "x"}]},
        {"model": "m", "sections": [{"id": "a", "name": "x", "aliases": [[]]}]},
        {"model": "m", "sections": [{"id": "a", "name": "x", "external": {"wordpress": {}}}]},
    ],
)
def test_a_list_of_sections_that_is_not_the_services_replaces_nothing(answer, site, front):
    site.publish(TERROR, TERROR_BODY)
    before = site.section_categories()
    front.instead = lambda path, real: answer if path == "/v1/sections" else real
    health = site.admin.get("/wp-json/copydesk/v1/health").json()
    assert health["status"] == "critical"
    assert "unexpected answer" in health["description"]
    assert site.section_categories() == before


def test_a_list_of_sections_in_pages_is_read_to_its_end(site, front):
    site.publish(TERROR, TERROR_BODY)
    before, pages = site.section_categories(), []

    def in_pages(path, real):
        if path != "/v1/sections":
            return real
        pages.append(len(real["sections"]))
        if len(pages) > 1:
            return real
        return real | {"sections": real["sections"][:5], "next": f"{real['model']}_5"}

    front.instead = in_pages
    site.php("Copydesk\\Vocabulary::on_cron();")
    assert pages == [pages[0], pages[0] - 5]
    assert site.section_categories() == before


@pytest.mark.parametrize(
    "results", [None, [], ["x", "y"], [ANSWER, ANSWER], [{"id": 1}, {"id": 2}]], ids=lambda value: str(value)[:20]
)
def test_a_batch_answered_wrongly_is_asked_about_one_by_one(results, site, front):
    posts = [site.publish(f"{TERROR} {n}", TERROR_BODY, status="draft")["id"] for n in range(2)]
    site.enlist(posts)
    front.instead = lambda path, real: {"results": results} if path == "/v1/tags/batch" else real
    state = site.step()
    assert (state["review"], state["queued"], state["failed"]) == (2, 0, 0)
    assert state["moved"]


def test_one_post_with_an_invalid_answer_does_not_stop_the_bulk_list(site, front):
    posts = [site.publish(f"{TERROR} {n}", TERROR_BODY, status="draft")["id"] for n in range(3)]
    bad = f"{site.host}/{posts[0]}"

    def instead(path, real):
        for result in real.get("results", [real]):
            if result.get("id") == bad:
                result["tags"] = ["x"]
        return real

    front.instead = instead
    site.enlist(posts)
    state = site.step()
    assert (state["review"], state["queued"], state["failed"]) == (2, 0, 1)
    assert "[tags][0]" in site.log_in().get("/wp-admin/tools.php?page=copydesk-bulk").text


def test_a_service_of_another_kind_leaves_the_bulk_list_waiting(site, front):
    posts = [site.publish(f"{TERROR} {n}", TERROR_BODY, status="draft")["id"] for n in range(5)]
    site.enlist(posts)
    front.instead = lambda path, real: {"status": "ok"} if path.startswith("/v1/tags") else real
    state = site.step()
    assert (state["queued"], state["failed"], state["moved"]) == (5, 0, False)
    assert "unexpected answer" in state["error"]
    front.instead = None
    site.forget_failure()
    assert site.step()["review"] == 5


def test_a_damaged_record_does_not_stop_the_bulk_list(site, front):
    posts = [site.publish(f"{TERROR} {n}", TERROR_BODY, status="draft")["id"] for n in range(2)]
    site.php(
        f"Copydesk\\Record::set_meta({posts[0]}, '_copydesk_answer', ['chosen' => 'none', 'taxonomy' => 'category']);"
    )
    site.enlist(posts)
    state = site.step()
    assert (state["review"], state["queued"], state["failed"]) == (1, 0, 1)
    assert "unexpected error" in site.log_in().get("/wp-admin/tools.php?page=copydesk-bulk").text


def test_a_damaged_record_gives_the_panel_a_message(site, front):
    post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
    site.php(f"Copydesk\\Record::set_meta({post}, '_copydesk_answer', ['tags' => ['x'], 'model' => 'm']);")
    said = site.admin.get(f"/wp-json/copydesk/v1/posts/{post}")
    assert said.status_code == 500
    assert said.json()["code"] == "copydesk_fault"
    assert "unexpected error (TypeError at class-record.php:" in said.json()["message"]
    for kind in ("", "&classic"):
        assert site.log_in().get(f"/wp-admin/post.php?post={post}&action=edit{kind}").status_code == 200


def test_an_answer_without_end_costs_no_story(site, front):
    with front.failing("huge"):
        post = site.publish(TERROR, TERROR_BODY)["id"]
    error = site.meta(post, "_copydesk_error")
    assert "longer than 4 MB" in error["message"]
    assert error["waiting"]


def test_an_article_over_four_megabytes_is_not_sent_and_the_editor_reads_why(site, front):
    long = "A long paragraph. " * 240_000
    post = site.publish("Long", "Short", status="draft")["id"]
    front.asked.clear()
    said = site.admin.post(f"/wp-json/copydesk/v1/posts/{post}/suggest", json=ASK | {"content": long})
    assert said.status_code == 422
    assert "takes 4.1 MB; the service accepts at most 4 MB" in said.json()["message"]
    published = site.publish("Long", long)["id"]
    error = site.meta(published, "_copydesk_error")
    assert "at most 4 MB" in error["message"]
    assert not error["waiting"]
    assert "/v1/tags" not in {path for path, _ in front.asked}
    site.enlist([published, post])
    site.step()  # the short one
    state = site.step()
    assert (state["failed"], state["queued"]) == (1, 0)


@pytest.mark.parametrize(
    ("url", "key", "warned"),
    [
        ("http://tags.example.org:8000", KEY, True),
        ("http://10.0.0.7", KEY, True),
        ("http://127.example.org", KEY, True),
        ("http://[fd00::1]:8000", KEY, True),
        ("https://tags.example.org", KEY, False),
        ("http://tags.example.org", "", False),
        ("http://127.0.0.1:8000", KEY, False),
        ("http://127.1.2.3", KEY, False),
        ("http://localhost:8000", KEY, False),
        ("http://copydesk.localhost", KEY, False),
        ("http://[::1]:8000", KEY, False),
    ],
)
def test_a_key_over_plain_http_to_another_machine_is_warned_of(url, key, warned, site, settings):
    site.php(
        "remove_all_actions('update_option_copydesk_settings');"
        f"update_option('copydesk_settings', ['url' => '{url}', 'key' => '{key}']);"
    )
    page = site.log_in().get("/wp-admin/options-general.php?page=copydesk").text
    assert url in page
    assert ("The API key and the text of posts are sent to another machine over plain http" in page) == warned


def test_site_health_warns_of_a_key_over_plain_http(site, front):
    # the gate of these tests, under the name of another machine
    code = f"""
        $here = '{front.url}';
        $elsewhere = 'http://tags.example.org';
        add_filter('pre_http_request', fn($answer, $args, $url) => str_starts_with($url, $elsewhere)
            ? wp_remote_get($here . substr($url, 23), ['headers' => $args['headers']]) : $answer, 10, 3);
        add_filter('pre_option_copydesk_settings', fn() => ['url' => $elsewhere, 'key' => '{KEY}']);
        echo wp_json_encode(Copydesk\\Health::result());
    """
    assert "sent without encryption" in site.php(code)
