"""The OpenAPI document, made from the documentation next to each route and from the models of requests and answers."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from classifier.article import ALIASES
from classifier.errors import ModelError
from classifier.feedback.feedback import Feedback
from classifier.request import BatchRequest
from classifier.service.answers import Activation, Problem
from classifier.service.contract import ONLY_DOCUMENTED, REF, SCHEMAS, SIGNATURES, operation_of
from classifier.service.http.ninjs import NinjsAnswer, NinjsRequest
from classifier.service.protocol_bodies import DecisionsRequest, SystemOneRequest

EXAMPLES_FILE = files("classifier.service") / "examples.json"
VERSION = "1"
_DESCRIPTION = """Tags news articles with the sections of the site that publishes them.

The vocabulary is closed: the service suggests only sections that the newsroom defined. An article may have no tag.
Every error is a problem (RFC 9457): it names the field or item, the limit, and what to do. It never contains the text
that was sent. A method that an address does not have is answered with 405. Bodies may be sent with `Content-Encoding:
gzip` or `zstd`. A later version may add fields to answers and optional fields to requests."""
INFO = {
    "title": "Copydesk",
    "description": _DESCRIPTION,
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "version": VERSION,
}
SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, made with `copydesk keys create NAME`. None is needed if the service has no keys "
        "and listens only on its own machine.",
    }
} | {
    name: {"type": "apiKey", "in": "header", "name": header, "description": text}
    for name, (header, text) in SIGNATURES.items()
}
_TAGS = {
    "tagging": "Get the tags of articles.",
    "decisions": "Ask questions in the form of decision models.",
    "feedback": "Report what editors did with the tags.",
    "suggestions": "List the suggestions that are kept until editors decide.",
    "models": "List the versions of the model, and change the live one.",
    "health": "Check whether the service works.",
    "webhooks": "Have the deliveries of a CMS tagged.",
}
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_UNUSED = "Accepted but not used, so that a labelled article can be sent unchanged."
#: The fields of a request that `classifier.article` defines: description and example.
_FIELDS: dict[str, tuple[str, Any]] = {
    "id": ("Your own identifier; the answer repeats it. A whole number is read as text.", "a-1"),
    "headline": ("Plain text or HTML. A headline or a body is required.", "Troops clash at Himalayan border"),
    "body": (
        "Plain text or HTML. A body or a headline is required.",
        "<p>Indian and Chinese soldiers fought on a ridge above the disputed border in Ladakh.</p>",
    ),
    "language": (
        "BCP 47 code or locale, such as `en` or `en_US`. A language that the model was not trained on is refused. "
        "Leave it out, or send `und`, if you do not know it.",
        "en",
    ),
    "published": (f"Moment or day of publication, ISO 8601. {_UNUSED}", "2026-01-02T08:30:00Z"),
    "sections": (_UNUSED, ["south-asia"]),
    "source": (
        "The origin of the article. A service with the setting `keep_suggestions` keeps a suggestion for each "
        "article with `source` and `id`. Not used to tag it.",
        "Gazette",
    ),
    "url": (
        "The article's address. It is kept with the suggestion; not used to tag the article.",
        "https://gazette.example/2026/border-clash",
    ),
    "story": (
        "A name that articles about the same event share, such as translations of each other. Training keeps these "
        f"together. {_UNUSED}",
        "story-17",
    ),
    "translation_of": (f"The `id` of the article that this one translates. {_UNUSED}", "a-1"),
    "current": ("Sections that the editor chose: not suggested again. Ids, names or aliases.", ["South Asia"]),
    "rejected": ("Sections that the editor removed: not suggested again.", ["northeast-asia"]),
    "only": ("If given, suggest only these sections.", ["south-asia", "conflicts"]),
    "exclude": ("Never suggest these sections.", ["opinion"]),
    "revision": (
        "Identifies this state of the article: of each revision, one suggestion is kept. Without it the text counts. "
        "A whole number is read as text.",
        "3",
    ),
    "set": (
        "The set of models that is to answer, if the service has several. Without it the language chooses.",
        "default",
    ),
}
_ARTICLE = """An article to tag, with what the newsroom has decided of it already.

