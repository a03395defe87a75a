"""The walks of one article through the code, traced: docs/architecture.md lists them, and the lists stay true."""

import re
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from types import FrameType

import pytest

from classifier.article import Article
from classifier.commands.console import PlainProgress
from classifier.corpus.readers import LabelledArticle, Row
from classifier.service.app import create_app
from classifier.settings import Settings
from classifier.text.prepare import PreparedText
from classifier.training.publishing.run import RunOptions, run
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import ROOT, small_corpus, write_jsonl

PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = str(ROOT / "classifier") + "/"
MOST_FILES_TO_TAG, MOST_FILES_TO_TRAIN = 15, 20
MARK = "Zzyzxmark"


def listed(heading: str) -> list[str]:
    """Return the files in the numbered list below a heading of the page."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    part = rest.partition("\n## ")[0]
    return re.findall(r"^\d+\. `([\w/.]+)`", part, re.MULTILINE)


@contextmanager
def traced(counts: Callable[[FrameType], bool]):
    """Collect the files of the package with a function that was called, on any thread, if its frame counts."""
    found: dict[str, None] = {}

    def note(frame: FrameType, event: str, _argument: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(PACKAGE) and name.endswith(".py") and counts(frame):
            found.setdefault(name.removeprefix(PACKAGE))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def holds_the_mark(value: object, depth: int = 0) -> bool:
    if isinstance(value, str):
        return MARK in value
    if isinstance(value, bytes):
        return MARK.encode() in value
    if isinstance(value, Article):
        return MARK in value.body
    if isinstance(value, LabelledArticle):
        article = getattr(value, "article", None)  # none yet while it is made
        return article is not None and MARK in article.body
    if isinstance(value, PreparedText):
        return MARK in getattr(value, "text", "")  # none yet while it is made
    if isinstance(value, Row):
        return MARK in value.raw
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return depth < 1 and any(holds_the_mark(one, depth + 1) for one in inner)


@pytest.mark.skipif(sys.gettrace() is not None, reason="a debugger or a coverage tool is tracing")
def test_an_article_that_is_tagged_passes_the_files_that_the_page_lists(starter_models):
    client = create_app(Settings.load({"models": starter_models}, {})).test_client()
    article = {"headline": "Troops clash at border", "body": "Indian and Chinese soldiers clashed in Ladakh."}
    assert client.post("/v1/tags", json=article).status_code == 200  # compiles and caches
    main = threading.get_ident()
    with traced(lambda _: threading.get_ident() == main) as found:
        assert client.post("/v1/tags", json=article).get_json()["outcome"] == "tagged"
    assert sorted(found) == sorted(listed("One article through `POST /v1/tags`"))
    assert len(found) <= MOST_FILES_TO_TAG


@pytest.mark.skipif(sys.gettrace() is not None, reason="a debugger or a coverage tool is tracing")
def test_an_article_that_is_trained_on_passes_the_files_that_the_page_lists(tmp_path):
    rows = small_corpus(60)
    rows[7]["body"] += f" {MARK} said so."
    data = write_jsonl(tmp_path / "articles.jsonl", rows)
    options = RunOptions(
        data=(data,), sections=SECTIONS_FILE, models=tmp_path / "models", settings=TrainingSettings(), jobs=1
    )
    with traced(lambda frame: any(map(holds_the_mark, frame.f_locals.values()))) as found:
        outcome = run(options, PlainProgress())
    assert outcome.promotion.promoted
    assert sorted(found) == sorted(listed("One article through training"))
    assert len(found) <= MOST_FILES_TO_TRAIN
