"""The desk in a real Chromium: keys, two editors, sessions, what axe-core finds, in light and dark and on a phone."""

import shutil
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from classifier.feedback.database import Database
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.feedback.suggestions import SuggestionStore
from classifier.service.guard.keys import create, revoke
from tests.driver.desk import DRONES, keep
from tests.driver.service import Service
from tests.helpers import small_corpus

pytestmark = pytest.mark.desk
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENS = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
    "narrow": {"viewport": {"width": 320, "height": 640}, "locale": "de-DE"},
}
N_WAITING = 200
#: The direction of a text, and the height of its lines in letters.
STYLE = """element => {
  const style = getComputedStyle(element);
  return [style.direction, parseFloat(style.lineHeight) / parseFloat(style.fontSize)];
}"""
BURMESE, URDU = "မြစ်ရေကြီးမှုကြောင့်", "سیلابی پانی نے دریا کے بند توڑ دیے"
Visit = Callable[..., Page]


class Desk:
    """A service with keys of two editors and an administrator, and a queue that tests fill."""

    def __init__(self, models: Path, folder: Path, **settings: str) -> None:
        folder.mkdir()
        self.models, self.keys, self.database = models, folder / "keys.json", str(folder / "feedback.db")
        self.texts = {
            name: create(self.keys, name, scope)[1]
            for name, scope in (("Ada", "desk"), ("Grace", "desk"), ("Mary", "desk"), ("Root", "admin"))
        }
        self.service = Service(
            models, folder / "log", keys=str(self.keys), feedback=self.database, keep_texts="true", **settings
        )
        self.url, self.revision = self.service.url, 0
        opened = Database(self.database)
        self.suggestions, self.feedback = SuggestionStore(opened), FeedbackStore(opened)

    def fill(self, n: int) -> list[int]:
        """Decide whatever waits, and keep ``n`` suggestions."""
        for s in self.suggestions.page(limit=500).suggestions:
            self.suggestions.decide(s.id, Feedback(article=s.article, source=s.source, revision=s.revision))
        self.revision += 1
        return keep(self.models, self.database, n, str(self.revision))

    def sign_in(self, page: Page, name: str) -> Page:
        page.goto(f"{self.url}/desk/queue")
        page.fill("#key", self.texts[name])
        page.keyboard.press("Enter")
        expect(page.locator(".person")).to_contain_text(name)
        return page


