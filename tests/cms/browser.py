"""The editors of WordPress in headless Chromium."""

import shutil
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from tests.cms.site import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def launch(playwright: Playwright) -> Browser:
    # pages ask for gravatars and emoji of other hosts, which are not to be had here
    elsewhere = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", elsewhere])


def open_block_editor(page: Page, site: Site, post: int | None = None) -> None:
    path = f"post.php?post={post}&action=edit" if post else "post-new.php"
    page.goto(f"{site.url}/wp-admin/{path}")
    page.wait_for_function("window.wp?.data?.select('core/editor')?.getCurrentPostId()", timeout=60_000)
    page.evaluate(
        """() => {
            const edit = wp.data.select('core/edit-post');
            if (edit.isFeatureActive && edit.isFeatureActive('welcomeGuide'))
                wp.data.dispatch('core/edit-post').toggleFeature('welcomeGuide');
            wp.data.dispatch('core/preferences').set('core/edit-post', 'welcomeGuide', false);
            wp.data.dispatch('core/edit-post').openGeneralSidebar('edit-post/document');
        }"""
    )


def open_panel(page: Page) -> Locator:
    page.evaluate(
        """() => {
            wp.data.dispatch('core/edit-post').openGeneralSidebar('edit-post/document');
            const store = wp.data.select('core/editor').isEditorPanelOpened ? 'core/editor' : 'core/edit-post';
            const opened = wp.data.select(store).isEditorPanelOpened('copydesk/copydesk');
            if (!opened) wp.data.dispatch(store).toggleEditorPanelOpened('copydesk/copydesk');
        }"""
    )
    panel = page.locator(".copydesk").first
    expect(panel.locator(".copydesk-ask")).to_be_visible()
    return panel


def edited(page: Page, attribute: str) -> Any:
    return page.evaluate(f"wp.data.select('core/editor').getEditedPostAttribute('{attribute}')")


def open_classic_editor(page: Page, site: Site, post: int) -> None:
    page.context.add_cookies([{"name": "classic", "value": "1", "url": site.url}])  # also after saving
    page.goto(f"{site.url}/wp-admin/post.php?post={post}&action=edit")
    expect(page.locator("#copydesk-metabox .copydesk-ask")).to_be_visible()
