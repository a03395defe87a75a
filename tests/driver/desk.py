"""The desk as a browser without JavaScript uses it, and suggestions to fill its queue with."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from selectolax.lexbor import LexborHTMLParser
from werkzeug.test import TestResponse

from classifier.commands.console import PlainProgress
from classifier.feedback.database import Database
from classifier.feedback.suggestion import SuggestedTag, SuggestionDraft
from classifier.feedback.suggestions import SuggestionStore
from classifier.request import Choice
from classifier.tagger import Tagger
from classifier.training.publishing.run import RunOptions, run
from tests.conftest import SECTIONS_FILE
from tests.driver.service import another_version
from tests.helpers import small_corpus, write_jsonl

FLOOD, DRONES = "climate-and-disasters", "technology"
#: Articles of the small corpus that get the wrong label.
MISLABELLED = (3, 13)


def train_desk_models(folder: Path) -> Path:
    """Train a model on articles of which two are mislabelled, and write a second version; return the models' folder."""
    rows = small_corpus(60)
    for i in MISLABELLED:
        rows[i]["sections"] = [FLOOD] if rows[i]["sections"] == [DRONES] else [DRONES]
    data = write_jsonl(folder / "articles.jsonl", rows)
    models = folder / "models"
    run(RunOptions(data=(data,), sections=SECTIONS_FILE, models=models, jobs=1, ignore_checks=True), PlainProgress())
    another_version(models)
    return models


def keep(models: Path, database: str, n: int, revision: str = "1", *, texts: bool = True) -> list[int]:
    """Keep suggestions for the first articles of the small corpus, and return their ids."""
    tagger, drafts = Tagger.load(models), []
    for i, row in enumerate(small_corpus(n)):
        answer = tagger.tag({"headline": row["headline"], "body": row["body"]}, Choice(explain=True))
        tags = tuple(
            SuggestedTag(
                tag.section,
                tag.name,
                tag.probability,
                tag.decision,
                tuple(item.term for item in tag.explanation.evidence if item.share > 0)[:5],
            )
            for tag in answer.tags
        )
        headline, body = str(row["headline"]), str(row["body"]) if texts else None
        given = "cms", f"a-{i}", revision, tagger.version, answer.outcome, tags
        drafts.append(SuggestionDraft(*given, headline=headline, body=body))
    return keep_drafts(database, drafts)


def keep_drafts(database: str, drafts: Sequence[SuggestionDraft]) -> list[int]:
    opened = Database(database)
    try:
        return [kept.id for kept in SuggestionStore(opened).keep(drafts)]
    finally:
        opened.close()


class Page:
    """A page that was answered."""

    def __init__(self, answer: TestResponse) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.location = answer.headers.get("Location", "")
        self.html = LexborHTMLParser(answer.get_data(as_text=True))

    @property
    def text(self) -> str:
        main = self.html.css_first("main")
        return " ".join(main.text().split()) if main else ""

    def texts(self, selector: str) -> list[str]:
        return [" ".join(node.text().split()) for node in self.html.css(selector)]

    def token(self) -> str:
        return self.html.css_first("input[name=csrf]").attributes["value"] or ""


class Editor:
    """An editor at the desk of an app, in one browser."""

    def __init__(self, app: Flask, key: str | None = None) -> None:
        self.http = app.test_client()
        self.key = key
        if key:
            token = self.get("/desk/sign-in").token()
            assert self.post("/desk/sign-in", key=key, csrf=token).status == 303

    def get(self, path: str, **headers: str) -> Page:
        return Page(self.http.get(path, headers={"Accept": "text/html", **headers}))

    def post(self, path: str, **fields: object) -> Page:
        return Page(self.http.post(path, data=fields, headers={"Accept": "text/html"}))

    def send(self, page: str, path: str | None = None, **fields: object) -> Page:
        """Load a page, and send a form of it."""
        return self.post(path or page, csrf=self.get(page).token(), **fields)
