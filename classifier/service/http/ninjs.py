"""Answers in ninjs 3.1, the IPTC's JSON format for news: the tags become subjects of the item.

The models document items in the contract: the routes read and write items without them.
"""

import hashlib
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from classifier.answer import Answer, Tag
from classifier.article import Article
from classifier.tagger import Tagger
from classifier.text.clean import clean

#: The name of the IPTC's Media Topics among a section's ``external`` ids.
IPTC = "iptc"
_NOT_KNOWN = "und"
_MEDIA_TOPICS = "http://cv.iptc.org/newscodes/mediatopic/"
_URI = "urn:newsml:gazette.example:2026-01-02:17"
_BODY = "<p>Indian and Chinese soldiers fought on a ridge above the disputed border in Ladakh.</p>"
_SUBJECT = {
    "name": "Conflicts",
    "rel": "about",
    "uri": "urn:copydesk:section:conflicts",
    "literal": "section:conflicts",
    "creator": "copydesk/20261126T150337Z-5fb90e2a",
    "relevance": 99,
    "confidence": 99,
}
Percent = Annotated[int, Field(ge=0, le=100)]


class NinjsText(BaseModel, extra="allow"):
    """A headline or a body of an item of ninjs 2 or 3."""

    role: Annotated[
        str | None, Field(description="Of several, the one with the role `main` is read.", examples=["main"])
    ] = None
    contenttype: Annotated[
        str | None, Field(description="HTML is preferred to plain text.", examples=["text/html"])
    ] = None
    value: Annotated[str, Field(description="The text.", examples=[_BODY])]


class NinjsRequest(BaseModel, extra="allow"):
    """An item of ninjs 1, 2 or 3.

    It needs a headline or a body. Other fields of ninjs may be sent, and are not used.
    """

    uri: Annotated[str, Field(max_length=2_000, description="The item's identifier.", examples=[_URI])]
    language: Annotated[
        str | None, Field(description="A language that the model was not trained on is refused.", examples=["en"])
    ] = None
    headlines: Annotated[
        list[NinjsText] | None,
        Field(description="ninjs 2 and 3.", examples=[[{"role": "main", "value": "Border clash"}]]),
    ] = None
    bodies: Annotated[
        list[NinjsText] | None,
        Field(description="ninjs 2 and 3.", examples=[[{"role": "main", "contenttype": "text/html", "value": _BODY}]]),
    ] = None
    headline: Annotated[str | None, Field(description="ninjs 1.", examples=["Border clash"])] = None
    body_xhtml: Annotated[str | None, Field(description="ninjs 1.", examples=[_BODY])] = None
    body_html: Annotated[str | None, Field(description="ninjs 1, as Superdesk writes it.", examples=[_BODY])] = None
    body_text: Annotated[str | None, Field(description="ninjs 1.", examples=["Soldiers fought on a ridge."])] = None


class NinjsHeadline(BaseModel, extra="forbid"):
    """The headline, without markup."""

    role: Annotated[Literal["main"], Field(description="Always `main`.", examples=["main"])]
    value: Annotated[str, Field(description="The text.", examples=["Border clash"])]


class NinjsSubject(BaseModel, extra="forbid"):
    """A section or its Media Topic."""

    name: Annotated[str, Field(description="The section's name for readers.", examples=["Conflicts"])]
    rel: Annotated[Literal["about"], Field(description="Always `about`.", examples=["about"])]
    uri: Annotated[
        str,
        Field(description="The section's URN, or the address of a Media Topic.", examples=[_SUBJECT["uri"]]),
    ]
    literal: Annotated[
        str,
        Field(description="`section:ID`, or `medtop:CODE` of the IPTC's Media Topics.", examples=[_SUBJECT["literal"]]),
    ]
    creator: Annotated[
        str, Field(description="`copydesk/` and the version of the model.", examples=[_SUBJECT["creator"]])
    ]
    relevance: Annotated[Percent, Field(description="As `confidence`.", examples=[99])]
    confidence: Annotated[Percent, Field(description="The probability in percent.", examples=[99])]


class NinjsAnswer(BaseModel, extra="forbid"):
    """An item of ninjs 3.1, with the tags as its subjects, strongest first."""

    uri: Annotated[
        str,
        Field(description="The item's own. For an article: its `url`, or a URN of its `id` or text.", examples=[_URI]),
    ]
    type: Annotated[Literal["text"], Field(description="Always `text`.", examples=["text"])]
    language: Annotated[
        str,
        Field(
            description="The article's language, or the model's. If the article names none and the model has several: "
            "`und`.",
            examples=["en"],
        ),
    ]
    headlines: Annotated[
        list[NinjsHeadline] | None,
        Field(description="Without a headline there is none.", examples=[[{"role": "main", "value": "Border clash"}]]),
    ] = None
    subjects: Annotated[list[NinjsSubject], Field(description="The tags.", examples=[[_SUBJECT]])]


def ninjs(article: Article, answer: Answer, tagger: Tagger, uri: str = "") -> dict[str, Any]:
    """Return a tagged article as a ninjs item.

    Each section is a subject, and so is its Media Topic if the vocabulary names one. ``confidence`` and ``relevance``
    are both the probability in percent, as whole numbers: the model has no other measure of relevance.

    Parameters
    ----------
    article : Article
        As it was sent.
    answer : Answer
        The tags of the article.
    tagger : Tagger
        The tagger that gave them.
    uri : str
        The item's own; without it, one is made from the article.
    """
    item: dict[str, Any] = {
        "uri": uri or _uri(article),
        "type": "text",
        "language": article.language or (tagger.languages[0] if len(tagger.languages) == 1 else _NOT_KNOWN),
    }
    if headline := clean(article.headline):
        item["headlines"] = [{"role": "main", "value": headline}]
    topics = {entry.section.id: entry.section.external.get(IPTC) for entry in tagger.manifest.trained}
    item["subjects"] = [s for tag in answer.tags for s in _subjects(tag, topics.get(tag.section), answer.model)]
    return item


def _uri(article: Article) -> str:
    """Return the item's address or a URN made from its id, or from its text if it has no id."""
    if article.url.startswith(("https://", "http://")):
        return article.url
    if article.id:
        return f"urn:copydesk:article:{quote(article.id, safe='/')}"
    digest = hashlib.sha256(f"{article.headline}\0{article.body}".encode()).hexdigest()
    return f"urn:copydesk:text:{digest}"


def _subjects(tag: Tag, topic: str | None, model: str) -> list[dict[str, Any]]:
    percent = round(tag.probability * 100)
    common = {
        "name": tag.name,
        "rel": "about",
        "creator": f"copydesk/{model}",
        "relevance": percent,
        "confidence": percent,
    }
    subjects = [common | {"uri": f"urn:copydesk:section:{tag.section}", "literal": f"section:{tag.section}"}]
    if topic:
        code = topic.removeprefix("medtop:")
        subjects.append(common | {"uri": _MEDIA_TOPICS + code, "literal": f"medtop:{code}"})
    return subjects
