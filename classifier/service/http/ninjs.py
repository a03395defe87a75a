"""Answers in ninjs 3.1, the IPTC's JSON format for news: the tags become subjects of the item."""

import hashlib
from typing import Any
from urllib.parse import quote

from classifier.answer import Answer, Tag
from classifier.article import Article
from classifier.tagger import Tagger
from classifier.text.clean import clean

#: The name of the IPTC's Media Topics among a section's ``external`` ids.
IPTC = "iptc"
_MEDIA_TOPICS = "http://cv.iptc.org/newscodes/mediatopic/"


def ninjs(article: Article, answer: Answer, tagger: Tagger) -> dict[str, Any]:
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
    """
    item: dict[str, Any] = {
        "uri": _uri(article),
        "type": "text",
        "language": article.language or tagger.manifest.language,
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
