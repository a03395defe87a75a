"""Polylang or WPML keeps one term for each language: a post gets the term of its own language, or none."""

import json

import pytest
from playwright.sync_api import expect

from tests.cms.browser import open_block_editor
from tests.cms.stories import TERROR, TERROR_BODY

SURE = "security-watch"  # in English
LEFT_OUT = "no translation in the language of this post (de)"
#: The translations into German: of a section's category, and of the one that WordPress gives to posts without any.
GERMAN = {SURE: "terrorismus", "uncategorized": "allgemein"}
MAKE = """
    $made = fn($name) => wp_insert_term($name, 'category')['term_id'];
    echo wp_json_encode(['terrorismus' => $made('Terrorismus'), 'allgemein' => $made('Allgemein')]);
"""


@pytest.fixture(params=["polylang", "wpml"])
def plugin(request):
    return request.param


@pytest.fixture
def polyglot(site, settings, plugin):
    """The site with German as well. Sections that are no part of ``translated`` exist in English only."""
    yield from speaking(site, settings, plugin)


@pytest.fixture
def newest(newest_of_session, front, settings, plugin):
    newest_of_session.start_again(**settings)
    yield from speaking(newest_of_session, settings, plugin)


def speaking(site, settings, plugin):
    site.configure(**settings | {"language": "none"})  # the model knows English alone
    english = dict(site.categories)
    german = json.loads(site.php(MAKE))
    site.categories |= german

    def translate(*translated):
        groups = [
            {"en": id_} | ({"de": german[GERMAN[slug]]} if slug in translated else {}) for slug, id_ in english.items()
        ]
        plan = json.dumps({"by": plugin, "groups": groups})
        site.php("update_option('test_languages', json_decode(stream_get_contents(STDIN), true));", plan)

    site.translate = translate
    site.translate(*GERMAN)
    yield site
    for slug, id_ in german.items():
        site.php(f"delete_option('test_languages'); wp_delete_term({id_}, 'category');")
        del site.categories[slug]


def test_a_post_gets_the_term_of_its_language(polyglot, front, plugin):
    in_every_language(polyglot, front, plugin)


def test_a_post_gets_the_term_of_its_language_on_the_newest_wordpress(newest, front, plugin):
    in_every_language(newest, front, plugin)


def in_every_language(site, front, plugin):
    plain = [site.categories["allgemein"]]
    german = site.publish(TERROR, TERROR_BODY, excerpt=f"{plugin}:de", categories=plain)["id"]
    assert site.sections(german) == {"terrorismus"}
    assert "terrorism" in site.meta(german, "_copydesk_applied")
    assert site.terms_of(german, SURE) == []
    english = site.publish(TERROR, TERROR_BODY, excerpt=f"{plugin}:en")["id"]
    assert SURE in site.sections(english)
    assert SURE in site.sections(site.publish(TERROR, TERROR_BODY)["id"])  # a post without a language

    # an editor's removal counts in every language
    site.update(german, categories=[site.categories["orchestras"]])
    assert site.meta(german, "_copydesk_rejected") == ["terrorism"]
    # a term in another language, from before the plugin knew the languages, stands for the same section
    front.asked.clear()
    old = site.publish(TERROR, TERROR_BODY, excerpt=f"{plugin}:de", categories=[site.categories[SURE]])["id"]
    assert front.asked_about(old)[0]["current"] == ["terrorism"]
    assert site.sections(old) == {SURE}
    path = f"/wp-json/copydesk/v1/posts/{old}/accept"
    site.admin.delete(path, params={"section": "terrorism"}).raise_for_status()
    assert site.sections(old) == {"allgemein"}
    site.admin.post(path, json={"section": "terrorism"}).raise_for_status()
    assert site.sections(old) == {"terrorismus"}


def test_without_a_translation_the_section_is_left_out_and_the_editor_is_told(polyglot, plugin, page):
    site = polyglot
    site.translate()
    post = site.publish(TERROR, TERROR_BODY, excerpt=f"{plugin}:de")["id"]
    assert site.sections(post) == {"uncategorized"}
    assert site.meta(post, "_copydesk_applied") is None
    browser = site.log_in()
    assert LEFT_OUT in browser.get(f"/wp-admin/post.php?post={post}&action=edit&classic").text
    settings_page = browser.get("/wp-admin/options-general.php?page=copydesk").text
    assert "no translation: de" in settings_page
    assert "Orchestras (orchestras)" in settings_page.replace("\\u0022", "")  # the drop-down has terms of all languages

    open_block_editor(page, site, post)
    page.evaluate("wp.data.dispatch('core/editor').editPost({slug: 'again'})")
    page.evaluate("wp.data.dispatch('core/editor').savePost()")
    expect(page.locator(".components-notice", has_text=LEFT_OUT).first).to_contain_text("Terrorism")

    site.translate(SURE)  # an editor adds the translation, and finds the section open
    state = site.admin.get(f"/wp-json/copydesk/v1/posts/{post}").json()
    assert "Terrorism" not in state["leftOut"]
    assert site.categories["terrorismus"] in [tag["term"] for tag in state["suggestions"]]


def test_posts_of_every_language_are_worked_on_in_bulk(polyglot, plugin):
    site = polyglot
    site.empty()
    german = site.insert([{"title": TERROR, "body": TERROR_BODY}])[0]
    filed = site.insert([{"title": TERROR, "body": TERROR_BODY, "terms": [site.categories["terrorismus"]]}])[0]
    site.sql(f"UPDATE wp_posts SET post_excerpt = '{plugin}:de' WHERE ID IN ({german}, {filed})")
    browser = site.log_in()
    page = "/wp-admin/tools.php?page=copydesk-bulk"
    form = {"action": "copydesk_bulk", "do": "choose", "types[]": "post", "statuses[]": "publish", "untagged": "1"}
    browser.post("/wp-admin/admin-post.php", data=form | {"_wpnonce": site.field(browser.get(page).text, "_wpnonce")})
    assert [row[0] for row in site.sql("SELECT post_id FROM wp_copydesk_bulk")] == [str(german)]
    site.step()
    assert "Terrorism (Terrorismus)" in browser.get(page).text
    site.php(f"Copydesk\\Bulk_List::move({german}, 'review', 'accepted', ['terrorism']);")
    site.step()
    assert site.sections(german) == {"terrorismus"}


def test_a_site_can_name_the_term_of_a_section_itself(site):
    post = site.publish(TERROR, TERROR_BODY, excerpt="orchestras")["id"]
    assert "orchestras" in site.sections(post)
    assert site.terms_of(post, SURE) == []
    assert "terrorism" in site.meta(post, "_copydesk_applied")