Give a headline, a body or both; an article without text is answered with 422. Null is read as if the field were left
out, and so is an empty text if the same field is given by its other name."""
_MOMENT = {"type": "string", "format": "date-time"}


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an app as JSON values."""
    paths: dict[str, dict[str, Any]] = {}
    tags: set[str] = set()
    models: set[type[BaseModel]] = {NinjsAnswer, Problem}
    for rule, method, view in _routes(app):
        documented = operation_of(view)
        if documented is None:
            continue
        path = _PARAMETER.sub(r"{\1}", rule)
        fields = copy.deepcopy(dict(documented.fields))
        _add_examples(fields, _examples().get(f"{method} {path}", {}))
        paths.setdefault(path, {})[method.lower()] = fields
        tags.add(documented.tag)
        models |= set(documented.models)
    schemas = _schemas(models) | _requests() | SCHEMAS
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items() if name in tags],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": SECURITY_SCHEMES},
    }


def _routes(app: Flask) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Yield the rule, method and view of every route, and of those that only a service with other settings has."""
    for rule in app.url_map.iter_rules():
        yield rule.rule, "POST" if "POST" in (rule.methods or ()) else "GET", app.view_functions[rule.endpoint]
    for text, view in app.extensions.get(ONLY_DOCUMENTED, ()):
        yield text, "POST", view


def _schemas(models: set[type[BaseModel]]) -> dict[str, Any]:
    """Return the schemas of answers. Later versions may add fields, so they are open."""
    listed = sorted(models, key=lambda model: model.__name__)
    _, made = models_json_schema([(model, "serialization") for model in listed], ref_template=REF + "{model}")
    schemas: dict[str, Any] = made["$defs"]
    for schema in schemas.values():
        _simplify(schema)
        schema.pop("additionalProperties", None)
    return schemas


def examples_answered(app: Flask) -> dict[str, Any]:
    """Return the examples with the answers that the app's model gives now.

    Raises
    ------
    ModelError
        If it has none.
    """
    client, made = app.test_client(), copy.deepcopy(_examples())
    for route, examples in made.items():
        method, rule = route.split()
        for example in examples.values():
            sent = client.open(rule, method=method, json=example.get("request"), query_string=example.get("query"))
            if sent.status_code == 503:
                raise ModelError(sent.get_json(force=True)["detail"])
            example["answer"] = sent.get_json()
    return made


def _add_examples(operation: dict[str, Any], examples: dict[str, Any]) -> None:
    if not examples:
        return
    answers = {n: {"summary": e["summary"], "value": e["answer"]} for n, e in examples.items()}
    operation["responses"]["200"]["content"]["application/json"]["examples"] = answers
    if "requestBody" in operation:
        requests = {n: {"summary": e["summary"], "value": e["request"]} for n, e in examples.items()}
        operation["requestBody"]["content"]["application/json"]["examples"] = requests


@cache
def _examples() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
    return found


def _requests() -> dict[str, Any]:
    """Return the schemas of the models of requests, with the other names that a field may have.

    They are plain objects, so that generators of clients make one class of each. The service takes more than they say:
    null for a field that is left out, a whole number as an id, a day instead of a moment.
    """
    models = (BatchRequest, Activation, Feedback, NinjsRequest, SystemOneRequest, DecisionsRequest)
    _, made = models_json_schema([(model, "validation") for model in models], ref_template=REF + "{model}")
    schemas: dict[str, Any] = made["$defs"]
    for schema in schemas.values():
        _simplify(schema)
        for name, field in schema["properties"].items():
            schema["properties"][name] = _without_null(field)
    article = schemas["TagRequest"]
    article["description"] = _ARTICLE
    for name, (description, example) in _FIELDS.items():
        article["properties"][name] |= {"description": description, "examples": [example]}
    for schema in (article, schemas["Feedback"]):
        about = schema["properties"]["published"]
        schema["properties"]["published"] = _MOMENT | {key: about[key] for key in ("description", "examples")}
    articles = schemas["BatchRequest"]["properties"]["articles"]
    del articles["maxItems"]  # it is the most that the setting may be
    articles["description"] = "The setting `max_batch` limits their number (default: 100); more are answered with 413."
    articles["examples"] = [[{"id": "a-1", "headline": _FIELDS["headline"][1]}]]
    for name, (_, *others) in ALIASES.items():
        for other in others:
            about = f"Another name of `{name}`; give one of them."
            article["properties"][other] = article["properties"][name] | {"description": about}
    return schemas


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field of a request without null and without a default."""
    kinds = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
    plain = {key: value for key, value in field.items() if key not in ("anyOf", "default")}
    return plain | (kinds[0] if kinds else {})


def _simplify(schema: Any) -> None:
    """Leave out the titles that pydantic makes of the names of fields: generators make classes of them."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for key, inner in schema.items():
            if key not in ("examples", "default", "const", "enum"):
                _simplify(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _simplify(inner)
