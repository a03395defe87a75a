"""``python -m tests.cms.screenshots [FOLDER]``: the pictures of the plugin directory, taken on the newest WordPress.

readme.txt has their captions. Without FOLDER, docs/wordpress.png becomes the first of them. ``COPYDESK_TEST_MODELS``
names a folder that keeps the model between runs.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.cms.browser import launch, open_block_editor, open_panel
from tests.cms.conftest import running, train, write_vocabulary
from tests.cms.front import KEY, Front
from tests.cms.site import HERE, NEWEST, PLUGIN, Site
from tests.cms.stories import COMMONS, COMMONS_BODY, PARK, PARK_BODY, TERROR, TERROR_BODY
from tests.driver.service import Service
from tests.helpers import ROOT

FOLDER = PLUGIN.parent / "directory"
WIDTH, HEIGHT = 1240, 860
#: A page with more bytes than this takes long to load in the plugin directory.
MOST_BYTES = 150_000
STORIES = {
    "Cyclone relief flights reach outer islands of Vanuatu": """<p>Air force transports landed on Tanna with water,
        tents and two doctors after the cyclone. The disaster office of Vanuatu counts 4,000 people in shelters. Floods
        cut the coastal road, and forecasters warn of further storms as the climate warms the Pacific.</p>""",
    "Officers seize two tons of methamphetamine at sea": """<p>Customs officers and the coast guard stopped a trawler
        that smugglers had loaded with two tons of methamphetamine. The drug syndicate launders its money through
        casinos, said the police; traffickers in four countries were arrested.</p>""",
    COMMONS: COMMONS_BODY,
    PARK: PARK_BODY,
    TERROR: TERROR_BODY,
}


PREPARE = """
    update_option('show_avatars', 0); // they are on another host
    wp_insert_term('Global Commons', 'category', ['slug' => 'global-commons']);
"""


def panel(page: Page, site: Site, posts: list[int]) -> None:
    open_block_editor(page, site, posts[-1])
    suggestions = open_panel(page)
    expect(suggestions.locator(".copydesk-item").first).to_be_visible()
    suggestions.locator(".copydesk-item").first.scroll_into_view_if_needed()
    suggestions.locator(".copydesk-ask").scroll_into_view_if_needed()


def review(page: Page, site: Site, posts: list[int]) -> None:
    page.goto(f"{site.url}/wp-admin/tools.php?page=copydesk-bulk")
    expect(page.locator(".copydesk-review tbody tr").first).to_be_visible()


def column(page: Page, site: Site, posts: list[int]) -> None:
    page.goto(f"{site.url}/wp-admin/edit.php")
    expect(page.locator(".copydesk-cell").first).to_be_visible()


def settings(page: Page, site: Site, posts: list[int]) -> None:
    page.goto(f"{site.url}/wp-admin/options-general.php?page=copydesk")
    page.locator("#copydesk_url").fill("https://tags.example.org")
    page.locator("#copydesk_timeout").fill("3")
    page.locator("h1").click()


def terms(page: Page, site: Site, posts: list[int]) -> None:
    page.goto(f"{site.url}/wp-admin/options-general.php?page=copydesk")
    page.evaluate("document.querySelector('#copydesk-sections').scrollIntoView()")
    page.evaluate("window.scrollBy(0, -50)")  # from under the bar at the top


SHOTS: list[Callable[[Page, Site, list[int]], None]] = [panel, review, column, settings, terms]


@contextmanager
def desk(work: Path):
    """Run the service and a WordPress in which each story was published in the mode *Suggest*."""
    vocabulary = write_vocabulary(work / "sections.toml")
    models = Path(os.environ.get("COPYDESK_TEST_MODELS") or work / "models")
    train(vocabulary, models)
    service = Service(models, work / "log")
    try:
        with (
            closing(Front(f"http://127.0.0.1:{service.port}")) as front,
            contextmanager(running)(NEWEST, vocabulary) as site,
        ):
            site.start_again(url=front.url, key=KEY, mode="suggest", timeout=20, statuses=["publish", "future"])
            site.empty()
            site.php(PREPARE)
            stories = enumerate(STORIES.items(), start=1)
            yield site, [site.publish(*story, date=f"2026-11-0{day}T09:00:00")["id"] for day, story in stories]
    finally:
        service.stop()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"screenshot-{number}.png" for number in range(1, len(SHOTS) + 1)]
    with tempfile.TemporaryDirectory() as work, desk(Path(work)) as (site, posts), sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        jar = site.log_in().cookies.jar
        context.add_cookies([{"name": each.name, "value": each.value, "url": site.url} for each in jar])
        page = context.new_page()
        for shot, file in zip(SHOTS, files, strict=True):
            shot(page, site, posts)
            page.screenshot(path=file)
        browser.close()
    subprocess.run(["php", str(HERE / "palette.php"), *map(str, files)], check=True)
    for file in files:
        size = file.stat().st_size
        print(f"{file}: {size:,} bytes")
        if size > MOST_BYTES:
            raise SystemExit(f"{file.name} has more than {MOST_BYTES:,} bytes. Fix: show less in it.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
    if not sys.argv[1:]:
        shutil.copyfile(FOLDER / "screenshot-1.png", ROOT / "docs" / "wordpress.png")