@pytest.fixture(scope="module")
def desk(desk_models, tmp_path_factory):
    desk = Desk(desk_models, tmp_path_factory.mktemp("browser") / "service")
    yield desk
    desk.service.stop()


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.fail("no Chromium on this machine. Fix: install the package chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser):
    """Opens pages, each in a browser of its own; at the end, no page may have complained."""
    contexts, complaints = [], []

    def opened(screen: str = "light", **more: object) -> Page:
        context = browser.new_context(**{"locale": "en-GB", **SCREENS[screen], **more})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [each for each in complaints if "status of 4" not in each] == []  # Chromium's own line on a 401 or 409


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds on a page, and whether it is wider than the screen."""
    found = Axe().run(page).response
    assert len(found["passes"]) > 10
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]] + ["too wide"] * wide


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_keeps_people_from_using_any_page(desk: Desk, visit: Visit, screen: str):
    first = desk.fill(3)[0]
    page = visit(screen)
    page.goto(f"{desk.url}/")
    assert page.url.endswith("/desk/sign-in?next=%2Fdesk%2F")
    found = {"sign-in": barriers(page)}
    desk.sign_in(page, "Root")
    for path in ("queue", f"queue/{first}", "queue/sure", "quality", "suspects"):
        page.goto(f"{desk.url}/desk/{path}")
        found[path] = barriers(page)
    page.click("a.button.main")
    found["suspect"] = barriers(page)
    page.goto(f"{desk.url}/desk/")
    page.fill("#text", str(small_corpus(1)[0]["body"]))
    page.click("#story-form button.main")
    expect(page.locator("#result")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found["try"] = barriers(page)
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_the_queue_is_cleared_by_keys_alone(desk: Desk, visit: Visit):
    ids = desk.fill(N_WAITING)
    before = desk.feedback.count()
    page = desk.sign_in(visit(), "Ada")
    expect(page.locator("h1")).to_contain_text(f"{N_WAITING} open suggestions")
    page.keyboard.press("Enter")
    keys = ["a", "r", "1 s", "+ Tab Space s"]
    for n, number in enumerate(ids):
        page.wait_for_url(f"**/desk/queue/{number}*")
        tagged = page.locator("input[name=keep]").count()
        for key in (keys[n % len(keys)] if tagged else "a").split():
            page.keyboard.press(key)
        if n == 10:  # undone, and decided again
            page.wait_for_url(f"**/desk/queue/{ids[n + 1]}*")
            page.keyboard.press("u")
            page.wait_for_url(f"**/desk/queue/{number}*")
            page.keyboard.press("a")
    expect(page.locator("#empty")).to_be_visible()
    assert desk.feedback.count() == before + N_WAITING
    decided = [desk.suggestions.with_id(number) for number in ids]
    assert {each.decided_by for each in decided} == {"Ada"}
    assert decided[0].feedback["removed"] == []
    assert decided[1].feedback["kept"] == []
    assert any(each.feedback["added"] for each in decided)


def test_the_second_of_two_editors_is_told(desk: Desk, visit: Visit):
    first, second = desk.fill(2)
    pages = desk.sign_in(visit(), "Ada"), desk.sign_in(visit(), "Grace")
    for page in pages:
        page.goto(f"{desk.url}/desk/queue/{first}")
        expect(page.locator("html.js")).to_be_attached()
    pages[0].keyboard.press("a")
    pages[0].wait_for_url(f"**/desk/queue/{second}*")
    pages[1].keyboard.press("r")
    told = pages[1].get_by_role("alert")
    expect(told).to_contain_text("Your decision was not stored. Ada decided on this story")
    expect(told).to_contain_text("Sections now: Climate and Disasters")
    expect(pages[1].locator("html.js")).to_be_attached()
    pages[1].keyboard.press("j")
    pages[1].wait_for_url(f"**/desk/queue/{second}*")
    assert desk.suggestions.with_id(first).feedback["kept"] == ["climate-and-disasters"]


def test_words_follow_the_pointer_the_focus_and_the_keys(desk: Desk, visit: Visit):
    page = desk.sign_in(visit(), "Ada")
    page.goto(f"{desk.url}/desk/")
    page.fill("#text", f"{small_corpus(1)[0]['body']}\n{small_corpus(2)[1]['body']}")
    page.keyboard.press("Tab")
    page.click("#story-form button.main")
    shown = page.locator("[data-shown-name]")
    before, name = page.locator("#story mark.for").all_text_contents(), shown.text_content()
    other = page.locator("tr[data-place='1']")
    if other.is_hidden():
        page.locator("summary", has_text="Why not another").click()
    other.hover()
    expect(shown).not_to_have_text(name)
    assert page.locator("#story mark.for").all_text_contents() != before
    page.locator("h1").hover()
    expect(shown).to_have_text(name)
    other.locator("button").focus()
    expect(shown).not_to_have_text(name)
    page.locator("#main").focus()
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator("mark.here")).to_have_count(1)
    page.keyboard.press("p")
    expect(page.locator("mark.here")).to_have_text(before[0])


def test_a_dropped_file_is_read(desk: Desk, visit: Visit):
    page = desk.sign_in(visit(), "Ada")
    page.goto(f"{desk.url}/desk/")
    dropped = page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        "data.items.add(new File(['<p>The river flood</p>'], 'story.html', {type: 'text/html'})); return data; }"
    )
    page.dispatch_event("#story-form", "drop", {"dataTransfer": dropped})
    expect(page.locator("#story")).to_contain_text("The river flood")


def test_keys_do_nothing_while_somebody_types_or_has_turned_them_off(desk: Desk, visit: Visit):
    first, _ = desk.fill(2)
    page = desk.sign_in(visit(), "Ada")
    page.fill("#search", "")
    page.locator("#search").press_sequentially("aj?/u")
    expect(page.locator("#search")).to_have_value("aj?/u")
    page.goto(f"{desk.url}/desk/queue/{first}")
    page.locator("#keys > summary").click()
    page.uncheck("#keys-on")
    page.reload()
    page.keyboard.press("a")
    page.keyboard.press("Control+a")
    page.wait_for_timeout(300)
    assert desk.suggestions.with_id(first).state == "open"


def test_urdu_reads_from_the_right_and_burmese_has_room(desk: Desk, visit: Visit):
    page = desk.sign_in(visit(), "Ada")
    for text, direction, lines in ((URDU, "rtl", 2.2), (BURMESE, "ltr", 1.9)):
        page.goto(f"{desk.url}/desk/")
        page.fill("#text", text)
        page.click("#story-form button.main")
        found, height = page.locator("#story").evaluate(STYLE)
        assert found == direction
        assert height >= lines


def test_a_form_of_another_page_decides_nothing(desk: Desk, visit: Visit, tmp_path: Path):
    first, _ = desk.fill(2)
    page = desk.sign_in(visit(), "Ada")
    (tmp_path / "index.html").write_text(
        f'<form method="post" action="{desk.url}/desk/queue/{first}"><input name="action" value="reject"></form>'
        "<script>document.forms[0].submit()</script>"
    )
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{other.server_port}/index.html")  # of the same site: the cookie goes along
        expect(page.locator("main")).to_contain_text("nothing was changed")
        other.shutdown()
    assert desk.suggestions.with_id(first).state == "open"


def test_a_revoked_key_ends_the_session_at_the_next_step(desk: Desk, visit: Visit):
    first, _ = desk.fill(2)
    page = desk.sign_in(visit(), "Mary")
    page.goto(f"{desk.url}/desk/queue/{first}")
    revoke(desk.keys, "Mary")
    time.sleep(1.2)
    page.keyboard.press("a")
    expect(page.get_by_role("alert")).to_contain_text("was not stored, because you are not signed in")
    assert desk.suggestions.with_id(first).state == "open"


def test_a_session_expires_and_the_editor_goes_on_where_they_were(desk_models, tmp_path, visit: Visit):
    desk = Desk(desk_models, tmp_path / "service", desk_hours="0.001")
    try:
        page = desk.sign_in(visit(), "Ada")
        page.wait_for_timeout(3_900)
        page.goto(f"{desk.url}/desk/queue?section={DRONES}")
        page.wait_for_url("**/desk/sign-in?*")
        page.fill("#key", desk.texts["Ada"])
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/desk/queue?section={DRONES}")
    finally:
        desk.service.stop()
