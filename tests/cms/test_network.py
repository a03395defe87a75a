"""A network of sites: its administrators choose the service; the administrator of one site cannot."""

import httpx
import pytest

from tests.cms.conftest import BY_SLUG
from tests.cms.front import KEY
from tests.cms.site import Site
from tests.cms.stories import TERROR, TERROR_BODY

SURE = BY_SLUG[2]
OWN = "second/wp-admin/options-general.php?page=copydesk"
FORM = "/wp-admin/network/settings.php?page=copydesk-network"
STORED = "echo wp_json_encode(get_option('copydesk_settings'));"


@pytest.fixture(scope="module")
def network(front_of_session):
    """A site with a post that waits, made a network; a second site of the author, with an address of its own."""
    site = Site([BY_SLUG[1:]])
    try:
        site.start_again(url=front_of_session.url, key=KEY, mode="apply", timeout=20)
        with front_of_session.failing("error"):
            site.waiting = site.publish(TERROR, TERROR_BODY)["id"]
        site.forget_failure()
        site.make_network()
        site.add_site("second")
        site.php(
            f"""
            switch_to_blog(2);
            wp_insert_term('Extremists', 'category', ['slug' => '{SURE}']);
            $own = ['url' => '{front_of_session.url}', 'key' => '{KEY}', 'mode' => 'apply'];
            update_option('copydesk_settings', $own);
            """
        )
        yield site
        log = site.debug_log.read_text() if site.debug_log.exists() else ""
        assert not [line for line in log.splitlines() if "copydesk/" in line]
    finally:
        site.close()


@pytest.fixture
def publish(network, front):
    """Publish on the second site, as its administrator; return the number of requests about it."""
    auth = network.author.auth

    def publish():
        front.asked.clear()
        with httpx.Client(base_url=network.url, auth=auth, timeout=60) as client:
            data = {"title": TERROR, "content": TERROR_BODY, "status": "publish"}
            answer = client.post("/second/wp-json/wp/v2/posts", json=data)
        assert answer.status_code == 201, answer.text
        return front.articles_asked()

    return publish


def test_a_site_cannot_choose_the_service(network, publish):
    network.php("delete_site_option('copydesk_network');")
    assert publish() == []  # though the site has stored an address
    browser = network.log_in("author")
    page = browser.get(f"/{OWN}").text
    assert "The network administrator sets this for all sites" in page
    assert "copydesk_settings[url]" not in page
    assert KEY not in page
    form = {
        "option_page": "copydesk",
        "action": "update",
        "_wpnonce": network.field(page, "_wpnonce"),
        "copydesk_settings[url]": "http://10.0.0.1:9200",
        "copydesk_settings[key]": "theirs",
        "copydesk_settings[mode]": "suggest",
        "copydesk_settings[types][]": "post",
        "copydesk_settings[statuses][]": "publish",
        "_wp_http_referer": f"/{OWN}",
    }
    browser.post("/second/wp-admin/options.php", data=form).raise_for_status()
    stored = network.php("switch_to_blog(2);" + STORED)
    assert '"mode":"suggest"' in stored  # the rest is the site's own
    assert "10.0.0.1" not in stored
    assert "theirs" not in stored
    assert publish() == []


def test_only_an_administrator_of_the_network_may_set_it(network):
    browser = network.log_in("author")
    assert browser.get(FORM).status_code == 403
    form = {"copydesk_settings[url]": "http://10.0.0.1:9200", "_wpnonce": "0123456789"}
    answer = browser.post("/wp-admin/network/edit.php?action=copydesk_network", data=form)
    assert answer.status_code == 403
    assert "10.0.0.1" not in network.php("echo wp_json_encode(get_site_option('copydesk_network'));")


def test_the_network_sets_the_service_of_every_site(network, front, publish):
    network.php("delete_site_option('copydesk_network'); Copydesk\\Queue::wake(-1);")
    network.cron()
    browser = network.log_in()
    page = browser.get(FORM).text
    form = {"_wpnonce": network.field(page, "_wpnonce"), "copydesk_settings[key]": KEY}
    save = "/wp-admin/network/edit.php?action=copydesk_network"
    wrong = browser.post(save, data=form | {"copydesk_settings[url]": "ftp://tags.example"}).text
    assert "The address is not valid" in wrong
    saved = browser.post(save, data=form | {"copydesk_settings[url]": front.url}).text
    assert "Settings saved." in saved
    assert front.url in saved
    assert KEY not in saved
    (asked,) = publish()
    assert asked.startswith(f"{network.host}/second/")

    form["copydesk_settings[key]"] = ""  # keeps the stored one
    browser.post(save, data=form | {"copydesk_settings[url]": front.url}).raise_for_status()
    assert KEY in network.php("echo wp_json_encode(get_site_option('copydesk_network'));")
    assert front.url not in network.log_in("author").get(f"/{OWN}").text

    # the post that was waiting when the network was made has waited until now
    network.php("wp_clear_scheduled_hook('copydesk_retry'); Copydesk\\Queue::wake(-1);")
    network.cron()
    assert SURE in network.sections(network.waiting)


def test_a_site_that_is_deleted_takes_its_table_along(network):
    network.add_site("third")
    httpx.get(f"{network.url}/third/wp-json/").raise_for_status()  # its first request installs
    code = """
        global $wpdb;
        $id = get_id_from_blogname('third');
        $tables = fn() => count($wpdb->get_col("SHOW TABLES LIKE '{$wpdb->base_prefix}{$id}_copydesk%'"));
        $before = $tables();
        wp_delete_site($id);
        echo wp_json_encode([$before, $tables()]);
    """
    assert network.php(code) == "[1,0]"


def test_uninstalling_cleans_every_site_and_the_network(network):
    code = """
        define('WP_UNINSTALL_PLUGIN', 'copydesk/copydesk.php');
        include WP_PLUGIN_DIR . '/copydesk/uninstall.php';
        global $wpdb;
        $found = [];
        $tables = ['options' => 'option_name', '2_options' => 'option_name', 'sitemeta' => 'meta_key'];
        foreach ($tables as $table => $name) {
            $query = "SELECT $name FROM {$wpdb->base_prefix}$table WHERE $name LIKE 'copydesk%'";
            $found = [...$found, ...$wpdb->get_col($query)];
        }
        echo wp_json_encode([$found, $wpdb->get_col("SHOW TABLES LIKE '%copydesk%'")]);
    """
    assert network.php(code) == "[[],[]]"
